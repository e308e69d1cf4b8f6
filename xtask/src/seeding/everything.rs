//! All rows of the tables that hold what can be seeded, whoever made them, and of those whose rows hang on them.

use anyhow::{Context, Result};
use seed_core::catalog::Table;
use tokio_postgres::Transaction;

use super::clean::{Cleaned, CleanedTable};
use super::destination::Destination;
use crate::database::carried::parents_first;
use crate::database::name::qualified;
use crate::database::sequence;

/// The tables, parents before children. Tables that only lend words to others, as lists of countries do, are none of
/// them: nobody could bring their rows back.
pub fn tables(destination: &Destination) -> Vec<&Table> {
    let catalog = &destination.catalog;
    let homes = destination.adjustments.homes(catalog).into_iter();
    let mut found: Vec<&Table> = homes.map(|(_, table)| table).collect();
    let points_at = |child: &Table, parent: &Table| {
        child
            .foreign_keys
            .iter()
            .any(|key| key.referenced_schema == parent.schema && key.referenced_table == parent.name)
    };
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        let hanging = catalog.tables.iter().filter(|child| points_at(child, parent));
        let new: Vec<&Table> = hanging.filter(|child| !found.contains(child)).collect();
        found.extend(new);
        at += 1;
    }
    parents_first(catalog, |table| found.contains(&table))
}

/// Removes the rows, and what the ledger says of them; numbers begin anew.
///
/// # Errors
/// The database refuses.
pub async fn remove(
    transaction: &Transaction<'_>,
    destination: &Destination,
    talk: impl Fn(String),
) -> Result<Cleaned> {
    let mut cleaned = Cleaned::default();
    for table in tables(destination).into_iter().rev() {
        talk(format!("rows of {}", table.name));
        let sql = format!("delete from {}", qualified(&table.schema, &table.name));
        let removed = transaction.execute(&sql, &[]).await;
        cleaned.tables.push(CleanedTable {
            schema: table.schema.clone(),
            table: table.name.clone(),
            removed: removed.with_context(|| format!("remove all rows of `{}`", table.name))?,
            kept: 0,
            gone: 0,
            changed: 0,
        });
        for column in &table.columns {
            sequence::begin_anew(transaction, table, column).await?;
        }
    }
    let forgotten = transaction
        .query("delete from seedbed.runs returning id", &[])
        .await;
    let forgotten = forgotten.context("remove what the ledger says of them")?;
    cleaned.runs = forgotten.iter().map(|row| row.get(0)).collect();
    Ok(cleaned)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn what_hangs_on_business_rows_goes_and_what_lends_words_stays() {
        let destination = Destination::built_in(Path::new("no such project")).unwrap();
        let names: Vec<&str> = tables(&destination)
            .iter()
            .map(|table| table.name.as_str())
            .collect();
        let at = |name: &str| names.iter().position(|own| *own == name);
        assert!(
            at("organizations") < at("opportunities") && at("contacts") < at("contact_notes"),
            "{names:?}"
        );
        assert!(at("organizations").is_some(), "{names:?}");
        assert_eq!(at("test_user_metadata"), None, "{names:?}");
        assert_eq!(at("sales"), None, "{names:?}");
    }
}
