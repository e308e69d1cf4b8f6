//! Targets that are there without us, as `seedbed.toml` names them.
//!
//! ```toml
//! [target.staging]
//! env_file = ".env.staging"
//! database_url = "STAGING_DATABASE_URL"
//! project_ref = "abcdefghijklmnopqrst"
//! ```

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Deserialize;
use stack::hint::mendable;
use toml::Spanned;

use super::{Fault, did_you_mean};
use crate::env_vars;

/// The hosted project, whose variables have names that people use already.
pub const CLOUD: &str = "cloud";
/// A PostgreSQL alone: rows only.
pub const DATABASE: &str = "database";
/// Names of other kinds of target.
const TAKEN: [&str; 6] = ["embedded", "supabase", "docker", "native", "local", DATABASE];

/// Where the addresses and keys of a target are: of each the names of variables, the first that is set counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostedTarget {
    /// The file of its variables, from the project's folder.
    pub env_file: String,
    /// How to connect to its database.
    pub database_url: Vec<String>,
    /// Address of its API.
    pub api_url: Vec<String>,
    /// The key that passes every policy.
    pub secret_key: Vec<String>,
    /// The key for clients.
    pub publishable_key: Vec<String>,
    /// What Supabase calls the project.
    pub project_ref: Option<String>,
}

/// A `[target.NAME]`: names of variables, where they are not the usual ones.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "where a target is, as `database_url = \"NAME_OF_A_VARIABLE\"`"
)]
pub(super) struct TargetOnDisk {
    env_file: Option<String>,
    database_url: Option<String>,
    api_url: Option<String>,
    service_role_key: Option<String>,
    publishable_key: Option<String>,
    project_ref: Option<String>,
}

/// Checks the names.
pub(super) fn check(targets: &BTreeMap<Spanned<String>, TargetOnDisk>) -> Result<(), Fault> {
    for name in targets.keys() {
        let text = name.get_ref();
        let is_plain = text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
        if TAKEN.contains(&text.as_str()) || !is_plain || text.is_empty() {
            return Err(Fault::new(
                name.span().start,
                format!("`{text}` cannot be the name of a target"),
                format!(
                    "use letters, digits, `-` and `_`, and none of {}",
                    TAKEN.join(", ")
                ),
            ));
        }
    }
    Ok(())
}

/// The target of this name.
pub(super) fn named(targets: &BTreeMap<Spanned<String>, TargetOnDisk>, name: &str) -> Result<HostedTarget> {
    let said = targets.iter().find(|(own, _)| own.get_ref() == name);
    match (said, name) {
        (Some((_, said)), _) => Ok(said.target(name)),
        (None, CLOUD) => Ok(TargetOnDisk::default().target(CLOUD)),
        (None, DATABASE) => Ok(HostedTarget {
            env_file: ".env".to_owned(),
            database_url: vec![env_vars::DATABASE_URL.to_owned()],
            api_url: Vec::new(),
            secret_key: Vec::new(),
            publishable_key: Vec::new(),
            project_ref: None,
        }),
        (None, name) => {
            let own = targets.keys().map(|own| own.get_ref().clone());
            let known = TAKEN.into_iter().chain([CLOUD]).map(str::to_owned);
            let known: Vec<String> = known.chain(own).collect();
            Err(mendable(
                format!("find the target `{name}`: there is none of this name"),
                format!(
                    "{}; `[target.{name}]` in `seedbed.toml` makes it one",
                    did_you_mean(name, &known)
                ),
            ))
        }
    }
}

impl TargetOnDisk {
    fn target(&self, name: &str) -> HostedTarget {
        let is_cloud = name == CLOUD;
        let upper = name.to_uppercase().replace('-', "_");
        let usual = |names: &[&str]| -> Vec<String> { names.iter().map(|name| (*name).to_owned()).collect() };
        let one_of = |said: &Option<String>, names: Vec<String>| match said {
            Some(name) => vec![name.clone()],
            None => names,
        };
        HostedTarget {
            env_file: self.env_file.clone().unwrap_or_else(|| match is_cloud {
                true => ".env.production".to_owned(),
                false => format!(".env.{name}"),
            }),
            database_url: one_of(
                &self.database_url,
                match is_cloud {
                    true => usual(&[env_vars::DATABASE_URL_PRODUCTION]),
                    false => vec![
                        format!("{}_{upper}", env_vars::DATABASE_URL),
                        env_vars::DATABASE_URL.to_owned(),
                    ],
                },
            ),
            api_url: one_of(&self.api_url, usual(&env_vars::API_URL)),
            secret_key: one_of(&self.service_role_key, usual(&env_vars::SECRET_KEY)),
            publishable_key: one_of(&self.publishable_key, usual(&env_vars::PUBLISHABLE_KEY)),
            project_ref: self.project_ref.clone(),
        }
    }
}
