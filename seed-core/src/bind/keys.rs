//! Keys of seeded rows as the live tables want them.

use crate::catalog::{Column, ColumnType, Table};
use crate::domain::Record;
use crate::domain::world::World;
use crate::row::{Key, RowId, UuidSpace};
use crate::spec::SeededRows;

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
        seeded: &[SeededRows],
    ) {
        let kind = match column.kind {
            ColumnType::Uuid | ColumnType::Text { .. } => KeyKind::Uuid(UuidSpace::new(world.seed, record)),
            ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt => {
                KeyKind::Integer(IntegerKeys {
                    base: column.next_key.unwrap_or(1),
                    stride: world.stride,
                    first_rows: world
                        .slots()
                        .map(|slot| world.added(record, slot).start)
                        .collect(),
                    earlier: seeded
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
