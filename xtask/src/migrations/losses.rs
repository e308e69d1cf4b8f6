//! What migrations take away from a database: rows, and columns with what they hold.

use anyhow::{Context as _, Result};
use seed_core::catalog::{Catalog, Table};
use tokio_postgres::Transaction;
use uuid::Uuid;

use crate::database::catalog;
use crate::database::ledger::{self, Run};
use crate::database::name::short;
use crate::fence::{Removal, foreign};

/// A database before migrations are rehearsed on it.
pub(super) struct Before {
    schemas: Vec<String>,
    catalog: Catalog,
    runs: Vec<Run>,
    ours: Vec<Uuid>,
    /// Of each table of the catalog, its rows and those that are not ours.
    rows: Vec<(u64, u64)>,
    users: u64,
}

/// What goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Losses {
    /// Rows, table by table.
    pub removes: Vec<Removal>,
    /// Columns that go with what they hold, as people write them.
    pub columns: Vec<String>,
    /// Users.
    pub users: u64,
}

impl Before {
    pub(super) async fn read(transaction: &Transaction<'_>, schemas: Vec<String>) -> Result<Before> {
        let catalog = catalog::read(transaction, &schemas).await?;
        let ours = foreign::our_users(transaction, &catalog).await?;
        let runs = ledger::runs(transaction).await?;
        let mut rows = Vec::new();
        for table in &catalog.tables {
            rows.push(foreign::rows(transaction, &runs, table, &ours).await?);
        }
        Ok(Before {
            schemas,
            catalog,
            runs,
            ours,
            rows,
            users: users(transaction).await?,
        })
    }

    /// What is not there any more.
    pub(super) async fn losses(&self, transaction: &Transaction<'_>) -> Result<Losses> {
        let now = catalog::read(transaction, &self.schemas).await?;
        let mut losses = Losses {
            users: self.users.saturating_sub(users(transaction).await?),
            ..Losses::default()
        };
        for (table, (rows, foreign)) in self.catalog.tables.iter().zip(&self.rows) {
            let is_it = |live: &&Table| live.schema == table.schema && live.name == table.name;
            let live = now.tables.iter().find(is_it);
            let (rows_now, foreign_now) = match live {
                Some(live) => foreign::rows(transaction, &self.runs, live, &self.ours).await?,
                None => (0, 0),
            };
            let title = short(&table.schema, &table.name);
            if let Some(live) = live {
                let is_gone = |name: &str| live.columns.iter().all(|column| column.name != name);
                let gone = table.columns.iter().filter(|column| is_gone(&column.name));
                losses
                    .columns
                    .extend(gone.map(|column| format!("{title}.{}", column.name)));
            }
            if rows_now < *rows {
                losses.removes.push(Removal {
                    table: title,
                    rows: rows - rows_now,
                    foreign: foreign.saturating_sub(foreign_now),
                });
            }
        }
        Ok(losses)
    }
}

async fn users(transaction: &Transaction<'_>) -> Result<u64> {
    let doing = "count the users";
    let sql = "select to_regclass('auth.users') is not null";
    if !transaction
        .query_one(sql, &[])
        .await
        .context(doing)?
        .get::<_, bool>(0)
    {
        return Ok(0);
    }
    let count = transaction
        .query_one("select count(*) from auth.users", &[])
        .await;
    Ok(count.context(doing)?.get::<_, i64>(0).unsigned_abs())
}
