//! Keys that are made of other tables' keys, as where a table joins two others: which of them no row has yet.

use anyhow::{Context, Result};
use futures_util::future::try_join_all;
use seed_core::catalog::{Catalog, ForeignKey, Table};
use tokio_postgres::Client;

use super::caller::Caller;
use super::candidate::ROWS_OF_CALLER;
use super::exposed::Exposed;
use super::truth::Values;
use crate::database::name::{literal, qualified, quoted};
use crate::verify::names::OwnerColumn;

/// Rows of each table that are joined: enough to find keys, and soon looked through.
const ROWS_OF_EACH: u64 = 100;

/// Keys that no row of the relation has, as many as tries need, for rows of each caller; none where they are not made
/// of foreign keys.
///
/// # Errors
/// The connection is lost.
pub async fn of(
    client: &Client,
    catalog: &Catalog,
    relation: &Exposed,
    owner: Option<&OwnerColumn>,
    callers: &[Caller],
    relations: &[(&Exposed, Option<&OwnerColumn>)],
) -> Result<Vec<Vec<Values>>> {
    let mut tables = catalog.tables.iter();
    let table = tables.find(|table| table.schema == relation.schema && table.name == relation.name);
    let Some(table) = table else {
        return Ok(vec![Vec::new(); callers.len()]);
    };
    let count = ROWS_OF_CALLER * callers.len() as u64;
    let of_each = callers
        .iter()
        .map(|caller| free(client, table, owner, caller, relations, count));
    try_join_all(of_each)
        .await
        .with_context(|| format!("look for keys that `{}` does not have yet", relation.title()))
}

/// Those for a row that is this caller's where the key says whose it is; made of rows of its own before others.
async fn free(
    client: &Client,
    table: &Table,
    owner: Option<&OwnerColumn>,
    caller: &Caller,
    relations: &[(&Exposed, Option<&OwnerColumn>)],
    count: u64,
) -> Result<Vec<Values>> {
    let part = |name: &String| {
        let mut keys = table.foreign_keys.iter();
        keys.find(|key| key.columns == [name.as_str()])
    };
    let Some(parts) = table.primary_key.iter().map(part).collect::<Option<Vec<_>>>() else {
        return Ok(Vec::new());
    };
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let sources: Vec<String> = parts
        .iter()
        .enumerate()
        .map(|(at, key)| {
            let told = owner.filter(|owner| key.columns == [owner.name.as_str()]);
            let held = told.and_then(|owner| caller.key(owner));
            let parent = relations.iter().find(|(relation, _)| {
                relation.schema == key.referenced_schema && relation.name == key.referenced_table
            });
            let of_parent = parent.and_then(|(_, owner)| Some((*owner)?).zip(caller.key((*owner)?)));
            source(at, key, held.as_ref(), of_parent)
        })
        .collect();
    let values: Vec<String> = (0..parts.len()).map(|at| format!("p{at}.key::text")).collect();
    let same = table.primary_key.iter().enumerate();
    let same: Vec<String> = same
        .map(|(at, name)| format!("t.{} = p{at}.key", quoted(name)))
        .collect();
    let order: Vec<String> = (0..parts.len()).map(|at| format!("p{at}.place")).collect();
    let sql = format!(
        "select array[{}] from {} where not exists (select from {} t where {}) order by {} limit {count}",
        values.join(", "),
        sources.join(" cross join "),
        qualified(&table.schema, &table.name),
        same.join(" and "),
        order.join(" + "),
    );
    match client.query_typed(&sql, &[]).await {
        Ok(rows) => {
            let names = || table.primary_key.iter().cloned();
            let values = rows.iter().map(|row| row.get::<_, Vec<Option<String>>>(0));
            Ok(values.map(|values| names().zip(values).collect()).collect())
        }
        // A table that may not be read gives no keys.
        Err(error) if error.as_db_error().is_some() => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// The keys that a foreign key may hold, each with its place: those of rows that are the caller's first.
fn source(at: usize, key: &ForeignKey, held: Option<&String>, own: Option<(&OwnerColumn, String)>) -> String {
    let column = quoted(&key.referenced_columns[0]);
    let only = held.map_or_else(String::new, |held| {
        format!(" where s.{column}::text = {}", literal(held))
    });
    let first = own.map_or_else(String::new, |(owner, own)| {
        format!(
            "(s.{}::text = {}) is true desc, ",
            quoted(&owner.name),
            literal(&own)
        )
    });
    format!(
        "(select s.{column} as key, row_number() over (order by {first}s.{column}) as place from {} s{only}
          order by 2 limit {ROWS_OF_EACH}) p{at}",
        qualified(&key.referenced_schema, &key.referenced_table),
    )
}
