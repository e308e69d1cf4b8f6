//! What decides which rows a database takes: its tables, their columns, the migrations that made them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use tokio_postgres::GenericClient;

use crate::database::carried::CarriedTable;
use crate::database::name::short;

/// The columns of a table, by name.
type Columns = BTreeMap<String, Column>;

/// Which rows a database takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    /// Tables by schema and name.
    tables: BTreeMap<(String, String), Columns>,
    /// Versions of the migrations that are applied.
    migrations: BTreeSet<String>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    kind: String,
    not_null: bool,
    has_default: bool,
    is_computed: bool,
}

impl Shape {
    /// Reads that of `schemas` and of Auth.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn read(client: &impl GenericClient, schemas: &[String]) -> Result<Shape> {
        let doing = "read the columns of the tables";
        let mut wanted = schemas.to_vec();
        wanted.push("auth".to_owned());
        let sql = include_str!("sql/columns.sql");
        let mut shape = Shape::default();
        for row in client.query(sql, &[&wanted]).await.context(doing)? {
            let table = shape.tables.entry((row.get(0), row.get(1))).or_default();
            let column = Column {
                kind: row.get("type"),
                not_null: row.get("not_null"),
                has_default: row.get("has_default"),
                is_computed: row.get("is_computed"),
            };
            table.insert(row.get("column"), column);
        }
        let doing = "read which migrations are applied";
        let sql = "select to_regclass('supabase_migrations.schema_migrations') is not null";
        if client.query_one(sql, &[]).await.context(doing)?.get(0) {
            let sql = "select version::text from supabase_migrations.schema_migrations";
            let versions = client.query(sql, &[]).await.context(doing)?;
            shape.migrations = versions.iter().map(|row| row.get(0)).collect();
        }
        Ok(shape)
    }

    /// Why the rows of `tables` do not fit `target` as they fit here, a sentence each; none where they do.
    pub fn differences(&self, target: &Shape, tables: &[CarriedTable]) -> Vec<String> {
        let mut differences = Vec::new();
        for (one, other, where_to) in [
            (self, target, "the source only"),
            (target, self, "the target only"),
        ] {
            let missing = one.migrations.difference(&other.migrations);
            differences
                .extend(missing.map(|version| format!("migration {version} is applied to {where_to}")));
        }
        for table in tables.iter().filter(|table| table.schema != "seedbed") {
            let key = (table.schema.clone(), table.name.clone());
            match (self.tables.get(&key), target.tables.get(&key)) {
                (Some(source), Some(target)) => {
                    let is_of_auth = !table.is_of_project();
                    let own = of_columns(&table.title(), source, target, is_of_auth);
                    differences.extend(own);
                }
                _ => differences.push(format!("the target has no table `{}`", table.title())),
            }
        }
        let more = target.tables.keys().filter(|key| !self.tables.contains_key(*key));
        let of_project = more.filter(|(schema, _)| schema != "auth");
        differences.extend(
            of_project.map(|(schema, name)| format!("the source has no table `{}`", short(schema, name))),
        );
        differences
    }

    /// The columns of `table` that the target has too; those that are left out, as people write them, are of Auth, whose
    /// tables differ from version to version.
    pub fn common(&self, table: &CarriedTable) -> (CarriedTable, Vec<String>) {
        let key = (table.schema.clone(), table.name.clone());
        let Some(columns) = self.tables.get(&key) else {
            return (table.clone(), Vec::new());
        };
        let has = |name: &String| columns.get(name).is_some_and(|column| !column.is_computed);
        let (common, left): (Vec<String>, Vec<String>) = table.columns.iter().cloned().partition(has);
        let title = short(&table.schema, &table.name);
        let left = left.into_iter().map(|column| format!("{title}.{column}"));
        let common = CarriedTable {
            columns: common,
            ..table.clone()
        };
        (common, left.collect())
    }
}

fn of_columns(title: &str, source: &Columns, target: &Columns, is_of_auth: bool) -> Vec<String> {
    let mut differences = Vec::new();
    for (name, own) in source.iter().filter(|(_, own)| !own.is_computed) {
        let column = format!("`{title}.{name}`");
        match target.get(name) {
            None if is_of_auth => {}
            None => differences.push(format!("the target has no column {column}")),
            Some(other) if other.is_computed => {
                differences.push(format!("the target computes {column}, the source does not"));
            }
            Some(other) if other.kind != own.kind => differences.push(format!(
                "{column} is {} on the source and {} on the target",
                own.kind, other.kind
            )),
            Some(other) if other.not_null && !own.not_null => {
                differences.push(format!(
                    "{column} may be null on the source and not on the target"
                ));
            }
            Some(_) => {}
        }
    }
    // What it holds would be empty afterwards.
    let more = target
        .iter()
        .filter(|(name, other)| !other.is_computed && !source.contains_key(*name));
    for (name, other) in more {
        if !is_of_auth || (other.not_null && !other.has_default) {
            differences.push(format!("the source has no column `{title}.{name}`"));
        }
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(kind: &str, not_null: bool, has_default: bool) -> Column {
        Column {
            kind: kind.into(),
            not_null,
            has_default,
            is_computed: false,
        }
    }

    fn shape(schema: &str, columns: Vec<(&str, Column)>, migrations: &[&str]) -> Shape {
        let columns = columns
            .into_iter()
            .map(|(name, column)| (name.to_owned(), column));
        Shape {
            tables: [((schema.to_owned(), "notes".to_owned()), columns.collect())].into(),
            migrations: migrations.iter().map(|&version| version.to_owned()).collect(),
        }
    }

    fn notes(schema: &str, columns: &[&str]) -> CarriedTable {
        CarriedTable {
            schema: schema.into(),
            name: "notes".into(),
            columns: columns.iter().map(|&name| name.to_owned()).collect(),
            key: Vec::new(),
        }
    }

    #[test]
    fn what_keeps_rows_from_fitting_is_said_column_by_column() {
        let source = shape(
            "public",
            vec![
                ("id", column("uuid", true, true)),
                ("size", column("integer", false, false)),
                ("body", column("text", false, false)),
                ("mood", column("mood of glad, sad", false, false)),
            ],
            &["1", "2"],
        );
        let target = shape(
            "public",
            vec![
                ("id", column("uuid", true, true)),
                ("size", column("bigint", false, false)),
                ("mood", column("mood of glad, sad", true, false)),
                ("owner", column("uuid", true, false)),
                ("at", column("date", true, true)),
            ],
            &["1", "3"],
        );
        let table = notes("public", &["id", "size", "body", "mood"]);
        assert_eq!(
            source.differences(&target, std::slice::from_ref(&table)),
            [
                "migration 2 is applied to the source only",
                "migration 3 is applied to the target only",
                "the target has no column `notes.body`",
                "`notes.mood` may be null on the source and not on the target",
                "`notes.size` is integer on the source and bigint on the target",
                "the source has no column `notes.at`",
                "the source has no column `notes.owner`",
            ]
        );
        let missing = source.differences(&Shape::default(), &[table]);
        assert_eq!(missing.last().unwrap(), "the target has no table `notes`");
    }

    #[test]
    fn columns_of_auth_that_the_target_lacks_are_left_out_and_named() {
        let source = shape(
            "auth",
            vec![
                ("id", column("uuid", true, true)),
                ("new", column("text", false, false)),
            ],
            &[],
        );
        let target = shape("auth", vec![("id", column("uuid", true, true))], &[]);
        let table = notes("auth", &["id", "new"]);
        assert!(
            source
                .differences(&target, std::slice::from_ref(&table))
                .is_empty()
        );
        let (common, left) = target.common(&table);
        assert_eq!(common.columns, ["id"]);
        assert_eq!(left, ["auth.notes.new"]);
    }
}
