//! A run in parts, each in a transaction of its own: by machines beside each other, or by connections of one.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures_util::future::try_join_all;
use seed_core::plan::{Part, Plan, TablePlan};
use stack::hint::mendable;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::job::Request;
use super::prepare::{Prepared, prepare};
use super::progress::Progress;
use super::queue::Queue;
use super::undo::{Guard, take_back};
use super::write::Seeded;
use crate::database::address::Address;
use crate::database::connect::connect;
use crate::database::ledger::{self, Run};
use crate::database::{seed_lock, session};
use crate::output::Step;

/// Smaller parts are not worth their transactions.
const ROWS_OF_A_PART: u64 = 8_000;
/// More parts do not keep more connections at work.
const MOST_PARTS: u64 = 40;
/// How long somebody who has the lock alone may keep a part waiting.
const LOCK_PATIENCE: Duration = Duration::from_secs(30);
/// How often to look whether the parts before are there.
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// How often a part is tried that the database ended for the sake of another one.
const TRIES: u32 = 5;

/// In how many parts a run is best written over so many connections; one where it is not worth it.
pub fn how_many(plan: &Plan, connections: usize) -> u32 {
    match connections {
        1 => 1,
        _ => (plan.row_count() / ROWS_OF_A_PART).clamp(1, MOST_PARTS) as u32,
    }
}

/// Writes one part of a run, after the parts whose rows it needs; the first part to come announces the run.
///
/// # Errors
/// The run is being written in other parts, the parts before do not come in time, or the database refuses a row.
pub async fn write_one(
    mut client: Client,
    database: &Address,
    project: &Path,
    request: &Request,
    (part, patience): (Part, Duration),
    step: &Step,
) -> Result<Seeded> {
    let (prepared, run) = find_or_announce(&mut client, project, request, part, step).await?;
    if run.parts != part.of() && !run.is_whole() {
        return Err(mendable(
            format!(
                "write part {part} of {}: it is being written in {} parts",
                prepared.title(),
                run.parts
            ),
            format!(
                "ask for a part of {0}, as in `--part {1}/{0}`, or take back what is there with `cargo xtask clean`",
                run.parts,
                part.number().min(run.parts)
            ),
        ));
    }
    let started = Instant::now();
    let writer = Writer::new(&client, &prepared, database, &run).await?;
    let is_new = if run.is_whole() || run.written.contains(&part.number()) {
        false
    } else {
        writer.wait(&client, part, patience, step).await?;
        let rows = part.range(prepared.plan.row_count());
        let progress = Progress::new(step, rows.end - rows.start);
        writer.write(&mut client, part, &progress).await?
    };
    Ok(Seeded {
        run: writer.run(&client).await?,
        part: Some(part),
        is_new,
        cleaned: None,
        elapsed: started.elapsed(),
    })
}

/// The run that is asked for; whoever comes first writes it into the ledger.
async fn find_or_announce(
    client: &mut Client,
    project: &Path,
    request: &Request,
    part: Part,
    step: &Step,
) -> Result<(Prepared, Run)> {
    let deadline = Instant::now() + LOCK_PATIENCE;
    loop {
        let transaction = client.transaction().await.context("begin the transaction")?;
        session::set_up(&transaction).await?;
        // Alone, if nobody else is at work: then a run that is not there can be announced.
        let is_alone = seed_lock::is_acquired(&transaction).await?;
        if !is_alone {
            seed_lock::share(&transaction, LOCK_PATIENCE, |detail| step.update(detail)).await?;
        }
        let prepared = prepare(&transaction, project, request).await?;
        let found = match prepared.same()?.cloned() {
            None if is_alone => {
                prepared.probe(&transaction).await?;
                Some(prepared.announce(&transaction, part.of()).await?)
            }
            found => found,
        };
        transaction.commit().await.context("announce the run")?;
        if let Some(run) = found {
            return Ok((prepared, run));
        }
        if Instant::now() > deadline {
            return Err(mendable(
                format!("write part {part}: others are at work on the database, and not on this run"),
                "wait for them, or end them; `select * from pg_stat_activity` shows who they are",
            ));
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Writes all parts of a run that was announced just now. A failure takes back what was written.
///
/// # Errors
/// The database refuses a row.
pub async fn write_all(
    prepared: &Prepared,
    database: &Address,
    project: &Path,
    run: &Run,
    connections: usize,
    step: &Step,
) -> Result<Run> {
    step.leaves("the parts of the rows that were written are taken back");
    let guard = Guard::new(database, project, run.id);
    match write_missing(prepared, database, run, connections, step).await {
        Ok(run) => {
            guard.disarm();
            Ok(run)
        }
        Err(error) => {
            step.update("taking back what was written");
            guard.disarm();
            let taken = take_back(database, project, run.id).await;
            taken.map_err(|other| {
                let what = format!(
                    "{}; take back what was written: {other:#}",
                    crate::error::message(&error)
                );
                mendable(what, "`cargo xtask clean` takes it back")
            })?;
            Err(error)
        }
    }
}

/// Writes the parts of a run that are missing, each as soon as the parts before it are there.
///
/// # Errors
/// The database refuses a row: the other parts stay.
pub async fn write_missing(
    prepared: &Prepared,
    database: &Address,
    run: &Run,
    connections: usize,
    step: &Step,
) -> Result<Run> {
    let client = connect(database, prepared.job.word()).await?;
    let writer = Writer::new(&client, prepared, database, run).await?;
    let queue = Queue::new(run, |part| writer.before(part));
    let rows = |number: &u32| -> u64 {
        let part = Part::new(*number, run.parts).unwrap_or(Part::WHOLE);
        let range = part.range(prepared.plan.row_count());
        range.end - range.start
    };
    let missing = (1..=run.parts).filter(|number| !run.written.contains(number));
    let progress = Progress::new(step, missing.map(|number| rows(&number)).sum());
    let work = || async {
        let mut client = connect(database, prepared.job.word()).await?;
        while let Some(part) = queue.next().await {
            writer.write(&mut client, part, &progress).await?;
            queue.done(part);
        }
        anyhow::Ok(())
    };
    try_join_all((0..connections).map(|_| work())).await?;
    writer.run(&client).await
}

/// What writes parts of one run.
struct Writer<'p> {
    prepared: &'p Prepared,
    database: &'p Address,
    run: Run,
    /// Tables whose triggers may have a hand in others: schema and name.
    ahead: BTreeSet<(String, String)>,
}

impl<'p> Writer<'p> {
    async fn new(
        client: &Client,
        prepared: &'p Prepared,
        database: &'p Address,
        run: &Run,
    ) -> Result<Writer<'p>> {
        let sql = include_str!("../database/sql/insert_triggers.sql");
        let rows = client.query(sql, &[]).await;
        let rows = rows.context("look for triggers that fire when rows come")?;
        Ok(Writer {
            prepared,
            database,
            run: Run {
                basis: None,
                tables: Vec::new(),
                ..run.clone()
            },
            ahead: rows.iter().map(|row| (row.get(0), row.get(1))).collect(),
        })
    }

    /// The run as it is in the ledger.
    async fn run(&self, client: &impl tokio_postgres::GenericClient) -> Result<Run> {
        let runs = ledger::runs(client).await?;
        runs.into_iter().find(|run| run.id == self.run.id).ok_or_else(|| {
            mendable(
                "write a part of the run: it was taken back meanwhile",
                "run the command again to write it anew",
            )
        })
    }

    /// The parts that must be there before one is written.
    fn before(&self, part: Part) -> BTreeSet<u32> {
        let is_ahead = |table: &TablePlan| {
            let name = (table.schema().to_owned(), table.name().to_owned());
            self.ahead.contains(&name)
        };
        self.prepared.plan.parts_before(part, is_ahead)
    }

    /// Waits until the parts before are there.
    async fn wait(&self, client: &Client, part: Part, patience: Duration, step: &Step) -> Result<()> {
        let before = self.before(part);
        let deadline = Instant::now() + patience;
        let mut has_told = false;
        loop {
            let run = self.run(client).await?;
            let missing: Vec<u32> = before.difference(&run.written).copied().collect();
            if missing.is_empty() {
                return Ok(());
            }
            let missing = numbers(&missing);
            if Instant::now() > deadline {
                return Err(mendable(
                    format!("write part {part}: its rows point at rows of {missing}, which did not come"),
                    format!(
                        "write these first, or beside this one: `cargo xtask seed --part N/{}` with the same flags; \
                         `--wait SECONDS` waits longer",
                        part.of()
                    ),
                ));
            }
            let waiting = format!("part {part} waits for {missing}, which its rows point at");
            if !std::mem::replace(&mut has_told, true) {
                step.say(&waiting);
            }
            step.update(waiting);
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Writes a part; says whether it was still missing.
    async fn write(&self, client: &mut Client, part: Part, progress: &Progress<'_>) -> Result<bool> {
        let mut tries = 1;
        loop {
            match self.try_write(client, part, progress).await {
                Err(error) if tries < TRIES && is_transient(&error) => tries += 1,
                result => return result.with_context(|| format!("write part {part}")),
            }
        }
    }

    async fn try_write(&self, client: &mut Client, part: Part, progress: &Progress<'_>) -> Result<bool> {
        let transaction = client.transaction().await.context("begin the transaction")?;
        session::set_up(&transaction).await?;
        seed_lock::share(&transaction, LOCK_PATIENCE, |_| ()).await?;
        if !ledger::claim_part(&transaction, self.run.id, part).await? {
            return Ok(false);
        }
        let mut run = Run {
            tables: ledger::triggered(&transaction, self.run.id).await?,
            ..self.run.clone()
        };
        self.prepared
            .write_part(&transaction, self.database, &mut run, part, progress)
            .await?;
        seed_lock::end_alone(&transaction).await?;
        if ledger::has_all_parts(&transaction, self.run.id).await? {
            let run = self.run(&transaction).await?;
            self.prepared.finish(&transaction, &run).await?;
        }
        // What a transaction wrote is counted at its end, not a second later: the next part's is told apart by it.
        let flush = transaction
            .execute("select pg_stat_force_next_flush()", &[])
            .await;
        flush.context("count the rows")?;
        transaction.commit().await.context("commit the rows")?;
        Ok(true)
    }
}

/// Whether the same again may do: the database ended the transaction for the sake of another one.
fn is_transient(error: &anyhow::Error) -> bool {
    let code = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<tokio_postgres::Error>()?.code());
    matches!(
        code,
        Some(&SqlState::T_R_DEADLOCK_DETECTED | &SqlState::T_R_SERIALIZATION_FAILURE)
    )
}

/// `part 3`, or `parts 1, 2 and 4`.
fn numbers(parts: &[u32]) -> String {
    let named: Vec<String> = parts.iter().map(u32::to_string).collect();
    match named.as_slice() {
        [one] => format!("part {one}"),
        [first @ .., last] => format!("parts {} and {last}", first.join(", ")),
        [] => "no part".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_named_as_people_say_them() {
        assert_eq!(numbers(&[3]), "part 3");
        assert_eq!(numbers(&[1, 2, 4]), "parts 1, 2 and 4");
    }
}
