//! The binder: what our fields mean to the columns that the live database has.

mod aim;
mod aliases;
pub(crate) mod checks;
mod column;
pub(crate) mod constant;
mod expression;
mod field;
mod filler;
mod fit;
mod flag;
pub(crate) mod homes;
pub(crate) mod keys;
mod labels;
mod limits;
mod misfit;
pub(crate) mod names;
mod nature;
mod number;
mod phone;
pub(crate) mod pipeline;
mod range;
mod refusal;
mod table;
mod target;
mod uniqueness;
mod wording;

use crate::catalog::Catalog;
use crate::domain::world::World;
use crate::domain::{Field, Record};
use crate::spec::SeedSpec;
use homes::Homes;
use keys::Keys;

pub use column::{BoundColumn, Source};
pub use misfit::{Misfit, Unplaced};

/// A record in its live table.
#[derive(Debug, Clone)]
pub struct Binding {
    /// What the table holds.
    pub record: Record,
    /// Schema of the table.
    pub schema: String,
    /// Its name.
    pub table: String,
    /// The columns that will be filled, in the table's order.
    pub columns: Vec<BoundColumn>,
}

impl Binding {
    /// The live name of the column that a field fills.
    pub fn column(&self, field: Field) -> Option<&str> {
        self.columns
            .iter()
            .find(|column| column.field() == Some(field))
            .map(|column| column.name.as_str())
    }

    /// Schema and table, quoted for SQL.
    pub fn sql_name(&self) -> String {
        format!("{}.{}", quoted(&self.schema), quoted(&self.table))
    }
}

/// A name as an SQL identifier.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// All that binding found out.
#[derive(Debug)]
pub(crate) struct Bound {
    pub bindings: Vec<Binding>,
    pub keys: Keys,
    pub unplaced: Vec<Unplaced>,
}

/// Binds every record that has a table. The misfits are the columns that must be filled and cannot be.
pub(crate) fn bind(
    catalog: &Catalog,
    homes: &Homes<'_>,
    world: &World,
    spec: &SeedSpec,
) -> Result<Bound, Vec<Misfit>> {
    let mut keys = Keys::default();
    for (record, table) in homes.iter() {
        if let Some(column) = table::key_column(table) {
            keys.learn(world, record, table, column, &spec.present);
        }
    }
    let mut bound = Bound {
        bindings: Vec::new(),
        keys,
        unplaced: Vec::new(),
    };
    let mut misfits = Vec::new();
    for (record, table) in homes.iter() {
        let binder = table::Binder {
            world,
            spec,
            catalog,
            homes,
            keys: &bound.keys,
            record,
            table,
        };
        let columns = binder.columns(&mut bound.unplaced, &mut misfits);
        let (schema, table) = (table.schema.clone(), table.name.clone());
        if columns.is_empty() {
            let why = format!("none of its columns takes a field of {record}");
            bound.unplaced.push(Unplaced {
                schema,
                table,
                column: None,
                why,
            });
            continue;
        }
        bound.bindings.push(Binding {
            record,
            schema,
            table,
            columns,
        });
    }
    for table in catalog.tables.iter().filter(|table| !homes.holds(table)) {
        let said = spec.adjustments.of(&table.schema, &table.name);
        let why = if said.is_some_and(|said| said.skip) {
            "`seedbed.toml` leaves it alone"
        } else if homes.are_people(table) {
            "its rows are the users' own"
        } else {
            "nothing that is seeded lives in a table of that name"
        };
        bound.unplaced.push(Unplaced {
            schema: table.schema.clone(),
            table: table.name.clone(),
            column: None,
            why: why.to_owned(),
        });
    }
    if misfits.is_empty() {
        Ok(bound)
    } else {
        Err(misfits)
    }
}
