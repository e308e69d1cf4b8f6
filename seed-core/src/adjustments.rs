//! What a project says of its tables where the binder cannot know better: plain data, read by `xtask` from
//! `seedbed.toml`.
//!
//! ```
//! use std::collections::BTreeMap;
//! use seed_core::adjustments::{Adjustments, ColumnAdjustment, TableAdjustment, key, table_key};
//! use seed_core::domain::{Field, Record};
//!
//! let caption = ColumnAdjustment::Field { field: Field::Name, labels: BTreeMap::new() };
//! let accounts = TableAdjustment {
//!     record: Some(Record::Organization),
//!     columns: BTreeMap::from([("caption".into(), caption), ("score".into(), ColumnAdjustment::Skip)]),
//!     ..TableAdjustment::default()
//! };
//! let said = Adjustments { tables: BTreeMap::from([("crm_accounts".into(), accounts)]) };
//! assert!(said.of("public", "crm_accounts").is_some() && said.of("public", "tasks").is_none());
//!
//! assert_eq!(table_key("public.crm_accounts"), "crm_accounts");
//! assert_eq!(key("contact Notes"), r#""contact Notes""#);
//! ```

use std::collections::BTreeMap;

use crate::bind::homes::Homes;
use crate::catalog::{Catalog, Table};
use crate::domain::{Field, Record};

/// By table, as `table` or `schema.table`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adjustments {
    /// What is said of each table.
    pub tables: BTreeMap<String, TableAdjustment>,
}

/// What is said of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableAdjustment {
    /// What it holds.
    pub record: Option<Record>,
    /// Whether it is left alone.
    pub skip: bool,
    /// How many rows each owner gets.
    pub rows: Option<u64>,
    /// What is said of its columns.
    pub columns: BTreeMap<String, ColumnAdjustment>,
}

/// What is said of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnAdjustment {
    /// It keeps its default.
    Skip,
    /// It takes a field.
    Field {
        /// Which one.
        field: Field,
        /// Our words, each with the column's own.
        labels: BTreeMap<String, String>,
    },
    /// It takes one of these, as PostgreSQL reads them from text; a constant where there is one only.
    OneOf(Vec<String>),
}

impl Adjustments {
    /// The tables that hold records, each with what it holds; none where two are said to hold the same.
    pub fn homes<'a>(&self, catalog: &'a Catalog) -> Vec<(Record, &'a Table)> {
        Homes::find(catalog, self).map_or_else(|_| Vec::new(), |homes| homes.iter().collect())
    }

    /// How many rows of a record each owner gets, where it is said of the table that holds the record.
    pub fn rows_of(&self, catalog: &Catalog, record: Record) -> Option<u64> {
        let homes = Homes::find(catalog, self).ok()?;
        let table = homes.of(record)?;
        self.of(&table.schema, &table.name)?.rows
    }

    /// What is said of a table; `schema.table` goes before `table`.
    pub fn of(&self, schema: &str, table: &str) -> Option<&TableAdjustment> {
        self.tables
            .get(&format!("{schema}.{table}"))
            .or_else(|| self.tables.get(table))
    }
}

/// A table, given with its schema, as `seedbed.toml` names it: `"crm.contact Notes"`, without `public`.
pub fn table_key(table: &str) -> String {
    key(table.strip_prefix("public.").unwrap_or(table))
}

/// A key of TOML, quoted where it must be.
pub fn key(name: &str) -> String {
    let is_bare = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    match !name.is_empty() && name.chars().all(is_bare) {
        true => name.to_owned(),
        false => toml::Value::from(name).to_string(),
    }
}
