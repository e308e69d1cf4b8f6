//! The ledger after rows were taken back: what is left of the runs, and of what the users own.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use seed_core::catalog::{Catalog, Table};
use tokio_postgres::Transaction;
use uuid::Uuid;

use super::is_of;
use crate::database::ledger::{self, Run, RunTable, counts_of};
use crate::database::name::qualified;
use crate::database::seeded::is_row_of;
use crate::seeding::owners;
use crate::users::metadata::MetadataTable;

/// Takes entries out of the ledger of which no row is left; gives the runs that are gone with them.
///
/// What an owner's later runs added goes on from the earlier ones' numbers, so these stay as long as those do.
///
/// # Errors
/// The database refuses.
pub async fn forget(
    transaction: &Transaction<'_>,
    catalog: &Catalog,
    runs: &[Run],
    touched: &BTreeSet<Uuid>,
) -> Result<Vec<Uuid>> {
    let mut gone = Vec::new();
    let mut staying = BTreeSet::new();
    for run in runs.iter().rev() {
        if !touched.contains(&run.id) {
            staying.extend(run.own_tables().filter_map(|entry| entry.owner_slot));
            continue;
        }
        let left = Leftovers::count(transaction, catalog, run).await?;
        staying.extend(left.slots());
        if left.is_needed(&staying) {
            left.record(transaction, &staying).await.context(DOING)?;
        } else {
            let sql = "delete from seedbed.runs where id = $1";
            transaction.execute(sql, &[&run.id]).await.context(DOING)?;
            gone.push(run.id);
        }
    }
    Ok(gone)
}

const DOING: &str = "take the run out of the ledger";

/// A run, with the rows that are left of each entry.
struct Leftovers<'r> {
    run: &'r Run,
    entries: Vec<(&'r RunTable, u64)>,
}

impl<'r> Leftovers<'r> {
    async fn count(transaction: &Transaction<'_>, catalog: &Catalog, run: &'r Run) -> Result<Leftovers<'r>> {
        let mut entries = Vec::new();
        for entry in &run.tables {
            let live = catalog.tables.iter().find(|live| is_of(entry, live));
            // Tags are everybody's; a table that is gone has no rows.
            let rows = match live.filter(|_| !entry.is_of_tags()) {
                Some(live) => count(transaction, run, entry, live).await?,
                None => 0,
            };
            entries.push((entry, rows));
        }
        Ok(Leftovers { run, entries })
    }

    /// The owners who have rows left.
    fn slots(&self) -> impl Iterator<Item = u16> {
        let left = self.entries.iter().filter(|(_, rows)| *rows > 0);
        left.filter_map(|(entry, _)| entry.owner_slot)
    }

    /// Whether the entry of the run has to stay: for its rows, or for later runs of an owner in one of these slots.
    fn is_needed(&self, staying: &BTreeSet<u16>) -> bool {
        self.entries.iter().any(|entry| stays(entry, staying))
    }

    /// Writes down what is left.
    async fn record(
        &self,
        transaction: &Transaction<'_>,
        staying: &BTreeSet<u16>,
    ) -> Result<(), tokio_postgres::Error> {
        // Asking for the whole run again is not asking for what is left of it.
        // Parts that are missing are not waited for any more.
        let sql = "update seedbed.runs r set fingerprint = 'left of ' || id, is_remnant = $2,
            parts = (select count(*) from seedbed.run_parts p where p.run_id = r.id) where id = $1";
        let is_remnant = self.run.is_remnant || self.has_torn_an_owner();
        transaction.execute(sql, &[&self.run.id, &is_remnant]).await?;
        for left in &self.entries {
            let (entry, rows) = (left.0, left.1.cast_signed());
            if entry.is_of_tags() {
                continue;
            }
            if stays(left, staying) {
                let sql = "update seedbed.run_tables set row_count = $3 where run_id = $1 and position = $2";
                transaction
                    .execute(sql, &[&self.run.id, &entry.position, &rows])
                    .await?;
            } else {
                let sql = "delete from seedbed.run_tables where run_id = $1 and position = $2";
                transaction.execute(sql, &[&self.run.id, &entry.position]).await?;
            }
        }
        Ok(())
    }

    /// Whether an owner has some rows left, and not all.
    fn has_torn_an_owner(&self) -> bool {
        let is_short = |slot: u16| {
            let own = self
                .entries
                .iter()
                .filter(|(entry, _)| entry.owner_slot == Some(slot) && !entry.is_of_tags());
            own.into_iter().any(|(entry, rows)| *rows < entry.row_count)
        };
        self.slots().any(is_short)
    }
}

/// Whether an entry stays in the ledger.
fn stays((entry, rows): &(&RunTable, u64), staying: &BTreeSet<u16>) -> bool {
    *rows > 0 || !entry.is_of_tags() && entry.owner_slot.is_some_and(|slot| staying.contains(&slot))
}

async fn count(transaction: &Transaction<'_>, run: &Run, entry: &RunTable, live: &Table) -> Result<u64> {
    let table = qualified(&live.schema, &live.name);
    let sql = format!(
        "select count(*) from {table} t where {}",
        is_row_of(run.id, entry, live)
    );
    let row = transaction.query_one(&sql, &[]).await;
    let row = row.with_context(|| format!("count what is left of `{}`", live.name))?;
    Ok(row.get::<_, i64>(0).unsigned_abs())
}

/// Notes what the owners have now.
///
/// # Errors
/// The database refuses.
pub async fn record_counts(transaction: &Transaction<'_>, catalog: &Catalog, before: &[Run]) -> Result<()> {
    let metadata = MetadataTable::of(catalog);
    let runs = ledger::runs(transaction).await?;
    let mut users = BTreeMap::new();
    for run in before {
        users.extend(
            owners::of_run(run)?
                .into_iter()
                .filter_map(|owner| Some((owner.user_id?, owner.slot))),
        );
    }
    for (user, slot) in users {
        metadata
            .record_counts(transaction, user, &counts_of(&runs, slot))
            .await?;
    }
    Ok(())
}
