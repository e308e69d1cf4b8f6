//! The words that let a destructive command pass.

use clap::Args;

/// What a person says to a destructive command on a target that is not of this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Consent, for targets that are not of this machine")]
pub struct ConsentArgs {
    /// The name that the database is marked with, as `env show` tells it
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
    /// How many users there are not ours, where there are any
    #[arg(long, value_name = "N")]
    pub foreign_users: Option<u64>,
    /// How many rows would go that are not ours, where there are any
    #[arg(long, value_name = "N")]
    pub foreign_rows: Option<u64>,
}
