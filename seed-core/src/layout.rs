//! Which child belongs to which parent, by arithmetic alone.
//!
//! Children lie in contiguous blocks, one per parent and of uneven sizes. Parents come in groups of sixteen; a
//! group's blocks have the sizes of the pattern, in one of a few arrangements that the seed shuffles and picks. The
//! first child of each group follows from the pattern's sum, so both directions are one table look-up.
//!
//! **What holds when counts grow.** Blocks depend on neither count, so more children, or more parents, move nobody,
//! as long as the parents have room. They have at least [`Layout::fan_out`] children each on average, for any number
//! of parents: each arrangement is turned so that it is ahead of its average all the way. Children beyond that room
//! are dealt out over the same parents in further rounds; these, and only these, move when there are more parents.
//! (Nothing can do better: a child that has to belong to the only parent there is would have to stay there for ever.)
//!
//! ```
//! use seed_core::layout::{Layout, Pattern, Place, Share};
//!
//! const PATTERN: Pattern = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 6];
//! let deals = Layout::new(42, "deals of people", &PATTERN);
//! let Place { parent, .. } = deals.place(7, 100);
//! assert!(deals.children_of(parent, 100, 75).flatten().any(|child| child == 7));
//!
//! let with_deal = Share::of_ten(7);
//! assert_eq!(with_deal.count(200), 140);
//! ```

use std::ops::Range;

use crate::stream::ColumnStream;

const GROUP: usize = 16;
const ARRANGEMENTS: u64 = 32;

/// Sizes of the blocks of sixteen parents.
pub type Pattern = [u8; GROUP];

/// The blocks of one relation.
#[derive(Debug, Clone)]
pub struct Layout {
    arrangements: Vec<Arrangement>,
    choice: ColumnStream,
    group_sum: u64,
}

#[derive(Debug, Clone)]
struct Arrangement {
    starts: [u16; GROUP + 1],
    parents: Vec<u8>,
}

/// Where a child lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The parent's number.
    pub parent: u64,
    /// The round in which it was dealt, 0 as long as the parents have room.
    pub round: u64,
    /// The first child of the same parent in the same round.
    pub block_start: u64,
    /// Number among all children of the parent, from 0.
    pub position: u64,
}

impl Layout {
    /// The blocks of the relation `name` under `seed`.
    pub fn new(seed: u64, name: &str, pattern: &Pattern) -> Self {
        let shuffle = ColumnStream::new(seed, name, "arrangement");
        let arrangements = (0..ARRANGEMENTS)
            .map(|number| Arrangement::new(shuffle, number, pattern))
            .collect();
        let group_sum = pattern.iter().map(|&size| u64::from(size)).sum();
        Self {
            arrangements,
            choice: ColumnStream::new(seed, name, "choice"),
            group_sum,
        }
    }

    /// Children per parent on average, as a fraction.
    pub fn fan_out(&self) -> (u64, u64) {
        (self.group_sum, GROUP as u64)
    }

    /// The first child of a parent in round 0, and so the room of all parents before it.
    pub fn start_of(&self, parent: u64) -> u64 {
        let (group, offset) = (parent / GROUP as u64, parent as usize % GROUP);
        let within = if offset == 0 {
            0
        } else {
            self.arrangement(group).starts[offset]
        };
        group * self.group_sum + u64::from(within)
    }

    /// The children of a parent in round 0.
    pub fn block(&self, parent: u64) -> Range<u64> {
        let (group, offset) = (parent / GROUP as u64, parent as usize % GROUP);
        let starts = &self.arrangement(group).starts;
        let [start, end] = [starts[offset], starts[offset + 1]].map(u64::from);
        group * self.group_sum + start..group * self.group_sum + end
    }

    /// Where `child` lies when there are `parents` (at least one).
    pub fn place(&self, child: u64, parents: u64) -> Place {
        Dealer::new(self, parents).place(child, parents)
    }

    /// The children of `parent` among `children`, one range per round: the inverse of [`Self::place`].
    pub fn children_of(&self, parent: u64, parents: u64, children: u64) -> impl Iterator<Item = Range<u64>> {
        let (room, block) = (self.start_of(parents), self.block(parent));
        (0..children.div_ceil(room))
            .map(move |round| block.start + round * room..(block.end + round * room).min(children))
            .filter(|range| !range.is_empty())
    }

    fn arrangement(&self, group: u64) -> &Arrangement {
        &self.arrangements[self.choice.at(group).below(ARRANGEMENTS) as usize]
    }
}

/// Gives places one after the other, and keeps what neighbours have in common: the room of all parents and the group.
#[derive(Debug, Clone)]
pub(crate) struct Dealer<'l> {
    layout: &'l Layout,
    parents: u64,
    room: u64,
    group: u64,
    /// The first child of the group.
    group_start: u64,
    arrangement: &'l Arrangement,
}

impl<'l> Dealer<'l> {
    pub fn new(layout: &'l Layout, parents: u64) -> Self {
        Self {
            layout,
            parents,
            room: layout.start_of(parents),
            group: 0,
            group_start: 0,
            arrangement: layout.arrangement(0),
        }
    }

    pub fn is_of(&self, layout: &Layout) -> bool {
        std::ptr::eq(self.layout, layout)
    }

    /// As [`Layout::place`] has it.
    pub fn place(&mut self, child: u64, parents: u64) -> Place {
        if parents != self.parents {
            *self = Self::new(self.layout, parents);
        }
        let (layout, room) = (self.layout, self.room);
        let (round, dealt) = if child < room {
            (0, child)
        } else {
            (child / room, child % room)
        };
        // Below zero it wraps around, and is far beyond the group as well.
        if dealt.wrapping_sub(self.group_start) >= layout.group_sum {
            self.group = dealt / layout.group_sum;
            self.group_start = self.group * layout.group_sum;
            self.arrangement = layout.arrangement(self.group);
        }
        let (group, offset) = (self.group, dealt - self.group_start);
        let Arrangement { starts, parents } = self.arrangement;
        let in_group = parents[offset as usize] as usize;
        let [start, end] = [starts[in_group], starts[in_group + 1]].map(u64::from);
        Place {
            parent: group * GROUP as u64 + in_group as u64,
            round,
            block_start: round * room + self.group_start + start,
            position: round * (end - start) + offset - start,
        }
    }
}

impl Arrangement {
    fn new(shuffle: ColumnStream, number: u64, pattern: &Pattern) -> Self {
        let mut sizes = *pattern;
        shuffle.at(number).shuffle(&mut sizes);
        // The first parent of all gets no more than its due: what has to be there always should not be the largest.
        let sum: usize = sizes.iter().map(|&size| usize::from(size)).sum();
        let average = sizes.iter().position(|&size| usize::from(size) * GROUP == sum);
        let turned = match average {
            Some(average) => {
                sizes.swap(0, average);
                &mut sizes[1..]
            }
            None => &mut sizes[..],
        };
        let start = turn(turned, sum);
        turned.rotate_left(start);
        let mut starts = [0; GROUP + 1];
        let mut parents = Vec::new();
        for (parent, &size) in sizes.iter().enumerate() {
            starts[parent + 1] = starts[parent] + u16::from(size);
            parents.extend(std::iter::repeat_n(parent as u8, size as usize));
        }
        Self { starts, parents }
    }
}

/// Where to begin so that no prefix is below the average: behind the lowest point of the running surplus.
fn turn(sizes: &[u8], sum: usize) -> usize {
    let mut surplus = 0;
    let mut lowest = (0, 0);
    for (index, &size) in sizes.iter().enumerate() {
        surplus += i32::from(size) * GROUP as i32 - sum as i32;
        if surplus < lowest.0 {
            lowest = (surplus, index + 1);
        }
    }
    lowest.1 % sizes.len()
}

/// A fixed share of a sequence: which members are in it, and the how-manieth of its kind each is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    of_ten: u64,
}

impl Share {
    /// So many of each ten, spread evenly.
    pub const fn of_ten(of_ten: u64) -> Self {
        Self { of_ten }
    }

    /// Whether `index` is in the share, and its number among those that are (or are not).
    pub fn rank(self, index: u64) -> (bool, u64) {
        let inside = self.count(index + 1) > self.count(index);
        let before = self.count(index);
        (inside, if inside { before } else { index - before })
    }

    /// How many of the first `total` are in the share.
    pub const fn count(self, total: u64) -> u64 {
        total / 10 * self.of_ten + (total % 10 * self.of_ten).div_ceil(10)
    }

    /// The member that is the `rank`-th of the share: the inverse of [`Self::rank`].
    pub fn nth(self, rank: u64) -> u64 {
        rank / self.of_ten * 10 + rank % self.of_ten * 10 / self.of_ten
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PATTERN: Pattern = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 6];

    proptest! {
        #[test]
        fn place_and_children_are_inverse(seed: u64, parents in 1..200_u64, children in 0..900_u64) {
            let layout = Layout::new(seed, "relation", &PATTERN);
            let mut found = 0;
            for parent in 0..parents {
                let mut position = 0;
                for child in layout.children_of(parent, parents, children).flatten() {
                    let place = layout.place(child, parents);
                    prop_assert_eq!((place.parent, place.position), (parent, position));
                    prop_assert!(place.block_start <= child);
                    position += 1;
                }
                found += position;
            }
            prop_assert_eq!(found, children);
        }

        #[test]
        fn there_is_always_room_for_the_average(seed: u64, parents in 0..500_u64) {
            let layout = Layout::new(seed, "relation", &PATTERN);
            let (sum, of) = layout.fan_out();
            prop_assert!(layout.start_of(parents) * of >= parents * sum);
        }

        #[test]
        fn growing_moves_nobody_who_has_room(seed: u64, parents in 1..200_u64, more in 0..100_u64) {
            let layout = Layout::new(seed, "relation", &PATTERN);
            for child in 0..layout.start_of(parents) {
                prop_assert_eq!(layout.place(child, parents), layout.place(child, parents + more));
            }
        }

        #[test]
        fn a_dealer_gives_the_same_places_in_any_order(
            seed: u64,
            asked in prop::collection::vec((0..2000_u64, 1..200_u64), 1..60),
        ) {
            let layout = Layout::new(seed, "relation", &PATTERN);
            let mut dealer = Dealer::new(&layout, 1);
            for (child, parents) in asked {
                prop_assert_eq!(dealer.place(child, parents), layout.place(child, parents));
            }
        }

        #[test]
        fn a_share_ranks_and_counts(of_ten in 1..10_u64, index in 0..10_000_u64) {
            let share = Share::of_ten(of_ten);
            let (inside, rank) = share.rank(index);
            prop_assert!(!inside || share.nth(rank) == index);
            prop_assert_eq!(share.count(10 * index), of_ten * index);
        }
    }

    #[test]
    fn sizes_are_uneven() {
        let layout = Layout::new(42, "relation", &PATTERN);
        let sizes: Vec<u64> = (0..64)
            .map(|parent| layout.block(parent))
            .map(|b| b.end - b.start)
            .collect();
        assert!(sizes.contains(&6) && sizes.contains(&0));
        assert_ne!(sizes[..16], sizes[16..32]);
    }
}
