//! Puts a backup back: the rows of its tables in the place of those that are there, in one transaction.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use futures_util::SinkExt;
use serde::{Deserialize, Serialize};
use stack::hint::{WithHint, mendable};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::task::spawn_blocking;
use tokio_postgres::error::SqlState;
use tokio_postgres::{CopyInSink, GenericClient, Transaction};

use super::header::Header;
use super::write::migrations;
use super::{read, script};
use crate::commands::reset::summary::grouped;
use crate::database::carried::{self, CarriedTable};
use crate::database::connect::connect;
use crate::database::{catalog, ledger};
use crate::fence::{Deed, Removal, foreign};
use crate::output::Step;
use crate::seeding::write::begin;
use crate::target::Target;

/// Chunks of rows that wait for the server.
const WAITING: usize = 8;

/// A backup that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Its file.
    pub path: PathBuf,
    /// What it tells of itself, which is true.
    pub header: Header,
}

/// What restoring a backup comes to.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// What goes, as the fence tells it.
    pub deed: Deed,
    /// Each table of the project, users first.
    pub tables: Vec<PlannedTable>,
    /// How the target differs from what the backup was taken of, where that is no hindrance.
    pub differences: Vec<String>,
}

/// A table whose rows are replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedTable {
    /// The table, as people write it.
    pub table: String,
    /// Rows that it has now.
    pub now: u64,
    /// Rows that the backup has.
    pub backup: u64,
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// Rows of all tables.
    pub rows: u64,
    /// Users among them.
    pub users: u64,
    /// Rows of other tables that pointed at rows which are gone.
    pub let_go: Vec<LetGo>,
    /// Whether triggers fired, as the role may not keep them from it.
    pub has_fired_triggers: bool,
}

/// Rows that pointed at rows which are gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetGo {
    /// Their table.
    pub table: String,
    /// The foreign key.
    pub constraint: String,
    /// How many.
    pub rows: u64,
    /// Whether they are removed; else they point nowhere now.
    pub are_removed: bool,
}

/// Reads a file to its end: whether it is a backup, and as it was written.
///
/// # Errors
/// It is not: said with what is wrong.
pub async fn open(path: &Path, step: &Step) -> Result<Backup> {
    step.update("comparing counts and checksums");
    let file = path.to_owned();
    let read = spawn_blocking(move || read::whole(&file, |_, _| Ok(())));
    Ok(Backup {
        header: read.await.context("wait for the reader")??,
        path: path.to_owned(),
    })
}

impl Backup {
    /// What restoring it to a target comes to; nothing is changed.
    ///
    /// # Errors
    /// The target lacks a table or a column of it, or the database refuses.
    pub async fn plan(&self, target: &Target) -> Result<Plan> {
        let client = connect(&target.database, "restore").await?;
        let mut differences = self.fit(&client).await?;
        differences.extend(self.compare_migrations(&client).await?);
        let mut schemas = self.header.schemas.clone();
        schemas.push("auth".to_owned());
        let catalog = catalog::read(&client, &schemas).await?;
        let runs = ledger::runs(&client).await?;
        let ours = foreign::our_users(&client, &catalog).await?;
        let (mut tables, mut deed) = (Vec::new(), self.deed());
        for entry in &self.header.tables {
            let CarriedTable { schema, name, .. } = &entry.table;
            let live = catalog
                .tables
                .iter()
                .find(|live| (&live.schema, &live.name) == (schema, name));
            let Some(live) = live else { continue };
            let is_of_project = entry.table.is_of_project();
            let (rows, foreign) = match is_of_project {
                true => foreign::rows(&client, &runs, live, &ours).await?,
                false => (live.row_count, 0),
            };
            if is_of_project {
                let table = entry.table.title();
                deed.removes.push(Removal { table, rows, foreign });
            } else if name == "users" {
                deed.users = rows;
                deed.foreign_users = foreign::users(&client, &catalog).await?;
            }
            tables.push(PlannedTable {
                table: entry.table.title(),
                now: rows,
                backup: entry.rows,
            });
        }
        deed.also.extend(differences.iter().cloned());
        Ok(Plan {
            deed,
            tables,
            differences,
        })
    }

    fn deed(&self) -> Deed {
        let Header { taken, target, .. } = &self.header;
        Deed {
            verb: "restore",
            also: vec![format!(
                "puts {} rows in their place, {} users among them, as `{target}` had them at {taken}",
                grouped(self.header.rows()),
                grouped(self.header.users())
            )],
            ..Deed::default()
        }
    }

    /// Compares the tables with those of a database, and says what differs but does not matter.
    async fn fit(&self, client: &impl GenericClient) -> Result<Vec<String>> {
        let there = carried::tables(client, &self.header.schemas).await?;
        let mut differences = Vec::new();
        for entry in &self.header.tables {
            let CarriedTable {
                schema,
                name,
                columns,
                ..
            } = &entry.table;
            let title = entry.table.title();
            let live = there
                .iter()
                .find(|live| (&live.schema, &live.name) == (schema, name));
            let Some(live) = live else {
                // The ledger's tables are made where they are missing.
                match schema == "seedbed" {
                    true => continue,
                    false => return Err(self.unfit(&format!("the database has no table `{title}`"))),
                }
            };
            if let Some(column) = columns.iter().find(|column| !live.columns.contains(column)) {
                let lacks =
                    format!("the table `{title}` of the database has no column `{column}` to write to");
                return Err(self.unfit(&lacks));
            }
            let more = live.columns.iter().filter(|column| !columns.contains(column));
            differences.extend(more.map(|column| {
                format!("column `{column}` of `{title}` gets its default: the backup has none of it")
            }));
        }
        let is_brought = |live: &CarriedTable| {
            self.header
                .tables
                .iter()
                .any(|entry| (&entry.table.schema, &entry.table.name) == (&live.schema, &live.name))
        };
        let left = there
            .iter()
            .filter(|live| live.is_of_project() && !is_brought(live));
        differences
            .extend(left.map(|live| format!("`{}` keeps its rows: the backup has none of it", live.title())));
        Ok(differences)
    }

    async fn compare_migrations(&self, client: &impl GenericClient) -> Result<Option<String>> {
        let (then, now) = (&self.header.migrations, migrations(client).await?);
        let (Some(then), Some(now)) = (then, now) else {
            return Ok(None);
        };
        let list = |of: &[String], without: &[String]| -> String {
            let names: Vec<&str> = of
                .iter()
                .filter(|one| !without.contains(one))
                .map(String::as_str)
                .collect();
            names.join(", ")
        };
        let (added, missing) = (list(&now, then), list(then, &now));
        Ok(match (added.as_str(), missing.as_str()) {
            ("", "") => None,
            (added, "") => Some(format!("migrations that came after the backup: {added}")),
            ("", missing) => Some(format!("migrations that the database lacks: {missing}")),
            (added, missing) => Some(format!(
                "migrations that the database lacks: {missing}; that came after the backup: {added}"
            )),
        })
    }

    fn unfit(&self, why: &str) -> anyhow::Error {
        mendable(
            format!("restore `{}`: {why}", self.path.display()),
            "bring the database to the migrations that the backup names (`-- migrations:` in its header), then restore",
        )
    }

    /// Restores it: all or nothing. The fence has let it pass.
    ///
    /// # Errors
    /// The file was changed meanwhile, somebody else writes to the database, or it refuses.
    pub async fn restore(&self, target: &Target, step: &Step) -> Result<Restored> {
        step.leaves("everything is as it was");
        let mut client = connect(&target.database, "restore").await?;
        let transaction = begin(&mut client, step).await?;
        self.fit(&transaction).await?;
        step.update("removing the rows that are there");
        let sql = script::before(&self.header);
        transaction
            .batch_execute(&sql)
            .await
            .context("remove the rows that are there")?;
        self.copy(&transaction, step).await?;
        step.update("foreign keys and sequences");
        let sql = script::after(&self.header);
        bring_in_line(&transaction, &sql).await?;
        let row = transaction
            .query_one(
                "select current_setting('seedbed.let_go'), current_setting('session_replication_role')",
                &[],
            )
            .await
            .context("ask what was let go")?;
        let restored = Restored {
            rows: self.header.rows(),
            users: self.header.users(),
            let_go: serde_json::from_str(row.get(0)).context("read what was let go")?,
            has_fired_triggers: row.get::<_, &str>(1) != "replica",
        };
        transaction.commit().await.context("commit the rows")?;
        Ok(restored)
    }

    async fn copy(&self, transaction: &Transaction<'_>, step: &Step) -> Result<()> {
        let (send, mut chunks) = channel(WAITING);
        let path = self.path.clone();
        let reader = spawn_blocking(move || {
            read::whole(&path, |table, rows| {
                let sent = send.blocking_send((table, Bytes::copy_from_slice(rows)));
                sent.map_err(|_| anyhow::anyhow!("nobody takes the rows any more"))
            })
        });
        let mut waiting = None;
        for (number, entry) in self.header.tables.iter().enumerate() {
            step.update(format!("rows of {}", entry.table.title()));
            let copied = copy_table(transaction, &entry.table, number, &mut waiting, &mut chunks).await;
            let copied = copied.with_context(|| format!("copy rows into `{}`", entry.table.title()))?;
            let Some(copied) = copied else { break };
            ensure!(
                copied == entry.rows,
                "copy rows into `{}`: {copied} of {} arrived",
                entry.table.title(),
                entry.rows
            );
        }
        drop(chunks);
        // It has compared all again, as the file may not be what it was when it was looked at.
        let again = reader.await.context("wait for the reader")??;
        if again != self.header {
            bail!(
                "read the backup `{}`: it was changed while it was read",
                self.path.display()
            );
        }
        Ok(())
    }
}

async fn bring_in_line(transaction: &Transaction<'_>, sql: &str) -> Result<()> {
    let Err(error) = transaction.batch_execute(sql).await else {
        return Ok(());
    };
    let is_dangling = error.code() == Some(&SqlState::FOREIGN_KEY_VIOLATION);
    let failed = Err(error).context("bring foreign keys and sequences in line");
    match is_dangling {
        true => failed.with_hint(|| {
            "remove these rows before, or bring back what they point at: `--schema` of `backup` takes more schemas".into()
        }),
        false => failed,
    }
}

/// A chunk of rows, with the place of their table.
type Chunk = (usize, Bytes);

/// Copies all rows of the table at a place, and gives their number; a chunk of the next one waits then. Nothing where
/// the reader has ended before.
async fn copy_table(
    transaction: &Transaction<'_>,
    table: &CarriedTable,
    number: usize,
    waiting: &mut Option<Chunk>,
    chunks: &mut Receiver<Chunk>,
) -> Result<Option<u64>> {
    let sql = format!("copy {} from stdin", script::with_columns(table));
    let sink: CopyInSink<Bytes> = transaction.copy_in(&sql).await?;
    let mut sink = std::pin::pin!(sink);
    let mut is_begun = false;
    loop {
        let chunk = match waiting.take() {
            Some(chunk) => Some(chunk),
            None => chunks.recv().await,
        };
        match chunk {
            Some((at, rows)) if at == number => {
                is_begun = true;
                if !rows.is_empty() {
                    sink.send(rows).await?;
                }
            }
            None if !is_begun => return Ok(None),
            next => {
                *waiting = next;
                return Ok(Some(sink.finish().await?));
            }
        }
    }
}
