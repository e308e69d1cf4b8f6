//! Seedbed's own tables, in the database that they tell about: the mark, the ledger, the test users.

use anyhow::{Context, Result};
use stack::hint::mendable;
use tokio_postgres::{Client, GenericClient};

/// Makes schema `seedbed` and its tables where they are missing.
///
/// # Errors
/// The role may not make a schema, or an older version of this tool has made the tables in a form that is not read any
/// more.
pub async fn prepare(client: &Client) -> Result<()> {
    let sql = "select to_regclass('seedbed.runs') is not null and to_regclass('seedbed.run_parts') is null";
    let is_older = client.query_one(sql, &[]).await.context("look for the ledger")?;
    if is_older.get(0) {
        return Err(mendable(
            "read the ledger: an older version of this tool wrote it, in another form",
            "begin anew with `cargo xtask reset`",
        ));
    }
    let made = client.batch_execute(include_str!("sql/bookkeeping.sql")).await;
    made.context("make the tables of schema `seedbed`")
}

/// Whether [`prepare`] was ever called on this database.
///
/// # Errors
/// The database does not answer.
pub async fn is_prepared(client: &impl GenericClient) -> Result<bool> {
    let row = client
        .query_one("select to_regclass('seedbed.run_parts') is not null", &[])
        .await;
    Ok(row.context("look for schema `seedbed`")?.get(0))
}
