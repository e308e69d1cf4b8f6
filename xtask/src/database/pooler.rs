//! Poolers in transaction mode, which give a session away between two transactions.
//!
//! On port 6543 Supabase answers in that mode, and on 5432 of the same host in one that keeps sessions:
//! <https://supabase.com/docs/guides/database/connecting-to-postgres>.

use anyhow::{Context, Result};
use stack::hint::mendable;
use tokio_postgres::SimpleQueryMessage;

use super::address::Address;
use super::connect::connect;

/// The port of the transaction mode.
const TRANSACTION_MODE: u16 = 6543;
/// The port that keeps sessions.
const SESSION_MODE: u16 = 5432;

/// Where the same database keeps sessions, when `address` is a pooler that does not; else `address` itself.
///
/// # Errors
/// The database is not reached, or its sessions are kept nowhere: statements that were prepared in one would be missing in
/// the next, or be there already, in the middle of the work.
pub async fn session_of(address: Address) -> Result<Address> {
    if address.port() != TRANSACTION_MODE {
        return Ok(address);
    }
    let other = address.with_port(SESSION_MODE);
    if is_same(&address, &other).await? {
        return Ok(other);
    }
    if is_server(&address).await? {
        return Ok(address);
    }
    Err(mendable(
        format!(
            "connect to the database at `{address}`: it is a pooler in transaction mode, which gives sessions away, and port \
             {SESSION_MODE} of its host does not lead to the same database"
        ),
        "give the address in session mode, or that of the database itself",
    ))
}

/// Whether a server itself listens there: it knows the port that it is reached at.
async fn is_server(address: &Address) -> Result<bool> {
    let client = connect(address, "pooler").await?;
    let sql = "select coalesce(inet_server_port()::text, '')";
    let said = client
        .simple_query(sql)
        .await
        .context("see who listens on port 6543")?;
    Ok(said.iter().any(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0) == Some(&address.port().to_string()),
        _ => false,
    }))
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
        SimpleQueryMessage::Row(row) => row.get(0) == Some("t"),
        _ => false,
    });
    pooled.batch_execute("rollback").await.context(doing)?;
    Ok(!is_free)
}
