//! Shows sample rows to the database before the first one is written: what a type or a constraint would refuse is
//! found out while it costs nothing.
//!
//! `jsonb_populate_record` makes rows of the table's type out of the sample: it reads each value as the column's
//! type does and asks the checks of domains. The checks of the table are then asked about these rows, unless a trigger
//! may change rows on their way in. Nothing is written.

pub mod example;
mod refusal;
mod sample;

use std::collections::HashMap;

use anyhow::{Context, Result};
use seed_core::catalog::{Catalog, Check, Table};
use seed_core::plan::Plan;
use serde_json::Value;
use stack::hint::mendable;
use tokio_postgres::error::DbError;
use tokio_postgres::types::Type;
use tokio_postgres::{GenericClient, Row};

use self::refusal::Refusal;
use self::sample::{Sample, SampleColumn};
use super::remedy;
use crate::database::name::{qualified, quoted};

/// Asks the types and checks of each table about sample rows of the plan, as part of a transaction.
///
/// # Errors
/// The database would refuse some of them: each column is named, with the constraint, the value and what to put into
/// `seedbed.toml`.
pub async fn ask(client: &impl GenericClient, catalog: &Catalog, plan: &Plan) -> Result<()> {
    let changing = client
        .query(include_str!("../database/sql/changing_triggers.sql"), &[])
        .await;
    let changing = changing.context("look for triggers that change rows")?;
    let is_changed = |live: &Table| {
        let is = |row: &Row| {
            (row.get::<_, &str>("schema"), row.get::<_, &str>("name")) == (&*live.schema, &*live.name)
        };
        changing.iter().any(is)
    };
    let mut refusals = Vec::new();
    for table in plan.tables().iter().filter(|table| table.row_count() > 0) {
        let is_live = |live: &&Table| live.schema == table.schema() && live.name == table.name();
        if let Some(live) = catalog.tables.iter().find(is_live) {
            let found = ask_table(client, Sample::new(live, table, is_changed(live))).await;
            let doing = || format!("show sample rows of `{}` to the database", live.name);
            refusals.extend(found.with_context(doing)?);
        }
    }
    if refusals.is_empty() {
        return Ok(());
    }
    let message = format!(
        "plan the rows: the database would refuse rows:{}",
        refusal::lines(&refusals)
    );
    Err(mendable(
        message,
        remedy::of_columns(client, &refusal::columns_of(&refusals)).await?,
    ))
}

async fn ask_table<'a>(client: &impl GenericClient, mut sample: Sample<'a>) -> Result<Vec<Refusal<'a>>> {
    let mut refusals = sample.take_missing();
    let checks = sample.checks();
    if let Ok(broken) = broken(client, &sample, &checks).await? {
        let broken = checks.iter().zip(broken);
        refusals.extend(broken.filter_map(|(check, row)| Some(Refusal::of_check(&sample, check, row?))));
        return Ok(refusals);
    }
    // Something cannot even be read: column by column, then check by check, to know what it is.
    let types = types(client, sample.live).await?;
    let mut unread = Vec::new();
    for column in &sample.columns {
        if let Some((value, error)) = refused(client, &types, column).await? {
            refusals.push(Refusal::of_value(sample.live, column.live, value, &error));
            unread.push(column.live);
        }
    }
    unread.into_iter().for_each(|column| sample.set_aside(column));
    for check in sample.checks() {
        match broken(client, &sample, &[check]).await? {
            Ok(rows) => {
                let rows = rows.into_iter().flatten();
                refusals.extend(rows.map(|row| Refusal::of_check(&sample, check, row)));
            }
            Err(error) if is_about_values(&error) => {
                refusals.push(Refusal::of_failed_check(&sample, check, &error))
            }
            // What cannot be asked by itself is asked when the rows are written.
            Err(_) => (),
        }
    }
    Ok(refusals)
}

/// For each check the first row of the sample that breaks it; or what the database says where it cannot read the rows.
async fn broken(
    client: &impl GenericClient,
    sample: &Sample<'_>,
    checks: &[&Check],
) -> Result<Result<Vec<Option<usize>>, DbError>> {
    let sql = sample.question(checks);
    let rows = sample.rows_as_json();
    let row = match answer(client, &sql, &rows).await? {
        Ok(row) => row,
        Err(error) => return Ok(Err(error)),
    };
    let first = |at| row.get::<_, Option<i64>>(at);
    let rows = (0..checks.len()).map(|at| Some(usize::try_from(first(at)?).unwrap_or_default()));
    Ok(Ok(rows.collect()))
}

/// The columns' types as SQL spells them, domains included.
async fn types(
    client: &impl GenericClient,
    table: &Table,
) -> Result<HashMap<String, String>, tokio_postgres::Error> {
    let sql = "select attname::text, format_type(atttypid, atttypmod) from pg_attribute
               where attrelid = $1::text::regclass and attnum > 0 and not attisdropped";
    let name = qualified(&table.schema, &table.name);
    let rows = client.query(sql, &[&name]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// The first value of a column that its type or domain refuses.
async fn refused<'c>(
    client: &impl GenericClient,
    types: &HashMap<String, String>,
    column: &'c SampleColumn<'_>,
) -> Result<Option<(Option<&'c str>, DbError)>> {
    let Some(kind) = types.get(&column.live.name) else {
        return Ok(None);
    };
    let mut values = column.distinct();
    let sql = format!(
        "select count(*) from jsonb_to_recordset($1) as t ({} {kind})",
        quoted(&column.live.name)
    );
    let refusal = async |values: &[Option<&str>]| {
        anyhow::Ok(answer(client, &sql, &column.as_json(values)).await?.err())
    };
    let Some(error) = refusal(&values).await?.filter(is_about_values) else {
        return Ok(None);
    };
    // By halves; the error is about the first value that is refused, so the first half is asked first.
    while values.len() > 1 {
        let second = values.split_off(values.len() / 2);
        if refusal(&values).await?.is_none() {
            values = second;
        }
    }
    Ok(Some((values[0], error)))
}

/// Asks a question about the rows $1, in a savepoint of the transaction; what the database says where it has no answer
/// is no error.
async fn answer(client: &impl GenericClient, question: &str, rows: &Value) -> Result<Result<Row, DbError>> {
    client.batch_execute("savepoint question").await?;
    let answer = client.query_typed_one(question, &[(rows, Type::JSONB)]).await;
    let answer = match answer {
        Ok(row) => Ok(row),
        Err(error) => Err(error.as_db_error().cloned().ok_or(error)?),
    };
    client
        .batch_execute("rollback to savepoint question; release savepoint question")
        .await?;
    Ok(answer)
}

/// Whether it is the values that are wrong (classes 22 and 23, and what functions raise), not the question.
fn is_about_values(error: &DbError) -> bool {
    ["22", "23", "P0"]
        .iter()
        .any(|class| error.code().code().starts_with(class))
}
