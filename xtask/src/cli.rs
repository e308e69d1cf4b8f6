//! Argument types; their doc comments are the help text.

mod backup;
mod bench;
mod deploy;
mod env;
mod fixtures;
mod policies;
mod seed;
mod sync;
mod users;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::env_vars;
use crate::fence::ConsentArgs;
use crate::output::{OutputOptions, Verbosity};
use crate::target::TargetName;

pub use backup::{BackupArgs, BackupCommand, BackupPruneArgs, RestoreArgs};
pub use bench::{BenchBackupArgs, BenchCommand, BenchRunArgs, BenchSeedArgs};
pub use deploy::DeployArgs;
pub use env::{EnvCommand, EnvMarkArgs};
pub use fixtures::{FixtureFormat, FixturesArgs, WhichCatalog};
pub use policies::PoliciesArgs;
pub(crate) use seed::row_count;
pub use seed::{AddArgs, SeedArgs, SeedOptions};
pub use sync::SyncArgs;
pub use users::{
    EnvFormat, RoleArgs, UsersArgs, UsersCommand, UsersDoctorArgs, UsersEnvArgs, UsersListArgs,
    UsersRemoveArgs, UsersSetPasswordArgs, UsersTokenArgs, Via,
};

/// From `git clone` to a running, migrated, populated Supabase environment in which every role can sign in.
///
/// `cargo xtask reset` does all of it; the other commands are its parts.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "xtask",
    bin_name = "cargo xtask",
    version,
    disable_help_subcommand = true
)]
#[command(
    after_help = "Exit codes: 0 done · 1 the answer is no, or a mistake that you can mend (see the hint) · \
                        2 unexpected error · 130 interrupted"
)]
pub struct Cli {
    /// Flags of every command.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Folder that has `supabase/` in it [default: the nearest one upward from here, else this workspace]
    #[arg(long, global = true, value_name = "DIR", env = env_vars::SEEDBED_PROJECT, hide_env_values = true)]
    pub project: Option<PathBuf>,
    /// What to work on: `embedded` (our own processes), `supabase` (the CLI's Docker stack), `native` (the CLI's stack
    /// without Docker), `local` (what runs of these), `cloud` (`.env.production`), `database` (a PostgreSQL alone, by
    /// `DATABASE_URL`), or a `[target.NAME]` of `seedbed.toml`
    #[arg(long, global = true, value_name = "NAME", env = env_vars::SEEDBED_TARGET, hide_env_values = true)]
    #[arg(default_value = "embedded")]
    pub target: TargetName,
    /// Print one JSON value on stdout, errors included
    #[arg(long, global = true)]
    pub json: bool,
    /// Answer every question with yes
    #[arg(long, short = 'y', global = true)]
    pub yes: bool,
    /// Say what each step consists of
    #[arg(long, short, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Say nothing but results and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

impl GlobalArgs {
    /// How the command talks.
    pub fn output(&self) -> OutputOptions {
        let verbosity = match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        };
        OutputOptions {
            json: self.json,
            verbosity,
        }
    }
}

/// The words that the user types.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Bring up a fresh environment: stack, migrations, users, rows and checks in one go
    Reset(ResetArgs),
    /// Start the stack in the background
    Start(StartArgs),
    /// Stop the stack
    Stop(StopArgs),
    /// Show what runs: addresses, keys, services
    Status(StatusArgs),
    /// Show what the services wrote
    Logs(LogsArgs),
    /// Apply pending migrations with the Supabase CLI
    Migrate(MigrateArgs),
    /// Make the test users of each role and prove that they can sign in; list, sign in, mend and remove them
    Users(UsersArgs),
    /// Fill the database with believable rows owned by the test users
    Seed(SeedArgs),
    /// Put more rows on top of what was seeded: 5 organizations and 25 products unless told otherwise
    Add(AddArgs),
    /// Write the rows to files or stdout: the same rows with the same ids as `seed` gives the database
    Fixtures(FixturesArgs),
    /// List what was seeded
    Runs(RunsArgs),
    /// Take back what was seeded, and nothing else
    Clean(CleanArgs),
    /// Fill the catalogue of the principals that are there, or check that it refuses products that are wrong
    Products(ProductsArgs),
    /// List, show, check and begin industry packs: the words that rows are made of
    #[command(subcommand, disable_help_subcommand = true)]
    Industries(IndustriesCommand),
    /// Check what the database holds and that the test users can sign in
    Verify(VerifyArgs),
    /// Show what each role may do with each table and view, tried with its real token
    Policies(PoliciesArgs),
    /// Save users and rows to a file that `psql` restores, and list and prune such files
    Backup(BackupArgs),
    /// Put a backup back: its users and rows in the place of those that are there
    Restore(RestoreArgs),
    /// Show or mark what the target's database is for: development, staging or production
    #[command(subcommand, disable_help_subcommand = true)]
    Env(EnvCommand),
    /// Bring migrations and Edge Functions to a target that is not of this machine, and check that it answers
    Deploy(DeployArgs),
    /// Put the users and rows of one environment in the place of another's: all of them or none, after a backup
    Sync(SyncArgs),
    /// Measure how fast rows get into the database, and out of it into a backup
    #[command(subcommand, disable_help_subcommand = true)]
    Bench(BenchCommand),
    /// Show the mail that the stack sent
    Mail(MailArgs),
    /// Check tools, ports and permissions, and say what to do about what is wrong
    Doctor(DoctorArgs),
    /// Run the services of one stack (started by `start`)
    #[command(hide = true)]
    Supervise(SuperviseArgs),
}

/// `start`
#[derive(Debug, Clone, Default, Args)]
pub struct StartArgs {}

/// `stop`
#[derive(Debug, Clone, Default, Args)]
pub struct StopArgs {
    /// Also delete the database and uploaded files
    #[arg(long)]
    pub delete_data: bool,
}

/// `status`
#[derive(Debug, Clone, Default, Args)]
pub struct StatusArgs {
    /// Show the keys in full
    #[arg(long)]
    pub show_keys: bool,
}

/// `logs`
#[derive(Debug, Clone, Default, Args)]
pub struct LogsArgs {
    /// One service: `postgres`, `rest`, `functions` or `gateway` [default: all]
    pub service: Option<String>,
    /// Go on as new lines come
    #[arg(long, short)]
    pub follow: bool,
    /// Last lines of each service
    #[arg(long, short = 'n', default_value_t = 50, value_name = "N")]
    pub lines: usize,
}

/// `doctor`
#[derive(Debug, Clone, Default, Args)]
pub struct DoctorArgs {}

/// `migrate`
#[derive(Debug, Clone, Default, Args)]
pub struct MigrateArgs {
    /// Only show what would be applied
    #[arg(long)]
    pub dry_run: bool,
    /// What lets it pass.
    #[command(flatten)]
    pub consent: ConsentArgs,
}

/// `runs`
#[derive(Debug, Clone, Default, Args)]
pub struct RunsArgs {}

/// `clean`
#[derive(Debug, Clone, Default, Args)]
#[command(group = clap::ArgGroup::new("which").multiple(false))]
pub struct CleanArgs {
    /// The run to take back, by the start of its id as `runs` shows it [default: the latest]
    #[arg(long, value_name = "ID", group = "which")]
    pub run: Option<String>,
    /// All rows that were seeded for this user
    #[arg(long, value_name = "EMAIL", group = "which")]
    pub user: Option<String>,
    /// All rows that were ever seeded
    #[arg(long, group = "which")]
    pub all_seeded: bool,
    /// Let people's own rows point nowhere where they point at seeded ones
    #[arg(long)]
    pub detach: bool,
    /// Only show what would be taken back
    #[arg(long)]
    pub dry_run: bool,
    /// What lets it pass.
    #[command(flatten)]
    pub consent: ConsentArgs,
}

/// `products`
#[derive(Debug, Clone, Args)]
pub struct ProductsArgs {
    /// How many products [env: SEED_PRODUCT_COUNT] [default: 40]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = row_count)]
    pub count: Option<u32>,
    /// Industry pack, where the user has no rows of another one [env: SEED_INDUSTRY] [default: food_beverage]
    #[arg(long, value_name = "NAME")]
    pub industry: Option<String>,
    /// The user who gets the products, by e-mail; can be given several times [default: the first who has rows]
    #[arg(long = "user", value_name = "EMAIL")]
    pub users: Vec<String>,
    /// Try rows that the database must refuse, by the domain's rules and by its own constraints; all are undone
    #[arg(long)]
    pub check_constraints: bool,
    /// Only show what would be written, or the rows that would be tried
    #[arg(long)]
    pub dry_run: bool,
}

/// `industries`
#[derive(Debug, Clone, Subcommand)]
pub enum IndustriesCommand {
    /// List the packs that have a name: the project's own, then those that are bundled
    List,
    /// Show what is in a pack, and the names that a seed makes of it (with --json: the whole pack)
    Show {
        /// Name or path of the pack
        pack: String,
    },
    /// Name everything that is wrong with a pack, with its line; exit code 1 when anything is
    Check {
        /// Path or name of the pack
        file: String,
    },
    /// Write a pack to begin with, in which every list is explained
    New {
        /// What to call it: a-z, 0-9 and _
        name: String,
        /// File to write [default: `industries/NAME.toml` in the project]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Overwrite a file that is there
        #[arg(long)]
        force: bool,
    },
}

/// `verify`
#[derive(Debug, Clone, Default, Args)]
pub struct VerifyArgs {
    /// Compare with this target instead, table by table: `cloud`, or any other that `--target` takes; both are only read
    #[arg(long, value_name = "NAME")]
    pub against: Option<TargetName>,
}

/// `reset`
#[derive(Debug, Clone, Args)]
pub struct ResetArgs {
    /// What to fill the database with.
    #[command(flatten)]
    pub options: SeedOptions,
    /// Make users only this way [default: the `users` Edge Function, then the Auth admin API]
    #[arg(long, value_name = "WAY")]
    pub via: Option<Via>,
    /// Do all of it again, also where a copy of an earlier reset would do
    #[arg(long)]
    pub fresh: bool,
    /// On a target that is not of this machine: remove all business rows, not only those that were seeded
    #[arg(long)]
    pub everything: bool,
    /// Reset this machine's target, then put its users and rows in the place of those of `--onto`, and compare the two
    #[arg(long)]
    pub both: bool,
    /// The other target of `--both`
    #[arg(long, value_name = "NAME", default_value = "cloud", requires = "both")]
    pub onto: TargetName,
    /// Only say what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// What lets it pass.
    #[command(flatten)]
    pub consent: ConsentArgs,
}

/// `mail`
#[derive(Debug, Clone, Default, Args)]
pub struct MailArgs {
    /// Forget all mail
    #[arg(long)]
    pub clear: bool,
}

/// `supervise`
#[derive(Debug, Clone, Args)]
pub struct SuperviseArgs {
    /// The `spec.json` to run
    pub spec: PathBuf,
}

#[cfg(test)]
mod tests;
