//! A sum over the rows of a table in which their order counts for nothing, made where the rows are.

use anyhow::{Context, Result};
use serde::Serialize;
use tokio_postgres::GenericClient;

/// How many rows there are, and what they come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checksum {
    /// The number of rows.
    pub rows: u64,
    /// Sum of the hashes of all rows, a whole number in decimal.
    pub sum: String,
}

/// How values are printed, so that two servers print equal ones alike.
const PRINTING: &str = "set datestyle to 'ISO, YMD'; set intervalstyle to 'iso_8601'; set timezone to 'UTC';
    set extra_float_digits to 1; set bytea_output to 'hex'; set xmloption to content; set lc_monetary to 'C'";

/// Lets a session print values so that sums of two servers can be compared.
///
/// # Errors
/// The database does not answer.
pub async fn print_alike(client: &impl GenericClient) -> Result<()> {
    let set = client.batch_execute(PRINTING).await;
    set.context("set up the session")
}

/// The sum over all rows of a table (as SQL takes its name), of which `expressions` are looked at: SQL over a row `t`.
/// The session is one of [`print_alike`].
///
/// # Errors
/// The database refuses.
pub async fn of(client: &impl GenericClient, table: &str, expressions: &[String]) -> Result<Checksum> {
    sum(client, table, table, expressions).await
}

/// The same over the rows of a query; `title` is what messages call them.
///
/// # Errors
/// The database refuses.
pub async fn of_query(
    client: &impl GenericClient,
    title: &str,
    query: &str,
    expressions: &[String],
) -> Result<Checksum> {
    sum(client, title, &format!("({query})"), expressions).await
}

async fn sum(
    client: &impl GenericClient,
    title: &str,
    source: &str,
    expressions: &[String],
) -> Result<Checksum> {
    let row = client.query_one(&sql(source, expressions), &[]).await;
    let row = row.with_context(|| format!("sum up the rows of {title}"))?;
    Ok(Checksum {
        rows: row.get::<_, i64>(0).unsigned_abs(),
        sum: row.get(1),
    })
}

fn sql(source: &str, expressions: &[String]) -> String {
    // A null and an empty text are told apart in the text of a row.
    format!(
        "select count(*), coalesce(sum(hashtextextended(row({})::text, 0)), 0)::text from {source} t",
        expressions.join(", ")
    )
}
