//! One of the two sides: all that is read of it before its rows are.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use seed_core::catalog::Catalog;
use serde::Serialize;
use tokio_postgres::{Client, IsolationLevel, Transaction};

use super::clock;
use super::recipe::ColumnName;
use crate::database::connect::connect;
use crate::database::environment::{self, Mark};
use crate::database::ledger::{self, Run};
use crate::database::name::{qualified, quoted, short};
use crate::database::{catalog, checksum};
use crate::target::Target;
use crate::users::metadata::{MetadataTable, TestUser};

/// A side as it was when it was first looked at.
pub struct Side<'c> {
    /// Where it is read.
    pub transaction: Transaction<'c>,
    /// What its database is marked as.
    pub mark: Option<Mark>,
    /// Its tables.
    pub catalog: Catalog,
    /// The columns of each table (schema, name) in words, by their names.
    pub shapes: BTreeMap<(String, String), BTreeMap<String, String>>,
    /// Columns that its triggers set by the clock.
    pub clocked: BTreeSet<ColumnName>,
    /// What was seeded.
    pub runs: Vec<Run>,
    /// Its test users.
    pub users: Vec<TestUser>,
    /// Versions of the migrations that were applied.
    pub migrations: BTreeSet<String>,
    /// Sequences that would give a number which is in use.
    pub worn: Vec<WornSequence>,
}

/// A sequence that would give a number which is in use, or soon will.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WornSequence {
    /// The table that it numbers, as people write it.
    pub table: String,
    /// The column.
    pub column: String,
    /// What it gives next.
    pub next: i64,
    /// The highest number that is in use.
    pub highest: i64,
}

/// Connects to the database of a target, to read only.
///
/// # Errors
/// It is not reached.
pub async fn open(target: &Target) -> Result<Client> {
    let client = connect(&target.database, "verify").await?;
    // One side waits while the other one works, and hosted databases end long statements.
    let settings = "set default_transaction_read_only = on; set statement_timeout = 0;
        set idle_in_transaction_session_timeout = 0";
    client
        .batch_execute(settings)
        .await
        .context("set up the session")?;
    Ok(client)
}

impl<'c> Side<'c> {
    /// Reads a side; what is read later is of the same moment.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn read(client: &'c mut Client, schemas: &[String]) -> Result<Side<'c>> {
        let begun = client.build_transaction();
        let begun = begun
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true);
        let transaction = begun.start().await.context("begin to read")?;
        let catalog = catalog::read(&transaction, schemas).await?;
        // Names in what is printed have their schemas from here on, whatever the role sees by itself.
        let alike = transaction.batch_execute("set local search_path to ''").await;
        alike.context("set up the session")?;
        checksum::print_alike(&transaction).await?;
        Ok(Side {
            mark: environment::read(&transaction).await?,
            shapes: shapes(&transaction, schemas).await?,
            clocked: clocked(&transaction, schemas).await?,
            runs: ledger::runs(&transaction).await?,
            users: MetadataTable::of(&catalog).users(&transaction).await?,
            migrations: migrations(&transaction).await?,
            worn: worn(&transaction, schemas).await?,
            catalog,
            transaction,
        })
    }
}

async fn shapes(
    transaction: &Transaction<'_>,
    schemas: &[String],
) -> Result<BTreeMap<(String, String), BTreeMap<String, String>>> {
    let rows = transaction
        .query(include_str!("sql/shapes.sql"), &[&schemas])
        .await;
    let mut shapes: BTreeMap<(String, String), BTreeMap<String, String>> = BTreeMap::new();
    for row in rows.context("read the columns of the tables")? {
        let columns = shapes.entry((row.get("schema"), row.get("table"))).or_default();
        columns.extend(
            row.get::<_, Option<String>>("column")
                .map(|name| (name, row.get("shape"))),
        );
    }
    Ok(shapes)
}

async fn clocked(transaction: &Transaction<'_>, schemas: &[String]) -> Result<BTreeSet<ColumnName>> {
    let rows = transaction
        .query(include_str!("sql/row_triggers.sql"), &[&schemas])
        .await;
    let rows = rows.context("read the triggers of the tables")?;
    let of_trigger = |row: &tokio_postgres::Row| -> Vec<ColumnName> {
        let arguments: Vec<String> = row.get("arguments");
        let columns = clock::set_by(row.get("function"), row.get("source"), &arguments);
        let name = |column| (row.get("schema"), row.get("table"), column);
        columns.into_iter().map(name).collect()
    };
    Ok(rows.iter().flat_map(of_trigger).collect())
}

async fn migrations(transaction: &Transaction<'_>) -> Result<BTreeSet<String>> {
    let doing = "read which migrations were applied";
    let sql = "select to_regclass('supabase_migrations.schema_migrations') is not null";
    if !transaction
        .query_one(sql, &[])
        .await
        .context(doing)?
        .get::<_, bool>(0)
    {
        return Ok(BTreeSet::new());
    }
    let sql = "select version::text from supabase_migrations.schema_migrations";
    let rows = transaction.query(sql, &[]).await.context(doing)?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

async fn worn(transaction: &Transaction<'_>, schemas: &[String]) -> Result<Vec<WornSequence>> {
    let doing = "read what the sequences would give next";
    let sequences = transaction
        .query(include_str!("sql/sequences.sql"), &[&schemas])
        .await
        .context(doing)?;
    let mut worn = Vec::new();
    for row in sequences {
        let (schema, table, column): (String, String, String) =
            (row.get("schema"), row.get("table"), row.get("column"));
        let sequence: String = row.get("sequence");
        let sql = format!(
            "select (select case when is_called then last_value + 1 else last_value end from {sequence}),
                (select max({})::bigint from {})",
            quoted(&column),
            qualified(&schema, &table)
        );
        let row = transaction.query_one(&sql, &[]).await.context(doing)?;
        let (next, highest): (i64, Option<i64>) = (row.get(0), row.get(1));
        if let Some(highest) = highest.filter(|highest| *highest >= next) {
            let table = short(&schema, &table);
            worn.push(WornSequence {
                table,
                column,
                next,
                highest,
            });
        }
    }
    Ok(worn)
}
