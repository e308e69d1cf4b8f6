//! Functions that run as their owner and look names up where the caller says.

use anyhow::{Context, Result};
use tokio_postgres::{GenericClient, Row};

use super::{Finding, Rule, Severity, people};
use crate::database::catalog::SUPABASE_SCHEMAS;

/// Finds them in the exposed schemas, and among those that policies and triggers call.
///
/// # Errors
/// The database refuses.
pub async fn read(client: &impl GenericClient, schemas: &[String]) -> Result<Vec<Finding>> {
    let sql = include_str!("../sql/functions.sql");
    let rows = client.query(sql, &[&schemas, &foreign_schemas()]).await;
    let rows = rows.context("read the functions that run as their owner")?;
    Ok(rows.iter().map(finding).collect())
}

/// Schemas whose functions are no business of the project.
pub fn foreign_schemas() -> Vec<&'static str> {
    [SUPABASE_SCHEMAS, &["pg_catalog", "information_schema", "seedbed"]].concat()
}

fn finding(row: &Row) -> Finding {
    let (signature, callers): (String, Vec<String>) = (row.get("signature"), row.get("callers"));
    let through_api = match callers.is_empty() {
        true => String::new(),
        false => format!("; {} can call it through the API", people(&callers)),
    };
    Finding {
        rule: Rule::SearchPathNotFixed,
        severity: match callers.is_empty() {
            true => Severity::Low,
            false => Severity::Medium,
        },
        place: format!(
            "function {}",
            signature.strip_prefix("public.").unwrap_or(&signature)
        ),
        relation: None,
        roles: callers,
        message: format!(
            "runs as its owner, and the search path of whoever calls it decides which tables and \
             functions its names mean{through_api}"
        ),
        mend: format!(
            "`alter function {signature} set search_path = '';`, with the schema before each name in its body"
        ),
    }
}
