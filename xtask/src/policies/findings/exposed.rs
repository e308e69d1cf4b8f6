//! What the API shows: tables and views with their grants, and the policies on them, as plain data.

use anyhow::{Context, Result};
use seed_core::catalog::Catalog;
use tokio_postgres::{GenericClient, Row};

use crate::database::name::{qualified, short};
use crate::policies::matrix::Verb;
use crate::policies::ownership;
use crate::users::profile::ProfileTable;
use crate::verify::names::OwnerColumn;

/// The roles of the API that anybody can take.
pub const API_ROLES: [&str; 2] = ["anon", "authenticated"];

/// A table or view in an exposed schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exposed {
    /// Its oid.
    pub oid: u32,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// `relkind` of PostgreSQL.
    pub kind: String,
    /// Whether row level security is on.
    pub row_security: bool,
    /// Verbs that each role has a grant for, by the order of [`API_ROLES`]; a grant on one column counts.
    pub granted: [Vec<String>; 2],
    /// The column that says whose a row is.
    pub owner: Option<OwnerColumn>,
}

impl Exposed {
    /// Its name for people.
    pub fn title(&self) -> String {
        short(&self.schema, &self.name)
    }

    /// Its name for SQL.
    pub fn qualified(&self) -> String {
        qualified(&self.schema, &self.name)
    }

    /// The roles that have any grant.
    pub fn roles(&self) -> Vec<String> {
        self.roles_with(|verbs| !verbs.is_empty())
    }

    /// The roles whose grants fulfil a condition.
    pub fn roles_with(&self, condition: impl Fn(&[String]) -> bool) -> Vec<String> {
        let roles = API_ROLES.iter().zip(&self.granted);
        roles
            .filter(|(_, verbs)| condition(verbs))
            .map(|(role, _)| (*role).to_owned())
            .collect()
    }
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowPolicy {
    /// The table it is on.
    pub relation: u32,
    /// Its name.
    pub name: String,
    /// Whether it lets through; a restrictive one holds back.
    pub permissive: bool,
    /// What it is for; `None` for all.
    pub verb: Option<Verb>,
    /// Roles of the API that it applies to.
    pub roles: Vec<String>,
    /// Which rows are read, changed or deleted.
    pub rows: Option<String>,
    /// Which rows may be written.
    pub written: Option<String>,
}

impl RowPolicy {
    /// Whether it is asked when `role` does `verb`.
    pub fn applies(&self, role: &str, verb: Verb) -> bool {
        self.verb.is_none_or(|own| own == verb) && self.roles.iter().any(|one| one == role)
    }

    /// All that it asks.
    pub fn text(&self) -> String {
        let parts = [&self.rows, &self.written].into_iter().flatten();
        parts.map(String::as_str).collect::<Vec<_>>().join(" and ")
    }
}

/// Reads the tables and views.
///
/// # Errors
/// The database refuses.
pub async fn relations(
    client: &impl GenericClient,
    catalog: &Catalog,
    schemas: &[String],
) -> Result<Vec<Exposed>> {
    let sql = include_str!("../sql/relations.sql");
    let rows = client.query(sql, &[&schemas]).await;
    let rows = rows.context("read what the API shows")?;
    let profiles = ProfileTable::find(catalog);
    let owner = |schema: &str, name: &str| {
        let mut tables = catalog.tables.iter();
        let table = tables.find(|table| (&*table.schema, &*table.name) == (schema, name))?;
        ownership::of_table(table, profiles.as_ref())
    };
    let read = |row: &Row| Exposed {
        oid: row.get("oid"),
        owner: owner(row.get("schema"), row.get("name")),
        schema: row.get("schema"),
        name: row.get("name"),
        kind: row.get("kind"),
        row_security: row.get("row_security"),
        granted: [row.get("granted_to_anon"), row.get("granted_to_authenticated")],
    };
    Ok(rows.iter().map(read).collect())
}

/// Reads the policies.
///
/// # Errors
/// The database refuses.
pub async fn policies(client: &impl GenericClient, schemas: &[String]) -> Result<Vec<RowPolicy>> {
    let sql = include_str!("../sql/row_policies.sql");
    let rows = client.query(sql, &[&schemas]).await;
    let rows = rows.context("read the policies")?;
    let read = |row: &Row| {
        let verb: Option<&str> = row.get("verb");
        RowPolicy {
            relation: row.get("relation"),
            name: row.get("name"),
            permissive: row.get("permissive"),
            verb: Verb::ALL.into_iter().find(|one| Some(one.name()) == verb),
            roles: row.get("roles"),
            rows: row.get("rows"),
            written: row.get("written"),
        }
    };
    Ok(rows.iter().map(read).collect())
}
