//! Views that read tables past their policies.

use anyhow::{Context, Result};
use tokio_postgres::{GenericClient, Row};

use super::exposed::Exposed;
use super::{Finding, Rule, Severity, joined, people};

/// Finds those that somebody may read through the API.
///
/// # Errors
/// The database refuses.
pub async fn read(client: &impl GenericClient, relations: &[Exposed]) -> Result<Vec<Finding>> {
    let views: Vec<&Exposed> = relations
        .iter()
        .filter(|one| ["v", "m"].contains(&one.kind.as_str()) && !one.roles().is_empty())
        .collect();
    let oids: Vec<u32> = views.iter().map(|view| view.oid).collect();
    let rows = client.query(include_str!("../sql/views.sql"), &[&oids]).await;
    let rows = rows.context("read what views read")?;
    let finding = |view: &Exposed| {
        let row = rows.iter().find(|row| row.get::<_, u32>("view") == view.oid)?;
        Some(finding(view, row))
    };
    Ok(views.into_iter().filter_map(finding).collect())
}

fn finding(view: &Exposed, row: &Row) -> Finding {
    let (name, roles) = (view.title(), view.roles());
    let (tables, through): (Vec<String>, Vec<String>) = (row.get("tables"), row.get("through"));
    let tables: Vec<String> = tables.iter().map(|table| format!("`{table}`")).collect();
    let (tables, people) = (joined(&tables), people(&roles));
    let (message, mend) = match row.get("is_kept") {
        true => (
            format!("shows kept rows of {tables} to {people}, whatever the policies say"),
            format!(
                "no policy can apply to a materialized view, so take it out of the API: `revoke all on {} from anon, \
                 authenticated;`, or move it to a schema that is not exposed",
                view.qualified()
            ),
        ),
        false => (
            format!("reads {tables} as its owner, past the policies, and shows it to {people}"),
            // One of those beneath may be the one that asks as its owner.
            through
                .iter()
                .map(|view| format!("`alter view {view} set (security_invoker = true);`"))
                .collect::<Vec<_>>()
                .join(" "),
        ),
    };
    Finding {
        rule: Rule::ViewBypassesRls,
        severity: Severity::High,
        place: name.clone(),
        relation: Some(name),
        roles,
        message,
        mend,
    }
}
