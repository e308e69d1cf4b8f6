//! The binder: what our fields mean to the columns that the live database has.

pub(crate) mod column;
pub(crate) mod keys;
mod labels;
mod misfit;
pub(crate) mod names;
mod nature;
mod table;
mod target;

use crate::catalog::{Catalog, Table};
use crate::domain::world::World;
use crate::domain::{Field, Record};
use crate::spec::SeedSpec;
use keys::Keys;

pub use column::BoundColumn;
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
            .find(|column| column.field == field)
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
pub(crate) fn bind(catalog: &Catalog, world: &World, spec: &SeedSpec) -> Result<Bound, Vec<Misfit>> {
    let homes: Vec<(Record, &Table)> = Record::ALL
        .iter()
        .filter_map(|&record| Some((record, home(catalog, record)?)))
        .collect();
    let mut keys = Keys::default();
    for &(record, table) in &homes {
        if let Some(column) = table::key_column(table) {
            keys.learn(world, record, table, column, &spec.present.seeded);
        }
    }
    let mut bound = Bound {
        bindings: Vec::new(),
        keys,
        unplaced: Vec::new(),
    };
    let mut misfits = Vec::new();
    for &(record, table) in &homes {
        let binder = table::Binder {
            world,
            owners: &spec.owners,
            homes: &homes,
            keys: &bound.keys,
            record,
            table,
        };
        let columns = binder.columns(&mut bound.unplaced, &mut misfits);
        let (schema, table) = (table.schema.clone(), table.name.clone());
        bound.bindings.push(Binding {
            record,
            schema,
            table,
            columns,
        });
    }
    for table in &catalog.tables {
        if !homes.iter().any(|(_, home)| std::ptr::eq(*home, table)) {
            let why = "no record of the domain lives in a table of that name".to_owned();
            bound.unplaced.push(Unplaced {
                schema: table.schema.clone(),
                table: table.name.clone(),
                column: None,
                why,
            });
        }
    }
    if misfits.is_empty() {
        Ok(bound)
    } else {
        Err(misfits)
    }
}

/// The table that holds a record: the likeliest name first, `public` before other schemas.
fn home(catalog: &Catalog, record: Record) -> Option<&Table> {
    names::table_names(record).iter().find_map(|name| {
        let named = catalog
            .tables
            .iter()
            .filter(|table| names::plain(&table.name) == *name);
        named.min_by_key(|table| table.schema != "public")
    })
}
