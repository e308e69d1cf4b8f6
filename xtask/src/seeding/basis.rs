//! What rows depend on and what writing them changes: the later parts of a run are planned as the first one was.

use anyhow::{Context, Result};
use seed_core::catalog::{Catalog, Table};
use seed_core::plan::Plan;
use seed_core::spec::Present;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use stack::hint::{WithHint, mendable};

use crate::database::ledger::Run;

/// What the database held before the first part of a run was written; the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    present: Present,
    next_keys: Vec<NextKey>,
    /// Hash of what is filled with how many rows.
    shape: String,
}

/// The first free number of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct NextKey {
    schema: String,
    table: String,
    column: String,
    key: i64,
}

impl Basis {
    /// Of a plan that was made of this catalog, beside these rows.
    pub fn new(catalog: &Catalog, present: Present, plan: &Plan) -> Basis {
        let columns = catalog
            .tables
            .iter()
            .flat_map(|table| table.columns.iter().map(move |column| (table, column)));
        let next_keys = columns.filter_map(|(table, column)| {
            Some(NextKey {
                schema: table.schema.clone(),
                table: table.name.clone(),
                column: column.name.clone(),
                key: column.next_key?,
            })
        });
        Basis {
            present,
            next_keys: next_keys.collect(),
            shape: shape(plan),
        }
    }

    /// What the ledger keeps of a run of several parts.
    ///
    /// # Errors
    /// Another version of the tool wrote it.
    pub fn of_run(run: &Run) -> Result<Basis> {
        let kept = run.basis.clone().unwrap_or_default();
        serde_json::from_value(kept)
            .with_context(|| format!("read what the seed {} was planned on", run.title()))
            .with_hint(|| "another version of the tool wrote it: run `cargo xtask reset`".into())
    }

    /// The rows that were there.
    pub fn present(&self) -> Present {
        self.present.clone()
    }

    /// Lets keys begin where they began then.
    pub fn restore(&self, catalog: &mut Catalog) {
        for next in &self.next_keys {
            let is_table = |table: &&mut Table| is_of(next, table);
            let table = catalog.tables.iter_mut().find(is_table);
            let column =
                table.and_then(|table| table.columns.iter_mut().find(|column| column.name == next.column));
            if let Some(column) = column {
                column.next_key = Some(next.key);
            }
        }
    }

    /// The basis of a plan that was made on it.
    ///
    /// # Errors
    /// The plan fills other columns, or with other rows, than that of the first part did.
    pub fn fitting(self, plan: &Plan) -> Result<Basis> {
        match shape(plan) == self.shape {
            true => Ok(self),
            false => Err(mendable(
                "plan the part: the tables are not as they were when the first part was written",
                "take back what is there with `cargo xtask clean`, then write all parts anew",
            )),
        }
    }
}

fn is_of(next: &NextKey, table: &Table) -> bool {
    (&table.schema, &table.name) == (&next.schema, &next.table)
}

fn shape(plan: &Plan) -> String {
    let mut hash = Sha256::new();
    for table in plan.tables() {
        hash.update(format!("{} {}\n", table.copy_statement(), table.row_count()));
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
