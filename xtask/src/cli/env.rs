//! Flags of `env`.

use clap::{Args, Subcommand};

use crate::database::environment::Kind;
use crate::fence::ConsentArgs;

/// `env`
#[derive(Debug, Clone, Subcommand)]
pub enum EnvCommand {
    /// Show the mark
    Show,
    /// Mark the database. To a more careful mark it goes at once, to a less careful one with consent, away from
    /// `production` never
    Mark(EnvMarkArgs),
}

/// `env mark`
#[derive(Debug, Clone, Args)]
pub struct EnvMarkArgs {
    /// What it is for
    #[arg(value_name = "KIND")]
    pub kind: Kind,
    /// What people call it; destructive commands ask for it [default: the name that it has, else that of the project or the host]
    #[arg(long)]
    pub name: Option<String>,
    /// Only say what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// What lets it pass.
    #[command(flatten)]
    pub consent: ConsentArgs,
}
