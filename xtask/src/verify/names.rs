//! What the domain's names stand for in the live database, for the rows of one seed.

use std::collections::BTreeMap;

use seed_core::bind::{Binding, quoted};
use seed_core::catalog::{Catalog, ColumnType, Table};
use seed_core::domain::{Field, Record};

use super::template::{ColumnName, Names};
use crate::database::ledger::Run;
use crate::database::name::literal;
use crate::database::seeded::is_row_of;
use crate::seeding::choice::Choice;

/// Seeded UUIDs lie between these, the second left out.
pub const SEEDED_UUIDS: [&str; 2] = [
    "5eed0000-0000-0000-0000-000000000000",
    "5eee0000-0000-0000-0000-000000000000",
];

/// A table that holds a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName {
    /// What it holds.
    pub record: Record,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// What follows FROM to get its seeded rows only.
    pub seeded: String,
    /// Its key, where that is a UUID.
    pub uuid_key: Option<String>,
    /// Who owns a row.
    pub owner: Option<OwnerColumn>,
}

/// The column that says whose a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerColumn {
    /// Its name.
    pub name: String,
    /// Whether it holds the id of a user of Auth, not the key of a profile.
    pub is_user_id: bool,
}

/// The tables of `bindings`, in their order.
pub fn tables(bindings: &[Binding], catalog: &Catalog, runs: &[&Run]) -> Vec<TableName> {
    let table = |binding: &Binding| {
        let live = live(catalog, binding)?;
        let key = match live.primary_key.as_slice() {
            [key] => live.columns.iter().find(|column| column.name == *key),
            _ => None,
        };
        Some(TableName {
            record: binding.record,
            schema: binding.schema.clone(),
            name: binding.table.clone(),
            seeded: seeded(binding, live, runs),
            uuid_key: key
                .filter(|key| key.kind == ColumnType::Uuid)
                .map(|key| key.name.clone()),
            owner: owner_column(binding, live),
        })
    };
    bindings.iter().filter_map(table).collect()
}

fn live<'a>(catalog: &'a Catalog, binding: &Binding) -> Option<&'a Table> {
    catalog
        .tables
        .iter()
        .find(|table| table.schema == binding.schema && table.name == binding.table)
}

/// A query for the rows that the runs wrote. Tags are everybody's.
fn seeded(binding: &Binding, live: &Table, runs: &[&Run]) -> String {
    let table = binding.sql_name();
    if binding.record == Record::Tag {
        return table;
    }
    let own = |run: &Run| {
        let entries = run
            .own_tables()
            .filter(|entry| entry.schema == binding.schema && entry.name == binding.table);
        let conditions = entries.map(|entry| format!("({})", is_row_of(run.id, entry, live)));
        conditions.collect::<Vec<_>>()
    };
    let conditions: Vec<String> = runs.iter().flat_map(|run| own(run)).collect();
    match conditions.is_empty() {
        true => format!("(select * from {table} where false)"),
        false => format!("(select t.* from {table} t where {})", conditions.join(" or ")),
    }
}

fn owner_column(binding: &Binding, table: &Table) -> Option<OwnerColumn> {
    let name = binding
        .column(Field::AssignedTo)
        .or_else(|| binding.column(Field::CreatedBy))?;
    let key = table.foreign_keys.iter().find(|key| key.columns == [name]);
    let is_user_id =
        key.is_some_and(|key| key.referenced_schema == "auth" && key.referenced_table == "users");
    Some(OwnerColumn {
        name: name.to_owned(),
        is_user_id,
    })
}

/// What the placeholders of rules stand for.
pub fn names(bindings: &[Binding], catalog: &Catalog, tables: &[TableName], choice: &Choice) -> Names {
    let mut names = Names::default();
    for (binding, table) in bindings.iter().zip(tables) {
        let record = binding.record.name().to_owned();
        let is_array = |name: &str| {
            let column = live(catalog, binding)
                .and_then(|live| live.columns.iter().find(|column| column.name == name));
            column.is_some_and(|column| matches!(column.kind, ColumnType::Array { .. }))
        };
        names.tables.insert(record.clone(), table.seeded.clone());
        for (column, field) in binding
            .columns
            .iter()
            .filter_map(|column| Some((column, column.field()?)))
        {
            let name = ColumnName {
                quoted: quoted(&column.name),
                is_array: is_array(&column.name),
                labels: column.labels().iter().cloned().collect(),
            };
            names
                .columns
                .insert((record.clone(), field.name().to_owned()), name);
        }
    }
    names.values = values(choice);
    names
}

fn values(choice: &Choice) -> BTreeMap<&'static str, String> {
    let stages: Vec<String> = choice
        .pipeline
        .stages
        .iter()
        .map(|stage| literal(stage))
        .collect();
    let cents = choice.pipeline.max_amount.0;
    BTreeMap::from([
        (
            "as_of",
            format!("{}::timestamptz", literal(&choice.as_of.to_string())),
        ),
        ("stages", format!("array[{}]::text[]", stages.join(", "))),
        (
            "default_probability",
            choice.pipeline.default_probability.to_string(),
        ),
        ("max_amount", format!("{}.{:02}", cents / 100, cents % 100)),
    ])
}
