//! What the ledger says was written, against what is there.

use anyhow::Result;
use tokio_postgres::Client;

use super::check::{Check, run};
use super::names::TableName;
use crate::database::ledger::{Run, RunTable};
use crate::database::name::{literal, quoted};
use crate::seeding::owners::RowOwner;

/// Counts the seeded rows of each table of the run, per owner where the table has one.
///
/// # Errors
/// The database refuses.
pub async fn check(
    client: &Client,
    ledger: &Run,
    owners: &[RowOwner],
    tables: &[TableName],
) -> Result<Vec<Check>> {
    let mut checks = Vec::new();
    for table in tables {
        let parts: Vec<&RunTable> = ledger
            .tables
            .iter()
            .filter(|part| part.schema == table.schema && part.name == table.name)
            .collect();
        if parts.is_empty() {
            continue;
        }
        let total: u64 = parts.iter().map(|part| part.row_count).sum();
        let rule = format!("has the {total} rows that were seeded");
        checks.push(run(client, &table.name, &rule, &differs(&table.seeded, "true", total)).await?);
        let Some(column) = &table.owner else { continue };
        for part in parts {
            let owner = owners.iter().find(|owner| owner.slot == part.owner_slot);
            let Some((owner, key)) = owner.and_then(|owner| Some((owner, owner.key_for(column)?))) else {
                continue;
            };
            let is_theirs = format!("t.{}::text = {}", quoted(&column.name), literal(&key));
            let rule = format!("has {} rows of the {}", part.row_count, owner.title());
            checks.push(
                run(
                    client,
                    &table.name,
                    &rule,
                    &differs(&table.seeded, &is_theirs, part.row_count),
                )
                .await?,
            );
        }
    }
    Ok(checks)
}

/// Selects a sentence where the number is another one.
fn differs(seeded: &str, condition: &str, expected: u64) -> String {
    format!("select 'there are ' || count(*) from {seeded} t where {condition} having count(*) <> {expected}")
}
