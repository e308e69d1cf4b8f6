//! Taking back what was seeded, and nothing else: rows that people's own rows hang on stay, with what they need.

mod going;
mod hanging;
mod leftovers;
mod order;
mod reference;

use std::collections::BTreeSet;

use anyhow::Result;
use seed_core::catalog::{Catalog, Table};
use serde::Serialize;
use tokio_postgres::Transaction;
use uuid::Uuid;

use self::going::Going;
pub use self::hanging::Hanging;
use self::hanging::target;
use self::reference::Reference;
use super::choice::Choice;
use super::destination::Destination;
use super::owners;
use super::prepare::outline;
use crate::database::ledger::{self, RowKeys, Run, RunTable};
use crate::database::seeded::is_row_of;
use crate::database::sequence;

/// What is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// One run.
    Run(Uuid),
    /// All rows of the owners in these slots.
    Owners(Vec<u16>),
    /// All that was ever seeded.
    All,
}

/// What went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Cleaned {
    /// The tables, in the order in which they were cleaned.
    pub tables: Vec<CleanedTable>,
    /// What of people's own points at seeded rows.
    pub hanging: Vec<Hanging>,
    /// Runs of which nothing is left.
    pub runs: Vec<Uuid>,
    /// Tags that were seeded: they are everybody's, and stay.
    pub tags: u64,
    /// Tables that are not there any more, or not under that name, with rows that are forgotten.
    pub missing: Vec<String>,
}

/// What went of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CleanedTable {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub table: String,
    /// Rows that were taken back.
    pub removed: u64,
    /// Rows that stay, because something points at them.
    pub kept: u64,
    /// Rows that somebody deleted before.
    pub gone: u64,
    /// Of those that were taken back, the rows that somebody had changed since.
    pub changed: u64,
}

impl Cleaned {
    /// Rows that were taken back.
    pub fn removed(&self) -> u64 {
        self.tables.iter().map(|table| table.removed).sum()
    }

    /// Rows that stay, because something points at them.
    pub fn kept(&self) -> u64 {
        self.tables.iter().map(|table| table.kept).sum()
    }
}

/// Takes back what is selected, as part of a transaction. With `detaches`, people's own rows point nowhere where they
/// pointed at it; else what they point at stays. `talk` hears what is going on.
///
/// # Errors
/// The database refuses.
pub async fn take_back(
    transaction: &Transaction<'_>,
    destination: &Destination,
    selection: &Selection,
    detaches: bool,
    talk: impl Fn(String),
) -> Result<Cleaned> {
    let catalog = &destination.catalog;
    let runs = ledger::runs(transaction).await?;
    let entries = runs
        .iter()
        .flat_map(|run| run.tables.iter().map(move |table| (run, table)));
    let named: Vec<(&Run, &RunTable)> = entries
        .filter(|(run, table)| selection.names(run, table))
        .collect();
    let mut touched: BTreeSet<Uuid> = named.iter().map(|(run, _)| run.id).collect();
    // A run of which no part was written has no entry.
    let is_empty = |run: &&Run| run.tables.is_empty() && selection.names_all_of(run);
    touched.extend(runs.iter().filter(is_empty).map(|run| run.id));
    let tags = named
        .iter()
        .filter(|(_, table)| table.is_of_tags())
        .map(|(_, table)| table.row_count)
        .sum();
    let chosen: Vec<(&Run, &RunTable)> = named
        .into_iter()
        .filter(|(_, table)| !table.is_of_tags())
        .collect();
    let going = collect(transaction, catalog, &runs, &chosen, selection).await?;
    let mut references = reference::foreign_keys(transaction, &going).await?;
    if let Some((run, _)) = chosen.first() {
        references.extend(reference::lists(
            catalog,
            &outline(destination, &Choice::of_run(run)?, &owners::of_run(run)?)?,
        ));
    }
    add_triggered(transaction, &runs, &going, &references, selection).await?;

    let before = counts(transaction, &going).await?;
    let hanging = hanging::find(transaction, &going, &references, detaches).await?;
    hanging::keep_what_is_needed(transaction, &going, &references).await?;
    let after = counts(transaction, &going).await?;
    let mut changed = Vec::new();
    for table in &going {
        changed.push(table.count_changed(transaction).await?);
    }

    let sequences = sequences(transaction, &going, &chosen).await?;
    let is_missing = |entry: &RunTable| !catalog.tables.iter().any(|live| is_of(entry, live));
    let missing = chosen.iter().filter(|(_, entry)| is_missing(entry));
    let missing: BTreeSet<String> = missing
        .map(|(_, entry)| format!("{}.{}", entry.schema, entry.name))
        .collect();
    let mut cleaned = Cleaned {
        hanging,
        tags,
        missing: missing.into_iter().collect(),
        ..Cleaned::default()
    };
    for number in order::children_first(transaction, &going, &references).await? {
        let table = &going[number];
        talk(format!("{} rows of {}", after[number], table.live.name));
        let changed = changed[number];
        let removed = table.delete(transaction).await?;
        let written: u64 = chosen
            .iter()
            .filter(|(_, entry)| is_of(entry, table.live))
            .map(|(_, entry)| entry.row_count)
            .sum();
        cleaned.tables.push(CleanedTable {
            schema: table.live.schema.clone(),
            table: table.live.name.clone(),
            removed,
            kept: before[number] - after[number],
            gone: written.saturating_sub(before[number]),
            changed,
        });
    }
    for (number, highest, first) in sequences {
        give_back_numbers(transaction, going[number].live, highest, first).await?;
    }
    cleaned.runs = leftovers::forget(transaction, catalog, &runs, &touched).await?;
    leftovers::record_counts(transaction, catalog, &runs).await?;
    Ok(cleaned)
}

impl Selection {
    /// Whether a run is selected that has no entry yet.
    fn names_all_of(&self, run: &Run) -> bool {
        match self {
            Selection::Run(id) => run.id == *id,
            Selection::Owners(slots) => owners::of_run(run)
                .unwrap_or_default()
                .iter()
                .all(|owner| slots.contains(&owner.slot)),
            Selection::All => true,
        }
    }

    /// Whether an entry is selected as a whole. Of rows that triggers made, it is not said whose they are.
    fn names(&self, run: &Run, entry: &RunTable) -> bool {
        match self {
            Selection::Run(id) => run.id == *id,
            Selection::Owners(slots) => match entry.owner_slot {
                Some(slot) => slots.contains(&slot),
                None => run
                    .own_tables()
                    .all(|own| own.owner_slot.is_some_and(|slot| slots.contains(&slot))),
            },
            Selection::All => true,
        }
    }
}

fn is_of(entry: &RunTable, live: &Table) -> bool {
    entry.schema == live.schema && entry.name == live.name
}

/// The selected rows of all tables that are still there, and those without rows of their own that triggers filled.
async fn collect<'a>(
    transaction: &Transaction<'_>,
    catalog: &'a Catalog,
    runs: &[Run],
    chosen: &[(&Run, &RunTable)],
    selection: &Selection,
) -> Result<Vec<Going<'a>>> {
    let mut going = Vec::new();
    for live in &catalog.tables {
        let own = chosen.iter().filter(|(_, entry)| is_of(entry, live));
        let conditions: Vec<String> = own
            .map(|(run, entry)| format!("({})", is_row_of(run.id, entry, live)))
            .collect();
        let is_triggered = matches!(selection, Selection::Owners(_))
            && runs
                .iter()
                .flat_map(|run| &run.tables)
                .any(|entry| entry.owner_slot.is_none() && is_of(entry, live));
        if conditions.is_empty() && !is_triggered {
            continue;
        }
        let condition = if conditions.is_empty() {
            "false".to_owned()
        } else {
            conditions.join(" or ")
        };
        going.push(Going::collect(transaction, live, going.len(), &condition).await?);
    }
    Ok(going)
}

/// With an owner's rows go those that triggers made of them: the ones that point at what goes.
async fn add_triggered(
    transaction: &Transaction<'_>,
    runs: &[Run],
    going: &[Going<'_>],
    references: &[Reference],
    selection: &Selection,
) -> Result<()> {
    if !matches!(selection, Selection::Owners(_)) {
        return Ok(());
    }
    let mut has_grown = true;
    while has_grown {
        has_grown = false;
        for table in going {
            let entries = runs
                .iter()
                .flat_map(|run| run.tables.iter().map(move |entry| (run, entry)));
            let triggered =
                entries.filter(|(_, entry)| entry.owner_slot.is_none() && is_of(entry, table.live));
            let is_triggered: Vec<String> = triggered
                .map(|(run, entry)| format!("({})", is_row_of(run.id, entry, table.live)))
                .collect();
            let points = references
                .iter()
                .filter(|reference| reference.starts_at(table.live));
            let points = points.filter_map(|reference| Some((reference, target(going, reference)?)));
            let points: Vec<String> = points
                .map(|(reference, target)| {
                    let (table, goes) = (target.table(), target.holds("p"));
                    format!(
                        "exists (select from {table} p where {goes} and {})",
                        reference.points("t", "p")
                    )
                })
                .collect();
            if is_triggered.is_empty() || points.is_empty() {
                continue;
            }
            let condition = format!("({}) and ({})", is_triggered.join(" or "), points.join(" or "));
            has_grown |= table.add(transaction, &condition).await? > 0;
        }
    }
    Ok(())
}

async fn counts(transaction: &Transaction<'_>, going: &[Going<'_>]) -> Result<Vec<u64>> {
    let mut counts = Vec::new();
    for table in going {
        counts.push(table.count(transaction).await?);
    }
    Ok(counts)
}

/// For each table keyed by integers: its number, the highest key that goes, the first that was ever written.
async fn sequences(
    transaction: &Transaction<'_>,
    going: &[Going<'_>],
    chosen: &[(&Run, &RunTable)],
) -> Result<Vec<(usize, i64, i64)>> {
    let mut sequences = Vec::new();
    for (number, table) in going.iter().enumerate() {
        let firsts = chosen.iter().filter(|(_, entry)| is_of(entry, table.live));
        let first = firsts.filter_map(|(_, entry)| match entry.keys {
            RowKeys::Integers { first, .. } => Some(first),
            _ => None,
        });
        if let Some(highest) = table.highest_key(transaction).await? {
            sequences.push((number, highest, first.min().unwrap_or(1)));
        }
    }
    Ok(sequences)
}

/// Sets the sequence of a key back to where it was before the rows were written, where nobody has drawn from it since.
async fn give_back_numbers(
    transaction: &Transaction<'_>,
    live: &Table,
    highest: i64,
    first: i64,
) -> Result<()> {
    let key = live
        .primary_key
        .first()
        .and_then(|key| live.columns.iter().find(|column| column.name == *key));
    let Some(column) = key else { return Ok(()) };
    let left = sequence::highest(transaction, live, column).await?;
    let next = left.map_or(first, |left| first.max(left + 1));
    sequence::take_back(transaction, live, column, highest + 1, next).await
}
