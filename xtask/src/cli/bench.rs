//! Arguments of `bench`.

use clap::{Args, Subcommand};

use super::SeedOptions;
use crate::bench::report::Tables;

/// `bench`
#[derive(Debug, Clone, Subcommand)]
pub enum BenchCommand {
    /// Time a seed against COPY of rows that were made before, and against INSERT of 1000 rows a statement
    ///
    /// All of them write the same rows, by turns, each in one transaction into a new copy of the project's database
    /// whose tables were emptied, after a checkpoint: so each finds the same tables, indexes and log. Once into the
    /// tables as they are, with triggers, keys and indexes, and once into copies without them.
    ///
    /// A seed is timed from connecting to the commit, as `cargo xtask seed` does it: planning, sample rows, rows,
    /// ledger, statistics. Of the others only the writing is timed: their rows wait ready-made in temporary files.
    ///
    /// The project's rows stay as they are. To copy the database, everybody is disconnected from it for a moment. The
    /// copies are removed at the end, also after Ctrl-C; after a `kill -9` the next `bench` or full `reset` does it.
    Seed(BenchSeedArgs),
    /// Time backups of the target's database as it is against `pg_dump --data-only` of the same tables
    ///
    /// By turns, each from connecting to the file on the disk. `pg_dump` is the one of the PATH, where it is new enough for
    /// the server. The database is only read, the files are removed at the end.
    Backup(BenchBackupArgs),
    /// Write one seed into the copy, and tell time and memory (started by `bench seed`)
    #[command(hide = true)]
    Run(BenchRunArgs),
}

/// `bench seed`
#[derive(Debug, Clone, Args)]
pub struct BenchSeedArgs {
    /// About how many rows, of all tables together
    #[arg(
        long,
        value_name = "N",
        default_value_t = 100_000,
        allow_negative_numbers = true
    )]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub rows: u32,
    /// How often each of them writes; the median counts
    #[arg(long, value_name = "N", default_value_t = 5, allow_negative_numbers = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: u32,
}

/// `bench backup`
#[derive(Debug, Clone, Args)]
pub struct BenchBackupArgs {
    /// How often each of them reads; the median counts
    #[arg(long, value_name = "N", default_value_t = 5, allow_negative_numbers = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: u32,
}

/// `bench run`
#[derive(Debug, Clone, Args)]
pub struct BenchRunArgs {
    /// The tables that the copy has
    #[arg(long)]
    pub tables: Tables,
    /// Over how many connections
    #[arg(long, default_value_t = 1)]
    pub jobs: usize,
    /// What to fill it with.
    #[command(flatten)]
    pub options: SeedOptions,
}
