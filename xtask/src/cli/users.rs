//! Arguments of `users` and of the words below it.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::fence::ConsentArgs;

/// `users`
#[derive(Debug, Clone, Default, Args)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub struct UsersArgs {
    /// What to do instead of making them.
    #[command(subcommand)]
    pub command: Option<UsersCommand>,
    /// Only the users of these roles.
    #[command(flatten)]
    pub roles: RoleArgs,
    /// As many numbered users of each role, as `manager1@test.local`, in place of the one that each has
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub count: Option<u32>,
    /// Also seed rows for those who have none, as many as their role usually has
    #[arg(long, conflicts_with = "without_data")]
    pub with_data: bool,
    /// Only make the users; `cargo xtask seed` makes their rows [default]
    #[arg(long)]
    pub without_data: bool,
    /// Make users only this way [default: the `users` Edge Function, then the Auth admin API]
    #[arg(long, value_name = "WAY")]
    pub via: Option<Via>,
    /// Make users with these e-mails whom somebody else made test users too, with the test password
    #[arg(long)]
    pub adopt: bool,
    /// What lets `--adopt` pass.
    #[command(flatten)]
    pub consent: ConsentArgs,
}

/// Which roles.
#[derive(Debug, Clone, Default, Args)]
pub struct RoleArgs {
    /// Only these roles, as `admin,director,manager` [default: all]
    #[arg(long = "role", value_name = "NAMES", value_delimiter = ',')]
    pub names: Vec<String>,
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
    /// List the test users: role, e-mail, id, last sign-in, what each owns
    List(UsersListArgs),
    /// Print an access token and nothing else, for curl and tests
    Token(UsersTokenArgs),
    /// Print what tests need to be these users: e-mail, password, id, tokens; or write it as Playwright's storage states
    Env(UsersEnvArgs),
    /// Set another password, read from stdin, and sign in with it
    SetPassword(UsersSetPasswordArgs),
    /// Remove test users with the rows that were seeded for them, and nothing else
    Remove(UsersRemoveArgs),
    /// Find what keeps users from signing in or breaks their identity, with what mends it; exit code 1 when anything does
    Doctor(UsersDoctorArgs),
}

/// `users list`
#[derive(Debug, Clone, Default, Args)]
pub struct UsersListArgs {
    /// Only the users of these roles.
    #[command(flatten)]
    pub roles: RoleArgs,
}

/// `users token`
#[derive(Debug, Clone, Args)]
pub struct UsersTokenArgs {
    /// A role, or the e-mail of a test user
    #[arg(value_name = "ROLE|EMAIL")]
    pub who: String,
}

/// `users env`
#[derive(Debug, Clone, Default, Args)]
pub struct UsersEnvArgs {
    /// Only the users of these roles.
    #[command(flatten)]
    pub roles: RoleArgs,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "dotenv")]
    pub format: EnvFormat,
    /// Folder for the storage states [default: `playwright/.auth` in the project]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Where the application runs, for the storage states [default: `site_url` in `supabase/config.toml`]
    #[arg(long, value_name = "URL")]
    pub origin: Option<String>,
}

/// Ways to write what tests need.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum EnvFormat {
    /// Lines of `NAME=value`
    #[default]
    Dotenv,
    /// A storage state for each role, so that browser tests start signed in
    Playwright,
    /// One JSON object
    Json,
}

/// `users set-password`
#[derive(Debug, Clone, Args)]
pub struct UsersSetPasswordArgs {
    /// A role, or the e-mail of a test user
    #[arg(value_name = "ROLE|EMAIL")]
    pub who: String,
}

/// `users remove`
#[derive(Debug, Clone, Default, Args)]
pub struct UsersRemoveArgs {
    /// Only these test users, by e-mail [default: all]
    #[arg(value_name = "EMAIL", conflicts_with = "names")]
    pub emails: Vec<String>,
    /// Only the users of these roles, the numbered ones too.
    #[command(flatten)]
    pub roles: RoleArgs,
    /// Let go with a user what the database removes or empties with it, by `on delete cascade` or `set null`
    #[arg(long)]
    pub cascade: bool,
    /// Only show what would be removed
    #[arg(long)]
    pub dry_run: bool,
    /// What lets it pass.
    #[command(flatten)]
    pub consent: ConsentArgs,
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
    /// What lets `--fix` pass.
    #[command(flatten)]
    pub consent: ConsentArgs,
}
