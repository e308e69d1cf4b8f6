//! What hangs on rows that go: people's own rows, which are told of, and whatever has to stay because of them.

use anyhow::{Context, Result};
use serde::Serialize;
use tokio_postgres::Transaction;

use super::going::Going;
use super::reference::Reference;

/// People's own rows that point at seeded ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hanging {
    /// Where they are: schema and table.
    pub table: String,
    /// How many.
    pub rows: u64,
    /// The columns that point.
    pub columns: Vec<String>,
    /// The seeded table.
    pub on: String,
    /// Whether they point nowhere now.
    pub detached: bool,
    /// Whether they can be made to.
    pub can_be_detached: bool,
}

/// What of people's own points at rows that go, before any of these is kept; with `detaches` it points nowhere then,
/// where it can.
///
/// # Errors
/// The database refuses.
pub async fn find(
    transaction: &Transaction<'_>,
    going: &[Going<'_>],
    references: &[Reference],
    detaches: bool,
) -> Result<Vec<Hanging>> {
    let mut hanging = Vec::new();
    for reference in references {
        let Some(target) = target(going, reference) else {
            continue;
        };
        let from = reference.table();
        let points_at_going = format!(
            "{} and exists (select from {} t where {} and {})",
            stays(going, reference),
            target.table(),
            target.holds("t"),
            reference.points("c", "t"),
        );
        let (can_be_detached, on) = (reference.can_be_detached(), target.live);
        let detached = detaches && can_be_detached;
        let sql = match detached {
            true => format!(
                "update {from} c set {} where {points_at_going}",
                reference.detach(target)
            ),
            false => format!("select from {from} c where {points_at_going}"),
        };
        let rows = transaction.execute(&sql, &[]).await;
        let rows = rows.with_context(|| format!("look what hangs on `{}`", on.name))?;
        if rows > 0 {
            hanging.push(Hanging {
                table: format!("{}.{}", reference.from.0, reference.from.1),
                rows,
                columns: reference.columns.clone(),
                on: format!("{}.{}", on.schema, on.name),
                detached,
                can_be_detached,
            });
        }
    }
    Ok(hanging)
}

/// Lets rows stay that others point at which stay, until nothing that stays points at what goes.
///
/// # Errors
/// The database refuses.
pub async fn keep_what_is_needed(
    transaction: &Transaction<'_>,
    going: &[Going<'_>],
    references: &[Reference],
) -> Result<()> {
    let mut kept = 1;
    while kept > 0 {
        kept = 0;
        for reference in references {
            let Some(target) = target(going, reference) else {
                continue;
            };
            let is_needed = format!(
                "exists (select from {} c where {} and {})",
                reference.table(),
                stays(going, reference),
                reference.points("c", "t")
            );
            kept += target.keep(transaction, &is_needed).await?;
        }
    }
    Ok(())
}

/// Whether row `c`, where a reference starts, stays.
fn stays(going: &[Going<'_>], reference: &Reference) -> String {
    match going.iter().find(|table| reference.starts_at(table.live)) {
        Some(start) => format!("not {}", start.holds("c")),
        None => "true".to_owned(),
    }
}

/// The table where a reference ends, as far as rows of it are to go.
pub fn target<'g, 'a>(going: &'g [Going<'a>], reference: &Reference) -> Option<&'g Going<'a>> {
    going.iter().find(|table| reference.ends_at(table.live))
}
