//! How a field's value becomes one of its column's type.

use std::fmt::Write;

use super::flag::YES;
use super::keys::Keys;
use super::number::Numbered;
use super::phone::{Spelling, spell};
use super::target::{Element, Target, int};
use crate::domain::Record;
use crate::domain::value::{Few, Value};
use crate::encode::text::EPOCH_DAYS;
use crate::encode::{Item, Wire, json};
use crate::row::{Key, RowId};
use crate::spec::Owner;

const DAY: i64 = 86_400_000_000;

/// What is decided for a column before the first value.
#[derive(Debug, Clone)]
pub(crate) struct Fit {
    pub target: Target,
    /// Our words and the column's, where they differ.
    pub labels: Vec<(String, String)>,
    /// What stands where a field has no value and the column wants one.
    pub stand_in: StandIn,
    /// What is done to whole numbers.
    pub amend: Amend,
    /// Whether texts carry the row's number, so that no two are the same.
    pub numbered: Numbered,
    /// How telephone numbers are written, where not as ours.
    pub spelling: Option<Spelling>,
    /// Per slot, for columns that name the owner.
    pub owners: Vec<Option<Key>>,
    /// Per number, for columns that hold keys of tags.
    pub tags: Vec<Option<Key>>,
}

/// What stands for null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StandIn {
    Null,
    Empty,
}

/// What is done to a whole number so that the column's checks take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Amend {
    Nothing,
    /// The next one that is allowed.
    Clamp(i64, i64),
    /// So much is added.
    Shift(i64),
    /// Percent become a part of one.
    Fraction,
}

impl Fit {
    /// Values as they are, in that type.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            labels: Vec::new(),
            stand_in: StandIn::Null,
            amend: Amend::Nothing,
            numbered: Numbered::NEVER,
            spelling: None,
            owners: Vec::new(),
            tags: Vec::new(),
        }
    }

    /// The value in the column's type; what has to be put together goes into `buffer`, which comes empty.
    pub fn fit<'s>(&'s self, value: Value<'s>, row: RowId, keys: &Keys, buffer: &'s mut String) -> Wire<'s> {
        match value {
            Value::Null => self.nothing(),
            Value::Owner => match self.owners.get(usize::from(row.slot())).copied().flatten() {
                Some(key) => self.key(key, buffer),
                None => Wire::Null,
            },
            Value::Row(record, other) => match keys.key(record, other) {
                Some(key) => self.key(key, buffer),
                None => Wire::Null,
            },
            Value::Key(key) => self.key(key, buffer),
            _ if matches!(self.target, Target::Json | Target::Jsonb) => {
                json::write(value, keys, buffer);
                if self.target == Target::Json {
                    Wire::Json(buffer)
                } else {
                    Wire::Jsonb(buffer)
                }
            }
            Value::Bool(value) => Wire::Bool(value),
            Value::Int(value) => self.whole(value, buffer),
            Value::Money(cents) => self.target.number(cents, 2, buffer),
            Value::Moment(micros) => self.moment(micros, buffer),
            Value::Text(text) => self.text(text, row, buffer),
            Value::Texts(texts) => self.texts(&texts, buffer),
            Value::Channels(channels) => {
                let mut texts = Few::none("");
                channels
                    .items
                    .iter()
                    .for_each(|(address, _)| texts.push(*address));
                match self.target {
                    Target::Text { .. } => self.text(texts[0], row, buffer),
                    _ => self.texts(&texts, buffer),
                }
            }
            Value::Tags(tags) if matches!(self.target, Target::Array { element, .. } if element != Element::Text) =>
            {
                let key = |number: u64| self.tags.get(number as usize).copied().flatten();
                self.array(tags.iter().filter_map(|(number, _)| key(*number)))
            }
            Value::Tags(tags) => {
                let mut names = Few::none("");
                tags.iter().for_each(|(_, name)| names.push(*name));
                self.texts(&names, buffer)
            }
            Value::Rows(record, rows) => self.array(rows.iter().filter_map(|row| keys.key(record, *row))),
            Value::Participants(present) => self.array(
                present
                    .iter()
                    .filter_map(|one| keys.key(Record::Contact, one.contact)),
            ),
            // Panels go into JSON only.
            Value::Panel(_) => Wire::Null,
        }
    }

    fn nothing(&self) -> Wire<'static> {
        match (self.stand_in, self.target) {
            // That there is nothing is an answer.
            (_, Target::Bool) => Wire::Bool(false),
            (StandIn::Null, _) => Wire::Null,
            (StandIn::Empty, Target::Json) => Wire::Json("[]"),
            (StandIn::Empty, Target::Jsonb) => Wire::Jsonb("[]"),
            (StandIn::Empty, Target::Array { element_oid, .. }) => Wire::Array {
                element_oid,
                items: Few::none(Item::Int16(0)),
            },
            (StandIn::Empty, _) => Wire::Text(""),
        }
    }

    fn key<'s>(&self, key: Key, buffer: &'s mut String) -> Wire<'s> {
        match (key, self.target) {
            (Key::Uuid(uuid), Target::Uuid) => Wire::Uuid(uuid),
            (Key::Uuid(uuid), _) => {
                let _ = write!(buffer, "{uuid}");
                Wire::Text(buffer)
            }
            (Key::Integer(number), Target::Text { .. }) => {
                let _ = write!(buffer, "{number}");
                Wire::Text(buffer)
            }
            (Key::Integer(number), Target::Int { bytes, .. }) => int(number, bytes),
            (Key::Integer(_), _) => Wire::Null,
        }
    }

    fn moment<'s>(&self, micros: i64, buffer: &'s mut String) -> Wire<'s> {
        match self.target {
            Target::Bool => Wire::Bool(true),
            Target::Date => Wire::Date((micros.div_euclid(DAY) - EPOCH_DAYS) as i32),
            Target::Instant { zoned } => Wire::Instant {
                micros: micros - EPOCH_DAYS * DAY,
                zoned,
            },
            _ => {
                let _ = write!(
                    buffer,
                    "{}",
                    jiff::Timestamp::from_microsecond(micros).unwrap_or_default()
                );
                // The day is what a short text has room for.
                match self.target {
                    Target::Text {
                        max_length: Some(most),
                    } if buffer.len() > most as usize => Wire::Text(&buffer[..10]),
                    _ => Wire::Text(buffer),
                }
            }
        }
    }

    fn whole<'s>(&self, value: i64, buffer: &'s mut String) -> Wire<'s> {
        match self.amend {
            Amend::Nothing => self.target.number(value, 0, buffer),
            Amend::Clamp(low, high) => self.target.number(value.clamp(low, high), 0, buffer),
            Amend::Shift(by) => self.target.number(value + by, 0, buffer),
            Amend::Fraction => self.target.number(value, 2, buffer),
        }
    }

    fn text<'s>(&'s self, text: &'s str, row: RowId, buffer: &'s mut String) -> Wire<'s> {
        let label = self
            .labels
            .iter()
            .find(|(ours, _)| ours == text)
            .map_or(text, |(_, theirs)| theirs);
        match self.target {
            Target::Array { element_oid, .. } => Wire::Array {
                element_oid,
                items: Few::one(Item::Text(label)),
            },
            Target::Text { .. } if let Some(spelling) = self.spelling => {
                spell(spelling, label, buffer);
                Wire::Text(buffer)
            }
            Target::Text { max_length } => Wire::Text(self.numbered.write(label, row, max_length, buffer)),
            Target::Bool => Wire::Bool(label == YES),
            // A grade: the binder allows only labels that are numbers.
            Target::Int { bytes, .. } => int(label.parse().unwrap_or_default(), bytes),
            _ => Wire::Text(label),
        }
    }

    fn texts<'s>(&'s self, texts: &Few<&'s str>, buffer: &'s mut String) -> Wire<'s> {
        if let Target::Array { element_oid, .. } = self.target {
            let mut items = Few::none(Item::Text(""));
            texts.iter().for_each(|text| items.push(Item::Text(text)));
            return Wire::Array { element_oid, items };
        }
        for (index, text) in texts.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            let _ = write!(buffer, "{comma}{text}");
        }
        match self.target {
            Target::Text {
                max_length: Some(most),
            } => Wire::Text(cut(buffer, most as usize)),
            _ => Wire::Text(buffer),
        }
    }

    fn array(&self, keys: impl Iterator<Item = Key>) -> Wire<'static> {
        let Target::Array { element_oid, element } = self.target else {
            return Wire::Null;
        };
        let mut items = Few::none(Item::Int16(0));
        for key in keys {
            items.push(match (key, element) {
                (Key::Uuid(uuid), _) => Item::Uuid(uuid),
                (Key::Integer(number), Element::Int { bytes: 2 }) => Item::Int16(number as i16),
                (Key::Integer(number), Element::Int { bytes: 4 }) => Item::Int32(number as i32),
                (Key::Integer(number), _) => Item::Int64(number),
            });
        }
        Wire::Array { element_oid, items }
    }
}

/// The owners' keys for a column that points at users (`of_users`), or at the table of people.
pub(crate) fn owner_keys(owners: &[Owner], target: Target, of_users: bool) -> Vec<Option<Key>> {
    let slots = owners
        .iter()
        .map(|owner| usize::from(owner.slot) + 1)
        .max()
        .unwrap_or(0);
    let mut keys = vec![None; slots];
    for owner in owners {
        let user = owner.user_id.map(Key::Uuid);
        let profile = owner.profile_id;
        let fits = |key: &Key| match target {
            Target::Uuid => matches!(key, Key::Uuid(_)),
            Target::Int { .. } => matches!(key, Key::Integer(_)),
            _ => true,
        };
        keys[usize::from(owner.slot)] = if of_users {
            user
        } else {
            profile.filter(fits).or(user)
        }
        .filter(fits);
    }
    keys
}

/// The first so many characters.
pub(super) fn cut(text: &str, most: usize) -> &str {
    // There are no more characters than bytes, and counting the former takes longer than all else.
    if text.len() <= most {
        return text;
    }
    text.char_indices()
        .nth(most)
        .map_or(text, |(end, _)| text[..end].trim_end())
}

#[cfg(test)]
mod tests;
