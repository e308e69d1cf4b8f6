//! What points at rows: foreign keys, and lists of keys in arrays and JSON, which no constraint guards.

use anyhow::{Context, Result};
use seed_core::catalog::{Catalog, ColumnType, Table};
use seed_core::domain::{Field, Record};
use seed_core::plan::Plan;
use tokio_postgres::Transaction;

use super::going::Going;
use crate::database::name::{qualified, quoted};

/// A way from rows of one table to rows of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Schema and table where it starts.
    pub from: (String, String),
    /// Schema and table where it ends.
    pub to: (String, String),
    /// Its columns where it starts.
    pub columns: Vec<String>,
    /// How it points.
    pub kind: Kind,
}

/// How a reference points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// By a foreign key.
    Key {
        /// The columns that it points at.
        referenced: Vec<String>,
        /// Those of its columns that can be null.
        nullable: Vec<String>,
    },
    /// By an array of keys.
    Array {
        /// The key that it points at.
        referenced: String,
    },
    /// By a JSON array of keys, or of objects with a key in `contact_id`.
    Json {
        /// The key that it points at.
        referenced: String,
    },
}

/// The foreign keys that end at these tables, wherever they start.
///
/// # Errors
/// The database refuses.
pub async fn foreign_keys(transaction: &Transaction<'_>, going: &[Going<'_>]) -> Result<Vec<Reference>> {
    let tables: Vec<String> = going.iter().map(Going::table).collect();
    let sql = include_str!("../../database/sql/references_to.sql");
    let rows = transaction.query(sql, &[&tables]).await;
    let reference = |row: &tokio_postgres::Row| {
        let columns: Vec<String> = row.get("columns");
        let nullable: Vec<bool> = row.get("nullable");
        let of_these = columns.iter().zip(nullable).filter(|(_, nullable)| *nullable);
        Reference {
            from: (row.get("schema"), row.get("table")),
            to: (row.get("referenced_schema"), row.get("referenced_table")),
            kind: Kind::Key {
                referenced: row.get("referenced_columns"),
                nullable: of_these.map(|(name, _)| name.clone()).collect(),
            },
            columns,
        }
    };
    let rows = rows.context("read what points at the seeded tables")?;
    Ok(rows.iter().map(reference).collect())
}

/// The lists of people's keys in other rows.
pub fn lists(catalog: &Catalog, outline: &Plan) -> Vec<Reference> {
    let Some(people) = outline.binding(Record::Contact) else {
        return Vec::new();
    };
    let Some(key) = people.column(Field::Id) else {
        return Vec::new();
    };
    let mut lists = Vec::new();
    for table in outline.tables() {
        let binding = table.binding();
        for field in [Field::ContactIds, Field::Participants] {
            let Some(name) = binding.column(field) else {
                continue;
            };
            let live = catalog
                .tables
                .iter()
                .find(|live| live.schema == table.schema() && live.name == table.name());
            let column = live.and_then(|live| live.columns.iter().find(|column| column.name == name));
            let referenced = key.to_owned();
            lists.push(Reference {
                from: (table.schema().to_owned(), table.name().to_owned()),
                to: (people.schema.clone(), people.table.clone()),
                columns: vec![name.to_owned()],
                kind: match column.map(|column| &column.kind) {
                    Some(ColumnType::Array { .. }) => Kind::Array { referenced },
                    _ => Kind::Json { referenced },
                },
            });
        }
    }
    lists
}

impl Reference {
    /// Whether it starts at a table.
    pub fn starts_at(&self, live: &Table) -> bool {
        (&self.from.0, &self.from.1) == (&live.schema, &live.name)
    }

    /// Whether it ends at a table.
    pub fn ends_at(&self, live: &Table) -> bool {
        (&self.to.0, &self.to.1) == (&live.schema, &live.name)
    }

    /// Where it starts, quoted.
    pub fn table(&self) -> String {
        qualified(&self.from.0, &self.from.1)
    }

    /// Whether the row that is called `from`, where it starts, points at the one called `to`, where it ends.
    pub fn points(&self, from: &str, to: &str) -> String {
        match &self.kind {
            Kind::Key { referenced, .. } => {
                let pairs = self.columns.iter().zip(referenced);
                let pairs =
                    pairs.map(|(own, other)| format!("{from}.{} = {to}.{}", quoted(own), quoted(other)));
                pairs.collect::<Vec<_>>().join(" and ")
            }
            Kind::Array { referenced } => {
                format!(
                    "{to}.{}::text = any ({from}.{}::text[])",
                    quoted(referenced),
                    quoted(&self.columns[0])
                )
            }
            Kind::Json { referenced } => format!(
                "exists (select from {} where {KEY_OF_ENTRY} = {to}.{}::text)",
                self.entries(from),
                quoted(referenced)
            ),
        }
    }

    /// Whether it can be made to point nowhere.
    pub fn can_be_detached(&self) -> bool {
        match &self.kind {
            Kind::Key { nullable, .. } => !nullable.is_empty(),
            Kind::Array { .. } | Kind::Json { .. } => true,
        }
    }

    /// The assignments that let row `c`, where it starts, point at none of the rows that are to go.
    pub fn detach(&self, target: &Going<'_>) -> String {
        let column = quoted(&self.columns[0]);
        match &self.kind {
            Kind::Key { nullable, .. } => {
                let sets = nullable.iter().map(|name| format!("{} = null", quoted(name)));
                sets.collect::<Vec<_>>().join(", ")
            }
            Kind::Array { referenced } => format!(
                "{column} = array(select one from unnest(c.{column}) one where not exists (
                     select from {} p where {} and p.{}::text = one::text))",
                target.table(),
                target.holds("p"),
                quoted(referenced),
            ),
            Kind::Json { referenced } => format!(
                "{column} = (select coalesce(jsonb_agg(entry.value), '[]') from {} where not exists (
                     select from {} p where {} and p.{}::text = {KEY_OF_ENTRY}))",
                self.entries("c"),
                target.table(),
                target.holds("p"),
                quoted(referenced),
            ),
        }
    }

    /// The entries of a JSON list, which may be something else in people's rows.
    fn entries(&self, alias: &str) -> String {
        let value = format!("{alias}.{}::jsonb", quoted(&self.columns[0]));
        format!(
            "jsonb_array_elements(case when jsonb_typeof({value}) = 'array' then {value} else '[]' end) entry"
        )
    }
}

const KEY_OF_ENTRY: &str = "coalesce(entry.value ->> 'contact_id', entry.value #>> '{}')";
