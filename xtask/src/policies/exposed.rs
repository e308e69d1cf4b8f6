//! The tables and views that the API shows, as the catalog has them.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio_postgres::{GenericClient, Row};

use super::matrix::{Policy, RelationKind, Verb};
use crate::database::name::qualified;

/// A table or a view that the API shows.
#[derive(Debug, Clone)]
pub struct Exposed {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: RelationKind,
    /// Whether row level security is on.
    pub row_security: bool,
    /// Its policies.
    pub policies: Vec<Policy>,
    /// Its columns, in their order.
    pub columns: Vec<ExposedColumn>,
    /// What tells its rows apart, the primary key first.
    pub keys: Vec<Vec<String>>,
    /// Its triggers that come after a write, and may write elsewhere.
    pub followers: Vec<Follower>,
    /// The writes in which a trigger has a say before they are done, here or where they reach by a foreign key.
    pub guarded: Vec<Verb>,
}

/// A trigger that comes after a write.
#[derive(Debug, Clone, Deserialize)]
pub struct Follower {
    /// Its name.
    pub name: String,
    /// After which writes it comes.
    pub verbs: Vec<Verb>,
}

/// One of its columns.
#[derive(Debug, Clone, Deserialize)]
pub struct ExposedColumn {
    /// Its name.
    pub name: String,
    /// Its type, as SQL spells it.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Whether it holds JSON.
    pub is_json: bool,
    /// Whether it holds one value that a filter can compare.
    pub is_plain: bool,
    /// Whether a row must say what is in it.
    pub is_required: bool,
    /// Whether a row cannot say what is in it.
    pub is_computed: bool,
    /// Whether it says in which partition a row is.
    pub is_partition_key: bool,
    /// Database roles that may read it.
    pub select: Vec<String>,
    /// Database roles that may fill it in a new row.
    pub insert: Vec<String>,
    /// Database roles that may change it.
    pub update: Vec<String>,
}

/// Reads the relations of `schemas`, with what `roles` may do with them.
///
/// # Errors
/// The database refuses.
pub async fn read(client: &impl GenericClient, schemas: &[String], roles: &[&str]) -> Result<Vec<Exposed>> {
    let rows = client
        .query(include_str!("sql/exposed.sql"), &[&schemas, &roles])
        .await
        .context("read the tables and views that the API shows")?;
    rows.iter().map(exposed).collect()
}

fn exposed(row: &Row) -> Result<Exposed> {
    Ok(Exposed {
        schema: row.get("schema"),
        name: row.get("name"),
        kind: match row.get::<_, &str>("kind") {
            "v" => RelationKind::View,
            "m" => RelationKind::MaterializedView,
            _ => RelationKind::Table,
        },
        row_security: row.get("row_security"),
        policies: list(row, "policies")?,
        columns: list(row, "columns")?,
        keys: list(row, "keys")?,
        followers: list(row, "followers")?,
        guarded: list(row, "guarded")?,
    })
}

fn list<T: DeserializeOwned>(row: &Row, column: &str) -> Result<Vec<T>> {
    let value: Value = row.get(column);
    serde_json::from_value(value).with_context(|| format!("read the {column} of a table"))
}

impl Exposed {
    /// As SQL takes it.
    pub fn sql_name(&self) -> String {
        qualified(&self.schema, &self.name)
    }

    /// For people, and as `--only` takes it: without `public`.
    pub fn title(&self) -> String {
        match self.schema.as_str() {
            "public" => self.name.clone(),
            schema => format!("{schema}.{}", self.name),
        }
    }

    /// Whether `--only` means it.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || format!("{}.{}", self.schema, self.name) == name
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&ExposedColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns that tell a row from the others: a key, else all that a filter can compare.
    pub fn address(&self) -> Vec<&ExposedColumn> {
        let comparable = |key: &&Vec<String>| {
            key.iter()
                .all(|name| self.column(name).is_some_and(|column| column.is_plain))
        };
        match self.keys.iter().find(comparable) {
            Some(key) => key.iter().filter_map(|name| self.column(name)).collect(),
            None => self.columns.iter().filter(|column| column.is_plain).collect(),
        }
    }

    /// The column that is asked for where any would do: one that the role may read, where there is one.
    pub fn readable(&self, role: &str) -> Option<&ExposedColumn> {
        let mut columns = self.columns.iter();
        let may_read = |column: &&ExposedColumn| column.select.iter().any(|one| one == role);
        columns.find(may_read).or(self.columns.first())
    }
}
