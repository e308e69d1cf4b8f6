//! What the domain's names stand for in the live database, for the rows of one seed.

use std::collections::BTreeMap;

use seed_core::bind::{Binding, quoted};
use seed_core::catalog::{Catalog, ColumnType, Table};
use seed_core::domain::{Field, Record};
use seed_core::plan::{Plan, TablePlan};

use super::template::{ColumnName, Names};
use crate::database::ledger::{Run, RunTable};
use crate::database::name::literal;
use crate::database::seeded::is_row_of;
use crate::seeding::choice::Choice;

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
    /// The same, with those that triggers made meanwhile.
    pub met: String,
    /// Its seeded rows only, of owners who had deals by then.
    pub pipelined: String,
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
        Some(TableName {
            record: binding.record,
            schema: binding.schema.clone(),
            name: binding.table.clone(),
            seeded: written(binding, live, runs, |_, entry| entry.owner_slot.is_some()),
            met: written(binding, live, runs, |_, _| true),
            pipelined: written(binding, live, runs, |number, entry| {
                entry.owner_slot.is_some() && has_deals(&runs[..=number], entry.owner_slot)
            }),
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

/// Whether these runs wrote deals for that owner.
fn has_deals(runs: &[&Run], owner_slot: Option<u16>) -> bool {
    let mut entries = runs.iter().flat_map(|run| &run.tables);
    entries.any(|entry| {
        entry.record.as_deref() == Some(Record::Opportunity.name()) && entry.owner_slot == owner_slot
    })
}

/// A query for the rows of those entries that `counts`, given the number of their run. Tags are everybody's.
fn written(
    binding: &Binding,
    live: &Table,
    runs: &[&Run],
    counts: impl Fn(usize, &RunTable) -> bool,
) -> String {
    let table = binding.sql_name();
    if binding.record == Record::Tag {
        return table;
    }
    let own = |(number, run): (usize, &&Run)| {
        let is_of_table = |entry: &&RunTable| entry.schema == binding.schema && entry.name == binding.table;
        let entries = run
            .tables
            .iter()
            .filter(is_of_table)
            .filter(|entry| counts(number, entry));
        let conditions = entries.map(|entry| format!("({})", is_row_of(run.id, entry, live)));
        conditions.collect::<Vec<_>>()
    };
    let conditions: Vec<String> = runs.iter().enumerate().flat_map(own).collect();
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
pub fn names(outline: &Plan, catalog: &Catalog, tables: &[TableName], choice: &Choice) -> Names {
    let mut names = Names::default();
    let bindings = outline.tables().iter().map(TablePlan::binding);
    for (binding, table) in bindings.zip(tables) {
        let record = binding.record.name().to_owned();
        let is_array = |name: &str| {
            let column = live(catalog, binding)
                .and_then(|live| live.columns.iter().find(|column| column.name == name));
            column.is_some_and(|column| matches!(column.kind, ColumnType::Array { .. }))
        };
        names.tables.insert(record.clone(), table.seeded.clone());
        names.tables.insert(format!("met {record}"), table.met.clone());
        names
            .tables
            .insert(format!("pipelined {record}"), table.pipelined.clone());
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
            // Where several columns take a field, the one of its own name stands for it, else the first.
            let place = (record.clone(), field.name().to_owned());
            if column.name == field.name() || !names.columns.contains_key(&place) {
                names.columns.insert(place, name);
            }
        }
    }
    add_memberships(&mut names);
    names.values = values(outline, choice, &names);
    names
}

/// Where no table says who works where and people name their company themselves, that is what says it.
fn add_memberships(names: &mut Names) {
    let memberships = Record::ContactOrganization.name();
    let of_contacts = |field: Field| names.column(&format!("contacts.{field}")).ok().cloned();
    let (Some(id), Some(organization)) = (of_contacts(Field::Id), of_contacts(Field::Organization)) else {
        return;
    };
    if names.tables.contains_key(memberships) {
        return;
    }
    let contacts = &names.tables["contacts"];
    let table = format!(
        "(select {} as contact_id, {organization} as organization_id, true as is_primary from {contacts} c
          where {organization} is not null)",
        id.quoted,
        organization = organization.quoted,
    );
    for field in [Field::Contact, Field::Organization, Field::IsPrimary] {
        let column = ColumnName {
            quoted: quoted(field.name()),
            ..ColumnName::default()
        };
        names
            .columns
            .insert((memberships.to_owned(), field.name().to_owned()), column);
    }
    names.tables.insert(format!("met {memberships}"), table.clone());
    names.tables.insert(memberships.to_owned(), table);
}

fn values(outline: &Plan, choice: &Choice, names: &Names) -> BTreeMap<&'static str, String> {
    let label = |field: Field, ours: &str| {
        let column = names.column(&format!("opportunities.{field}")).ok();
        let label = column.and_then(|column| column.labels.get(ours));
        literal(label.map_or(ours, String::as_str))
    };
    let stages: Vec<String> = outline
        .stages()
        .map(|(stage, ..)| label(Field::Stage, stage))
        .collect();
    let pipeline = outline
        .stages()
        .zip(&stages)
        .map(|((_, status, probability), stage)| {
            format!("({stage}, {}, {probability})", label(Field::Status, status))
        });
    let pipeline: Vec<String> = pipeline.collect();
    let cents = choice.pipeline.max_amount.0;
    BTreeMap::from([
        (
            "as_of",
            format!("{}::timestamptz", literal(&choice.as_of.to_string())),
        ),
        ("stages", format!("array[{}]::text[]", stages.join(", "))),
        (
            "pipeline",
            format!(
                "(values {}) as stage (name, status, probability)",
                pipeline.join(", ")
            ),
        ),
        ("max_amount", format!("{}.{:02}", cents / 100, cents % 100)),
    ])
}
