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
pub async fn forget(
    transaction: &Transaction<'_>,
    catalog: &Catalog,
    runs: &[Run],
    touched: &BTreeSet<Uuid>,
) -> Result<Vec<Uuid>> {
    let doing = "take the run out of the ledger";
    let mut gone = Vec::new();
    let mut goes_on: BTreeSet<u16> = BTreeSet::new();
    for run in runs.iter().rev() {
        let is_touched = touched.contains(&run.id);
        let mut left: BTreeMap<i32, u64> = BTreeMap::new();
        for entry in &run.tables {
            let live = catalog.tables.iter().find(|live| is_of(entry, live));
            let is_tag = entry.is_of_tags();
            let rows = match live {
                Some(live) if is_touched && !is_tag => count(transaction, run, entry, live).await?,
                _ if is_tag || is_touched => 0,
                _ => entry.row_count,
            };
            left.insert(entry.position, rows);
        }
        let of_slot = |slot: u16| {
            let own = run
                .tables
                .iter()
                .filter(move |entry| entry.owner_slot == Some(slot));
            own.map(|entry| left[&entry.position]).sum::<u64>()
        };
        let slots: BTreeSet<u16> = run.tables.iter().filter_map(|entry| entry.owner_slot).collect();
        let staying: BTreeSet<u16> = slots
            .into_iter()
            .filter(|slot| goes_on.contains(slot) || of_slot(*slot) > 0)
            .collect();
        goes_on.extend(&staying);
        if !is_touched {
            continue;
        }
        let triggered: u64 = run
            .tables
            .iter()
            .filter(|entry| entry.owner_slot.is_none())
            .map(|entry| left[&entry.position])
            .sum();
        if staying.is_empty() && triggered == 0 {
            let sql = "delete from seedbed.runs where id = $1";
            transaction.execute(sql, &[&run.id]).await.context(doing)?;
            gone.push(run.id);
            continue;
        }
        // Asking for the whole run again is not asking for what is left of it.
        let had = |slot: u16| {
            let own = run
                .own_tables()
                .filter(|entry| entry.owner_slot == Some(slot) && !entry.is_of_tags());
            own.map(|entry| entry.row_count).sum::<u64>()
        };
        let has_lost = |slot: &u16| of_slot(*slot) < had(*slot);
        let is_remnant = run.is_remnant || staying.iter().any(has_lost);
        let sql = "update seedbed.runs set fingerprint = 'left of ' || id, is_remnant = $2 where id = $1";
        transaction
            .execute(sql, &[&run.id, &is_remnant])
            .await
            .context(doing)?;
        for entry in &run.tables {
            let rows = left[&entry.position];
            let stays = entry.owner_slot.is_some_and(|slot| staying.contains(&slot)) || rows > 0;
            let sql = match stays {
                true => "update seedbed.run_tables set row_count = $3 where run_id = $1 and position = $2",
                false => {
                    "delete from seedbed.run_tables where run_id = $1 and position = $2 and $3::bigint is not null"
                }
            };
            let is_tag = entry.is_of_tags();
            let rows = if is_tag { entry.row_count } else { rows };
            transaction
                .execute(sql, &[&run.id, &entry.position, &rows.cast_signed()])
                .await
                .context(doing)?;
        }
    }
    Ok(gone)
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
