//! Writing rows as they are: without the database's own triggers, which would change them or make others beside them.

use anyhow::{Context, Result};
use tokio_postgres::Transaction;
use tokio_postgres::error::SqlState;

/// Keeps triggers and foreign keys from acting until the end of the transaction, where the role may do that; says
/// whether it may.
///
/// # Errors
/// The database does not answer.
pub async fn keep_triggers_from_firing(transaction: &Transaction<'_>) -> Result<bool> {
    let doing = "keep triggers from firing";
    // Hosted databases let `postgres` set it although no catalog says so: it is tried.
    let begin = transaction.batch_execute("savepoint seedbed_quiet").await;
    begin.context(doing)?;
    let set = transaction
        .batch_execute("set local session_replication_role = replica")
        .await;
    let (may, end) = match set {
        Ok(()) => (true, "release seedbed_quiet"),
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            (false, "rollback to seedbed_quiet; release seedbed_quiet")
        }
        Err(error) => return Err(error).context(doing),
    };
    transaction.batch_execute(end).await.context(doing)?;
    Ok(may)
}

/// A trigger that would act on rows that are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// Schema of its table.
    pub schema: String,
    /// Its table.
    pub table: String,
    /// Its name.
    pub name: String,
}

/// The enabled triggers of people on these tables (schema, name) that fire when rows come or go in this session: once
/// triggers are kept from firing, those that fire always or for replicas alone.
///
/// # Errors
/// The database does not answer.
pub async fn triggers(transaction: &Transaction<'_>, tables: &[(String, String)]) -> Result<Vec<Trigger>> {
    let (schemas, names): (Vec<&str>, Vec<&str>) = tables
        .iter()
        .map(|(schema, name)| (schema.as_str(), name.as_str()))
        .unzip();
    let sql = include_str!("sql/writing_triggers.sql");
    let rows = transaction.query(sql, &[&schemas, &names]).await;
    let rows = rows.context("read the triggers of the tables")?;
    let trigger = |row: &tokio_postgres::Row| Trigger {
        schema: row.get(0),
        table: row.get(1),
        name: row.get(2),
    };
    Ok(rows.iter().map(trigger).collect())
}
