//! Parts of a plan, for machines or connections beside each other.
//!
//! All rows of all tables stand in one line, in the order of the tables, and the line is cut into stretches of the same
//! length. So the parts put together in their order are the whole, and a part waits for none but earlier ones.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use super::{Plan, TablePlan};

/// One of so many equal parts of a plan, counted from 1: `3/16`.
///
/// ```
/// use seed_core::plan::Part;
/// let third: Part = "3/16".parse()?;
/// assert_eq!((third.number(), third.of()), (3, 16));
/// assert_eq!(third.range(100), 12..18);
/// assert!("17/16".parse::<Part>().is_err());
/// # Ok::<(), seed_core::plan::PartError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    number: u32,
    of: u32,
}

/// Why a part is none.
///
/// ```
/// use seed_core::plan::{Part, PartError};
/// let error = "17/16".parse::<Part>().unwrap_err();
/// assert_eq!(error, PartError::OutOfRange { number: 17, of: 16 });
/// assert_eq!(error.to_string(), "there is no part 17 of 16: they are counted from 1 to 16");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PartError {
    /// It is no pair of whole numbers.
    #[error("`{text}` is no part: say which of how many, as in 3/16")]
    Unreadable {
        /// What was given.
        text: String,
    },
    /// No part has that number.
    #[error("there is no part {number} of {of}: they are counted from 1 to {of}")]
    OutOfRange {
        /// The number.
        number: u32,
        /// How many parts there are.
        of: u32,
    },
    /// So many parts are not kept apart, or none at all.
    #[error("a run has from 1 to {} parts, not {of}", Part::MOST)]
    Count {
        /// How many were asked for.
        of: u32,
    },
}

impl Part {
    /// No run has more parts.
    pub const MOST: u32 = 10_000;

    /// All of it.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// Part `number` of `of`.
    ///
    /// # Errors
    /// There is no such part, or there are more parts than [`Self::MOST`].
    pub fn new(number: u32, of: u32) -> Result<Self, PartError> {
        match (number, of) {
            (_, of) if of == 0 || of > Self::MOST => Err(PartError::Count { of }),
            (number, of) if number == 0 || number > of => Err(PartError::OutOfRange { number, of }),
            (number, of) => Ok(Self { number, of }),
        }
    }

    /// All parts of so many, in their order; there are none where that is no number of parts.
    pub fn all(of: u32) -> impl Iterator<Item = Self> {
        let is_number = of <= Self::MOST;
        (1..=of)
            .filter(move |_| is_number)
            .map(move |number| Self { number, of })
    }

    /// Which part it is, from 1.
    pub fn number(self) -> u32 {
        self.number
    }

    /// How many there are.
    pub fn of(self) -> u32 {
        self.of
    }

    /// Its stretch of so many rows.
    pub fn range(self, rows: u64) -> Range<u64> {
        let end_of = |number: u32| (u128::from(rows) * u128::from(number) / u128::from(self.of)) as u64;
        end_of(self.number - 1)..end_of(self.number)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Part {
    type Err = PartError;

    fn from_str(text: &str) -> Result<Self, PartError> {
        let number = |text: &str| text.trim().parse::<u32>().ok();
        let pair = text
            .split_once('/')
            .and_then(|(part, of)| Some((number(part)?, number(of)?)));
        let (part, of) = pair.ok_or_else(|| PartError::Unreadable {
            text: text.to_owned(),
        })?;
        Self::new(part, of)
    }
}

/// The rows of one table that a part holds.
///
/// ```
/// use seed_core::catalog::Catalog;
/// use seed_core::industry::IndustryPack;
/// use seed_core::plan::{Owner, Part, Piece, Plan, SeedSpec, Volume};
///
/// let nobody = Owner { slot: 0, user_id: None, profile_id: None, volume: Volume::UNOWNED, earlier: vec![] };
/// let pack = IndustryPack::bundled("food_beverage")?;
/// let spec = SeedSpec::new(42, "2026-11-22T00:00:00Z".parse()?, pack, vec![nobody]);
/// let plan = Plan::new(&Catalog::reference(), &spec)?;
///
/// let pieces: Vec<Piece<'_>> = Part::all(16).flat_map(|part| plan.pieces(part)).collect();
/// let rows: u64 = pieces.iter().map(|piece| piece.rows.end - piece.rows.start).sum();
/// assert_eq!(rows, plan.row_count());
/// // The second part holds companies, which may belong to companies of the first.
/// assert!(plan.parts_before("2/16".parse()?, |_| false).contains(&1));
/// let mut bytes = Vec::new();
/// pieces[0].table().encode_binary(pieces[0].rows.clone(), &mut bytes);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Piece<'p> {
    table: usize,
    plan: &'p Plan,
    /// Their numbers, of `0..row_count` of the table.
    pub rows: Range<u64>,
}

impl<'p> Piece<'p> {
    /// The table.
    pub fn table(&self) -> &'p TablePlan {
        &self.plan.tables[self.table]
    }
}

impl Plan {
    /// What a part holds, table by table in the order of the plan; tables of which it holds nothing are left out.
    pub fn pieces(&self, part: Part) -> Vec<Piece<'_>> {
        let wanted = part.range(self.row_count());
        let mut before = 0;
        let mut pieces = Vec::new();
        for (table, plan) in self.tables.iter().enumerate() {
            let (start, end) = (before, before + plan.row_count());
            let rows = wanted.start.max(start)..wanted.end.min(end);
            if rows.start < rows.end {
                pieces.push(Piece {
                    table,
                    plan: self,
                    rows: rows.start - start..rows.end - start,
                });
            }
            before = end;
        }
        pieces
    }

    /// Numbers of the parts that must be in the database before a part can be written: those with rows that its own
    /// rows may point at, and those with rows of tables before its own for which `is_ahead` holds. All are earlier.
    pub fn parts_before(&self, part: Part, is_ahead: impl Fn(&TablePlan) -> bool) -> BTreeSet<u32> {
        let mut wanted = BTreeSet::new();
        for piece in self.pieces(part) {
            wanted.extend(self.parents[piece.table].iter().copied());
            wanted.extend((0..piece.table).filter(|&table| is_ahead(&self.tables[table])));
        }
        let holds = |earlier: &Part| {
            let mut pieces = self.pieces(*earlier).into_iter();
            pieces.any(|piece| wanted.contains(&piece.table))
        };
        Part::all(part.of)
            .take(part.number as usize - 1)
            .filter(holds)
            .map(Part::number)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_meet_and_differ_by_one_row_at_most() {
        for (rows, of) in [(0, 1), (5, 16), (100, 7), (1955, 16), (u64::MAX, 3)] {
            let ranges: Vec<Range<u64>> = Part::all(of).map(|part| part.range(rows)).collect();
            assert_eq!((ranges[0].start, ranges[of as usize - 1].end), (0, rows));
            assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start));
            let lengths = ranges.iter().map(|range| range.end - range.start);
            let (least, most) = (lengths.clone().min().unwrap(), lengths.max().unwrap());
            assert!(most - least <= 1, "{rows} rows in {of} parts: {least} to {most}");
        }
    }

    #[test]
    fn what_is_no_part_is_refused() {
        let error = |text: &str| text.parse::<Part>().unwrap_err().to_string();
        assert!(error("3").contains("as in 3/16"));
        assert!(error("a/b").contains("as in 3/16"));
        assert!(error("-1/4").contains("as in 3/16"));
        assert!(error("0/4").contains("no part 0 of 4"));
        assert!(error("1/0").contains("1 to 10000"));
        assert!(error("1/10001").contains("1 to 10000"));
        assert_eq!(" 4 / 4 ".parse(), Part::new(4, 4));
    }
}
