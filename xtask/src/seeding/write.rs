//! One run: planned and written in one transaction with its entry in the ledger.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use jiff::Timestamp;
use seed_core::catalog::{Column, Identity, Table};
use seed_core::domain::Field;
use seed_core::plan::TablePlan;
use seed_core::row::Key;
use stack::hint::mendable;
use tokio_postgres::{Client, Config, Transaction};
use uuid::Uuid;

use super::clean::{self, Cleaned, Hanging, Selection};
use super::job::Request;
use super::prepare::{Prepared, prepare};
use super::progress::Progress;
use super::{probe, triggered};
use crate::database::connect::connect;
use crate::database::copy::{copy_missing_rows, copy_rows};
use crate::database::ledger::{self, RowKeys, Run, RunTable, counts_of};
use crate::database::name::qualified;
use crate::database::seeded::{IS_WRITTEN_HERE, key_of_row};
use crate::database::{bookkeeping, seed_lock, sequence, session};
use crate::output::Step;
use crate::users::metadata::MetadataTable;

/// How long another run may keep this one waiting.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// A run that the database has.
pub struct Seeded {
    /// Its entry in the ledger.
    pub run: Run,
    /// Whether it was written just now; the same run again writes nothing.
    pub is_new: bool,
    /// What was taken back before.
    pub cleaned: Option<Cleaned>,
    /// How long the rows took.
    pub elapsed: Duration,
}

/// A transaction that writes or takes back rows: the only one of its kind in the database.
///
/// # Errors
/// Another one is at work: it is named.
pub async fn begin<'a>(client: &'a mut Client, step: &Step) -> Result<Transaction<'a>> {
    let transaction = client.transaction().await.context("begin the transaction")?;
    session::set_up(&transaction).await?;
    seed_lock::acquire(&transaction, LOCK_PATIENCE, |detail| step.update(detail)).await?;
    Ok(transaction)
}

/// What would be written, and what would be taken back before; nothing is.
///
/// # Errors
/// The rows do not fit the tables, or the owners have others.
pub async fn rehearse(
    database: &Config,
    project: &Path,
    request: &Request,
) -> Result<(Prepared, Option<Cleaned>)> {
    let mut client = connect(database, request.job.word()).await?;
    let transaction = client.transaction().await.context("begin the transaction")?;
    session::set_up(&transaction).await?;
    let (prepared, cleaned) = plan(&transaction, project, request, drop).await?;
    if prepared.same()?.is_none() {
        prepared.probe(&transaction).await?;
    }
    Ok((prepared, cleaned))
}

/// Writes all rows and the ledger's entry, or nothing.
///
/// # Errors
/// Another run is at work, the rows do not fit the tables, or the database refuses a row.
pub async fn write(database: &Config, project: &Path, request: &Request, step: &Step) -> Result<Seeded> {
    let mut client = connect(database, request.job.word()).await?;
    bookkeeping::prepare(&client).await?;
    let transaction = begin(&mut client, step).await?;
    let (prepared, cleaned) = plan(&transaction, project, request, |detail| step.update(detail)).await?;
    if let Some(run) = prepared.same()? {
        return Ok(Seeded {
            run: run.clone(),
            is_new: false,
            cleaned: None,
            elapsed: Duration::ZERO,
        });
    }
    let started = Instant::now();
    prepared.probe(&transaction).await?;
    let run = prepared.write(&transaction, database, step).await?;
    transaction.commit().await.context("commit the rows")?;
    Ok(Seeded {
        run,
        is_new: true,
        cleaned,
        elapsed: started.elapsed(),
    })
}

/// Writes rows that were planned on another database, which has the same tables, with all that a run consists of.
///
/// # Errors
/// Another run is at work, or the database refuses a row.
pub async fn write_planned(database: &Config, prepared: &Prepared, step: &Step) -> Result<Run> {
    let mut client = connect(database, prepared.job.word()).await?;
    let transaction = begin(&mut client, step).await?;
    prepared.probe(&transaction).await?;
    let run = prepared.write(&transaction, database, step).await?;
    transaction.commit().await.context("commit the rows")?;
    Ok(run)
}

/// The rows of one owner in one table.
struct Part<'p> {
    table: &'p TablePlan,
    slot: u16,
    range: Range<u64>,
    /// Whether triggers have made rows of the table already.
    is_met: bool,
}

async fn plan(
    transaction: &Transaction<'_>,
    project: &Path,
    request: &Request,
    talk: impl Fn(String),
) -> Result<(Prepared, Option<Cleaned>)> {
    let prepared = prepare(transaction, project, request).await?;
    let slots: Vec<u16> = prepared.owners.iter().map(|owner| owner.slot).collect();
    let has_rows = prepared
        .runs
        .iter()
        .any(|run| slots.iter().any(|slot| run.is_of(*slot)));
    if !request.cleans || !has_rows {
        return Ok((prepared, None));
    }
    let cleaned = clean::take_back(
        transaction,
        &prepared.destination,
        &Selection::Owners(slots),
        false,
        talk,
    )
    .await?;
    match cleaned.hanging.is_empty() {
        true => Ok((prepare(transaction, project, request).await?, Some(cleaned))),
        false => Err(kept(&cleaned)),
    }
}

/// Why there is no room for other rows.
fn kept(cleaned: &Cleaned) -> anyhow::Error {
    let pointing = cleaned.hanging.iter().map(|hanging| {
        let Hanging {
            table, on, columns, ..
        } = hanging;
        format!("`{table}` points at `{on}` by `{}`", columns.join("`, `"))
    });
    let pointing: BTreeSet<String> = pointing.collect();
    let message = format!(
        "take back what was seeded before: some of it has to stay, for rows that were not seeded hang on it: {}",
        pointing.into_iter().collect::<Vec<_>>().join("; ")
    );
    let can_be_detached = cleaned.hanging.iter().all(|hanging| hanging.can_be_detached);
    mendable(
        message,
        match can_be_detached {
            true => "`cargo xtask clean --all-seeded --detach` lets them point nowhere; then seed again",
            false => {
                "delete those rows, for not all of them can point nowhere; or begin anew with `cargo xtask reset`"
            }
        },
    )
}

impl Prepared {
    /// Shows sample rows to the database, so that what it would refuse is found out before the first one is written.
    async fn probe(&self, transaction: &Transaction<'_>) -> Result<()> {
        probe::ask(transaction, &self.destination.catalog, &self.plan).await
    }

    async fn write(&self, transaction: &Transaction<'_>, database: &Config, step: &Step) -> Result<Run> {
        let mut run = self.run()?;
        ledger::record(transaction, &run).await?;
        let tables = || self.plan.tables().iter().filter(|table| table.row_count() > 0);
        for table in tables() {
            self.reserve_keys(transaction, table).await?;
        }
        let progress = Progress::new(step, self.plan.row_count());
        for table in tables() {
            progress.table(table.name(), table.row_count());
            // Rows of this table that triggers have made already are met, not fought.
            let is_met = triggered::record(
                transaction,
                database,
                &self.destination.catalog,
                &mut run,
                Some(table),
            )
            .await?;
            for (slot, range) in table.parts() {
                let part = Part {
                    table,
                    slot,
                    range,
                    is_met,
                };
                self.write_part(transaction, &mut run, part, &progress).await?;
            }
        }
        step.update("statistics and the ledger");
        triggered::record(transaction, database, &self.destination.catalog, &mut run, None).await?;
        self.record_counts(transaction, &run).await?;
        analyze(transaction, &run.tables).await?;
        for table in tables() {
            self.advance_sequences(transaction, table).await?;
        }
        Ok(run)
    }

    /// Moves the sequence of a key behind the keys that the rows will have, so that triggers that number rows in
    /// between take others.
    async fn reserve_keys(&self, transaction: &Transaction<'_>, table: &TablePlan) -> Result<()> {
        let (Some(live), Some(column)) = (self.live(table), self.key_column(table)) else {
            return Ok(());
        };
        let last = table
            .parts()
            .into_iter()
            .filter_map(|(_, range)| match table.key(range.end - 1) {
                Some(Key::Integer(key)) => Some(key),
                _ => None,
            });
        match last.max() {
            Some(last) => sequence::advance(transaction, live, column, last + 1).await,
            None => Ok(()),
        }
    }

    /// Moves the sequences of other columns that were filled behind their highest values.
    async fn advance_sequences(&self, transaction: &Transaction<'_>, table: &TablePlan) -> Result<()> {
        let Some(live) = self.live(table) else {
            return Ok(());
        };
        let key = self.key_column(table).map(|column| &column.name);
        let is_filled = |column: &&Column| {
            table
                .binding()
                .columns
                .iter()
                .any(|filled| filled.name == column.name)
        };
        let numbered = live
            .columns
            .iter()
            .filter(|column| column.identity != Identity::No);
        for column in numbered
            .filter(is_filled)
            .filter(|column| Some(&column.name) != key)
        {
            if let Some(highest) = sequence::highest(transaction, live, column).await? {
                sequence::advance(transaction, live, column, highest + 1).await?;
            }
        }
        Ok(())
    }

    /// The column that is the key of the rows, where it is filled.
    fn key_column(&self, table: &TablePlan) -> Option<&Column> {
        let name = table.binding().column(Field::Id)?;
        self.live(table)?
            .columns
            .iter()
            .find(|column| column.name == name)
    }

    /// Writes the rows of one owner and the ledger's entry for them.
    async fn write_part(
        &self,
        transaction: &Transaction<'_>,
        run: &mut Run,
        part: Part<'_>,
        progress: &Progress<'_>,
    ) -> Result<()> {
        let Part { table, range, .. } = &part;
        let on_rows = |rows| progress.add(table.name(), rows);
        let (digest, row_count) = if part.is_met {
            copy_missing_rows(transaction, table, range.clone(), on_rows).await?
        } else {
            let digest = copy_rows(transaction, table, range.clone(), on_rows).await?;
            (digest, range.end - range.start)
        };
        let numbers = table.numbers(range.clone());
        let entry = RunTable {
            position: 1 + run.tables.len() as i32,
            schema: table.schema().to_owned(),
            name: table.name().to_owned(),
            record: Some(table.record().name().to_owned()),
            owner_slot: Some(part.slot),
            first_row: numbers.start,
            last_row: numbers.end - 1,
            row_count,
            keys: self.keys(table, range),
            digest,
        };
        ledger::record_table(transaction, run.id, &entry).await?;
        if entry.keys == RowKeys::Listed
            && let Some(live) = self.live(table)
        {
            list(transaction, run.id, &entry, live).await?;
        }
        run.tables.push(entry);
        Ok(())
    }

    /// How the rows of a range are found again.
    fn keys(&self, table: &TablePlan, range: &Range<u64>) -> RowKeys {
        let column = || table.binding().column(Field::Id).map(str::to_owned);
        let ends = (column(), table.key(range.start), table.key(range.end - 1));
        match ends {
            (Some(column), Some(Key::Uuid(first)), Some(Key::Uuid(last))) => {
                RowKeys::Uuids { column, first, last }
            }
            (Some(column), Some(Key::Integer(first)), Some(Key::Integer(last))) => {
                let rows = (range.end - range.start) as i64;
                RowKeys::Integers {
                    column,
                    first,
                    last,
                    step: if rows > 1 { (last - first) / (rows - 1) } else { 1 },
                }
            }
            _ => RowKeys::Listed,
        }
    }

    async fn record_counts(&self, transaction: &Transaction<'_>, run: &Run) -> Result<()> {
        let metadata = MetadataTable::of(&self.destination.catalog);
        let runs = ledger::runs(transaction).await?;
        for owner in &self.owners {
            if let Some(user_id) = owner.user_id.filter(|_| run.is_of(owner.slot)) {
                metadata
                    .record_counts(transaction, user_id, &counts_of(&runs, owner.slot))
                    .await?;
            }
        }
        Ok(())
    }

    fn run(&self) -> Result<Run> {
        self.expect_rows()?;
        Ok(Run {
            id: Uuid::new_v4(),
            command: self.job.word().to_owned(),
            fingerprint: self.fingerprint.clone(),
            seed: self.choice.seed,
            industry: self.choice.industry.clone(),
            as_of: self.choice.as_of,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            owners: serde_json::to_value(&self.owners).context("write the owners as JSON")?,
            settings: self.choice.to_settings()?,
            created_at: Timestamp::now(),
            is_remnant: false,
            tables: Vec::new(),
        })
    }
}

/// Writes down the rows of an entry that has no range of keys, those that were not written down before.
async fn list(transaction: &Transaction<'_>, run: Uuid, entry: &RunTable, live: &Table) -> Result<()> {
    let key = key_of_row(live);
    let sql = format!(
        "insert into seedbed.run_rows (run_id, position, key)
         select $1, $2, {key} from {} t where {IS_WRITTEN_HERE} and not exists (
             select from seedbed.run_rows r join seedbed.run_tables e on e.run_id = r.run_id and e.position = r.position
             where r.run_id = $1 and e.table_schema = $3 and e.table_name = $4 and r.key = {key}
         )",
        qualified(&live.schema, &live.name)
    );
    let done = transaction
        .execute(&sql, &[&run, &entry.position, &entry.schema, &entry.name])
        .await;
    done.with_context(|| format!("write the rows of `{}` into the ledger", entry.name))?;
    Ok(())
}

/// As many most common values of a column, and 300 times as many rows of a table looked at.
///
/// The usual 100 take a second, a fifth of the time that 100 000 rows need in all: long texts are sorted as languages
/// have it. Autovacuum, which comes round anyway, counts the run's rows as changed and does it thoroughly.
const STATISTICS_TARGET: u32 = 10;

/// Lets the planner know what there is now: without it, it takes the tables for empty until autovacuum comes round.
async fn analyze(transaction: &Transaction<'_>, tables: &[RunTable]) -> Result<()> {
    let names: BTreeSet<String> = tables
        .iter()
        .map(|table| qualified(&table.schema, &table.name))
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = names.into_iter().collect();
    let done = transaction
        .batch_execute(&format!(
            "set local default_statistics_target = {STATISTICS_TARGET}; analyze {}",
            names.join(", ")
        ))
        .await;
    done.context("collect the statistics of the seeded tables")
}
