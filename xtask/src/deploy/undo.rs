//! What a migration that failed half way has done to rows, undone by the backup that was taken before it.

use std::path::Path;

use anyhow::Result;
use seed_core::catalog::Catalog;

use crate::backup::restore;
use crate::database::carried::{self, CarriedTable};
use crate::database::catalog;
use crate::database::checksum::{self, Checksum};
use crate::database::connect::connect;
use crate::database::name::{quoted, short};
use crate::output::Step;
use crate::target::Target;

/// A target before migrations that no transaction undoes.
pub struct Before {
    catalog: Catalog,
    tables: Vec<(CarriedTable, Checksum)>,
}

/// What was found after a migration had failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Undone {
    /// The tables whose rows it had changed; they are as before again.
    pub restored: Vec<String>,
    /// The tables and columns that it has left.
    pub left: Vec<String>,
}

impl Before {
    /// Sums up the rows.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn read(target: &Target) -> Result<Before> {
        let schemas = catalog::schemas(&target.project)?;
        let client = connect(&target.database, "deploy").await?;
        checksum::print_alike(&client).await?;
        let mut tables = Vec::new();
        for table in carried::tables(&client, &schemas).await? {
            let sum = sum(&client, &table).await?;
            tables.push((table, sum));
        }
        Ok(Before {
            catalog: catalog::read(&client, &schemas).await?,
            tables,
        })
    }

    /// Puts the backup back where rows are not what they were, and finds what is left of the schema.
    ///
    /// # Errors
    /// The backup does not fit the tables any more, or the database refuses.
    pub async fn undo(&self, target: &Target, backup: &Path, step: &Step) -> Result<Undone> {
        let client = connect(&target.database, "deploy").await?;
        checksum::print_alike(&client).await?;
        let mut restored = Vec::new();
        for (table, before) in &self.tables {
            // A column that is gone is one more thing that differs.
            if sum(&client, table).await.ok().as_ref() != Some(before) {
                restored.push(table.title());
            }
        }
        if !restored.is_empty() {
            restore::open(backup, step).await?.restore(target, step).await?;
        }
        let schemas = catalog::schemas(&target.project)?;
        let now = catalog::read(&client, &schemas).await?;
        Ok(Undone {
            restored,
            left: added(&self.catalog, &now),
        })
    }
}

async fn sum(client: &tokio_postgres::Client, table: &CarriedTable) -> Result<Checksum> {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| format!("t.{}", quoted(column)))
        .collect();
    checksum::of(client, &table.sql_name(), &columns).await
}

/// Tables and columns that were not there before.
fn added(before: &Catalog, now: &Catalog) -> Vec<String> {
    let mut added = Vec::new();
    for table in &now.tables {
        let title = short(&table.schema, &table.name);
        let same = |old: &&seed_core::catalog::Table| old.schema == table.schema && old.name == table.name;
        match before.tables.iter().find(same) {
            None => added.push(format!("table `{title}`")),
            Some(old) => {
                let is_new = |name: &str| old.columns.iter().all(|column| column.name != name);
                let new = table.columns.iter().filter(|column| is_new(&column.name));
                added.extend(new.map(|column| format!("column `{title}.{}`", column.name)));
            }
        }
    }
    added
}
