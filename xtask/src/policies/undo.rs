//! Whether the API undoes what it is asked to undo: what it says, and what became of a row.

use anyhow::{Context, Result};
use stack::hint::mendable;
use tokio_postgres::Client;

use super::api;
use super::exposed::Exposed;
use super::in_database::condition;
use super::matrix::RelationKind;
use super::question::{Address, Question};
use super::reply::Reply;
use super::truth::{Truth, Values};
use crate::users::auth_api::AuthApi;

/// As an API says that it has undone a write.
const UNDONE: &str = "tx=rollback";

/// Asks it of a write that changes no row, then, where it says yes, of one that gives a row the value that it has.
///
/// # Errors
/// The API does not answer, or says that it undoes a write and does not.
pub async fn is_done(client: &Client, api: &AuthApi, relations: &[(&Exposed, &Truth)]) -> Result<bool> {
    let relations = relations.iter().copied();
    let tables: Vec<(&Exposed, &Truth)> = relations
        .filter(|(relation, _)| relation.kind == RelationKind::Table)
        .collect();
    if !is_promised(api, &tables).await? {
        return Ok(false);
    }
    for (table, truth) in tables {
        let row = truth.own.iter().find_map(|shares| shares.others.as_ref());
        let Some(question) = row.and_then(|row| same_value(table, row)) else {
            continue;
        };
        let before = version(client, table, &question).await?;
        if api::write_as_service(api, table, &question).await?.0 != Reply::Rows(1) {
            continue;
        }
        return match version(client, table, &question).await? == before {
            true => Ok(true),
            false => Err(mendable(
                format!(
                    "try the policies: the API says that it undid a write to `{}`, and did not",
                    table.title()
                ),
                "its REST service is of another version of this tool: restart the stack with `cargo xtask stop` and \
                 `cargo xtask start`",
            )),
        };
    }
    Ok(true)
}

/// What it says, of the first table where the service may delete.
async fn is_promised(api: &AuthApi, tables: &[(&Exposed, &Truth)]) -> Result<bool> {
    for (table, _) in tables {
        let Some(column) = table.columns.first() else {
            continue;
        };
        let address = Address::Nowhere(column.name.clone());
        let (reply, applied) = api::write_as_service(api, table, &Question::Delete { address }).await?;
        if matches!(reply, Reply::Rows(_)) {
            return Ok(applied.iter().any(|one| one == UNDONE));
        }
    }
    Ok(false)
}

/// The write that changes a row, and nothing in it.
fn same_value(table: &Exposed, row: &Values) -> Option<Question> {
    let key = table.keys.first()?;
    let value = |name: &String| row.get(name).cloned().flatten();
    let mut columns = table.columns.iter();
    let column = columns.find(|column| {
        let is_free = column.is_plain && !column.is_computed && !key.contains(&column.name);
        is_free && value(&column.name).is_some()
    })?;
    Some(Question::Update {
        address: Address::Row(key.iter().map(|name| (name.clone(), value(name))).collect()),
        column: column.name.clone(),
        value: value(&column.name),
    })
}

/// Which transaction wrote the row that is asked about.
async fn version(client: &Client, table: &Exposed, question: &Question) -> Result<Option<String>> {
    let Question::Update { address, .. } = question else {
        return Ok(None);
    };
    let sql = format!(
        "select xmin::text from {} where {}",
        table.sql_name(),
        condition(address)
    );
    let row = client.query_opt(&sql, &[]).await;
    let row = row.with_context(|| format!("look whether a write to `{}` was undone", table.title()))?;
    Ok(row.map(|row| row.get(0)))
}
