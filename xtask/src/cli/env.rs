//! Flags of `env`.

use clap::{Args, Subcommand};

use crate::database::environment::Kind;

/// `env`
#[derive(Debug, Clone, Subcommand)]
pub enum EnvCommand {
    /// Show the mark
    Show,
    /// Mark the database; a mark that is there stays
    Mark(EnvMarkArgs),
}

/// `env mark`
#[derive(Debug, Clone, Args)]
pub struct EnvMarkArgs {
    /// What it is for
    #[arg(value_name = "KIND")]
    pub kind: Kind,
    /// What people call it [default: the database's own name]
    #[arg(long)]
    pub name: Option<String>,
}
