//! The ledger: which runs wrote which rows of this database.

mod parts;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use jiff::Timestamp;
use seed_core::domain::Record;
use serde_json::Value;
use tokio_postgres::types::ToSql;
use tokio_postgres::{GenericClient, Row, Transaction};
use uuid::Uuid;

use super::bookkeeping;

pub use parts::{claim_part, has_all_parts};

/// One run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: Uuid,
    /// The word that the user typed: `seed`, `add`, `products`.
    pub command: String,
    /// What tells two runs apart that would write different rows.
    pub fingerprint: String,
    /// What every random number depended on.
    pub seed: u64,
    /// Name of the industry pack.
    pub industry: String,
    /// The instant that all dates were counted from.
    pub as_of: Timestamp,
    /// Version of the tool.
    pub tool_version: String,
    /// Who got the rows, as JSON.
    pub owners: Value,
    /// The rest of what decided the rows, as JSON.
    pub settings: Value,
    /// When it was written.
    pub created_at: Timestamp,
    /// Whether it is what had to stay of a run that was taken back.
    pub is_remnant: bool,
    /// In how many parts it is written, each in a transaction of its own.
    pub parts: u32,
    /// The parts that are there, counted from 1.
    pub written: BTreeSet<u32>,
    /// For a run of several parts, what the rows depend on that the first of them changes, as JSON.
    pub basis: Option<Value>,
    /// What it wrote, in the order in which it wrote it.
    pub tables: Vec<RunTable>,
}

/// The rows of one table and one owner in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunTable {
    /// Its number in the run.
    pub position: i32,
    /// Schema of the table.
    pub schema: String,
    /// Name of the table.
    pub name: String,
    /// The record that the table holds; `None` for a table that is not ours to fill.
    pub record: Option<String>,
    /// Whose they are; `None` for rows that the database's own triggers made.
    pub owner_slot: Option<u16>,
    /// Number of the first row in its owner's block.
    pub first_row: u64,
    /// Number of the last row.
    pub last_row: u64,
    /// How many there are.
    pub row_count: u64,
    /// How they are found again.
    pub keys: RowKeys,
    /// Hash of what was written; nothing for rows that triggers made.
    pub digest: String,
}

/// How the rows of an entry are found again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowKeys {
    /// By a UUID, in a column of this type or of text, between two of them.
    Uuids {
        /// The column.
        column: String,
        /// The lowest.
        first: Uuid,
        /// The highest.
        last: Uuid,
    },
    /// By an integer.
    Integers {
        /// The column.
        column: String,
        /// The lowest.
        first: i64,
        /// The highest.
        last: i64,
        /// From one to the next.
        step: i64,
    },
    /// One by one, in `seedbed.run_rows`.
    Listed,
}

impl Run {
    /// Rows of all tables that it wrote itself.
    pub fn row_count(&self) -> u64 {
        self.own_tables().map(|table| table.row_count).sum()
    }

    /// What it wrote itself, without what triggers made of it.
    pub fn own_tables(&self) -> impl Iterator<Item = &RunTable> {
        self.tables.iter().filter(|table| table.owner_slot.is_some())
    }

    /// The tables in the order in which they were written, each once.
    pub fn table_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for table in &self.tables {
            if !names.contains(&table.name.as_str()) {
                names.push(&table.name);
            }
        }
        names
    }

    /// Rows of one owner, by table.
    pub fn counts_of(&self, slot: u16) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for table in self.tables.iter().filter(|table| table.owner_slot == Some(slot)) {
            *counts.entry(table.name.clone()).or_default() += table.row_count;
        }
        counts
    }

    /// Whether it wrote rows for an owner. Tags are everybody's.
    pub fn is_of(&self, slot: u16) -> bool {
        let is_own = |table: &RunTable| table.owner_slot == Some(slot) && !table.is_of_tags();
        self.tables.iter().any(is_own)
    }

    /// Whether an owner's later runs go on from it: it wrote rows for the owner, or nothing but tags.
    pub fn is_continued_by(&self, slot: u16) -> bool {
        let is_own = |table: &RunTable| table.owner_slot == Some(slot);
        self.is_of(slot)
            || self
                .tables
                .iter()
                .all(|table| is_own(table) && table.is_of_tags())
    }

    /// What people tell runs apart by: `food_beverage, seed 42, as of 2026-11-23`.
    pub fn title(&self) -> String {
        format!(
            "{}, seed {}, as of {}",
            self.industry,
            self.seed,
            self.as_of.strftime("%Y-%m-%d")
        )
    }

    /// Whether the database's own triggers have made rows of a table beside it.
    pub fn has_triggered(&self, schema: &str, table: &str) -> bool {
        let is_so = |entry: &RunTable| {
            entry.owner_slot.is_none() && (entry.schema.as_str(), entry.name.as_str()) == (schema, table)
        };
        self.tables.iter().any(is_so)
    }

    /// The start of its id, as people type it.
    pub fn short_id(&self) -> String {
        self.id.to_string()[..8].to_owned()
    }
}

impl RunTable {
    /// Whether it is about tags, which are everybody's and stay.
    pub fn is_of_tags(&self) -> bool {
        self.record.as_deref() == Some(Record::Tag.name())
    }
}

/// Rows of one owner in all runs, by table.
pub fn counts_of(runs: &[Run], slot: u16) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for (table, count) in runs.iter().flat_map(|run| run.counts_of(slot)) {
        *counts.entry(table).or_default() += count;
    }
    counts
}

/// All runs, in the order in which they were written; none where the database has no ledger.
///
/// # Errors
/// The database refuses.
pub async fn runs(client: &impl GenericClient) -> Result<Vec<Run>> {
    if !bookkeeping::is_prepared(client).await? {
        return Ok(Vec::new());
    }
    read(client).await.context("read the ledger of seeds")
}

async fn read(client: &impl GenericClient) -> Result<Vec<Run>> {
    let rows = client.query(include_str!("sql/ledger_runs.sql"), &[]).await?;
    let mut runs = rows.iter().map(run_of).collect::<Result<Vec<Run>>>()?;
    let tables = client.query(TABLES, &[&None::<Uuid>]).await?;
    for row in &tables {
        let id: Uuid = row.get("run_id");
        if let Some(run) = runs.iter_mut().find(|run| run.id == id) {
            run.tables.push(table_of(row)?);
        }
    }
    Ok(runs)
}

const TABLES: &str = include_str!("sql/ledger_run_tables.sql");

/// The entries of a run for rows that triggers made.
///
/// # Errors
/// The database refuses.
pub async fn triggered(client: &impl GenericClient, run: Uuid) -> Result<Vec<RunTable>> {
    let rows = client.query(TABLES, &[&Some(run)]).await;
    let rows = rows.context("read what triggers made from the ledger")?;
    rows.iter().map(table_of).collect()
}

fn run_of(row: &Row) -> Result<Run> {
    let seed: String = row.get("seed");
    let written: Vec<i32> = row.get("written");
    Ok(Run {
        id: row.get("id"),
        command: row.get("command"),
        fingerprint: row.get("fingerprint"),
        seed: seed.parse().context("read the seed of a run")?,
        industry: row.get("industry"),
        as_of: row.get("as_of"),
        tool_version: row.get("tool_version"),
        owners: row.get("owners"),
        settings: row.get("settings"),
        created_at: row.get("created_at"),
        is_remnant: row.get("is_remnant"),
        parts: row.get::<_, i32>("parts").cast_unsigned(),
        written: written.into_iter().map(i32::cast_unsigned).collect(),
        basis: row.get("basis"),
        tables: Vec::new(),
    })
}

fn table_of(row: &Row) -> Result<RunTable> {
    let unsigned = |name: &str| row.get::<_, i64>(name).unsigned_abs();
    let slot: Option<i32> = row.get("owner_slot");
    Ok(RunTable {
        position: row.get("position"),
        schema: row.get("table_schema"),
        name: row.get("table_name"),
        record: row.get("record"),
        owner_slot: slot.and_then(|slot| u16::try_from(slot).ok()),
        first_row: unsigned("first_row"),
        last_row: unsigned("last_row"),
        row_count: unsigned("row_count"),
        keys: keys_of(row).context("read the keys of a run")?,
        digest: row.get("digest"),
    })
}

fn keys_of(row: &Row) -> Result<RowKeys> {
    let Some(column) = row.get::<_, Option<String>>("key_column") else {
        return Ok(RowKeys::Listed);
    };
    let (first, last): (&str, &str) = (row.get("first_key"), row.get("last_key"));
    Ok(match row.get::<_, Option<i64>>("key_step") {
        Some(step) => RowKeys::Integers {
            column,
            first: first.parse()?,
            last: last.parse()?,
            step,
        },
        None => RowKeys::Uuids {
            column,
            first: first.parse()?,
            last: last.parse()?,
        },
    })
}

/// Writes a run down, without any of its parts. Its tables are written down one by one, as they are filled.
///
/// # Errors
/// The database refuses.
pub async fn record(transaction: &Transaction<'_>, run: &Run) -> Result<()> {
    let seed = run.seed.to_string();
    let parts = run.parts.cast_signed();
    let values: [&(dyn ToSql + Sync); 12] = [
        &run.id,
        &run.command,
        &run.fingerprint,
        &seed,
        &run.industry,
        &run.as_of,
        &run.tool_version,
        &run.owners,
        &run.settings,
        &run.created_at,
        &parts,
        &run.basis,
    ];
    let sql = include_str!("sql/ledger_record_run.sql");
    let done = transaction.execute(sql, &values).await;
    done.context("write the run into the ledger")?;
    Ok(())
}

/// Writes down what a run wrote into one table for one owner.
///
/// # Errors
/// The database refuses.
pub async fn record_table(transaction: &Transaction<'_>, run: Uuid, table: &RunTable) -> Result<()> {
    let slot = table.owner_slot.map(i32::from);
    let [first, last, count] = [table.first_row, table.last_row, table.row_count].map(u64::cast_signed);
    let (column, [first_key, last_key], step) = match &table.keys {
        RowKeys::Uuids { column, first, last } => {
            (Some(column), [first, last].map(|key| Some(key.to_string())), None)
        }
        RowKeys::Integers {
            column,
            first,
            last,
            step,
        } => (
            Some(column),
            [first, last].map(|key| Some(key.to_string())),
            Some(*step),
        ),
        RowKeys::Listed => (None, [None, None], None),
    };
    let values: [&(dyn ToSql + Sync); 14] = [
        &run,
        &table.position,
        &table.schema,
        &table.name,
        &table.record,
        &slot,
        &first,
        &last,
        &count,
        &column,
        &first_key,
        &last_key,
        &step,
        &table.digest,
    ];
    let sql = include_str!("sql/ledger_record_table.sql");
    let done = transaction.execute(sql, &values).await;
    done.context("write the run into the ledger")?;
    Ok(())
}
