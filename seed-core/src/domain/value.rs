//! What a field can be, before any database has a say in it.

use std::ops::Deref;

use crate::domain::Record;
use crate::row::{Key, RowId};

/// The value of one field of one row. Instants are microseconds since 1970, money is cents.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Money(i64),
    Text(&'a str),
    Moment(i64),
    Row(Record, RowId),
    /// A row that the database had before.
    Key(Key),
    Rows(Record, Few<RowId>),
    Texts(Few<&'a str>),
    /// Tags by number and name.
    Tags(Few<(u64, &'a str)>),
    Channels(Channels<'a>),
    Participants(Few<Participant>),
    Panel(Panel),
    /// Whoever owns the row.
    Owner,
}

/// What a field's values are, so that a column can be judged before there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Bool,
    Int,
    Money,
    Text,
    Moment,
    Row(Record),
    Rows(Record),
    Texts,
    Tags,
    Channels,
    Participants,
    Panel,
    Owner,
}

/// E-mail addresses or telephone numbers, each with its type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Channels<'a> {
    /// What the address is called in JSON: `email`, `number`.
    pub label: &'static str,
    pub items: Few<(&'a str, &'static str)>,
}

/// Someone in a meeting or a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Participant {
    pub contact: RowId,
    pub participated: bool,
    pub notes: &'static str,
}

/// A nutrition panel for one serving; amounts of nutrients are tenths of their unit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panel {
    pub serving_size: &'static str,
    pub servings_per_container: i64,
    pub calories: i64,
    /// In the order of [`NUTRIENTS`].
    pub nutrients: [i64; NUTRIENTS.len()],
}

/// What a panel lists, each with its unit.
pub(crate) const NUTRIENTS: [&str; 14] = [
    "total_fat_g",
    "saturated_fat_g",
    "trans_fat_g",
    "cholesterol_mg",
    "sodium_mg",
    "total_carbohydrate_g",
    "dietary_fiber_g",
    "total_sugars_g",
    "added_sugars_g",
    "protein_g",
    "vitamin_d_mcg",
    "calcium_mg",
    "iron_mg",
    "potassium_mg",
];

/// Up to four things, without a heap.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Few<T> {
    items: [T; 4],
    length: usize,
}

impl<T: Copy> Few<T> {
    pub fn one(item: T) -> Self {
        Self {
            items: [item; 4],
            length: 1,
        }
    }

    /// None of them; `filler` is never seen.
    pub fn none(filler: T) -> Self {
        Self {
            items: [filler; 4],
            length: 0,
        }
    }

    /// Adds one; the fifth and later are left out.
    pub fn push(&mut self, item: T) {
        if let Some(place) = self.items.get_mut(self.length) {
            *place = item;
            self.length += 1;
        }
    }

    pub fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items[..self.length]
    }
}
