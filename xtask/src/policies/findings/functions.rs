//! Functions that run as their owner: those that look names up where the caller says, and those that anybody can call.

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
    let definers = client
        .query(include_str!("../sql/definers.sql"), &[&schemas])
        .await;
    let definers = definers.context("read the functions that anybody can call")?;
    let open = definers.iter().map(|row| open(row.get("signature")));
    Ok(rows.iter().map(finding).chain(open).collect())
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
        place: place(&signature),
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

/// One that anybody can call: it can be meant, as with one that says what is free to know.
fn open(signature: &str) -> Finding {
    Finding {
        rule: Rule::DefinerOpenToAnon,
        severity: Severity::Low,
        place: place(signature),
        relation: None,
        roles: vec!["anon".to_owned()],
        message:
            "runs as its owner, past the policies, and anyone can call it through the API without signing in"
                .to_owned(),
        mend: format!(
            "accept it where everyone may have what it gives; else `revoke execute on function {signature} from public, \
             anon;`"
        ),
    }
}

fn place(signature: &str) -> String {
    format!(
        "function {}",
        signature.strip_prefix("public.").unwrap_or(signature)
    )
}
