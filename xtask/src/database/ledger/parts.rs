//! The parts of a run: which are there, and which entries are whose.

use std::ops::Range;

use anyhow::{Context, Result};
use seed_core::plan::Part;
use tokio_postgres::Transaction;
use uuid::Uuid;

use super::{Run, RunTable};

/// No part has more entries; all parts together have no more than there are numbers.
const ENTRIES_OF_A_PART: i32 = 200_000;
const _: () = assert!(Part::MOST as i64 * ENTRIES_OF_A_PART as i64 <= i32::MAX as i64);

impl Run {
    /// Whether all of its parts are there.
    pub fn is_whole(&self) -> bool {
        self.written.len() == self.parts as usize
    }

    /// The entries of one part.
    pub fn entries_of(&self, part: Part) -> impl Iterator<Item = &RunTable> {
        let positions = positions(part);
        self.tables
            .iter()
            .filter(move |entry| positions.contains(&entry.position))
    }

    /// The position of the next entry of a part: the entries of a part follow those of the parts before it.
    pub fn next_position(&self, part: Part) -> i32 {
        let last = self.entries_of(part).map(|entry| entry.position).max();
        last.map_or(positions(part).start, |last| last + 1)
    }
}

fn positions(part: Part) -> Range<i32> {
    let first = 1 + (part.number() - 1).cast_signed() * ENTRIES_OF_A_PART;
    first..first + ENTRIES_OF_A_PART
}

/// Writes down that a transaction writes a part of a run, before the first row: whoever writes the same part meanwhile
/// waits for the end of it. Says whether the part was still missing, of a run that is there.
///
/// # Errors
/// The database refuses.
pub async fn claim_part(transaction: &Transaction<'_>, run: Uuid, part: Part) -> Result<bool> {
    let sql = "insert into seedbed.run_parts (run_id, part) select id, $2 from seedbed.runs where id = $1
        on conflict do nothing";
    let number = part.number().cast_signed();
    let claimed = transaction.execute(sql, &[&run, &number]).await;
    Ok(claimed.context("write the part into the ledger")? > 0)
}

/// Whether all parts of a run are there, this transaction's own among them.
///
/// # Errors
/// The database refuses.
pub async fn has_all_parts(transaction: &Transaction<'_>, run: Uuid) -> Result<bool> {
    let sql = "select parts = (select count(*) from seedbed.run_parts p where p.run_id = r.id)
        from seedbed.runs r where id = $1";
    let row = transaction.query_one(sql, &[&run]).await;
    Ok(row.context("count the parts in the ledger")?.get(0))
}
