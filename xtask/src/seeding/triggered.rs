//! Rows that the database's own triggers made while a run wrote: they are written down, so that they go when the run
//! goes.

use anyhow::{Context, Result};
use seed_core::catalog::{Catalog, Table};
use seed_core::plan::{Part, TablePlan};
use serde_json::Value;
use tokio_postgres::Transaction;
use tokio_postgres::types::Json;

use crate::database::address::Address;
use crate::database::connect::connect;
use crate::database::ledger::{self, RowKeys, Run, RunTable};
use crate::database::name::{qualified, quoted};
use crate::database::seeded::{IS_WRITTEN_HERE, is_row_of, key_of_row};

/// What the transaction has done to a table so far.
struct Written {
    schema: String,
    table: String,
    /// Rows that came.
    inserted: u64,
    /// Whether rows were changed, so that a new version of a row need not be a new row.
    has_changed: bool,
}

async fn written(transaction: &Transaction<'_>) -> Result<Vec<Written>> {
    let sql = include_str!("../database/sql/written_here.sql");
    let rows = transaction
        .query(sql, &[])
        .await
        .context("look for rows that triggers made")?;
    let written = |row: &tokio_postgres::Row| Written {
        schema: row.get("schema"),
        table: row.get("name"),
        inserted: row.get::<_, i64>("inserted").unsigned_abs(),
        has_changed: row.get("has_changed"),
    };
    Ok(rows.iter().map(written).collect())
}

/// Writes down rows that came beside those of a part of the run, of one table or of all; says whether there were any.
///
/// # Errors
/// The database refuses.
pub async fn record(
    transaction: &Transaction<'_>,
    database: &Address,
    catalog: &Catalog,
    run: &mut Run,
    part: Part,
    only: Option<&TablePlan>,
) -> Result<bool> {
    let mut has_made = false;
    for written in written(transaction).await? {
        let is_asked =
            only.is_none_or(|table| (table.schema(), table.name()) == (&written.schema, &written.table));
        let is_this = |live: &&Table| (&live.schema, &live.name) == (&written.schema, &written.table);
        let Some(live) = catalog.tables.iter().find(is_this).filter(|_| is_asked) else {
            continue;
        };
        let keys = keys(transaction, database, (&*run, part), live, &written).await?;
        if !keys.is_empty() {
            write_down(transaction, run, part, live, keys).await?;
            has_made = true;
        }
    }
    Ok(has_made)
}

/// The keys of the rows that are in no entry of the run yet.
async fn keys(
    transaction: &Transaction<'_>,
    database: &Address,
    (run, part): (&Run, Part),
    live: &Table,
    written: &Written,
) -> Result<Vec<Value>> {
    let is_of_table = |entry: &&RunTable| entry.schema == live.schema && entry.name == live.name;
    let known: Vec<&RunTable> = run.entries_of(part).filter(is_of_table).collect();
    if written.inserted <= known.iter().map(|entry| entry.row_count).sum() {
        return Ok(Vec::new());
    }
    let mut conditions = vec![IS_WRITTEN_HERE.to_owned()];
    conditions.extend(
        known
            .iter()
            .map(|entry| format!("not ({})", is_row_of(run.id, entry, live))),
    );
    let sql = format!(
        "select {} from {} t where {}",
        key_of_row(live),
        qualified(&live.schema, &live.name),
        conditions.join(" and "),
    );
    let rows = transaction.query(&sql, &[]).await;
    let rows = rows.with_context(|| format!("look for rows that triggers made in `{}`", live.name))?;
    let mut keys: Vec<Value> = rows.iter().map(|row| row.get(0)).collect();
    if written.has_changed && live.row_count > 0 {
        let before = present(database, live, &keys).await?;
        keys.retain(|key| !before.contains(key));
    }
    Ok(keys)
}

async fn write_down(
    transaction: &Transaction<'_>,
    run: &mut Run,
    part: Part,
    live: &Table,
    keys: Vec<Value>,
) -> Result<()> {
    let entry = RunTable {
        position: run.next_position(part),
        schema: live.schema.clone(),
        name: live.name.clone(),
        record: None,
        owner_slot: None,
        first_row: 0,
        last_row: keys.len() as u64 - 1,
        row_count: keys.len() as u64,
        keys: RowKeys::Listed,
        digest: String::new(),
    };
    ledger::record_table(transaction, run.id, &entry).await?;
    let sql = "insert into seedbed.run_rows (run_id, position, key) select $1, $2, key from jsonb_array_elements($3) key";
    let done = transaction
        .execute(sql, &[&run.id, &entry.position, &Json(keys)])
        .await;
    done.context("write the rows that triggers made into the ledger")?;
    run.tables.push(entry);
    Ok(())
}

/// Those of the rows that were there before the transaction: another connection sees these only.
async fn present(database: &Address, live: &Table, keys: &[Value]) -> Result<Vec<Value>> {
    let client = connect(database, "seed").await?;
    let table = qualified(&live.schema, &live.name);
    let is_same = match live.primary_key.as_slice() {
        [] => "to_jsonb(t) = key.value".to_owned(),
        columns => {
            let pairs = columns.iter().map(|name| format!("t.{0} = k.{0}", quoted(name)));
            pairs.collect::<Vec<_>>().join(" and ")
        }
    };
    let sql = format!(
        "select key.value from jsonb_array_elements($1) key
         cross join lateral jsonb_populate_record(null::{table}, key.value) k
         where exists (select from {table} t where {is_same})"
    );
    let rows = client.query(&sql, &[&Json(keys)]).await;
    let rows = rows.with_context(|| format!("look which rows `{}` had before", live.name))?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
