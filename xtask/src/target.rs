//! Which Supabase a command talks to, resolved once.

use std::fmt;
use std::path::PathBuf;

use clap::ValueEnum;

use crate::context::Context;

/// The kinds of target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum TargetKind {
    /// Our own processes, without Docker
    #[default]
    Embedded,
    /// The Docker stack of the Supabase CLI
    Supabase,
}

impl fmt::Display for TargetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Embedded => "embedded",
            Self::Supabase => "supabase",
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

impl Target {
    /// The target that the flags ask for, which must run.
    ///
    /// # Errors
    /// When it does not run, with the hint to start it.
    pub async fn resolve(context: &Context) -> anyhow::Result<Self> {
        let _ = context;
        Err(stack::hint::mendable(
            "find the stack: it is not running",
            "run `cargo xtask start`",
        ))
    }
}
