//! Flags of `seed`, and of all that takes the same.

use std::fmt::Display;
use std::str::FromStr;

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use seed_core::industry::IndustryPack;
use seed_core::plan::Part;

use crate::counts::Counts;
use crate::fence::ConsentArgs;

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
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "clean")]
    #[arg(value_parser = clap::value_parser!(u8).range(1..=64))]
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
    /// What lets `--clean` pass.
    #[command(flatten)]
    pub consent: ConsentArgs,
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
