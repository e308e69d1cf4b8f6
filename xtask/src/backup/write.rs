//! Takes a backup: all tables as they are at one moment, in constant memory.

use std::path::PathBuf;
use std::pin::pin;

use anyhow::{Context as _, Result, ensure};
use futures_util::TryStreamExt;
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use stack::hint::mendable;
use tokio_postgres::{GenericClient, IsolationLevel, Transaction};

use super::file::BackupFile;
use super::header::{BackupTable, FORMAT, Header, hex};
use super::{folder, script};
use crate::commands::reset::summary::grouped;
use crate::database::carried::{self, CarriedTable};
use crate::database::connect::connect;
use crate::database::{catalog, checksum, environment};
use crate::output::Step;
use crate::target::Target;

/// Rows that are handed on at once, in bytes.
const CHUNK: usize = 256 * 1024;

/// Where a backup goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// The project's folder of backups, under a name that tells target and time.
    Folder,
    /// A file; its name tells how it is packed.
    File {
        /// Where.
        path: PathBuf,
        /// Whether it takes the place of one that is there.
        replaces: bool,
    },
}

/// A backup that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Written {
    /// Its file.
    pub path: PathBuf,
    /// Size of the file.
    pub bytes: u64,
    /// Rows of all tables.
    pub rows: u64,
    /// Users among them.
    pub users: u64,
    /// Rows of each table.
    pub tables: Vec<WrittenTable>,
}

/// A table in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WrittenTable {
    /// The table, as people write it.
    pub table: String,
    /// Its rows.
    pub rows: u64,
}

impl Written {
    /// What to say of it in a line: `1 234 rows, 3 users, in backups/cloud-….sql.zst`.
    pub fn summary(&self) -> String {
        let (rows, users) = (grouped(self.rows), grouped(self.users));
        format!("{rows} rows, {users} users, in {}", self.path.display())
    }
}

/// Takes a backup of a target: its users, the tables of `schemas` (none: those of the project), the ledger. The file is
/// complete or not there.
///
/// # Errors
/// The database refuses, a schema is not there, or the file cannot be written.
pub async fn write(
    target: &Target,
    schemas: &[String],
    destination: &Destination,
    step: &Step,
) -> Result<Written> {
    let mut client = connect(&target.database, "backup").await?;
    let snapshot = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await
        .context("begin to read the database")?;
    let header = survey(target, &snapshot, schemas).await?;
    let (path, replaces) = match destination {
        Destination::Folder => (folder::fresh(&target.project, &header)?, false),
        Destination::File { path, replaces } => (path.clone(), *replaces),
    };
    let mut file = BackupFile::begin(&path, replaces, &header)?;
    set_up(&snapshot).await?;
    file.statements(script::BEGIN.to_owned() + &script::before(&header))
        .await?;
    let partitioned = partitioned(&snapshot).await?;
    for BackupTable { table, .. } in &header.tables {
        step.update(format!("rows of {}", table.title()));
        file.statements("\n".to_owned() + &script::copy_from(table))
            .await?;
        let is_partitioned = partitioned.contains(&(table.schema.clone(), table.name.clone()));
        let copied = copy(&snapshot, table, is_partitioned, &mut file, step).await;
        copied.with_context(|| format!("copy the rows of `{}`", table.title()))?;
        file.statements(script::END_OF_ROWS).await?;
    }
    file.statements("\n".to_owned() + &script::after(&header) + script::COMMIT)
        .await?;
    file.finish(header).await?;
    written(path)
}

/// What is there, and goes into the header; counts and checksums are not known yet.
async fn survey(target: &Target, snapshot: &Transaction<'_>, schemas: &[String]) -> Result<Header> {
    let schemas = match schemas {
        [] => catalog::schemas(&target.project)?,
        schemas => schemas.to_vec(),
    };
    for schema in &schemas {
        let sql = "select exists (select from pg_namespace where nspname = $1)";
        let row = snapshot.query_one(sql, &[schema]).await;
        if !row.context("look for the schemas")?.get::<_, bool>(0) {
            return Err(mendable(
                format!("back up the schema `{schema}`: the database has none of this name"),
                "leave `--schema` away for those of the project, or correct its spelling",
            ));
        }
    }
    let tables = carried::tables(snapshot, &schemas).await?;
    let row = snapshot
        .query_one("select now(), current_setting('server_version')", &[])
        .await;
    let row = row.context("ask the server for its version")?;
    let table = |table| BackupTable {
        rows: 0,
        sha256: hex(Sha256::new()),
        table,
    };
    Ok(Header {
        format: FORMAT,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        taken: row.get::<_, Timestamp>(0).round(jiff::Unit::Second)?,
        target: target.name.to_string(),
        database: target.database.to_string(),
        mark: environment::read(snapshot).await?,
        server: row.get::<_, String>(1),
        migrations: migrations(snapshot).await?,
        sequences: carried::sequences(snapshot, &schemas).await?,
        tables: tables.into_iter().map(table).collect(),
        schemas,
    })
}

/// The versions of the migrations that were applied; `None` where there is no history of them.
///
/// # Errors
/// The database refuses.
pub(super) async fn migrations(client: &impl GenericClient) -> Result<Option<Vec<String>>> {
    let doing = "read which migrations were applied";
    let sql = "select to_regclass('supabase_migrations.schema_migrations') is not null";
    if !client.query_one(sql, &[]).await.context(doing)?.get::<_, bool>(0) {
        return Ok(None);
    }
    let sql = "select version from supabase_migrations.schema_migrations order by version";
    let rows = client.query(sql, &[]).await.context(doing)?;
    Ok(Some(rows.iter().map(|row| row.get(0)).collect()))
}

/// Prints values so that every session reads them alike, and names with their schema.
async fn set_up(snapshot: &Transaction<'_>) -> Result<()> {
    checksum::print_alike(snapshot).await?;
    // A policy that would hide rows is an error.
    let sql = "set local search_path to ''; set local row_security = off; set local statement_timeout = 0;
        set local idle_in_transaction_session_timeout = 0; set local client_encoding = 'UTF8'";
    snapshot.batch_execute(sql).await.context("set up the session")
}

/// Tables whose rows are in other ones: COPY reads them by a query only.
async fn partitioned(snapshot: &Transaction<'_>) -> Result<Vec<(String, String)>> {
    let sql =
        "select nspname::text, relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where relkind = 'p'";
    let rows = snapshot.query(sql, &[]).await;
    let rows = rows.context("look for partitioned tables")?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

async fn copy(
    snapshot: &Transaction<'_>,
    table: &CarriedTable,
    is_partitioned: bool,
    file: &mut BackupFile,
    step: &Step,
) -> Result<()> {
    let sql = match is_partitioned {
        true => format!(
            "copy (select {} from {}) to stdout",
            table.column_list(),
            table.sql_name()
        ),
        false => format!("copy {} to stdout", script::with_columns(table)),
    };
    let mut rows = pin!(snapshot.copy_out(&sql).await?);
    let (mut chunk, mut count) = (Vec::with_capacity(CHUNK), 0);
    while let Some(row) = rows.try_next().await? {
        count += 1;
        chunk.extend_from_slice(&row);
        if chunk.len() >= CHUNK - CHUNK / 8 {
            let full = std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK));
            file.rows(full).await?;
            step.progress(format!("rows of {}: {}", table.title(), grouped(count)));
        }
    }
    file.rows(chunk).await?;
    file.end_table().await
}

/// What a file that was written holds, as its header tells.
fn written(path: PathBuf) -> Result<Written> {
    let header = super::read::header(&path)?;
    let bytes = path.metadata().context("look at the backup")?.len();
    ensure!(bytes > 0, "the backup is empty");
    let table = |one: &BackupTable| WrittenTable {
        table: one.table.title(),
        rows: one.rows,
    };
    Ok(Written {
        bytes,
        rows: header.rows(),
        users: header.users(),
        tables: header.tables.iter().map(table).collect(),
        path,
    })
}
