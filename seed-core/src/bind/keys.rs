//! Keys of seeded rows as the live tables want them.

use std::collections::HashSet;

use crate::catalog::{Column, ColumnType, Table};
use crate::domain::world::World;
use crate::domain::{Record, Tag};
use crate::row::{Key, RowId, UuidSpace};
use crate::spec::{Present, PresentTag, SeededRows};

/// How the rows of a table are keyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyKind {
    /// UUIDs, also where the column is text.
    Uuid(UuidSpace),
    /// Integers.
    Integer(IntegerKeys),
}

/// Integers from a base on; owners take turns, so that each can grow without moving the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IntegerKeys {
    base: i64,
    stride: u64,
    /// By slot, the first row that is numbered so; those before it are in `earlier`.
    first_rows: Vec<u64>,
    earlier: Vec<SeededRows>,
}

/// The keys of all tables.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    kinds: [Option<KeyKind>; Record::ALL.len()],
}

impl Keys {
    /// Takes over how the column that is a record's key can be filled; columns of other types give no keys.
    pub fn learn(
        &mut self,
        world: &World,
        record: Record,
        table: &Table,
        column: &Column,
        present: &Present,
    ) {
        let kind = match column.kind {
            ColumnType::Uuid | ColumnType::Text { .. } if record == Record::Tag => {
                KeyKind::Uuid(space_of_tags(world, &present.tags))
            }
            ColumnType::Uuid | ColumnType::Text { .. } => KeyKind::Uuid(UuidSpace::new(world.seed, record)),
            ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt => {
                KeyKind::Integer(IntegerKeys {
                    base: column.next_key.unwrap_or(1),
                    stride: world.stride,
                    first_rows: world
                        .slots()
                        .map(|slot| world.added(record, slot).start)
                        .collect(),
                    earlier: present
                        .seeded
                        .iter()
                        .filter(|rows| (&rows.schema, &rows.table) == (&table.schema, &table.name))
                        .cloned()
                        .collect(),
                })
            }
            _ => return,
        };
        self.kinds[record as usize] = Some(kind);
    }

    /// How a record is keyed; `None` where it has no table, or one without a key that we can fill.
    pub fn kind(&self, record: Record) -> Option<&KeyKind> {
        self.kinds[record as usize].as_ref()
    }

    /// The key of a row.
    pub fn key(&self, record: Record, row: RowId) -> Option<Key> {
        match self.kind(record)? {
            KeyKind::Uuid(space) => Some(Key::Uuid(space.key(row))),
            KeyKind::Integer(keys) => keys.key(row).map(Key::Integer),
        }
    }
}

/// Keys that no tag has yet. Tags stay when seeded rows are taken back, and one whose number comes again with another
/// name, of another pack or because people changed it, has the key that the new one would get.
fn space_of_tags(world: &World, present: &[PresentTag]) -> UuidSpace {
    let names = present.iter().map(|tag| tag.name.as_str());
    let there: HashSet<u64> = names.flat_map(|name| Tag::numbers_of(world, name)).collect();
    let is_written = |number: u64| number < world.tag_count && !there.contains(&number);
    let is_free = |space: &UuidSpace| {
        let mut keys = present.iter().filter_map(|tag| tag.key);
        !keys.any(|key| match key {
            Key::Uuid(key) => space.row(key).is_some_and(|row| is_written(row.local())),
            Key::Integer(_) => false,
        })
    };
    let further = (1..).map(|round: u64| UuidSpace::of_column(world.seed, Record::Tag, &round.to_string()));
    let mut spaces = std::iter::once(UuidSpace::new(world.seed, Record::Tag)).chain(further);
    spaces
        .find(is_free)
        .expect("the database has fewer tags than there are spaces")
}

impl IntegerKeys {
    fn key(&self, row: RowId) -> Option<i64> {
        let (slot, local) = (row.slot(), row.local());
        let first = self.first_rows.get(usize::from(slot)).copied().unwrap_or(0);
        if let Some(offset) = local.checked_sub(first) {
            return Some(self.base + (offset * self.stride + u64::from(slot)) as i64);
        }
        let holds = |rows: &&SeededRows| {
            rows.slot == slot && (rows.first_row..rows.first_row + rows.rows).contains(&local)
        };
        let rows = self.earlier.iter().find(holds)?;
        Some(rows.first_key + (local - rows.first_row) as i64 * rows.key_step)
    }
}
