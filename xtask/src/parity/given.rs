//! What the seed gave: the columns that it fills, and the rows that the ledgers of both sides name.

use std::collections::BTreeSet;

use anyhow::Result;
use seed_core::catalog::Table;

use super::recipe::ColumnName;
use crate::database::ledger::{RowKeys, Run, RunTable};
use crate::database::seeded::is_row_of;
use crate::seeding::choice::Choice;
use crate::seeding::destination::Destination;
use crate::seeding::owners;
use crate::seeding::prepare::outline;

/// What the seed gave.
#[derive(Debug, Clone, Default)]
pub struct Given {
    columns: BTreeSet<ColumnName>,
    here: Vec<Run>,
    there: Vec<Run>,
}

impl Given {
    /// What the runs of both ledgers gave; the tables are those here.
    ///
    /// # Errors
    /// A run cannot be read, for another version of the tool wrote it.
    pub fn of(destination: &Destination, here: Vec<Run>, there: Vec<Run>) -> Result<Given> {
        let mut columns = BTreeSet::new();
        for run in here.iter().chain(&there) {
            let choice = Choice::of_run(run)?;
            // Where the tables have changed since so that it would not fit any more, nothing is known of what it filled.
            let Ok(outline) = outline(destination, &choice, &owners::of_run(run)?) else {
                continue;
            };
            for binding in outline.tables().iter().map(|table| table.binding()) {
                let table = (&binding.schema, &binding.table);
                if entries(run).any(|entry| (&entry.schema, &entry.name) == table) {
                    let bound = binding.columns.iter();
                    columns
                        .extend(bound.map(|column| (table.0.clone(), table.1.clone(), column.name.clone())));
                }
            }
        }
        Ok(Given { columns, here, there })
    }

    /// Whether the seed gave this column its values, in the rows that it wrote.
    pub fn is_seeded(&self, column: &ColumnName) -> bool {
        self.columns.contains(column)
    }

    /// Whether the ledger of each side names as many rows of a table as there are, or more, for some may be gone.
    pub fn names_all_rows(&self, here: &Table, there: &Table) -> bool {
        let is_all = |runs: &[Run], live: &Table| {
            let own = runs.iter().flat_map(entries).filter(|entry| is_of(entry, live));
            own.map(|entry| entry.row_count).sum::<u64>() >= live.row_count
        };
        is_all(&self.here, here) && is_all(&self.there, there)
    }

    /// SQL that is true for a row `t` here that was seeded, by what either ledger says.
    pub fn seeded_here(&self, live: &Table) -> String {
        seeded(&self.here, &self.there, live)
    }

    /// The same there.
    pub fn seeded_there(&self, live: &Table) -> String {
        seeded(&self.there, &self.here, live)
    }
}

/// Rows that are listed one by one are only found by the ledger of their own side.
fn seeded(own: &[Run], other: &[Run], live: &Table) -> String {
    let conditions = |runs: &[Run], is_own: bool| -> Vec<String> {
        let of_run = |run: &Run| -> Vec<String> {
            let own = entries(run).filter(|entry| is_of(entry, live));
            let found = own.filter(|entry| is_own || entry.keys != RowKeys::Listed);
            found
                .map(|entry| format!("({})", is_row_of(run.id, entry, live)))
                .collect()
        };
        runs.iter().flat_map(of_run).collect()
    };
    let both: BTreeSet<String> = conditions(own, true)
        .into_iter()
        .chain(conditions(other, false))
        .collect();
    match both.is_empty() {
        true => "false".to_owned(),
        false => format!("({})", both.into_iter().collect::<Vec<_>>().join(" or ")),
    }
}

/// What a run wrote itself; what triggers made beside it has values of the database's own.
fn entries(run: &Run) -> impl Iterator<Item = &RunTable> {
    run.own_tables()
}

fn is_of(entry: &RunTable, live: &Table) -> bool {
    (&entry.schema, &entry.name) == (&live.schema, &live.name)
}
