//! Keys of seeded rows as the live tables want them.

use crate::catalog::{Column, ColumnType};
use crate::domain::Record;
use crate::domain::world::World;
use crate::row::{Key, RowId, UuidSpace};

/// How the rows of a table are keyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    /// UUIDs, also where the column is text.
    Uuid,
    /// Integers from a base on; owners take turns, so that each can grow without moving the others.
    Integer { base: i64 },
}

/// The keys of all tables.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    kinds: [Option<(KeyKind, UuidSpace)>; Record::ALL.len()],
    stride: u64,
}

impl Keys {
    pub fn new(world: &World) -> Self {
        Self {
            stride: world.stride,
            ..Self::default()
        }
    }

    /// Takes over how the column that is a record's key can be filled; columns of other types give no keys.
    pub fn learn(&mut self, seed: u64, record: Record, column: &Column) {
        let kind = match column.kind {
            ColumnType::Uuid | ColumnType::Text { .. } => KeyKind::Uuid,
            ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt => KeyKind::Integer {
                base: column.next_key.unwrap_or(1),
            },
            _ => return,
        };
        self.kinds[record as usize] = Some((kind, UuidSpace::new(seed, record)));
    }

    /// How a record is keyed; `None` where it has no table, or one without a key that we can fill.
    pub fn kind(&self, record: Record) -> Option<KeyKind> {
        self.kinds[record as usize].map(|(kind, _)| kind)
    }

    /// The key of a row.
    pub fn key(&self, record: Record, row: RowId) -> Option<Key> {
        let (kind, space) = self.kinds[record as usize]?;
        Some(match kind {
            KeyKind::Uuid => Key::Uuid(space.key(row)),
            KeyKind::Integer { base } => {
                Key::Integer(base + (row.local() * self.stride + u64::from(row.slot())) as i64)
            }
        })
    }
}
