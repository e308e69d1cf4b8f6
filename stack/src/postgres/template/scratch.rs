//! Copies of the project's database to try on, which come and go beside it.

use anyhow::{Context, Result};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::{PROJECT, allow_connections, copy, disconnect, drop_database, execute, sole_admin};

/// The copy that the others are made from, and that nobody writes to meanwhile.
pub const START: &str = "seedbed_bench_start";
/// The copy that is written to.
pub const SCRATCH: &str = "seedbed_bench";

/// How often somebody may come back between being disconnected and the copy.
const ATTEMPTS: usize = 5;

/// Copies the project's database as it is now to [`START`]. Everybody is disconnected from it; who comes back during
/// the copy waits for its end.
///
/// # Errors
/// The server does not answer, somebody keeps coming back, or the copy fails (no disk space, for one).
pub async fn start_from_project(port: u16) -> Result<()> {
    let admin = sole_admin(port).await?;
    let mut attempts = 1..=ATTEMPTS;
    loop {
        attempts.next();
        disconnect(&admin, PROJECT).await?;
        match copy(&admin, PROJECT, START).await {
            Err(error) if is_in_use(&error) && !attempts.is_empty() => {}
            copied => break copied?,
        }
    }
    allow_connections(&admin, START, true).await
}

/// Makes [`SCRATCH`] anew, as [`START`] is, and writes to disk all that waits for it.
///
/// # Errors
/// The server does not answer, or the copy fails.
pub async fn renew(port: u16) -> Result<()> {
    let admin = sole_admin(port).await?;
    disconnect(&admin, START).await?;
    copy(&admin, START, SCRATCH).await?;
    allow_connections(&admin, SCRATCH, true).await?;
    execute(&admin, "checkpoint").await
}

/// Removes both, whoever is connected to them.
///
/// # Errors
/// The server does not answer.
pub async fn remove(port: u16) -> Result<()> {
    drop_all(&sole_admin(port).await?).await
}

pub(super) async fn drop_all(admin: &Client) -> Result<()> {
    for name in [SCRATCH, START] {
        drop_database(admin, name)
            .await
            .with_context(|| format!("remove the database `{name}`"))?;
    }
    Ok(())
}

fn is_in_use(error: &anyhow::Error) -> bool {
    let mut causes = error.chain();
    let error = causes.find_map(|cause| cause.downcast_ref::<tokio_postgres::Error>());
    error.and_then(tokio_postgres::Error::code) == Some(&SqlState::OBJECT_IN_USE)
}
