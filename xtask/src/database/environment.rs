//! The mark of a database: what it is for.

use std::fmt;

use anyhow::{Context, Result};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use tokio_postgres::{Client, GenericClient};

/// What a database is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Made and destroyed as one likes
    Development,
    /// Shared, with rows that are ours
    Staging,
    /// In use by people: nothing is ever written
    Production,
}

/// The mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// What the database is for: `development`, `staging` or `production`.
    pub kind: String,
    /// What people call it.
    pub name: String,
}

impl Mark {
    /// Whether people work with it.
    pub fn is_production(&self) -> bool {
        self.kind == Kind::Production.to_string()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Development => "development",
            Kind::Staging => "staging",
            Kind::Production => "production",
        })
    }
}

/// The mark that a database carries.
///
/// # Errors
/// The database does not answer.
pub async fn read(client: &impl GenericClient) -> Result<Option<Mark>> {
    let doing = "read the mark of the database";
    let sql = "select to_regclass('seedbed.environment') is not null";
    if !client.query_one(sql, &[]).await.context(doing)?.get::<_, bool>(0) {
        return Ok(None);
    }
    let sql = "select kind, name from seedbed.environment";
    let row = client.query_opt(sql, &[]).await.context(doing)?;
    Ok(row.map(|row| Mark {
        kind: row.get(0),
        name: row.get(1),
    }))
}

/// Marks a database that carries no mark.
///
/// # Errors
/// The database refuses.
pub async fn mark(client: &Client, kind: Kind, name: &str) -> Result<()> {
    let sql = "insert into seedbed.environment (kind, name) values ($1, $2) on conflict do nothing";
    let marked = client.execute(sql, &[&kind.to_string(), &name]).await;
    marked.context("mark the database")?;
    Ok(())
}

/// Puts another mark in the place of the one that a database carries; where somebody else has marked it meanwhile,
/// theirs stays.
///
/// # Errors
/// The database refuses.
pub async fn mark_again(client: &Client, was: &Mark, kind: Kind, name: &str) -> Result<()> {
    let sql = "update seedbed.environment set kind = $1, name = $2, marked_at = now() where kind = $3 and name = $4";
    let marked = client
        .execute(sql, &[&kind.to_string(), &name, &was.kind, &was.name])
        .await;
    marked.context("mark the database")?;
    Ok(())
}
