//! Reads the live catalog: a few queries, whatever the number of tables.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use seed_core::catalog::{Catalog, Check, Column, ColumnType, ForeignKey, Identity, Table, UniqueKey};
use stack::project::Project;
use tokio_postgres::types::Type;
use tokio_postgres::{GenericClient, Row};

use super::column_type::{TypeRow, Types};
use super::name::{qualified, quoted};

/// Schemas that Supabase keeps for itself, whatever a project's API shows.
pub const SUPABASE_SCHEMAS: &[&str] = &[
    "auth",
    "extensions",
    "graphql",
    "graphql_public",
    "realtime",
    "storage",
    "vault",
];

/// The schemas whose tables a project works with: those that its API shows, without Supabase's own.
///
/// # Errors
/// `supabase/config.toml` is broken.
pub fn schemas(project: &Path) -> Result<Vec<String>> {
    let shown = Project::load(project)?.api.schemas;
    Ok(own_schemas(shown))
}

fn own_schemas(shown: Vec<String>) -> Vec<String> {
    let own = shown
        .into_iter()
        .filter(|schema| !SUPABASE_SCHEMAS.contains(&schema.as_str()) && schema != "public");
    std::iter::once("public".to_owned()).chain(own).collect()
}

/// Reads the tables in `schemas`, with their row counts.
///
/// # Errors
/// The database does not answer, or the role may not count the rows of a table.
pub async fn read(client: &impl GenericClient, schemas: &[String]) -> Result<Catalog> {
    read_tables(client, schemas)
        .await
        .context("read the catalog of the database")
}

async fn read_tables(client: &impl GenericClient, schemas: &[String]) -> Result<Catalog> {
    let rows = client
        .query(include_str!("sql/catalog_tables.sql"), &[&schemas])
        .await?;
    let mut tables: BTreeMap<u32, Table> = rows
        .iter()
        .map(|row| {
            (
                row.get("oid"),
                Table {
                    schema: row.get("schema"),
                    name: row.get("name"),
                    ..Table::default()
                },
            )
        })
        .collect();
    let oids: Vec<u32> = tables.keys().copied().collect();

    let ask = async |sql| client.query_typed(sql, &[(&oids, Type::OID_ARRAY)]).await;
    let (columns, types, keys, foreign_keys, checks, counts) = tokio::try_join!(
        ask(include_str!("sql/catalog_columns.sql")),
        ask(include_str!("sql/catalog_types.sql")),
        ask(include_str!("sql/catalog_keys.sql")),
        ask(include_str!("sql/catalog_foreign_keys.sql")),
        ask(include_str!("sql/catalog_checks.sql")),
        count_rows(client, &tables),
    )?;

    let types = Types::new(types.iter().map(type_row));
    for row in &keys {
        add_key(table_of(&mut tables, row), row);
    }
    let mut integer_keys = Vec::new();
    for row in &columns {
        let table = table_of(&mut tables, row);
        add_column(table, row, &types);
        integer_keys.extend(IntegerKey::of(table, row));
    }
    for row in &foreign_keys {
        table_of(&mut tables, row).foreign_keys.push(ForeignKey {
            name: row.get("name"),
            columns: row.get("columns"),
            referenced_schema: row.get("referenced_schema"),
            referenced_table: row.get("referenced_table"),
            referenced_columns: row.get("referenced_columns"),
        });
    }
    for row in &checks {
        table_of(&mut tables, row).checks.push(Check {
            name: row.get("name"),
            columns: row.get("columns"),
            expression: row.get("expression"),
        });
    }
    for (table, count) in tables.values_mut().zip(counts) {
        table.row_count = count;
    }
    let next_keys = read_next_keys(client, &integer_keys).await?;
    for (key, next) in integer_keys.iter().zip(next_keys) {
        let table = tables
            .get_mut(&key.table_oid)
            .expect("the key is one of these tables'");
        table.columns[key.column].next_key = Some(next);
    }
    Ok(Catalog {
        tables: tables.into_values().collect(),
    })
}

fn table_of<'a>(tables: &'a mut BTreeMap<u32, Table>, row: &Row) -> &'a mut Table {
    let oid: u32 = row.get("table_oid");
    tables
        .get_mut(&oid)
        .expect("the query asks for these tables only")
}

/// One number for each table, in the order of the map.
async fn count_rows(
    client: &impl GenericClient,
    tables: &BTreeMap<u32, Table>,
) -> Result<Vec<u64>, tokio_postgres::Error> {
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let counts: Vec<String> = tables
        .values()
        .map(|table| format!("(select count(*) from {})", qualified(&table.schema, &table.name)))
        .collect();
    let row = client
        .query_one(&format!("select array[{}]", counts.join(", ")), &[])
        .await?;
    let counts: Vec<i64> = row.get(0);
    Ok(counts.into_iter().map(i64::unsigned_abs).collect())
}

/// A primary key of one integer.
struct IntegerKey {
    table_oid: u32,
    /// Its place among the table's columns.
    column: usize,
    /// Selects the next free one.
    sql: String,
}

impl IntegerKey {
    /// The column that was added last, if it is one.
    fn of(table: &Table, row: &Row) -> Option<IntegerKey> {
        let column = table.columns.last()?;
        let is_integer = matches!(
            column.kind,
            ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt
        );
        if !is_integer || table.primary_key != [column.name.as_str()] {
            return None;
        }
        let highest = format!(
            "select max({})::bigint from {}",
            quoted(&column.name),
            qualified(&table.schema, &table.name)
        );
        let given = row.get::<_, Option<String>>("sequence").map_or_else(
            || "null".to_owned(),
            |sequence| {
                format!("select case when is_called then last_value else last_value - 1 end from {sequence}")
            },
        );
        Some(IntegerKey {
            table_oid: row.get("table_oid"),
            column: table.columns.len() - 1,
            sql: format!("coalesce(greatest(({highest}), ({given})), 0) + 1"),
        })
    }
}

/// The next free key of each, in their order.
async fn read_next_keys(
    client: &impl GenericClient,
    keys: &[IntegerKey],
) -> Result<Vec<i64>, tokio_postgres::Error> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let parts: Vec<&str> = keys.iter().map(|key| key.sql.as_str()).collect();
    let row = client
        .query_one(&format!("select array[{}]", parts.join(", ")), &[])
        .await?;
    Ok(row.get(0))
}

fn type_row(row: &Row) -> TypeRow {
    let names: Option<Vec<String>> = row.get("check_names");
    let expressions: Option<Vec<String>> = row.get("check_expressions");
    TypeRow {
        oid: row.get("oid"),
        name: row.get("name"),
        is_domain: row.get("is_domain"),
        base_oid: row.get("base_oid"),
        base_modifier: row.get("base_modifier"),
        not_null: row.get("not_null"),
        default: row.get("default_expression"),
        element_oid: row.get("element_oid"),
        printed: row.get("printed"),
        qualified_name: row.get("qualified_name"),
        labels: row.get("labels"),
        checks: names
            .into_iter()
            .flatten()
            .zip(expressions.into_iter().flatten())
            .collect(),
    }
}

fn add_column(table: &mut Table, row: &Row, types: &Types) {
    let name: String = row.get("name");
    let resolved = types.resolve(row.get("type_oid"), row.get("type_modifier"));
    let default: Option<String> = row.get("default_expression");
    let generated: bool = row.get("generated");
    let numbers_itself = default
        .as_deref()
        .is_some_and(|expression| expression.starts_with("nextval("));
    table
        .checks
        .extend(resolved.checks.into_iter().map(|(check, expression)| Check {
            name: check,
            columns: vec![name.clone()],
            expression,
        }));
    table.columns.push(Column {
        kind: resolved.kind,
        not_null: row.get::<_, bool>("not_null") || resolved.not_null,
        identity: match row.get::<_, &str>("identity") {
            "a" => Identity::Always,
            "d" => Identity::ByDefault,
            _ if numbers_itself => Identity::ByDefault,
            _ => Identity::No,
        },
        default: default.or(resolved.default).filter(|_| !generated),
        generated,
        next_key: None,
        type_oid: resolved.oid,
        name,
    });
}

fn add_key(table: &mut Table, row: &Row) {
    let columns: Vec<String> = row.get("columns");
    if row.get("is_primary") {
        table.primary_key = columns;
    } else {
        table.unique.push(UniqueKey {
            name: row.get("name"),
            columns,
            partial: row.get("partial"),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn supabases_own_schemas_are_left_alone() {
        let shown = ["graphql_public", "crm", "public", "storage"]
            .map(str::to_owned)
            .to_vec();
        assert_eq!(own_schemas(shown), ["public", "crm"]);
        assert_eq!(own_schemas(Vec::new()), ["public"]);
    }
}
