//! Arguments of `users` and of the words below it.

use clap::{Args, Subcommand, ValueEnum};

/// `users`
#[derive(Debug, Clone, Default, Args)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub struct UsersArgs {
    /// What to do instead of making them.
    #[command(subcommand)]
    pub command: Option<UsersCommand>,
    /// Make users only this way [default: the `users` Edge Function, then the Auth admin API]
    #[arg(long, value_name = "WAY")]
    pub via: Option<Via>,
    /// Make users with these e-mails whom somebody else made test users too, with the test password
    #[arg(long)]
    pub adopt: bool,
}

/// How a user is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Via {
    /// The project's `users` Edge Function
    Edge,
    /// The Auth admin API
    Admin,
}

/// The words below `users`.
#[derive(Debug, Clone, Subcommand)]
pub enum UsersCommand {
    /// Find what keeps users from signing in or breaks their identity, with what mends it; exit code 1 when anything does
    Doctor(UsersDoctorArgs),
}

/// `users doctor`
#[derive(Debug, Clone, Default, Args)]
pub struct UsersDoctorArgs {
    /// Mend what can be mended, in one transaction, and sign in the test users as the proof
    #[arg(long)]
    pub fix: bool,
    /// Only show what would be mended
    #[arg(long)]
    pub dry_run: bool,
}
