//! Rows that are there already and that new rows must point at: the tenant, the team, the currency of a project.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use seed_core::catalog::{Catalog, ForeignKey, Identity, Table};
use seed_core::spec::PresentRow;
use tokio_postgres::GenericClient;

use crate::database::name::{qualified, quoted};
use crate::users::profile::ProfileTable;

/// Reads the first row of each table that the tables in `filled` must point at and that is not one of them. Users
/// and their profiles are the owners' business.
///
/// # Errors
/// The database refuses to show a row.
pub async fn rows(
    client: &impl GenericClient,
    catalog: &Catalog,
    filled: &[&Table],
) -> Result<Vec<PresentRow>> {
    let mut rows = Vec::new();
    for ((schema, table), columns) in pointed_at(catalog, filled) {
        let live = find(catalog, schema, table);
        rows.extend(first_row(client, schema, table, live, &columns).await?);
    }
    Ok(rows)
}

/// Which columns of which table are needed, by schema and name.
fn pointed_at<'a>(
    catalog: &Catalog,
    filled: &[&'a Table],
) -> BTreeMap<(&'a str, &'a str), BTreeSet<&'a str>> {
    let profiles = ProfileTable::find(catalog);
    let is_known = |key: &ForeignKey| {
        let is =
            |schema: &str, name: &str| (&*key.referenced_schema, &*key.referenced_table) == (schema, name);
        is("auth", "users")
            || profiles
                .as_ref()
                .is_some_and(|profiles| is(profiles.schema(), profiles.name()))
            || filled.iter().any(|table| is(&table.schema, &table.name))
    };
    let mut needed: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for table in filled {
        let keys = table.foreign_keys.iter();
        for key in keys.filter(|key| is_required(table, key) && !is_known(key)) {
            let place = (key.referenced_schema.as_str(), key.referenced_table.as_str());
            let columns = key.referenced_columns.iter().map(String::as_str);
            needed.entry(place).or_default().extend(columns);
        }
    }
    needed
}

/// Whether each row must point somewhere, and the database does not say where by itself.
fn is_required(table: &Table, key: &ForeignKey) -> bool {
    let columns = || {
        table
            .columns
            .iter()
            .filter(|column| key.columns.contains(&column.name))
    };
    columns().all(|column| column.not_null)
        && columns()
            .any(|column| column.default.is_none() && column.identity == Identity::No && !column.generated)
}

fn find<'a>(catalog: &'a Catalog, schema: &str, name: &str) -> Option<&'a Table> {
    catalog
        .tables
        .iter()
        .find(|table| table.schema == schema && table.name == name)
}

/// The first row by its key; of a table that the catalog does not show, by the columns themselves.
async fn first_row(
    client: &impl GenericClient,
    schema: &str,
    table: &str,
    live: Option<&Table>,
    columns: &BTreeSet<&str>,
) -> Result<Option<PresentRow>> {
    let list = |names: &mut dyn Iterator<Item = String>| names.collect::<Vec<_>>().join(", ");
    let values = list(&mut columns.iter().map(|name| format!("{}::text", quoted(name))));
    let order = match live.map(|live| live.primary_key.as_slice()) {
        Some(key @ [_, ..]) => list(&mut key.iter().map(|name| quoted(name))),
        _ => list(&mut columns.iter().map(|name| quoted(name))),
    };
    let sql = format!(
        "select {values} from {} order by {order} limit 1",
        qualified(schema, table)
    );
    let row = client.query_opt(&sql, &[]).await;
    let row =
        row.with_context(|| format!("read the first row of `{table}`, which seeded rows must point at"))?;
    Ok(row.map(|row| PresentRow {
        schema: schema.to_owned(),
        table: table.to_owned(),
        values: (0..)
            .zip(columns)
            .filter_map(|(at, name)| Some(((*name).to_owned(), row.get::<_, Option<String>>(at)?)))
            .collect(),
    }))
}
