//! Two streams of rows in the order of their keys, put beside each other: what only one of them has, and what they have
//! in two forms.

use std::cmp::Ordering;
use std::pin::pin;

use anyhow::Result;
use futures_util::{Stream, TryStreamExt};

/// What stands for a row: what tells it from others, then a hash of what is in it. They are ordered as they are written
/// here, texts byte by byte.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest {
    /// The key as text; of a row without a key, all of it.
    pub key: String,
    /// Hash of all that is compared.
    pub hash: i64,
}

/// A row that is not the same on both sides, by its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unlike {
    /// Only this side has it.
    OnlyHere(String),
    /// Only the other side has it.
    OnlyThere(String),
    /// Both have it, with other values.
    Changed(String),
}

impl Unlike {
    /// The key of the row.
    pub fn key(&self) -> &str {
        let (Unlike::OnlyHere(key) | Unlike::OnlyThere(key) | Unlike::Changed(key)) = self;
        key
    }
}

/// The first rows, at most `limit`, that are not the same on both sides. Two rows at a time are kept, and neither stream is
/// read further than needed.
///
/// # Errors
/// A stream ends with one.
pub async fn unlike(
    here: impl Stream<Item = Result<Digest>>,
    there: impl Stream<Item = Result<Digest>>,
    limit: usize,
) -> Result<Vec<Unlike>> {
    let (mut here, mut there) = (pin!(here), pin!(there));
    let mut found = Vec::new();
    let (mut one, mut other) = tokio::try_join!(here.try_next(), there.try_next())?;
    while found.len() < limit {
        let order = match (&one, &other) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(other)) => one.key.cmp(&other.key),
        };
        let is_changed = order == Ordering::Equal && one != other;
        let (left, right) = (one.as_ref(), other.as_ref());
        let key = |row: Option<&Digest>| row.map(|row| row.key.clone()).unwrap_or_default();
        match order {
            Ordering::Less => found.push(Unlike::OnlyHere(key(left))),
            Ordering::Greater => found.push(Unlike::OnlyThere(key(right))),
            Ordering::Equal if is_changed => found.push(Unlike::Changed(key(left))),
            Ordering::Equal => {}
        }
        match order {
            Ordering::Less => one = here.try_next().await?,
            Ordering::Greater => other = there.try_next().await?,
            Ordering::Equal => (one, other) = tokio::try_join!(here.try_next(), there.try_next())?,
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use futures_util::stream;
    use proptest::prelude::*;

    use super::*;

    fn merged(here: &[Digest], there: &[Digest], limit: usize) -> Vec<Unlike> {
        let rows = |rows: &[Digest]| stream::iter(rows.iter().cloned().map(Ok).collect::<Vec<_>>());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(unlike(rows(here), rows(there), limit)).unwrap()
    }

    fn digest(key: &str, hash: i64) -> Digest {
        let key = key.to_owned();
        Digest { key, hash }
    }

    #[test]
    fn each_kind_is_told_in_the_order_of_the_keys() {
        let here = [digest("a", 1), digest("b", 2), digest("d", 4)];
        let there = [digest("b", 3), digest("c", 3), digest("d", 4), digest("e", 5)];
        let expected = [
            Unlike::OnlyHere("a".into()),
            Unlike::Changed("b".into()),
            Unlike::OnlyThere("c".into()),
            Unlike::OnlyThere("e".into()),
        ];
        assert_eq!(merged(&here, &there, 9), expected);
        assert_eq!(merged(&here, &there, 2), expected[..2]);
    }

    #[test]
    fn a_row_that_is_there_twice_is_not_one_that_is_there_once() {
        let (once, twice) = ([digest("(a)", 1)], [digest("(a)", 1), digest("(a)", 1)]);
        assert_eq!(merged(&twice, &once, 9), [Unlike::OnlyHere("(a)".into())]);
        assert_eq!(merged(&twice, &twice, 9), []);
    }

    proptest! {
        #[test]
        fn it_finds_what_two_maps_beside_each_other_show(
            here in rows(),
            there in rows(),
        ) {
            let keys: BTreeSet<&u8> = here.keys().chain(there.keys()).collect();
            let expected: Vec<Unlike> = keys
                .into_iter()
                .filter_map(|key| match (here.get(key), there.get(key)) {
                    (Some(one), Some(other)) if one == other => None,
                    (Some(_), Some(_)) => Some(Unlike::Changed(text(key))),
                    (Some(_), None) => Some(Unlike::OnlyHere(text(key))),
                    _ => Some(Unlike::OnlyThere(text(key))),
                })
                .collect();
            let ordered = |side: &BTreeMap<u8, i64>| -> Vec<Digest> {
                side.iter().map(|(key, hash)| digest(&text(key), *hash)).collect()
            };
            prop_assert_eq!(merged(&ordered(&here), &ordered(&there), usize::MAX), expected);
        }
    }

    /// Few keys and fewer hashes, so that the two sides have many in common.
    fn rows() -> impl Strategy<Value = BTreeMap<u8, i64>> {
        prop::collection::btree_map(0..20_u8, 0..3_i64, 0..15)
    }

    fn text(key: &u8) -> String {
        format!("{key:02}")
    }
}
