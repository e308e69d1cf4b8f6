//! What a backup and a sync carry from one database to another: users, the project's tables, their sequences, and the
//! ledger that tells which of the rows were seeded. Marks and uploaded files stay where they are.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use seed_core::catalog::{Catalog, Table};
use serde::{Deserialize, Serialize};
use tokio_postgres::GenericClient;

use super::catalog;
use super::name::{qualified, quoted, short};

/// Tables of Auth without which nobody signs in.
const OF_AUTH: [&str; 2] = ["users", "identities"];
/// Tables of the ledger, parents first.
const OF_LEDGER: [&str; 5] = [
    "runs",
    "run_parts",
    "run_tables",
    "run_rows",
    "test_user_metadata",
];

/// A table whose rows are carried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedTable {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its columns, without those that the database computes.
    pub columns: Vec<String>,
    /// Those of its primary key; none where it has none.
    pub key: Vec<String>,
}

/// A sequence, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedSequence {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// The last number that it gave, or would give next.
    pub last_value: i64,
    /// Whether it gave that number.
    pub is_called: bool,
}

impl CarriedTable {
    /// As SQL takes it.
    pub fn sql_name(&self) -> String {
        qualified(&self.schema, &self.name)
    }

    /// As people write it.
    pub fn title(&self) -> String {
        short(&self.schema, &self.name)
    }

    /// Its columns as SQL takes them, with commas.
    pub fn column_list(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(|column| quoted(column)).collect();
        columns.join(", ")
    }

    /// Whether it is of the project, and neither of Auth nor of the ledger.
    pub fn is_of_project(&self) -> bool {
        !["auth", "seedbed"].contains(&self.schema.as_str())
    }

    fn of(table: &Table) -> CarriedTable {
        let own = table.columns.iter().filter(|column| !column.generated);
        CarriedTable {
            schema: table.schema.clone(),
            name: table.name.clone(),
            columns: own.map(|column| column.name.clone()).collect(),
            key: table.primary_key.clone(),
        }
    }
}

/// The tables that are carried, parents before children: users, those of `schemas`, the ledger.
///
/// # Errors
/// The database does not answer.
pub async fn tables(client: &impl GenericClient, schemas: &[String]) -> Result<Vec<CarriedTable>> {
    let wanted: Vec<String> = ["auth", "seedbed"]
        .into_iter()
        .map(str::to_owned)
        .chain(schemas.iter().cloned())
        .collect();
    let catalog = catalog::read(client, &wanted).await?;
    let of = |schema: &str, names: &[&str]| -> Vec<CarriedTable> {
        let found = names.iter().filter_map(|name| {
            let is_it = |table: &&Table| table.schema == schema && table.name == **name;
            catalog.tables.iter().find(is_it)
        });
        found.map(CarriedTable::of).collect()
    };
    let own = parents_first(&catalog, |table| schemas.contains(&table.schema));
    let mut tables = of("auth", &OF_AUTH);
    tables.extend(own.into_iter().map(CarriedTable::of));
    tables.extend(of("seedbed", &OF_LEDGER));
    Ok(tables)
}

/// Tables in an order in which each comes after those that it points at; where some point at each other, by name.
pub fn parents_first(catalog: &Catalog, is_wanted: impl Fn(&Table) -> bool) -> Vec<&Table> {
    let mut waiting: Vec<&Table> = catalog.tables.iter().filter(|table| is_wanted(table)).collect();
    let mut ordered: Vec<&Table> = Vec::new();
    while !waiting.is_empty() {
        let names: BTreeSet<(&str, &str)> = waiting
            .iter()
            .map(|table| (table.schema.as_str(), table.name.as_str()))
            .collect();
        let is_free = |table: &&Table| {
            let mut parents = table.foreign_keys.iter();
            parents.all(|key| {
                let parent = (key.referenced_schema.as_str(), key.referenced_table.as_str());
                parent == (table.schema.as_str(), table.name.as_str()) || !names.contains(&parent)
            })
        };
        let next = waiting.iter().position(is_free).unwrap_or(0);
        ordered.push(waiting.remove(next));
    }
    ordered
}

/// The sequences in `schemas`, and where they stand.
///
/// # Errors
/// The database does not answer.
pub async fn sequences(client: &impl GenericClient, schemas: &[String]) -> Result<Vec<CarriedSequence>> {
    let doing = "read where the sequences stand";
    let sql = "select schemaname::text, sequencename::text from pg_sequences where schemaname = any ($1)
        and has_sequence_privilege(format('%I.%I', schemaname, sequencename), 'select') order by 1, 2";
    let names = client.query(sql, &[&schemas]).await.context(doing)?;
    let mut sequences = Vec::new();
    for row in names {
        let (schema, name): (String, String) = (row.get(0), row.get(1));
        let sql = format!("select last_value, is_called from {}", qualified(&schema, &name));
        let row = client.query_one(&sql, &[]).await.context(doing)?;
        sequences.push(CarriedSequence {
            schema,
            name,
            last_value: row.get(0),
            is_called: row.get(1),
        });
    }
    Ok(sequences)
}

#[cfg(test)]
mod tests {
    use seed_core::catalog::ForeignKey;

    use super::*;

    #[test]
    fn parents_come_before_children_and_a_circle_ends() {
        let table = |name: &str, parents: &[&str]| Table {
            schema: "public".into(),
            name: name.into(),
            foreign_keys: parents
                .iter()
                .map(|parent| ForeignKey {
                    referenced_schema: "public".into(),
                    referenced_table: (*parent).into(),
                    ..ForeignKey::default()
                })
                .collect(),
            ..Table::default()
        };
        let catalog = Catalog {
            tables: vec![
                table("a", &["c", "a"]),
                table("b", &["d"]),
                table("c", &[]),
                table("d", &["b"]),
            ],
        };
        let ordered = parents_first(&catalog, |_| true);
        let names: Vec<&str> = ordered.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["c", "a", "b", "d"]);
    }
}
