//! A target that is there without us: a hosted project, another stack, or a PostgreSQL alone.
//!
//! Its addresses and keys come from the environment and from an env file of its own, so that those of one target are
//! never taken for those of another.

use std::env;

use anyhow::{Context as _, Result};
use stack::hint::{hints, mendable};

use super::{ApiKeys, Hosting, StatusReport, Target, TargetName, hosting};
use crate::context::Context;
use crate::database::connect::connect;
use crate::database::{address, pooler};
use crate::dotenv::Dotenv;
use crate::env_vars;
use crate::error::message;
use crate::project_file::ProjectFile;
use crate::project_file::targets::HostedTarget;

pub(super) async fn resolve(context: &Context, name: &str) -> Result<Target> {
    let spec = ProjectFile::load(&context.paths.project)?.target(name)?;
    let variables = Variables::load(context, &spec)?;
    let url = variables.get(&spec.database_url);
    let (place, url) = url.ok_or_else(|| {
        mendable(
            format!(
                "find the database of target `{name}`: `{}` is not set",
                spec.database_url[0]
            ),
            format!(
                "set it in the environment or in `{}`: {}",
                spec.env_file,
                address::EXAMPLE
            ),
        )
    })?;
    let database = address::read(&url, &place, &context.paths.project)?;
    let value = |names: &[String]| variables.get(names).map(|(_, value)| value);
    let api_url = value(&spec.api_url).unwrap_or_default();
    let secret = value(&spec.secret_key).unwrap_or_default();
    // A key that may do everything may sign in, too.
    let publishable = value(&spec.publishable_key).unwrap_or_else(|| secret.clone());
    let project_ref = spec.project_ref.clone();
    let hosting = project_ref.or_else(|| hosting::project_ref(&api_url, &database));
    let access_token = value(&[env_vars::SUPABASE_ACCESS_TOKEN.to_owned()]);
    Ok(Target {
        name: TargetName::Hosted(name.to_owned()),
        project: context.paths.project.clone(),
        api_url: match secret.is_empty() {
            true => String::new(),
            false => api_url.trim_end_matches('/').to_owned(),
        },
        database: pooler::session_of(database).await?,
        keys: ApiKeys {
            anon: publishable.clone(),
            service_role: secret.clone(),
            publishable,
            secret,
        },
        hosting: hosting.map(|project_ref| Hosting {
            project_ref,
            access_token,
        }),
    })
}

/// How it is: reached, or not and why.
pub(super) async fn status(context: &Context) -> Result<StatusReport> {
    let TargetName::Hosted(name) = &context.target else {
        return super::unsettled();
    };
    let reached = async {
        let target = resolve(context, name).await?;
        connect(&target.database, "status").await?;
        Ok(target)
    };
    Ok(match reached.await {
        Ok(target) => StatusReport::running(&target),
        Err(error) if hints(&error).is_empty() => return Err(error),
        Err(error) => StatusReport {
            problem: Some(message(&error)),
            ..StatusReport::stopped(&context.target, &context.paths.project)
        },
    })
}

/// The variables of the environment, then those of the target's own file.
struct Variables {
    file: Dotenv,
    file_name: String,
}

impl Variables {
    fn load(context: &Context, spec: &HostedTarget) -> Result<Variables> {
        let file = Dotenv::load(&context.paths.project.join(&spec.env_file));
        Ok(Variables {
            file: file.context("read the addresses of the target")?,
            file_name: spec.env_file.clone(),
        })
    }

    /// The first of `names` that is set to something, and where it is.
    fn get(&self, names: &[String]) -> Option<(String, String)> {
        let set = |value: String| Some(value.trim().to_owned()).filter(|value| !value.is_empty());
        let of_process = names.iter().find_map(|name| {
            let value = set(env::var(name).ok()?)?;
            Some((format!("`{name}` in the environment"), value))
        });
        of_process.or_else(|| {
            names.iter().find_map(|name| {
                let variable = self.file.get(name)?;
                let place = format!("`{name}` in `{}` line {}", self.file_name, variable.line);
                Some((place, set(variable.value.clone())?))
            })
        })
    }
}
