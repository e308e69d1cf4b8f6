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
    if state(client).await? == State::Older {
        return Err(mendable(
            "read the ledger: an older version of this tool wrote it, in another form",
            "begin anew with `cargo xtask reset`",
        ));
    }
    let made = client.batch_execute(include_str!("sql/bookkeeping.sql")).await;
    made.context("make the tables of schema `seedbed`")
}

/// In which form the tables are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// They are not there.
    None,
    /// In one that is not read any more.
    Older,
    /// In that of this version.
    Current,
}

/// In which form the tables of a database are.
///
/// # Errors
/// The database does not answer.
pub async fn state(client: &impl GenericClient) -> Result<State> {
    let sql = "select to_regclass('seedbed.runs') is not null, to_regclass('seedbed.run_parts') is not null";
    let row = client.query_one(sql, &[]).await.context("look for the ledger")?;
    Ok(match (row.get(0), row.get(1)) {
        (true, true) => State::Current,
        (true, false) => State::Older,
        (false, _) => State::None,
    })
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
