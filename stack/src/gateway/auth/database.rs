//! The database as Supabase Auth has it: as `supabase_auth_admin`, with `auth` as its search path, so that a
//! project's triggers on `auth.users` fail here when they would fail in production.

use std::time::{Duration, Instant};

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Transaction};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{NoTls, Row};

use super::error::AuthError;
use crate::postgres;

/// How long a request waits for a database that starts or is being reset.
const PATIENCE: Duration = Duration::from_secs(5);
const RETRY_EVERY: Duration = Duration::from_millis(50);
const MOST_CONNECTIONS: usize = 10;

/// Connections to the database; none is made before the first request.
pub(super) fn pool(port: u16) -> Pool {
    let mut config = postgres::config(port, "supabase_auth_admin", "postgres");
    config
        .options("-c search_path=auth")
        .application_name("seedbed-auth");
    // A dropped database leaves dead connections behind: each is tried before it is used.
    let manager = Manager::from_config(
        config,
        NoTls,
        ManagerConfig {
            recycling_method: RecyclingMethod::Verified,
        },
    );
    let pool = Pool::builder(manager).max_size(MOST_CONNECTIONS).build();
    pool.expect("a pool without timeouts needs no runtime")
}

/// A connection, as soon as the database answers.
///
/// # Errors
/// 503, if it does not within five seconds.
pub(super) async fn connection(pool: &Pool) -> Result<Object, AuthError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let error = match pool.get().await {
            Ok(connection) => return Ok(connection),
            Err(error) => error,
        };
        if !is_passing(&error) || Instant::now() > deadline {
            println!("auth: connect to the database: {error}");
            let message = "the database does not answer: it starts, or is being reset; try again in a moment";
            return Err(AuthError::new(503, "unexpected_failure", message));
        }
        tokio::time::sleep(RETRY_EVERY).await;
    }
}

/// Whether an error is one that a starting server or a database being copied gives.
fn is_passing(error: &PoolError) -> bool {
    let PoolError::Backend(error) = error else {
        return false;
    };
    match error.code() {
        Some(code) => [
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::INVALID_CATALOG_NAME,
            SqlState::ADMIN_SHUTDOWN,
            SqlState::OBJECT_IN_USE,
            SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
        ]
        .contains(code),
        None => true,
    }
}

/// Runs a statement that answers with at most one row.
pub(super) async fn optional(
    tx: &Transaction<'_>,
    sql: &str,
    params: &[&(dyn ToSql + Sync)],
) -> Result<Option<Row>, AuthError> {
    let statement = tx.prepare_cached(sql).await?;
    Ok(tx.query_opt(&statement, params).await?)
}

/// Runs a statement that answers with rows.
pub(super) async fn rows(
    tx: &Transaction<'_>,
    sql: &str,
    params: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, AuthError> {
    let statement = tx.prepare_cached(sql).await?;
    Ok(tx.query(&statement, params).await?)
}

/// Runs a statement for what it does.
pub(super) async fn execute(
    tx: &Transaction<'_>,
    sql: &str,
    params: &[&(dyn ToSql + Sync)],
) -> Result<u64, AuthError> {
    let statement = tx.prepare_cached(sql).await?;
    Ok(tx.execute(&statement, params).await?)
}
