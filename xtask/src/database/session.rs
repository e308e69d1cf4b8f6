//! What a transaction that writes rows needs before the first of them.

use anyhow::{Context, Result};
use tokio_postgres::Transaction;

/// How long a transaction waits for what another one holds, as PostgreSQL reads it.
const LOCK_PATIENCE: &str = "5s";

/// Lets the transaction write as the service, for as long as it takes.
///
/// # Errors
/// The database refuses.
pub async fn set_up(transaction: &Transaction<'_>) -> Result<()> {
    // Projects guard tables by triggers that let only the service through; hosted databases end long statements; the
    // embedded one says that a commit is done before it is on the disk, and what is told as done must stay.
    let settings = r#"set local statement_timeout = 0; set local synchronous_commit = on;
        set local request.jwt.claims = '{"role":"service_role"}'"#;
    let done = transaction.batch_execute(settings).await;
    done.context("set up the transaction")
}

/// Lets the transaction number rows without moving any sequence for good: a restart is undone with it, which
/// `nextval` alone is not. Others wait for their numbers meanwhile.
///
/// # Errors
/// A transaction that has numbered rows stays open for longer than five seconds.
pub async fn hold_sequences(transaction: &Transaction<'_>) -> Result<()> {
    let sql = format!(
        "set local lock_timeout = '{LOCK_PATIENCE}'; {}",
        include_str!("sql/hold_sequences.sql")
    );
    let held = transaction.batch_execute(&sql).await;
    held.context("hold the sequences of the database")
}
