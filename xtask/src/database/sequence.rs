//! The sequences behind columns that number themselves. They are set by `alter sequence … restart`, which is undone
//! with its transaction; `setval` would stay.

use anyhow::{Context, Result};
use seed_core::catalog::{Column, Identity, Table};
use tokio_postgres::Transaction;

use super::name::{qualified, quoted};

/// Makes a column number its next row `next`, or higher where it would already.
///
/// # Errors
/// The database refuses: the role does not own the sequence.
pub async fn advance(transaction: &Transaction<'_>, table: &Table, column: &Column, next: i64) -> Result<()> {
    set(transaction, table, column, next, |upcoming| upcoming < next).await
}

/// Makes a column number its next row `next` where it would be numbered `expected` now: nobody has drawn from the
/// sequence since it was set so.
///
/// # Errors
/// The database refuses: the role does not own the sequence.
pub async fn take_back(
    transaction: &Transaction<'_>,
    table: &Table,
    column: &Column,
    expected: i64,
    next: i64,
) -> Result<()> {
    set(transaction, table, column, next, |upcoming| upcoming == expected).await
}

/// Makes a column number its next row 1, whatever it gave before.
///
/// # Errors
/// The database refuses: the role does not own the sequence.
pub async fn begin_anew(transaction: &Transaction<'_>, table: &Table, column: &Column) -> Result<()> {
    set(transaction, table, column, 1, |upcoming| upcoming != 1).await
}

async fn set(
    transaction: &Transaction<'_>,
    table: &Table,
    column: &Column,
    next: i64,
    is_due: impl Fn(i64) -> bool,
) -> Result<()> {
    if column.identity == Identity::No {
        return Ok(());
    }
    let doing = || format!("set the sequence of `{}.{}`", table.name, column.name);
    let name = qualified(&table.schema, &table.name);
    let row = transaction
        .query_one("select pg_get_serial_sequence($1, $2)", &[&name, &column.name])
        .await;
    let Some(sequence) = row.with_context(doing)?.get::<_, Option<String>>(0) else {
        return Ok(());
    };
    let sql = format!("select case when is_called then last_value + 1 else last_value end from {sequence}");
    let upcoming = transaction.query_one(&sql, &[]).await.with_context(doing)?.get(0);
    if is_due(upcoming) {
        let sql = format!("alter sequence {sequence} restart with {next}");
        transaction.batch_execute(&sql).await.with_context(doing)?;
    }
    Ok(())
}

/// The highest value of a column, if there is any.
///
/// # Errors
/// The database refuses.
pub async fn highest(transaction: &Transaction<'_>, table: &Table, column: &Column) -> Result<Option<i64>> {
    let sql = format!(
        "select max({})::bigint from {}",
        quoted(&column.name),
        qualified(&table.schema, &table.name)
    );
    let row = transaction.query_one(&sql, &[]).await;
    let row = row.with_context(|| format!("read the highest `{}.{}`", table.name, column.name))?;
    Ok(row.get(0))
}
