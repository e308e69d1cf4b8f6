//! A PostgreSQL of its own as a target: rows only, for it has neither Auth nor an API.
//!
//! It may be shared by many machines, so it carries a mark that says what it is for; without one nothing is written.

use std::env;

use anyhow::Context as _;
use stack::hint::{WithHint, mendable};
use tokio_postgres::Config;

use super::{ApiKeys, Target, TargetKind};
use crate::context::Context;
use crate::database::connect::{address, connect};
use crate::database::environment;
use crate::dotenv::Dotenv;
use crate::env_vars::DATABASE_URL;

pub(super) async fn resolve(context: &Context) -> anyhow::Result<Target> {
    let target = unmarked(context)?;
    let client = connect(&target.database, "target").await?;
    let address = address(&target.database);
    match environment::read(&client).await? {
        Some(mark) if mark.is_production() => Err(mendable(
            format!(
                "use the database at `{address}`: it is marked as production, `{}`",
                mark.name
            ),
            format!("let `{DATABASE_URL}` name another database; rows of production are never seeded"),
        )),
        Some(_) => Ok(target),
        None => Err(mendable(
            format!("use the database at `{address}`: it carries no mark that says what it is for"),
            "if seeded rows may be put into it and taken back: `cargo xtask env mark development --target database`",
        )),
    }
}

/// The database, whatever its mark.
pub(super) fn unmarked(context: &Context) -> anyhow::Result<Target> {
    let none = String::new;
    Ok(Target {
        kind: TargetKind::Database,
        project: context.paths.project.clone(),
        api_url: none(),
        database: config(context)?,
        keys: ApiKeys {
            publishable: none(),
            secret: none(),
            anon: none(),
            service_role: none(),
        },
    })
}

fn config(context: &Context) -> anyhow::Result<Config> {
    let own = Dotenv::load(&context.paths.dotenv())?;
    let in_file = || own.get(DATABASE_URL).map(|variable| variable.value.clone());
    let url = env::var(DATABASE_URL)
        .ok()
        .or_else(in_file)
        .filter(|url| !url.is_empty());
    let url = url.ok_or_else(|| {
        mendable(
            format!("find the database: `{DATABASE_URL}` is not set"),
            format!("set it in the environment or in `.env`: {EXAMPLE}"),
        )
    })?;
    // The reason could quote the address, and that the password.
    let config = url
        .parse::<Config>()
        .ok()
        .filter(|config| !config.get_hosts().is_empty());
    config
        .with_context(|| format!("read `{DATABASE_URL}`: it is no address of a PostgreSQL"))
        .with_hint(|| {
            format!(
                "it looks so: {EXAMPLE}; signs such as `@` and `/` in a password are written as %40 and %2F"
            )
        })
}

const EXAMPLE: &str = "`postgresql://USER:PASSWORD@HOST:5432/NAME`";
