//! Which Supabase a command talks to, resolved once.
//!
//! Commands take a [`Target`] and never ask which kind it is; starting, stopping and making the database anew are the
//! exceptions, and they are here.

mod embedded;
mod hosted;
mod hosting;
mod local;
mod name;
mod status;
mod supabase;

use std::fmt;
use std::path::PathBuf;

use stack::hint::mendable;

pub use hosting::Hosting;
pub use name::TargetName;
pub use status::StatusReport;

use crate::context::Context;
use crate::database::address::Address;
use crate::output::Step;
use crate::tools::Tools;

/// A Supabase that runs.
#[derive(Debug, Clone)]
pub struct Target {
    /// Which one it is; of use only to start, stop and recreate it.
    pub name: TargetName,
    /// The folder that has `supabase/` in it.
    pub project: PathBuf,
    /// Where `/auth/v1`, `/rest/v1`, `/functions/v1` are, without a slash at the end; nothing where it is a database alone.
    pub api_url: String,
    /// How to connect to its database as `postgres`.
    pub database: Address,
    /// Its API keys.
    pub keys: ApiKeys,
    /// What the platform calls it, where one hosts it.
    pub hosting: Option<Hosting>,
}

/// The keys of the API. Their debug form is masked.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKeys {
    /// For clients: `sb_publishable_…`, or the legacy `anon` key where there is no other.
    pub publishable: String,
    /// For servers, passes every policy: `sb_secret_…`, or the legacy `service_role` key.
    pub secret: String,
    /// The legacy key for clients, a JWT.
    pub anon: String,
    /// The legacy key for servers, a JWT.
    pub service_role: String,
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeys(****)")
    }
}

/// What starting came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StartReport {
    /// Whether there was nothing to do.
    pub already_running: bool,
    /// Whether the database was made just now.
    pub is_new: bool,
    /// Sentences for the user.
    pub notes: Vec<String>,
}

impl Target {
    /// The target that the flags ask for, which must run.
    ///
    /// # Errors
    /// When it does not run, with the hint to start it.
    pub async fn resolve(context: &Context) -> anyhow::Result<Self> {
        match &context.target {
            TargetName::Embedded => embedded::resolve(context).await,
            TargetName::Supabase | TargetName::Native => supabase::resolve(context).await,
            TargetName::Hosted(name) => hosted::resolve(context, name).await,
            TargetName::Local => unsettled(),
        }
    }

    /// Starts the target that the flags ask for; one that runs is left alone.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn start(context: &Context, tools: &Tools, step: &Step) -> anyhow::Result<(Self, StartReport)> {
        match &context.target {
            TargetName::Embedded => embedded::start(context, tools).await,
            TargetName::Supabase | TargetName::Native => supabase::start(context, tools, step).await,
            TargetName::Hosted(name) => Err(not_ours(name)),
            TargetName::Local => unsettled(),
        }
    }

    /// Stops the target that the flags ask for, and says whether it ran.
    ///
    /// # Errors
    /// When a part does not end, or data cannot be deleted.
    pub async fn stop(context: &Context, delete_data: bool) -> anyhow::Result<bool> {
        match &context.target {
            TargetName::Embedded => embedded::stop(context, delete_data).await,
            TargetName::Supabase | TargetName::Native => supabase::stop(context, delete_data).await,
            TargetName::Hosted(name) => Err(not_ours(name)),
            TargetName::Local => unsettled(),
        }
    }

    /// How the target that the flags ask for is.
    ///
    /// # Errors
    /// When that cannot be found out.
    pub async fn status(context: &Context) -> anyhow::Result<StatusReport> {
        match &context.target {
            TargetName::Embedded => embedded::status(context).await,
            TargetName::Supabase | TargetName::Native => supabase::status(context).await,
            TargetName::Hosted(_) => hosted::status(context).await,
            TargetName::Local => unsettled(),
        }
    }

    /// Puts an empty database in the place of the one that is there: without migrations on the embedded stack, with
    /// all of them on the CLI's own.
    ///
    /// # Errors
    /// When the server refuses; the database is as before then.
    pub async fn recreate(&self, tools: &Tools, step: &Step) -> anyhow::Result<()> {
        match &self.name {
            TargetName::Embedded => embedded::recreate(self).await,
            TargetName::Supabase | TargetName::Native => supabase::recreate(self, tools, step).await,
            TargetName::Hosted(name) => Err(not_ours(name)),
            TargetName::Local => unsettled(),
        }
    }

    /// Whether it is more than a database.
    pub fn has_api(&self) -> bool {
        !self.api_url.is_empty()
    }

    /// Whether there is a key that may do no more than anybody: without one, nobody can be played.
    pub fn has_publishable_key(&self) -> bool {
        self.keys.publishable != self.keys.secret
    }

    /// The port of its database.
    pub fn database_port(&self) -> u16 {
        self.database.port()
    }
}

/// Puts the one of this machine's targets that is meant in the place of `local`.
///
/// # Errors
/// When it cannot be found out what runs.
pub async fn settle(context: &mut Context) -> anyhow::Result<()> {
    if context.target == TargetName::Local {
        context.target = local::settled(context).await?;
    }
    Ok(())
}

fn unsettled<T>() -> anyhow::Result<T> {
    anyhow::bail!("use the target `local`: which one it is was not found out")
}

/// What is asked of a target that only this machine's have.
pub fn not_ours(name: &str) -> anyhow::Error {
    mendable(
        format!("start, stop or look into the target `{name}`: it is there without this tool"),
        "leave `--target` away, or see whether `SEEDBED_TARGET` is set",
    )
}
