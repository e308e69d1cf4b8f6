//! Writing rows as they are: without the database's own triggers, which would change them or make others beside them.

use anyhow::{Context, Result};
use tokio_postgres::Transaction;

/// Keeps triggers and foreign keys from acting until the end of the transaction, where the role may do that; says
/// whether it may.
///
/// # Errors
/// The database does not answer.
pub async fn keep_triggers_from_firing(transaction: &Transaction<'_>) -> Result<bool> {
    let doing = "keep triggers from firing";
    // The parameter is a superuser's, whom Supabase's `postgres` is made equal to here.
    let sql = "select has_parameter_privilege('session_replication_role', 'set')";
    let may: bool = transaction.query_one(sql, &[]).await.context(doing)?.get(0);
    if !may {
        return Ok(false);
    }
    let sql = "set local session_replication_role = replica";
    transaction.batch_execute(sql).await.context(doing)?;
    Ok(true)
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

/// The enabled triggers of people on these tables (schema, name) that fire when rows come or go.
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
