//! One run: planned, and written with its entry in the ledger, in one transaction unless it is asked for in parts.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use jiff::Timestamp;
use seed_core::plan::Part;
use stack::hint::mendable;
use tokio_postgres::{Client, Transaction};
use uuid::Uuid;

use super::clean::{self, Cleaned, Hanging, Selection};
use super::destination::Destination;
use super::job::{Cleans, Request, Way};
use super::prepare::{Prepared, prepare};
use super::progress::Progress;
use super::{everything, parts, probe};
use crate::database::address::Address;
use crate::database::connect::connect;
use crate::database::ledger::{self, Run};
use crate::database::{bookkeeping, seed_lock, session};
use crate::output::Step;

/// How long another run may keep this one waiting.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// A run that the database has.
pub struct Seeded {
    /// Its entry in the ledger.
    pub run: Run,
    /// The part of it that was asked for.
    pub part: Option<Part>,
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
    database: &Address,
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

/// Writes the rows and the ledger's entry: all or nothing, or the part that is asked for, or nothing of it. What is
/// missing of a run that is there in parts is written in parts.
///
/// # Errors
/// Another run is at work, the rows do not fit the tables, or the database refuses a row.
pub async fn write(database: &Address, project: &Path, request: &Request, step: &Step) -> Result<Seeded> {
    let mut client = connect(database, request.job.word()).await?;
    bookkeeping::prepare(&client).await?;
    if let Way::Part(part, patience) = request.way {
        return parts::write_one(client, database, project, request, (part, patience), step).await;
    }
    let transaction = begin(&mut client, step).await?;
    let (prepared, cleaned) = plan(&transaction, project, request, |detail| step.update(detail)).await?;
    let started = Instant::now();
    let connections = match request.way {
        Way::Beside(connections) => connections,
        _ => 1,
    };
    let run = match prepared.same()? {
        Some(run) if run.is_whole() => {
            return Ok(Seeded {
                run: run.clone(),
                part: None,
                is_new: false,
                cleaned: None,
                elapsed: Duration::ZERO,
            });
        }
        Some(run) => {
            let run = run.clone();
            transaction.commit().await.context("end the planning")?;
            parts::write_missing(&prepared, database, &run, connections, step).await?
        }
        None => write_new(&prepared, transaction, database, project, connections, step).await?,
    };
    Ok(Seeded {
        run,
        part: None,
        is_new: true,
        cleaned,
        elapsed: started.elapsed(),
    })
}

/// Writes rows that were planned on another database, which has the same tables, with all that a run consists of.
///
/// # Errors
/// Another run is at work, or the database refuses a row.
pub async fn write_planned(
    database: &Address,
    project: &Path,
    prepared: &Prepared,
    connections: usize,
    step: &Step,
) -> Result<Run> {
    let mut client = connect(database, prepared.job.word()).await?;
    let transaction = begin(&mut client, step).await?;
    write_new(prepared, transaction, database, project, connections, step).await
}

/// Writes a run that is not in the ledger yet, in parts where several connections are worth it.
async fn write_new(
    prepared: &Prepared,
    transaction: Transaction<'_>,
    database: &Address,
    project: &Path,
    connections: usize,
    step: &Step,
) -> Result<Run> {
    prepared.probe(&transaction).await?;
    let of = parts::how_many(&prepared.plan, connections);
    let mut run = prepared.announce(&transaction, of).await?;
    if of > 1 {
        transaction.commit().await.context("announce the run")?;
        return parts::write_all(prepared, database, project, &run, connections, step).await;
    }
    write_at_once(prepared, &transaction, database, &mut run, step).await?;
    transaction.commit().await.context("commit the rows")?;
    Ok(run)
}

async fn write_at_once(
    prepared: &Prepared,
    transaction: &Transaction<'_>,
    database: &Address,
    run: &mut Run,
    step: &Step,
) -> Result<()> {
    ledger::claim_part(transaction, run.id, Part::WHOLE).await?;
    let progress = Progress::new(step, prepared.plan.row_count());
    prepared
        .write_part(transaction, database, run, Part::WHOLE, &progress)
        .await?;
    step.update("statistics and the ledger");
    prepared.finish(transaction, run).await?;
    run.written.insert(1);
    Ok(())
}

/// Plans the rows, after taking back what is to go before.
///
/// # Errors
/// The rows do not fit the tables, or some of what is to go has to stay.
pub(super) async fn plan(
    transaction: &Transaction<'_>,
    project: &Path,
    request: &Request,
    talk: impl Fn(String),
) -> Result<(Prepared, Option<Cleaned>)> {
    if matches!(request.cleans, Cleans::Seeded | Cleans::Everything) {
        let destination = Destination::read(transaction, project).await?;
        let cleaned = clear(transaction, &destination, request.cleans, talk).await?;
        return Ok((prepare(transaction, project, request).await?, Some(cleaned)));
    }
    let prepared = prepare(transaction, project, request).await?;
    let slots: Vec<u16> = prepared.owners.iter().map(|owner| owner.slot).collect();
    let has_rows = prepared
        .runs
        .iter()
        .any(|run| slots.iter().any(|slot| run.is_of(*slot)));
    let is_open = prepared.runs.iter().any(|run| !run.is_whole());
    if request.cleans == Cleans::Nothing || !(has_rows || is_open) {
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

/// Makes room for rows of whoever: all that was seeded goes, or all that there is.
///
/// # Errors
/// Some of what is to go has to stay, or the database refuses.
pub async fn clear(
    transaction: &Transaction<'_>,
    destination: &Destination,
    cleans: Cleans,
    talk: impl Fn(String),
) -> Result<Cleaned> {
    if cleans == Cleans::Everything {
        return everything::remove(transaction, destination, talk).await;
    }
    let cleaned = clean::take_back(transaction, destination, &Selection::All, false, talk).await?;
    match cleaned.hanging.is_empty() {
        true => Ok(cleaned),
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
    pub(super) async fn probe(&self, transaction: &Transaction<'_>) -> Result<()> {
        probe::ask(transaction, &self.destination.catalog, &self.plan).await
    }

    /// Writes the run into the ledger, of so many parts, none of which is there.
    ///
    /// # Errors
    /// No rows are asked for, or the database refuses.
    pub(super) async fn announce(&self, transaction: &Transaction<'_>, parts: u32) -> Result<Run> {
        let run = self.run(parts)?;
        ledger::record(transaction, &run).await?;
        self.reserve_keys(transaction).await?;
        Ok(run)
    }

    fn run(&self, parts: u32) -> Result<Run> {
        self.expect_rows()?;
        let basis = (parts > 1).then(|| serde_json::to_value(&self.basis));
        let basis = basis.transpose().context("write the basis as JSON")?;
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
            parts,
            written: BTreeSet::new(),
            basis,
            tables: Vec::new(),
        })
    }
}
