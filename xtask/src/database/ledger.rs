//! The ledger: which runs of `seed` wrote which rows of this database.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::types::ToSql;
use tokio_postgres::{GenericClient, Transaction};
use uuid::Uuid;

/// One run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: Uuid,
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
    /// What it wrote, in the order in which it wrote it.
    pub tables: Vec<RunTable>,
}

/// The rows of one table and one owner in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunTable {
    /// Schema of the table.
    pub schema: String,
    /// Name of the table.
    pub name: String,
    /// Whose they are.
    pub owner_slot: u16,
    /// Number of the first row; rows are numbered by the plan.
    pub first_row: u64,
    /// Number of the last row.
    pub last_row: u64,
    /// How many there are.
    pub row_count: u64,
    /// The lowest and the highest key of the run in the table, where the key is an integer.
    pub key_range: Option<(i64, i64)>,
    /// Hash of what was written to the table, for all owners.
    pub digest: String,
}

impl Run {
    /// Rows of all tables.
    pub fn row_count(&self) -> u64 {
        self.tables.iter().map(|table| table.row_count).sum()
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
        let own = self.tables.iter().filter(|table| table.owner_slot == slot);
        own.map(|table| (table.name.clone(), table.row_count)).collect()
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
}

/// The latest run, if there was any.
///
/// # Errors
/// The database refuses.
pub async fn latest(client: &impl GenericClient) -> Result<Option<Run>> {
    let row = client
        .query_opt(include_str!("sql/ledger_latest_run.sql"), &[])
        .await;
    let Some(row) = row.context("read the ledger of seeds")? else {
        return Ok(None);
    };
    let id: Uuid = row.get("id");
    let tables = client
        .query(include_str!("sql/ledger_run_tables.sql"), &[&id])
        .await;
    let unsigned = |row: &tokio_postgres::Row, name: &str| row.get::<_, i64>(name).unsigned_abs();
    let seed: String = row.get("seed");
    Ok(Some(Run {
        id,
        fingerprint: row.get("fingerprint"),
        seed: seed.parse().context("read the seed of a run")?,
        industry: row.get("industry"),
        as_of: row.get("as_of"),
        tool_version: row.get("tool_version"),
        owners: row.get("owners"),
        settings: row.get("settings"),
        tables: tables
            .context("read the ledger of seeds")?
            .iter()
            .map(|row| RunTable {
                schema: row.get("table_schema"),
                name: row.get("table_name"),
                owner_slot: u16::try_from(row.get::<_, i32>("owner_slot")).unwrap_or_default(),
                first_row: unsigned(row, "first_row"),
                last_row: unsigned(row, "last_row"),
                row_count: unsigned(row, "row_count"),
                key_range: row.get::<_, Option<i64>>("first_key").zip(row.get("last_key")),
                digest: row.get("digest"),
            })
            .collect(),
    }))
}

/// Writes a run down, as part of the transaction that wrote its rows.
///
/// # Errors
/// The database refuses.
pub async fn record(transaction: &Transaction<'_>, run: &Run) -> Result<()> {
    write(transaction, run)
        .await
        .context("write the run into the ledger")
}

async fn write(transaction: &Transaction<'_>, run: &Run) -> Result<()> {
    let seed = run.seed.to_string();
    let Run {
        id,
        fingerprint,
        industry,
        as_of,
        tool_version,
        owners,
        settings,
        ..
    } = run;
    let values: [&(dyn ToSql + Sync); 8] = [
        id,
        fingerprint,
        &seed,
        industry,
        as_of,
        tool_version,
        owners,
        settings,
    ];
    transaction
        .execute(include_str!("sql/ledger_record_run.sql"), &values)
        .await?;
    for (position, table) in (1_i32..).zip(&run.tables) {
        let RunTable {
            schema, name, digest, ..
        } = table;
        let slot = i32::from(table.owner_slot);
        let [first, last, count] = [table.first_row, table.last_row, table.row_count].map(u64::cast_signed);
        let (first_key, last_key) = table.key_range.unzip();
        let values: [&(dyn ToSql + Sync); 11] = [
            id, &position, schema, name, &slot, &first, &last, &count, &first_key, &last_key, digest,
        ];
        transaction
            .execute(include_str!("sql/ledger_record_table.sql"), &values)
            .await?;
    }
    Ok(())
}
