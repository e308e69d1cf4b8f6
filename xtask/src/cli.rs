//! Argument types; their doc comments are the help text.

mod bench;
mod env;
mod fixtures;
mod policies;
mod users;

use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use seed_core::industry::IndustryPack;
use seed_core::plan::Part;

use crate::counts::Counts;
use crate::env_vars;
use crate::output::{OutputOptions, Verbosity};
use crate::target::TargetKind;

pub use bench::{BenchCommand, BenchRunArgs, BenchSeedArgs};
pub use env::{EnvCommand, EnvMarkArgs};
pub use fixtures::{FixtureFormat, FixturesArgs, WhichCatalog};
pub use policies::PoliciesArgs;
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
    /// What to work on: our own processes without Docker, the Docker stack of the Supabase CLI, or, for rows only, the
    /// PostgreSQL that `DATABASE_URL` names
    #[arg(long, global = true, value_name = "KIND", env = env_vars::SEEDBED_TARGET, hide_env_values = true)]
    #[arg(default_value = "embedded", hide_possible_values = false)]
    pub target: TargetKind,
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
    /// Show or mark what the target's database is for: development, staging or production
    #[command(subcommand, disable_help_subcommand = true)]
    Env(EnvCommand),
    /// Measure how fast rows get into the database
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

impl Command {
    /// Whether a database is all that it needs.
    pub fn is_of_rows(&self) -> bool {
        matches!(
            self,
            Self::Seed(_)
                | Self::Add(_)
                | Self::Products(_)
                | Self::Runs(_)
                | Self::Clean(_)
                | Self::Env(_)
                | Self::Industries(_)
                | Self::Fixtures(_)
        )
    }
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
}

/// What to fill the database with; shared by `seed`, `reset` and `fixtures`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct SeedOptions {
    /// Industry pack: its name or its path.
    #[arg(long, value_name = "PACK", help = industry_help())]
    pub industry: Option<String>,
    /// Number that decides every value [default: 42]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    #[arg(value_parser = |text: &str| whole_number(text, u64::MAX))]
    pub seed: Option<u64>,
    /// Day from which all dates are counted, as YYYY-MM-DD [default: today, UTC; for `seed` the day of the rows that are there]
    #[arg(long, value_name = "DATE", value_parser = as_of)]
    pub as_of: Option<Timestamp>,
    /// Rows of each table for each owner, in place of the usual volumes and of the `SEED_*_COUNT` variables
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = row_count)]
    pub count: Option<u32>,
    /// Rows of one table.
    #[command(flatten)]
    pub counts: Counts,
}

/// `seed`
#[derive(Debug, Clone, Args)]
pub struct SeedArgs {
    /// What to fill the database with.
    #[command(flatten)]
    pub options: SeedOptions,
    /// The user who gets the rows, by e-mail; can be given several times [env: TEST_USER_ID, an id] [default: the test users]
    #[arg(long = "user", value_name = "EMAIL")]
    pub users: Vec<String>,
    /// Only these tables, by their names in the database or by those of their records
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub tables: Vec<String>,
    /// Take back first what was seeded for the same users
    #[arg(long)]
    pub clean: bool,
    /// Write over so many connections, in parts: quicker for many rows; a failure takes back all of them
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub jobs: u8,
    /// Write one part of so many, as in 3/16, for machines beside each other: each writes another part with the same flags
    #[arg(long, value_name = "K/N", value_parser = Part::from_str, conflicts_with_all = ["jobs", "clean"])]
    pub part: Option<Part>,
    /// How long a part waits for the parts before it that its rows point at
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, requires = "part")]
    pub wait: u32,
    /// Only show rows and columns that would be filled (with --verbose: sample rows)
    #[arg(long)]
    pub dry_run: bool,
}

/// `add`
#[derive(Debug, Clone, Args)]
pub struct AddArgs {
    /// How much more [default: 5 organizations and 25 products]
    #[command(flatten)]
    pub counts: Counts,
    /// The user who gets the rows, by e-mail; can be given several times [default: the first who has rows]
    #[arg(long = "user", value_name = "EMAIL")]
    pub users: Vec<String>,
    /// Only show rows and columns that would be filled (with --verbose: sample rows)
    #[arg(long)]
    pub dry_run: bool,
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
pub struct VerifyArgs {}

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
    /// Only say what would be done
    #[arg(long)]
    pub dry_run: bool,
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

fn industry_help() -> String {
    let names = IndustryPack::names().into_iter().map(|name| format!("`{name}`"));
    let names: Vec<String> = names.collect();
    format!(
        "Industry pack: {}, the name of a file in `industries/` of the project, or a path \
         [env: SEED_INDUSTRY] [default: food_beverage]",
        names.join(", ")
    )
}

fn as_of(text: &str) -> Result<Timestamp, String> {
    let date: Date = text
        .parse()
        .map_err(|_| "use the form YYYY-MM-DD, as in 2026-11-23".to_owned())?;
    let start = date
        .to_zoned(TimeZone::UTC)
        .map_err(|_| "use a day between 1970 and 2099, as in 2026-11-23".to_owned())?;
    Ok(start.timestamp())
}

/// Reads a number of rows.
pub(crate) fn row_count(text: &str) -> Result<u32, String> {
    whole_number(text, u32::MAX)
}

fn whole_number<T: FromStr + Display>(text: &str, max: T) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("use a whole number from 0 to {max}"))
}

#[cfg(test)]
mod tests;
