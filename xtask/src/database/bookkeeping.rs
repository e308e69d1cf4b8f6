//! Seedbed's own tables, in the database that they tell about: the mark, the ledger, the test users.

use anyhow::{Context, Result};
use tokio_postgres::{Client, GenericClient};

/// Makes schema `seedbed` and its tables where they are missing.
///
/// # Errors
/// The role may not make a schema.
pub async fn prepare(client: &Client) -> Result<()> {
    let made = client.batch_execute(include_str!("sql/bookkeeping.sql")).await;
    made.context("make the tables of schema `seedbed`")
}

/// Whether [`prepare`] was ever called on this database.
///
/// # Errors
/// The database does not answer.
pub async fn is_prepared(client: &impl GenericClient) -> Result<bool> {
    let row = client
        .query_one("select to_regclass('seedbed.announced_users') is not null", &[])
        .await;
    Ok(row.context("look for schema `seedbed`")?.get(0))
}

/// Marks the database as one for development; a mark that is there stays.
///
/// # Errors
/// The database refuses.
pub async fn mark_development(client: &Client, name: &str) -> Result<()> {
    let sql =
        "insert into seedbed.environment (kind, name) values ('development', $1) on conflict do nothing";
    client
        .execute(sql, &[&name])
        .await
        .context("mark the database as one for development")?;
    Ok(())
}
