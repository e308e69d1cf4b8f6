//! Tables in an order in which foreign keys hold, taken from the catalog alone.

use std::collections::BTreeSet;

use super::error::PlanError;
use crate::bind::Binding;
use crate::catalog::{Catalog, Table};

/// Parents before children; among equals the order given. A table may point at itself: COPY checks at its end.
pub(super) fn parents_first(mut left: Vec<Binding>, catalog: &Catalog) -> Result<Vec<Binding>, PlanError> {
    let mut ordered = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let waits = |binding: &Binding| {
            left.iter()
                .any(|other| !is_same(binding, other) && points_at(catalog, binding, other))
        };
        let free = left.iter().position(|binding| !waits(binding));
        match free {
            Some(free) => ordered.push(left.remove(free)),
            None => {
                let tables = left
                    .iter()
                    .map(|binding| format!("{}.{}", binding.schema, binding.table))
                    .collect();
                return Err(PlanError::Cycle { tables });
            }
        }
    }
    Ok(ordered)
}

/// For each table, those among them that its rows point at.
pub(super) fn parents(tables: &[Binding], catalog: &Catalog) -> Vec<BTreeSet<usize>> {
    let of = |binding| {
        let others = tables.iter().enumerate();
        others
            .filter(|(_, other)| points_at(catalog, binding, other))
            .map(|(number, _)| number)
            .collect()
    };
    tables.iter().map(of).collect()
}

fn is_same(binding: &Binding, other: &Binding) -> bool {
    (&binding.schema, &binding.table) == (&other.schema, &other.table)
}

/// The table of a binding in the catalog.
pub(super) fn live<'c>(catalog: &'c Catalog, binding: &Binding) -> Option<&'c Table> {
    let mut tables = catalog.tables.iter();
    tables.find(|table| (&table.schema, &table.name) == (&binding.schema, &binding.table))
}

/// Whether a column that we fill points at the other table, or at its own.
fn points_at(catalog: &Catalog, binding: &Binding, other: &Binding) -> bool {
    let Some(table) = live(catalog, binding) else {
        return false;
    };
    table.foreign_keys.iter().any(|foreign| {
        let filled = |name: &String| binding.columns.iter().any(|column| column.name == *name);
        (&foreign.referenced_schema, &foreign.referenced_table) == (&other.schema, &other.table)
            && foreign.columns.iter().any(filled)
    })
}
