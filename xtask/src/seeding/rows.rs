//! The rows of a part, and what follows the last one, as statements of a transaction.

use std::collections::BTreeSet;
use std::ops::Range;

use anyhow::{Context, Result};
use seed_core::catalog::{Column, Identity, Table};
use seed_core::domain::Field;
use seed_core::plan::{Part, TablePlan};
use seed_core::row::Key;
use tokio_postgres::Transaction;
use uuid::Uuid;

use super::prepare::Prepared;
use super::progress::Progress;
use super::triggered;
use crate::database::address::Address;
use crate::database::copy::{copy_missing_rows, copy_rows};
use crate::database::ledger::{self, RowKeys, Run, RunTable, counts_of};
use crate::database::name::qualified;
use crate::database::seeded::{IS_WRITTEN_HERE, key_of_row};
use crate::database::sequence;
use crate::users::metadata::MetadataTable;

/// Rows of one owner in one table.
struct Stretch<'p> {
    part: Part,
    table: &'p TablePlan,
    slot: u16,
    range: Range<u64>,
    /// Whether triggers have made rows of the table already.
    is_met: bool,
}

impl Prepared {
    /// Writes the rows of one part of the run, and its entries in the ledger; `run` learns of them.
    ///
    /// # Errors
    /// The database refuses a row.
    pub async fn write_part(
        &self,
        transaction: &Transaction<'_>,
        database: &Address,
        run: &mut Run,
        part: Part,
        progress: &Progress<'_>,
    ) -> Result<()> {
        let catalog = &self.destination.catalog;
        for piece in self.plan.pieces(part) {
            let (table, rows) = (piece.table(), &piece.rows);
            progress.table(table.name(), rows.end - rows.start);
            // Rows of this table that triggers have made already are met, not fought.
            let has_now = triggered::record(transaction, database, catalog, run, part, Some(table)).await?;
            let is_met = has_now || run.has_triggered(table.schema(), table.name());
            for (slot, own) in table.parts() {
                let range = own.start.max(rows.start)..own.end.min(rows.end);
                if range.start < range.end {
                    let stretch = Stretch {
                        part,
                        table,
                        slot,
                        range,
                        is_met,
                    };
                    self.write_stretch(transaction, run, stretch, progress).await?;
                }
            }
        }
        triggered::record(transaction, database, catalog, run, part, None).await?;
        Ok(())
    }

    /// What follows the last part: what the owners have is noted, the planner learns what there is, and columns that
    /// number themselves go on behind the rows.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn finish(&self, transaction: &Transaction<'_>, run: &Run) -> Result<()> {
        self.record_counts(transaction, run).await?;
        analyze(transaction, &run.tables).await?;
        for table in self.filled_tables() {
            self.advance_sequences(transaction, table).await?;
        }
        Ok(())
    }

    /// Moves the sequences of all keys behind the keys that the rows will have, so that triggers that number rows in
    /// between take others.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn reserve_keys(&self, transaction: &Transaction<'_>) -> Result<()> {
        for table in self.filled_tables() {
            self.reserve_keys_of(transaction, table).await?;
        }
        Ok(())
    }

    fn filled_tables(&self) -> impl Iterator<Item = &TablePlan> {
        self.plan.tables().iter().filter(|table| table.row_count() > 0)
    }

    async fn reserve_keys_of(&self, transaction: &Transaction<'_>, table: &TablePlan) -> Result<()> {
        let (Some(live), Some(column)) = (self.live(table), self.key_column(table)) else {
            return Ok(());
        };
        let last = table
            .parts()
            .into_iter()
            .filter_map(|(_, range)| match table.key(range.end - 1) {
                Some(Key::Integer(key)) => Some(key),
                _ => None,
            });
        match last.max() {
            Some(last) => sequence::advance(transaction, live, column, last + 1).await,
            None => Ok(()),
        }
    }

    /// Moves the sequences of other columns that were filled behind their highest values.
    async fn advance_sequences(&self, transaction: &Transaction<'_>, table: &TablePlan) -> Result<()> {
        let Some(live) = self.live(table) else {
            return Ok(());
        };
        let key = self.key_column(table).map(|column| &column.name);
        let is_filled = |column: &&Column| {
            table
                .binding()
                .columns
                .iter()
                .any(|filled| filled.name == column.name)
        };
        let numbered = live
            .columns
            .iter()
            .filter(|column| column.identity != Identity::No);
        for column in numbered
            .filter(is_filled)
            .filter(|column| Some(&column.name) != key)
        {
            if let Some(highest) = sequence::highest(transaction, live, column).await? {
                sequence::advance(transaction, live, column, highest + 1).await?;
            }
        }
        Ok(())
    }

    /// The column that is the key of the rows, where it is filled.
    fn key_column(&self, table: &TablePlan) -> Option<&Column> {
        let name = table.binding().column(Field::Id)?;
        self.live(table)?
            .columns
            .iter()
            .find(|column| column.name == name)
    }

    /// Writes the rows of one owner and the ledger's entry for them.
    async fn write_stretch(
        &self,
        transaction: &Transaction<'_>,
        run: &mut Run,
        stretch: Stretch<'_>,
        progress: &Progress<'_>,
    ) -> Result<()> {
        let Stretch { table, range, .. } = &stretch;
        let on_rows = |rows| progress.add(table.name(), rows);
        let (digest, row_count) = if stretch.is_met {
            copy_missing_rows(transaction, table, range.clone(), on_rows).await?
        } else {
            let digest = copy_rows(transaction, table, range.clone(), on_rows).await?;
            (digest, range.end - range.start)
        };
        let numbers = table.numbers(range.clone());
        let entry = RunTable {
            position: run.next_position(stretch.part),
            schema: table.schema().to_owned(),
            name: table.name().to_owned(),
            record: Some(table.record().name().to_owned()),
            owner_slot: Some(stretch.slot),
            first_row: numbers.start,
            last_row: numbers.end - 1,
            row_count,
            keys: self.keys(table, range),
            digest,
        };
        ledger::record_table(transaction, run.id, &entry).await?;
        if entry.keys == RowKeys::Listed
            && let Some(live) = self.live(table)
        {
            list(transaction, run.id, &entry, live).await?;
        }
        run.tables.push(entry);
        Ok(())
    }

    /// How the rows of a range are found again.
    fn keys(&self, table: &TablePlan, range: &Range<u64>) -> RowKeys {
        let column = || table.binding().column(Field::Id).map(str::to_owned);
        let ends = (column(), table.key(range.start), table.key(range.end - 1));
        match ends {
            (Some(column), Some(Key::Uuid(first)), Some(Key::Uuid(last))) => {
                RowKeys::Uuids { column, first, last }
            }
            (Some(column), Some(Key::Integer(first)), Some(Key::Integer(last))) => {
                let rows = (range.end - range.start) as i64;
                RowKeys::Integers {
                    column,
                    first,
                    last,
                    step: if rows > 1 { (last - first) / (rows - 1) } else { 1 },
                }
            }
            _ => RowKeys::Listed,
        }
    }

    async fn record_counts(&self, transaction: &Transaction<'_>, run: &Run) -> Result<()> {
        let metadata = MetadataTable::of(&self.destination.catalog);
        let runs = ledger::runs(transaction).await?;
        for owner in &self.owners {
            if let Some(user_id) = owner.user_id.filter(|_| run.is_of(owner.slot)) {
                metadata
                    .record_counts(transaction, user_id, &counts_of(&runs, owner.slot))
                    .await?;
            }
        }
        Ok(())
    }
}

/// Writes down the rows of an entry that has no range of keys, those that were not written down before.
async fn list(transaction: &Transaction<'_>, run: Uuid, entry: &RunTable, live: &Table) -> Result<()> {
    let key = key_of_row(live);
    let sql = format!(
        "insert into seedbed.run_rows (run_id, position, key)
         select $1, $2, {key} from {} t where {IS_WRITTEN_HERE} and not exists (
             select from seedbed.run_rows r join seedbed.run_tables e on e.run_id = r.run_id and e.position = r.position
             where r.run_id = $1 and e.table_schema = $3 and e.table_name = $4 and r.key = {key}
         )",
        qualified(&live.schema, &live.name)
    );
    let done = transaction
        .execute(&sql, &[&run, &entry.position, &entry.schema, &entry.name])
        .await;
    done.with_context(|| format!("write the rows of `{}` into the ledger", entry.name))?;
    Ok(())
}

/// As many most common values of a column, and 300 times as many rows of a table looked at.
///
/// The usual 100 take a second, a fifth of the time that 100 000 rows need in all: long texts are sorted as languages
/// have it. Autovacuum, which comes round anyway, counts the run's rows as changed and does it thoroughly.
const STATISTICS_TARGET: u32 = 10;

/// Lets the planner know what there is now: without it, it takes the tables for empty until autovacuum comes round.
async fn analyze(transaction: &Transaction<'_>, tables: &[RunTable]) -> Result<()> {
    let names: BTreeSet<String> = tables
        .iter()
        .map(|table| qualified(&table.schema, &table.name))
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = names.into_iter().collect();
    let done = transaction
        .batch_execute(&format!(
            "set local default_statistics_target = {STATISTICS_TARGET}; analyze {}",
            names.join(", ")
        ))
        .await;
    done.context("collect the statistics of the seeded tables")
}
