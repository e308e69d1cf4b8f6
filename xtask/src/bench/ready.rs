//! Rows that were made before the clock runs, in the forms that others send.

use anyhow::Result;
use seed_core::plan::{Plan, TablePlan};
use tokio::task::yield_now;

use super::spool::{Spool, SpoolWriter};
use crate::database::copy::ROWS_PER_CHUNK;
use crate::database::name::literal;

/// Rows in one INSERT, as many tools have it.
pub const ROWS_PER_INSERT: u64 = 1000;

/// The rows of one table.
#[derive(Debug)]
pub struct ReadyTable {
    /// Its name.
    pub name: String,
    /// The statement that takes [`Self::binary`].
    pub copy_statement: String,
    /// How many rows there are.
    pub rows: u64,
    /// The rows in binary, as a seed sends them.
    pub binary: Spool,
    /// Statements that insert them, each [`ROWS_PER_INSERT`].
    pub inserts: Spool,
}

/// Makes the rows of all tables of a plan; `on_table` hears which comes next.
///
/// # Errors
/// There is no room for the temporary files.
pub async fn make(plan: &Plan, on_table: impl Fn(&str)) -> Result<Vec<ReadyTable>> {
    let mut tables = Vec::new();
    for table in plan.tables().iter().filter(|table| table.row_count() > 0) {
        on_table(table.name());
        tables.push(ReadyTable {
            name: table.name().to_owned(),
            copy_statement: table.copy_statement(),
            rows: table.row_count(),
            binary: binary(table).await?,
            inserts: inserts(table).await?,
        });
    }
    Ok(tables)
}

async fn binary(table: &TablePlan) -> Result<Spool> {
    let mut spool = SpoolWriter::new()?;
    let mut buffer = Vec::new();
    for start in (0..table.row_count()).step_by(ROWS_PER_CHUNK as usize) {
        buffer.clear();
        let end = table.row_count().min(start + ROWS_PER_CHUNK);
        table.encode_binary(start..end, &mut buffer);
        spool.push(&buffer)?;
        // Else an interrupt would not be heard before the last row.
        yield_now().await;
    }
    spool.finish()
}

async fn inserts(table: &TablePlan) -> Result<Spool> {
    let mut spool = SpoolWriter::new()?;
    let (name, columns) = (table.binding().sql_name(), table.column_list());
    for start in (0..table.row_count()).step_by(ROWS_PER_INSERT as usize) {
        let end = table.row_count().min(start + ROWS_PER_INSERT);
        let rows = table.sample_at(start..end);
        let rows: Vec<String> = rows.iter().map(|values| row(values)).collect();
        let rows = rows.join(",\n");
        let statement = format!("insert into {name} ({columns}) overriding system value values\n{rows}");
        spool.push(statement.as_bytes())?;
        yield_now().await;
    }
    spool.finish()
}

/// A row of literals, which take the types of their columns.
fn row(values: &[Option<String>]) -> String {
    let values = values.iter().map(|value| match value {
        Some(text) => literal(text),
        None => "null".to_owned(),
    });
    format!("({})", values.collect::<Vec<_>>().join(", "))
}
