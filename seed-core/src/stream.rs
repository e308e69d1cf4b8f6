//! Random numbers that are a function of where they are used.
//!
//! The algorithm is Philox2x64-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3",
//! 2011). Its key is the column's, its counter is (row, draw): any draw of any row can be made at any time.

use std::convert::Infallible;

use rand_core::TryRng;
use sha2::{Digest, Sha256};

/// The numbers of one column of one table under one seed.
///
/// ```
/// use seed_core::stream::ColumnStream;
/// let names = ColumnStream::new(42, "contacts", "first_name");
/// assert_eq!(names.at(7).next(), names.at(7).next());
/// assert_ne!(names.at(7).next(), names.at(8).next());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnStream {
    key: u64,
}

impl ColumnStream {
    /// The stream of `column` in `table`; the key is the start of a SHA-256 over all three.
    pub fn new(seed: u64, table: &str, column: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_le_bytes());
        hash.update((table.len() as u64).to_le_bytes());
        hash.update(table);
        hash.update(column);
        let start: [u8; 8] = hash.finalize()[..8].try_into().expect("SHA-256 has 32 bytes");
        Self {
            key: u64::from_le_bytes(start),
        }
    }

    /// The draws of one row.
    pub fn at(self, row: u64) -> Draw {
        Draw {
            key: self.key,
            row,
            block: 0,
            kept: None,
        }
    }
}

/// The numbers of one cell, one after the other.
///
/// ```
/// use seed_core::stream::ColumnStream;
/// let mut draw = ColumnStream::new(42, "contacts", "first_name").at(7);
/// assert_eq!((draw.below(1000), draw.below(1000)), (830, 768));
/// assert!((1..=6).contains(&draw.between(1, 6)));
/// ```
#[derive(Debug, Clone)]
pub struct Draw {
    key: u64,
    row: u64,
    block: u64,
    kept: Option<u64>,
}

impl Draw {
    /// The next 64 random bits.
    // Not an iterator: it never ends, and nobody should collect it.
    #[allow(clippy::should_implement_trait)]
    // Inlined, so that the first draw of a cell, mostly the only one, is no more than the function below.
    #[inline(always)]
    pub fn next(&mut self) -> u64 {
        if let Some(kept) = self.kept.take() {
            return kept;
        }
        let (first, second) = philox(self.row, self.block, self.key);
        self.block += 1;
        self.kept = Some(second);
        first
    }

    /// A number in `0..bound`, by multiplication; its bias is below `bound / 2^64`.
    #[inline(always)]
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// A number in `low..=high`.
    #[inline(always)]
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }

    /// Whether something holds that holds for so many of a hundred.
    #[inline(always)]
    pub fn percent(&mut self, of_a_hundred: u64) -> bool {
        self.below(100) < of_a_hundred
    }

    /// One of the items, which must be there.
    #[inline(always)]
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }

    /// Brings the items into another order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }

    /// A shuffled order of `count` items, at least one.
    pub fn order(&mut self, count: u64) -> Order {
        let first = self.below(count);
        let mut step = 1 + self.below(count);
        while share_a_factor(step, count) {
            step += 1;
        }
        Order { first, step, count }
    }

    /// One of the words, of which there must be one.
    #[inline(always)]
    pub fn word<'a>(&mut self, words: &'a [impl AsRef<str>]) -> &'a str {
        self.pick(words).as_ref()
    }
}

/// A shuffled order of so many items, each in turn: none comes again before all others were there.
///
/// An affine permutation, so that the item of any turn is worked out without the turns before it.
///
/// ```
/// use seed_core::stream::ColumnStream;
/// let order = ColumnStream::new(42, "tasks", "title").at(0).order(3);
/// assert_eq!((0..3).map(|turn| order.at(turn)).sum::<u64>(), 0 + 1 + 2);
/// assert_eq!(order.at(3), order.at(0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    first: u64,
    step: u64,
    count: u64,
}

impl Order {
    /// The number of the item whose turn it is.
    pub fn at(self, turn: u64) -> u64 {
        (self.first + turn % self.count * self.step) % self.count
    }
}

fn share_a_factor(mut left: u64, mut right: u64) -> bool {
    while right > 0 {
        (left, right) = (right, left % right);
    }
    left > 1
}

impl TryRng for Draw {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.next() as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

// Numbers go in and out by registers, of which there are enough for these.
#[inline(never)]
fn philox(row: u64, block: u64, mut key: u64) -> (u64, u64) {
    const MULTIPLIER: u128 = 0xD2B7_4407_B1CE_6E93;
    const WEYL: u64 = 0x9E37_79B9_7F4A_7C15;
    let (mut left, mut right) = (row, block);
    for _ in 0..10 {
        let product = MULTIPLIER * u128::from(left);
        (left, right) = ((product >> 64) as u64 ^ key ^ right, product as u64);
        key = key.wrapping_add(WEYL);
    }
    (left, right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn philox_gives_the_known_answers_of_random123() {
        let check = |[row, block]: [u64; 2], key, expect: [u64; 2]| {
            assert_eq!(<[u64; 2]>::from(philox(row, block, key)), expect);
        };
        check([0, 0], 0, [0xca00_a045_9843_d731, 0x66c2_4222_c9a8_45b5]);
        check(
            [u64::MAX; 2],
            u64::MAX,
            [0x65b0_21d6_0cd8_310f, 0x4d02_f322_2f86_df20],
        );
        check(
            [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344],
            0xa409_3822_299f_31d0,
            [0x0a5e_742c_2997_341c, 0xb0f8_83d3_8000_de5d],
        );
    }

    #[test]
    fn streams_differ_by_seed_table_and_column() {
        let first = |seed, table, column| ColumnStream::new(seed, table, column).at(0).next();
        let base = first(42, "contacts", "title");
        assert_ne!(base, first(43, "contacts", "title"));
        assert_ne!(base, first(42, "contact", "stitle"));
        assert_ne!(base, first(42, "contacts", "email"));
    }

    #[test]
    fn a_stream_is_pinned() {
        let mut draw = ColumnStream::new(42, "contacts", "first_name").at(7);
        assert_eq!(
            [draw.below(1000), draw.below(1000), draw.below(1000)],
            [830, 768, 46]
        );
        assert!(
            (0..1000)
                .map(|_| draw.between(-3, 3))
                .all(|value| (-3..=3).contains(&value))
        );
    }

    #[test]
    fn an_order_has_everything_once() {
        for count in 1..60 {
            let order = ColumnStream::new(42, "t", "c").at(count).order(count);
            let items: std::collections::BTreeSet<u64> = (7..7 + count).map(|turn| order.at(turn)).collect();
            assert!(items.into_iter().eq(0..count), "{order:?}");
        }
    }

    #[test]
    fn orders_differ() {
        let orders = (0..20).map(|row| ColumnStream::new(42, "t", "c").at(row).order(29));
        let begins: std::collections::BTreeSet<[u64; 2]> =
            orders.map(|order| [order.at(0), order.at(1)]).collect();
        assert!(begins.len() > 15, "{begins:?}");
    }

    #[test]
    fn serves_as_a_random_number_generator() {
        let stream = ColumnStream::new(1, "t", "c");
        let mut bytes = [0; 12];
        rand_core::Rng::fill_bytes(&mut stream.at(3), &mut bytes);
        let mut draw = stream.at(3);
        assert_eq!(bytes[..8], draw.next().to_le_bytes());
        assert_eq!(bytes[8..], draw.next().to_le_bytes()[..4]);
    }
}
