//! Numbers and keys of rows: a row is (owner's slot, number within the owner's block), its key is computed from it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::domain::Record;

/// The number of a row: its owner's slot in the high bits, its place in the owner's block in the low ones.
///
/// So the blocks of owners grow without touching each other.
///
/// ```
/// use seed_core::row::RowId;
/// let row = RowId::new(2, 17);
/// assert_eq!((row.slot(), row.local(), row.sibling(18)), (2, 17, RowId::new(2, 18)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(u64);

impl RowId {
    /// The highest slot that an owner can have; row numbers and the variant bits of a UUID share 64 bits.
    pub const MAX_SLOT: u16 = (1 << 14) - 1;
    const LOCAL_BITS: u32 = 48;

    /// The row `local` of the owner in `slot`.
    pub fn new(slot: u16, local: u64) -> Self {
        debug_assert!(slot <= Self::MAX_SLOT && local < 1 << Self::LOCAL_BITS);
        Self(u64::from(slot) << Self::LOCAL_BITS | local)
    }

    /// The owner's slot.
    pub fn slot(self) -> u16 {
        (self.0 >> Self::LOCAL_BITS) as u16
    }

    /// The number within the owner's block, from 0.
    pub fn local(self) -> u64 {
        self.0 & ((1 << Self::LOCAL_BITS) - 1)
    }

    /// Slot and number as one, the row's number in streams.
    pub fn number(self) -> u64 {
        self.0
    }

    /// The number that no row of an owner reaches, for draws that are the owner's own.
    pub(crate) fn of_owner(slot: u16) -> Self {
        Self::new(slot, (1 << Self::LOCAL_BITS) - 1)
    }

    /// Another row of the same owner.
    pub fn sibling(self, local: u64) -> Self {
        Self::new(self.slot(), local)
    }
}

/// The key of a row, as its table wants it.
///
/// ```
/// use seed_core::domain::Record;
/// use seed_core::row::{Key, RowId, UuidSpace};
/// let uuid = Key::Uuid(UuidSpace::new(42, Record::Tag).key(RowId::new(0, 0)));
/// assert_ne!(uuid, Key::Integer(1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Key {
    /// `uuid`, or text that holds one.
    Uuid(Uuid),
    /// `bigint`, `integer`, `smallint`.
    Integer(i64),
}

/// What the UUIDs of one table under one seed have in common.
///
/// A seeded key is a UUID of version 8 that begins with `5eed` and ends with slot and number of its row; 44 bits
/// of a hash over seed and table stand between. It is unique by construction and can be read by people:
///
/// ```
/// use seed_core::domain::Record;
/// use seed_core::row::{RowId, UuidSpace};
/// let contacts = UuidSpace::new(42, Record::Contact);
/// let key = contacts.key(RowId::new(2, 17)).to_string();
/// assert!(key.starts_with("5eed") && key.ends_with("-8002-000000000011"));
/// assert_eq!(contacts.row(contacts.key(RowId::new(2, 17))), Some(RowId::new(2, 17)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UuidSpace {
    high: u64,
}

impl UuidSpace {
    /// The keys of one table under one seed.
    pub fn new(seed: u64, record: Record) -> Self {
        Self::of_column(seed, record, "")
    }

    /// The UUIDs of another column than the key.
    pub(crate) fn of_column(seed: u64, record: Record, column: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_le_bytes());
        hash.update(record.name());
        hash.update(column);
        let start: [u8; 8] = hash.finalize()[..8].try_into().expect("SHA-256 has 32 bytes");
        let tag = u64::from_le_bytes(start);
        Self {
            high: 0x5eed << 48 | (tag & 0xffff_ffff) << 16 | 0x8000 | (tag >> 52),
        }
    }

    /// The key of a row.
    pub fn key(self, row: RowId) -> Uuid {
        Uuid::from_u64_pair(self.high, 1 << 63 | row.number())
    }

    /// The row that a key of this table stands for.
    pub fn row(self, key: Uuid) -> Option<RowId> {
        let (high, low) = key.as_u64_pair();
        (high == self.high && low >> 62 == 0b10).then_some(RowId(low & ((1 << 62) - 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_version_8_and_differ_by_seed_and_table() {
        let key = |seed, record| UuidSpace::new(seed, record).key(RowId::new(0, 0));
        let base = key(42, Record::Contact);
        assert_eq!(base.get_version_num(), 8);
        assert_eq!(base.get_variant(), uuid::Variant::RFC4122);
        assert_ne!(base, key(43, Record::Contact));
        assert_ne!(base, key(42, Record::Product));
        assert_eq!(UuidSpace::new(43, Record::Contact).row(base), None);
    }

    #[test]
    fn slots_do_not_run_into_each_other() {
        let row = RowId::new(RowId::MAX_SLOT, (1 << 48) - 1);
        assert_eq!((row.slot(), row.local()), (RowId::MAX_SLOT, (1 << 48) - 1));
        let space = UuidSpace::new(1, Record::Tag);
        assert_eq!(space.row(space.key(row)), Some(row));
    }
}
