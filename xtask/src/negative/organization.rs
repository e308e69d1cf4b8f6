//! The organizations that tried products point at: those that are there, or else new ones of the plan.

use anyhow::{Context, Result};
use seed_core::domain::Field;
use stack::hint::mendable;
use tokio_postgres::Transaction;

use super::attempt::{Reply, insert};
use super::case::Row;
use super::specimen::Organizations;
use crate::database::name::quoted;

/// Keys of organizations, as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// Of one that may have products.
    pub principal: Option<String>,
    /// Of one that may not, where the database tells them apart.
    pub non_principal: Option<String>,
}

/// Finds the keys, or makes what is missing within the transaction.
///
/// # Errors
/// The database takes no organization of the plan.
pub async fn find_or_make(transaction: &mut Transaction<'_>, organizations: &Organizations) -> Result<Keys> {
    let principal = one(transaction, organizations, true).await?;
    let non_principal = match organizations.is_principal() {
        Some(_) => Some(one(transaction, organizations, false).await?),
        None => None,
    };
    Ok(Keys {
        principal: Some(principal),
        non_principal,
    })
}

async fn one(
    transaction: &mut Transaction<'_>,
    organizations: &Organizations,
    is_principal: bool,
) -> Result<String> {
    match existing(transaction, organizations, is_principal).await? {
        Some(key) => Ok(key),
        None => make(transaction, organizations, is_principal).await,
    }
}

async fn existing(
    transaction: &Transaction<'_>,
    organizations: &Organizations,
    is_principal: bool,
) -> Result<Option<String>> {
    let (table, key) = (organizations.binding.sql_name(), quoted(&organizations.key));
    let filter = organizations.is_principal().map_or_else(String::new, |column| {
        format!(" and {} is {is_principal}", quoted(column))
    });
    let sql = format!("select {key}::text from {table} where {key} is not null{filter} order by 1 limit 1");
    let row = transaction.query_opt(&sql, &[]).await;
    let doing = || format!("look for an organization in `{}`", organizations.binding.table);
    Ok(row.with_context(doing)?.map(|row| row.get(0)))
}

/// The first organization of the plan that the database takes: others may have the name of one that is there.
async fn make(
    transaction: &mut Transaction<'_>,
    organizations: &Organizations,
    is_principal: bool,
) -> Result<String> {
    let binding = &organizations.binding;
    let is_wanted = |row: &&Row| {
        organizations
            .is_principal()
            .is_none_or(|column| row.get(column) == Some(&Some(is_principal.to_string())))
    };
    let mut why = "the plan has none".to_owned();
    for row in organizations.rows.iter().filter(is_wanted) {
        let mut row = row.clone();
        // Its parent may be none that is there.
        if let Some(parent) = binding.column(Field::ParentOrganization) {
            row.insert(parent.to_owned(), None);
        }
        let savepoint = transaction
            .savepoint("organization")
            .await
            .context("set a savepoint")?;
        match insert(&savepoint, &binding.sql_name(), &row).await? {
            Reply::Taken => {
                savepoint.commit().await.context("keep the organization")?;
                let key = row.remove(&organizations.key).flatten();
                return key.context("read the key of the new organization");
            }
            Reply::Refused(refusal) => why = refusal.describe(),
        }
        savepoint.rollback().await.context("go back to the savepoint")?;
    }
    let what = if is_principal {
        "a principal"
    } else {
        "an organization that is no principal"
    };
    Err(mendable(
        format!("make {what} in `{}` for the products: {why}", binding.table),
        format!("put {what} into `{}`, or run `cargo xtask seed`", binding.table),
    ))
}
