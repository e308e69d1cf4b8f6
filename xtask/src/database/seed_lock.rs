//! One writer at a time, of seeded rows or of rows to try on, by an advisory lock that the server drops with the
//! connection.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use jiff::{Timestamp, Unit};
use stack::hint::mendable;
use tokio_postgres::{Client, GenericClient, Transaction};

/// Two numbers that no other program is likely to lock on; the first reads `seed` in ASCII.
const KEY: (i32, i32) = (0x7365_6564, 1);
/// How often to try again.
const RETRY_INTERVAL: Duration = Duration::from_millis(100);

/// Who has the lock.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Holder {
    pid: i32,
    application: String,
    since: Option<Timestamp>,
}

/// Takes the lock until the end of the transaction; waits `patience`, and calls `on_wait` once when it has to.
///
/// # Errors
/// Somebody else still has it then: said who, and since when.
pub async fn acquire(
    transaction: &Transaction<'_>,
    patience: Duration,
    on_wait: impl Fn(&str),
) -> Result<()> {
    let sql = "select pg_try_advisory_xact_lock($1, $2)";
    acquire_by(sql, transaction, patience, on_wait).await
}

/// Takes the lock until the end of the transaction where nobody has it; says whether it did.
///
/// # Errors
/// The database refuses.
pub async fn is_acquired(transaction: &Transaction<'_>) -> Result<bool> {
    let sql = "select pg_try_advisory_xact_lock($1, $2)";
    let row = transaction.query_one(sql, &[&KEY.0, &KEY.1]).await;
    Ok(row.context("take the lock for seeding")?.get(0))
}

/// Takes the lock until the end of the transaction, beside others who write parts of the same run; else as [`acquire`].
///
/// # Errors
/// Somebody has it alone then: said who, and since when.
pub async fn share(transaction: &Transaction<'_>, patience: Duration, on_wait: impl Fn(&str)) -> Result<()> {
    let sql = "select pg_try_advisory_xact_lock_shared($1, $2)";
    acquire_by(sql, transaction, patience, on_wait).await
}

/// Lets parts of a run end one after the other, so that one of them is the last; until the end of the transaction.
///
/// # Errors
/// The database refuses.
pub async fn end_alone(transaction: &Transaction<'_>) -> Result<()> {
    let sql = "select pg_advisory_xact_lock($1, $2)";
    let taken = transaction.execute(sql, &[&KEY.0, &(KEY.1 + 1)]).await;
    taken.context("wait for other parts to end")?;
    Ok(())
}

/// Takes the lock for as long as the connection lasts; else as [`acquire`].
///
/// # Errors
/// Somebody else still has it then: said who, and since when.
pub async fn hold(client: &Client, patience: Duration, on_wait: impl Fn(&str)) -> Result<()> {
    acquire_by("select pg_try_advisory_lock($1, $2)", client, patience, on_wait).await
}

async fn acquire_by(
    sql: &str,
    client: &impl GenericClient,
    patience: Duration,
    on_wait: impl Fn(&str),
) -> Result<()> {
    let deadline = Instant::now() + patience;
    let mut has_waited = false;
    loop {
        let row = client.query_one(sql, &[&KEY.0, &KEY.1]).await;
        if row.context("take the lock for seeding")?.get(0) {
            return Ok(());
        }
        if Instant::now() > deadline {
            let Some(holder) = holder(client).await? else {
                continue;
            };
            return Err(mendable(
                format!("take the lock for seeding: {}", holder.describe(Timestamp::now())),
                format!(
                    "wait for it, or end it: `select pg_terminate_backend({})` undoes what it did",
                    holder.pid
                ),
            ));
        }
        if !has_waited && let Some(holder) = holder(client).await? {
            on_wait(&format!("waiting: {}", holder.describe(Timestamp::now())));
            has_waited = true;
        }
        tokio::time::sleep(RETRY_INTERVAL).await;
    }
}

async fn holder(client: &impl GenericClient) -> Result<Option<Holder>> {
    let sql = include_str!("sql/seed_lock_holder.sql");
    let row = client
        .query_opt(sql, &[&KEY.0, &KEY.1])
        .await
        .context("look who has the lock for seeding")?;
    Ok(row.map(|row| Holder {
        pid: row.get(0),
        application: row.get(1),
        since: row.get(2),
    }))
}

impl Holder {
    fn describe(&self, now: Timestamp) -> String {
        let Holder { pid, application, .. } = self;
        let who = if application.is_empty() {
            "another session".to_owned()
        } else {
            format!("`{application}`")
        };
        let since = self.since.map(|since| {
            let seconds = now
                .since((Unit::Second, since))
                .map_or(0, |span| span.get_seconds());
            format!(" since {} UTC ({seconds} s)", since.strftime("%H:%M:%S"))
        });
        format!("{who} (server pid {pid}) holds it{}", since.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_is_named_with_its_age() {
        let since: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let holder = Holder {
            pid: 12,
            application: "cargo xtask seed".into(),
            since: Some(since),
        };
        let now: Timestamp = "2026-11-23T10:01:05.4Z".parse().unwrap();
        assert_eq!(
            holder.describe(now),
            "`cargo xtask seed` (server pid 12) holds it since 10:00:00 UTC (65 s)"
        );
        let holder = Holder {
            application: String::new(),
            since: None,
            ..holder
        };
        assert_eq!(holder.describe(now), "another session (server pid 12) holds it");
    }
}
