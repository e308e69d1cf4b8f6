//! The ways to write the same rows, each run to its commit and timed.

use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, ensure};
use bytes::Bytes;
use futures_util::SinkExt;
use seed_core::plan::{HEADER, TRAILER};
use serde::{Deserialize, Serialize};
use stack::hint::mendable;
use tokio::process::Command;
use tokio_postgres::{CopyInSink, Transaction};

use super::ready::ReadyTable;
use super::report::Tables;
use crate::context::Context;
use crate::database::address::Address;
use crate::database::connect::connect;
use crate::database::session;
use crate::seeding::choice::Choice;

/// A way to get rows into a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Candidate {
    /// What `cargo xtask seed` does.
    Seed,
    /// What `cargo xtask seed --jobs 2` does.
    SeedBeside,
    /// COPY of bytes that are there.
    Copy,
    /// INSERT of 1000 rows a statement, whose text is there.
    Insert,
}

/// One run of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// How long it took, from before connecting to after the commit.
    pub seconds: f64,
    /// How many rows there were.
    pub rows: u64,
    /// The most memory that the process had in RAM at any time; `None` where it is not that of a seed alone, or where
    /// the system does not tell.
    pub peak_memory_bytes: Option<u64>,
}

impl Candidate {
    /// All of them.
    pub const ALL: [Candidate; 4] = [
        Candidate::Seed,
        Candidate::SeedBeside,
        Candidate::Copy,
        Candidate::Insert,
    ];

    /// As people read it.
    pub fn name(self) -> &'static str {
        match self {
            Candidate::Seed => "seed",
            Candidate::SeedBeside => "seed --jobs 2",
            Candidate::Copy => "COPY, rows ready",
            Candidate::Insert => "INSERT, rows ready",
        }
    }
}

/// Writes rows that are ready into the copy `database`, whose tables are empty; `how` is COPY or INSERT.
///
/// # Errors
/// The database refuses a row.
pub async fn write_ready(how: Candidate, database: &Address, rows: &[ReadyTable]) -> Result<Round> {
    let started = Instant::now();
    let mut client = connect(database, "bench").await?;
    let transaction = client.transaction().await.context("begin the transaction")?;
    session::set_up(&transaction).await?;
    for table in rows {
        let written = match how {
            Candidate::Insert => insert(&transaction, table).await,
            _ => copy(&transaction, table).await,
        };
        written.with_context(|| format!("{} into `{}`", how.name(), table.name))?;
    }
    transaction.commit().await.context("commit the rows")?;
    Ok(Round {
        seconds: started.elapsed().as_secs_f64(),
        rows: rows.iter().map(|table| table.rows).sum(),
        peak_memory_bytes: None,
    })
}

async fn copy(transaction: &Transaction<'_>, table: &ReadyTable) -> Result<()> {
    let sink: CopyInSink<Bytes> = transaction.copy_in(&table.copy_statement).await?;
    let mut sink = std::pin::pin!(sink);
    sink.send(Bytes::from_static(&HEADER)).await?;
    for piece in table.binary.pieces()? {
        sink.send(Bytes::from(piece?)).await?;
    }
    sink.send(Bytes::from_static(&TRAILER)).await?;
    let copied = sink.finish().await?;
    ensure!(copied == table.rows, "{copied} of {} rows arrived", table.rows);
    Ok(())
}

async fn insert(transaction: &Transaction<'_>, table: &ReadyTable) -> Result<()> {
    for statement in table.inserts.pieces()? {
        let statement = String::from_utf8(statement?).context("read a statement")?;
        transaction.batch_execute(&statement).await?;
    }
    Ok(())
}

/// Seeds the copy by `cargo xtask bench run`: a process of its own, so that its memory is that of a seed.
///
/// # Errors
/// The seed fails.
pub async fn seed(context: &Context, choice: &Choice, tables: Tables, jobs: usize) -> Result<Round> {
    let program = std::env::current_exe().context("find the program that runs")?;
    let output = Command::new(program)
        .args(["bench", "run", "--json", "--quiet", "--project"])
        .arg(&context.paths.project)
        .args(["--target", &context.target.to_string(), "--tables", tables.word()])
        .args(["--industry", &choice.industry, "--as-of", &choice.as_of_day()])
        .args(["--seed", &choice.seed.to_string(), "--jobs", &jobs.to_string()])
        .args(choice.counts.to_flags()?)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .context("start the seed")?;
    let said: Said = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("read what the seed said, which ended with {}", output.status))?;
    match said {
        Said::Round(round) => Ok(round),
        Said::Failed { error } => Err(match error.hints.is_empty() {
            true => anyhow!("seed the copy: {}", error.message),
            false => mendable(
                format!("seed the copy: {}", error.message),
                error.hints.join("; "),
            ),
        }),
    }
}

/// What the seed's process prints.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Said {
    Round(Round),
    Failed { error: Failure },
}

#[derive(Debug, Deserialize)]
struct Failure {
    message: String,
    hints: Vec<String>,
}
