//! Which Supabase a command talks to, resolved once.
//!
//! Commands take a [`Target`] and never ask which kind it is; starting, stopping and making the database anew are the
//! exceptions, and they are here.

mod database;
mod docker;
mod embedded;
mod status;

use std::fmt;
use std::path::PathBuf;

use clap::ValueEnum;
use stack::hint::mendable;

pub use status::StatusReport;

use crate::context::Context;
use crate::output::Step;
use crate::tools::Tools;

/// The kinds of target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum TargetKind {
    /// Our own processes, without Docker
    #[default]
    Embedded,
    /// The Docker stack of the Supabase CLI
    Supabase,
    /// The PostgreSQL that `DATABASE_URL` names: rows only
    Database,
}

impl fmt::Display for TargetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Embedded => "embedded",
            Self::Supabase => "supabase",
            Self::Database => "database",
        })
    }
}

/// A Supabase that runs.
#[derive(Debug, Clone)]
pub struct Target {
    /// Which kind it is; of use only to start, stop and recreate it.
    pub kind: TargetKind,
    /// The folder that has `supabase/` in it.
    pub project: PathBuf,
    /// Where `/auth/v1`, `/rest/v1`, `/functions/v1` are, without a slash at the end.
    pub api_url: String,
    /// How to connect to its database as `postgres`.
    pub database: tokio_postgres::Config,
    /// Its API keys.
    pub keys: ApiKeys,
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
        match context.target {
            TargetKind::Embedded => embedded::resolve(context).await,
            TargetKind::Supabase => docker::resolve(context).await,
            TargetKind::Database => database::resolve(context).await,
        }
    }

    /// The target that the flags ask for, whether or not its database is marked as one to write to.
    ///
    /// # Errors
    /// When it does not run, with the hint to start it.
    pub async fn resolve_unmarked(context: &Context) -> anyhow::Result<Self> {
        match context.target {
            TargetKind::Database => database::unmarked(context),
            _ => Self::resolve(context).await,
        }
    }

    /// Starts the target that the flags ask for; one that runs is left alone.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn start(context: &Context, tools: &Tools, step: &Step) -> anyhow::Result<(Self, StartReport)> {
        match context.target {
            TargetKind::Embedded => embedded::start(context, tools).await,
            TargetKind::Supabase => docker::start(context, tools, step).await,
            TargetKind::Database => Err(not_ours()),
        }
    }

    /// Stops the target that the flags ask for, and says whether it ran.
    ///
    /// # Errors
    /// When a part does not end, or data cannot be deleted.
    pub async fn stop(context: &Context, delete_data: bool) -> anyhow::Result<bool> {
        match context.target {
            TargetKind::Embedded => embedded::stop(context, delete_data).await,
            TargetKind::Supabase => docker::stop(context, delete_data).await,
            TargetKind::Database => Err(not_ours()),
        }
    }

    /// How the target that the flags ask for is.
    ///
    /// # Errors
    /// When that cannot be found out.
    pub async fn status(context: &Context) -> anyhow::Result<StatusReport> {
        match context.target {
            TargetKind::Embedded => embedded::status(context).await,
            TargetKind::Supabase => docker::status(context).await,
            TargetKind::Database => Err(not_ours()),
        }
    }

    /// Puts an empty database in the place of the one that is there: without migrations on the embedded stack, with
    /// all of them on the CLI's own.
    ///
    /// # Errors
    /// When the server refuses; the database is as before then.
    pub async fn recreate(&self, tools: &Tools, step: &Step) -> anyhow::Result<()> {
        match self.kind {
            TargetKind::Embedded => embedded::recreate(self).await,
            TargetKind::Supabase => docker::recreate(self, tools, step).await,
            TargetKind::Database => Err(not_ours()),
        }
    }

    /// The port of its database.
    pub fn database_port(&self) -> u16 {
        self.database.get_ports().first().copied().unwrap_or(5432)
    }
}

/// What is asked of a database alone and needs a whole Supabase.
pub fn not_ours() -> anyhow::Error {
    mendable(
        "use the target `database`: it is a PostgreSQL alone, for `seed`, `add`, `products`, `runs`, `clean` and `env`",
        "leave `--target database` away, or see whether `SEEDBED_TARGET` is set",
    )
}
