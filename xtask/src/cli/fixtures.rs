//! Arguments of `fixtures`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use seed_core::encode::Format;

use super::SeedOptions;

/// `fixtures`
#[derive(Debug, Clone, Default, Args)]
#[command(
    after_help = "Which rows: without flags those that the running stack was seeded with, by its ledger, but for \
    what `add` put on top; else those that `seed` would write with the same flags. Where no stack runs, the tables are \
    those of Seedbed's own schema, the rows of each role have the ids that they get in a database, and columns that \
    say whose a row is are null.\n\n\
    Several tables on stdout: json is an object of arrays by table, jsonl has {\"table\": …, \"row\": …} on each \
    line, sql has all tables in the order of their foreign keys; csv, copy and binary want exactly one --table. With \
    one --table, json is its array and jsonl its rows."
)]
pub struct FixturesArgs {
    /// How the rows are written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: FixtureFormat,
    /// Write modules for unit tests in TypeScript: types, rows, and functions that give rows in turn
    #[arg(long, conflicts_with = "format", requires = "out")]
    pub typescript: bool,
    /// Folder to write to: a file for each table, `fixtures.sql` for sql; all of them or none [default: stdout]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Only this table, by its name in the database or that of its records; can be given several times
    #[arg(long = "table", value_name = "NAME", value_delimiter = ',')]
    pub tables: Vec<String>,
    /// Whose tables to write for [default: those of the stack where it runs, else the built-in ones]
    #[arg(long, value_name = "WHICH")]
    pub catalog: Option<WhichCatalog>,
    /// What the rows are.
    #[command(flatten)]
    pub options: SeedOptions,
}

/// How `fixtures` writes rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum FixtureFormat {
    /// Arrays of objects, values as the REST API gives them
    #[default]
    Json,
    /// One object a line
    Jsonl,
    /// With a header; nothing is null, "" an empty text
    Csv,
    /// A script for `psql -v ON_ERROR_STOP=1 -f` or any other client, one transaction
    Sql,
    /// What `COPY` reads
    Copy,
    /// What `COPY … (FORMAT binary)` reads
    Binary,
}

/// Whose tables `fixtures` writes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WhichCatalog {
    /// Those of the running stack
    Live,
    /// Those of Seedbed's own schema, without a database
    BuiltIn,
}

impl FixturesArgs {
    /// How the rows are written.
    pub fn format(&self) -> Format {
        match self.format {
            _ if self.typescript => Format::TypeScript,
            FixtureFormat::Json => Format::Json,
            FixtureFormat::Jsonl => Format::JsonLines,
            FixtureFormat::Csv => Format::Csv,
            FixtureFormat::Sql => Format::Sql,
            FixtureFormat::Copy => Format::Text,
            FixtureFormat::Binary => Format::Binary,
        }
    }
}
