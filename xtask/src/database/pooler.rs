//! Poolers in transaction mode, which give a session away between two transactions.
//!
//! On port 6543 Supabase answers in that mode, and on 5432 of the same host in one that keeps sessions:
//! <https://supabase.com/docs/guides/database/connecting-to-postgres>.

use anyhow::{Context, Result};

use super::address::Address;
use super::connect::connect;

/// The port of the transaction mode.
pub const TRANSACTION_MODE: u16 = 6543;
/// The port that keeps sessions.
const SESSION_MODE: u16 = 5432;

/// Where the same database keeps sessions, when `address` is a pooler that does not; else `address` itself. What is
/// of one transaction works without; locks of a session and prepared statements may not.
///
/// # Errors
/// The database is not reached.
pub async fn session_of(address: Address) -> Result<Address> {
    if address.port() != TRANSACTION_MODE {
        return Ok(address);
    }
    let other = address.with_port(SESSION_MODE);
    match is_same(&address, &other).await? {
        true => Ok(other),
        false => Ok(address),
    }
}

/// Whether both lead to one database: what a transaction of the one has locked is seen from the other. Two servers may
/// well have the same names and passwords.
async fn is_same(pooled: &Address, other: &Address) -> Result<bool> {
    let pooled = connect(pooled, "pooler").await?;
    let Ok(other) = connect(other, "pooler").await else {
        return Ok(false);
    };
    let doing = "see whether port 5432 leads to the same database";
    let number = i64::from_be_bytes(uuid::Uuid::new_v4().as_bytes()[..8].try_into()?);
    // In one message, which a pooler sends to one session.
    let locked = format!("begin; select pg_advisory_xact_lock({number})");
    pooled.batch_execute(&locked).await.context(doing)?;
    let taken = format!("select pg_try_advisory_lock_shared({number})");
    let seen = other.simple_query(&taken).await.context(doing)?;
    let is_free = seen.iter().any(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0) == Some("t"),
        _ => false,
    });
    pooled.batch_execute("rollback").await.context(doing)?;
    Ok(!is_free)
}
