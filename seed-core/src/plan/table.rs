//! One table of a plan: its rows by number, as bytes or as text.

use std::ops::Range;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::bind::keys::Keys;
use crate::bind::{Binding, quoted};
use crate::catalog::{Column, Table};
use crate::domain::relatives::Relatives;
use crate::domain::world::World;
use crate::domain::{self, Record, Row};
use crate::encode::binary::BinaryRows;
use crate::encode::{Cell, Visitor, Wire, text};
use crate::row::{Key, RowId};

/// Rows that are encoded at once when a digest is made.
const CHUNK: u64 = 4096;

/// A table that will be filled.
#[derive(Debug, Clone)]
pub struct TablePlan {
    world: Arc<World>,
    keys: Arc<Keys>,
    binding: Arc<Binding>,
    live: Arc<Table>,
    blocks: Vec<Block>,
    /// For each block, how many rows lie before it.
    before: Vec<u64>,
    rows: u64,
}

/// Consecutive rows of one owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// The first of them.
    pub first: RowId,
    /// How many there are.
    pub rows: u64,
}

impl TablePlan {
    pub(super) fn new(
        world: Arc<World>,
        keys: Arc<Keys>,
        binding: Binding,
        live: Table,
        blocks: Vec<Block>,
    ) -> Self {
        let mut rows = 0;
        let mut before = Vec::with_capacity(blocks.len());
        for block in &blocks {
            before.push(rows);
            rows += block.rows;
        }
        Self {
            world,
            keys,
            binding: Arc::new(binding),
            live: Arc::new(live),
            blocks,
            before,
            rows,
        }
    }

    /// What the table holds.
    pub fn record(&self) -> Record {
        self.binding.record
    }

    /// Schema of the live table.
    pub fn schema(&self) -> &str {
        &self.binding.schema
    }

    /// Name of the live table.
    pub fn name(&self) -> &str {
        &self.binding.table
    }

    /// The columns that will be filled, and the field that fills each.
    pub fn binding(&self) -> &Binding {
        &self.binding
    }

    /// The table as the catalog has it.
    pub fn live(&self) -> &Table {
        &self.live
    }

    /// The columns that will be filled, as the catalog has them, in the order of [`Self::binding`].
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        let live = |name: &str| self.live.columns.iter().find(|column| column.name == name);
        let filled = self.binding.columns.iter();
        filled.map(move |column| live(&column.name).expect("columns are bound to those of the catalog"))
    }

    /// How many rows there will be.
    pub fn row_count(&self) -> u64 {
        self.rows
    }

    /// The rows of each owner. Numbers that owners share out among them (integer keys) are not contiguous.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// How many rows the owner in `slot` gets.
    pub fn rows_of(&self, slot: u16) -> u64 {
        self.blocks
            .iter()
            .filter(|block| block.first.slot() == slot)
            .map(|block| block.rows)
            .sum()
    }

    /// The rows of each owner, one range (of `0..row_count`) an owner, with the owner's slot.
    pub fn parts(&self) -> Vec<(u16, Range<u64>)> {
        let mut parts: Vec<(u16, Range<u64>)> = Vec::new();
        for (block, &before) in self.blocks.iter().zip(&self.before) {
            let end = before + block.rows;
            match parts.last_mut() {
                Some((slot, range)) if *slot == block.first.slot() => range.end = end,
                _ => parts.push((block.first.slot(), before..end)),
            }
        }
        parts
    }

    /// Numbers within their owner's block of the rows in a range that [`Self::parts`] gives.
    pub fn numbers(&self, range: Range<u64>) -> Range<u64> {
        let number = |row: u64| self.ids(row..row + 1).next().map_or(0, RowId::local);
        match range.is_empty() {
            true => 0..0,
            false => number(range.start)..number(range.end - 1) + 1,
        }
    }

    /// The key of a row (of `0..row_count`); `None` where the table has no key of one column.
    pub fn key(&self, row: u64) -> Option<Key> {
        self.keys.key(self.record(), self.ids(row..row + 1).next()?)
    }

    /// A key of another record as this plan has them; `None` where it has no table, or one without a key of one column.
    pub(crate) fn key_of(&self, record: Record) -> Option<Key> {
        self.keys.key(record, RowId::new(0, 0))
    }

    /// The columns that are filled, quoted for SQL.
    pub fn column_list(&self) -> String {
        let columns = self.binding.columns.iter().map(|column| quoted(&column.name));
        columns.collect::<Vec<_>>().join(", ")
    }

    /// The statement that takes the binary rows.
    pub fn copy_statement(&self) -> String {
        format!(
            "COPY {} ({}) FROM STDIN (FORMAT binary)",
            self.binding.sql_name(),
            self.column_list()
        )
    }

    /// Appends rows `range` (of `0..row_count`) in binary, without [`HEADER`](crate::plan::HEADER) and [`TRAILER`](crate::plan::TRAILER).
    ///
    /// Any parts, made in any order on any thread and put together in order, are the whole.
    pub fn encode_binary(&self, range: Range<u64>, out: &mut Vec<u8>) {
        let columns = self.binding.columns.len();
        self.visit_with(range, &mut BinaryRows { columns, out });
    }

    /// The first rows as text, each in the order of the columns; `None` is null.
    pub fn sample(&self, rows: u64) -> Vec<Vec<Option<String>>> {
        self.sample_at(0..rows.min(self.rows))
    }

    /// The rows of these numbers (of `0..row_count`) as text, each in the order of the columns; `None` is null.
    pub fn sample_at(&self, rows: impl IntoIterator<Item = u64>) -> Vec<Vec<Option<String>>> {
        let at = |row| {
            let mut values = Vec::with_capacity(self.binding.columns.len());
            self.visit(row..row + 1, &mut |_: usize, wire: Wire<'_>| {
                values.push(text::write(wire))
            });
            values
        };
        rows.into_iter().map(at).collect()
    }

    /// SHA-256 over all binary rows, in hexadecimal.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut buffer = Vec::new();
        for start in (0..self.rows).step_by(CHUNK as usize) {
            buffer.clear();
            self.encode_binary(start..(start + CHUNK).min(self.rows), &mut buffer);
            hash.update(&buffer);
        }
        hexadecimal(&hash.finalize())
    }

    /// Hands the values of rows `range` to `each`, row by row.
    // Compiled once for all who look at values; only binary rows have a loop of their own.
    pub(super) fn visit(&self, range: Range<u64>, each: &mut dyn FnMut(usize, Wire<'_>)) {
        self.visit_with(range, &mut |column: usize, wire: Wire<'_>| each(column, wire));
    }

    fn visit_with(&self, range: Range<u64>, each: &mut impl Visitor) {
        match self.record() {
            Record::Organization => self.visit_rows::<domain::Organization<'_>>(range, each),
            Record::Contact => self.visit_rows::<domain::Contact<'_>>(range, each),
            Record::ContactOrganization => self.visit_rows::<domain::ContactOrganization<'_>>(range, each),
            Record::Opportunity => self.visit_rows::<domain::Opportunity<'_>>(range, each),
            Record::Activity => self.visit_rows::<domain::Activity<'_>>(range, each),
            Record::ContactNote => self.visit_rows::<domain::ContactNote<'_>>(range, each),
            Record::OpportunityNote => self.visit_rows::<domain::OpportunityNote<'_>>(range, each),
            Record::Tag => self.visit_rows::<domain::Tag<'_>>(range, each),
            Record::Product => self.visit_rows::<domain::Product<'_>>(range, each),
            Record::Task => self.visit_rows::<domain::Task<'_>>(range, each),
        }
    }

    fn visit_rows<'w, R: Row<'w>>(&'w self, range: Range<u64>, each: &mut impl Visitor) {
        let mut relatives = Relatives::new(&self.world);
        let (mut text, mut buffer) = (String::new(), String::new());
        for id in self.ids(range) {
            let row = R::among(&mut relatives, id);
            each.begin_row();
            for (index, column) in self.binding.columns.iter().enumerate() {
                text.clear();
                buffer.clear();
                let cell = Cell {
                    column: index,
                    visitor: &mut *each,
                };
                column.write(&row, id, &self.keys, (&mut text, &mut buffer), cell);
            }
        }
    }

    fn ids(&self, range: Range<u64>) -> impl Iterator<Item = RowId> {
        let first = self
            .before
            .partition_point(|&before| before <= range.start)
            .saturating_sub(1);
        let blocks = self.blocks.iter().zip(&self.before).skip(first);
        blocks
            .take_while(move |(_, before)| **before < range.end)
            .flat_map(move |(block, &before)| {
                let start = range.start.max(before) - before;
                let end = range.end.min(before + block.rows).saturating_sub(before);
                (start..end).map(|offset| block.first.sibling(block.first.local() + offset))
            })
    }
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
