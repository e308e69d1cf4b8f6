//! What keeps users from signing in or breaks their identity, found by rules, and mended.

pub mod examine;
pub mod fix;
pub mod proof;
pub mod report;
pub mod rules;
pub mod shape;

use anyhow::{Context, Result};
use seed_core::catalog::Catalog;
use tokio_postgres::{Client, Error, IsolationLevel, Transaction};

use self::examine::{Diagnosis, examine};
use self::fix::{Mended, Mender};
use self::shape::Shape;
use crate::database::session;
use crate::settings::TestUsers;

/// Looks, and writes nothing.
///
/// # Errors
/// The database refuses a query.
pub async fn look(client: &mut Client, shape: &Shape) -> Result<Diagnosis> {
    let mut transaction = begin(client, true).await?;
    // Dropped, it is rolled back.
    examine(&mut transaction, shape, None).await
}

/// Mends what can be mended, in one transaction; one that is only tried is rolled back.
///
/// Test passwords are not set yet: that is the business of the Auth admin API, once the rows are right.
///
/// # Errors
/// The database refuses a statement: everything is as it was then.
pub async fn mend(
    client: &mut Client,
    shape: &Shape,
    catalog: &Catalog,
    users: &TestUsers,
    is_tried: bool,
) -> Result<(Diagnosis, Mended)> {
    let mut transaction = begin(client, false).await?;
    session::set_up(&transaction).await?;
    if is_tried {
        // Rows that are made only to be undone must not use up numbers.
        session::hold_sequences(&transaction).await?;
    }
    let mut mender = Mender::begin(&mut transaction, &shape.role, catalog, users).await?;
    let diagnosis = examine(&mut transaction, shape, Some(&mut mender)).await?;
    if !is_tried {
        fix::commit(transaction).await?;
    }
    Ok((diagnosis, mender.mended))
}

/// Users who change meanwhile are not mended by what was true before.
async fn begin(client: &mut Client, is_read_only: bool) -> Result<Transaction<'_>> {
    let begun = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(is_read_only);
    begun.start().await.context("begin a transaction")
}

/// What the server said, without the detail, which can quote a whole row with its hash.
fn said(error: &Error) -> String {
    match error.as_db_error() {
        Some(refusal) => format!("{} ({})", refusal.message(), refusal.code().code()),
        None => error.to_string(),
    }
}
