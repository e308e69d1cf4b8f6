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
use crate::encode::{Cell, Item, Visitor, Wire, json};
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

    /// Gives the value in the column's type to the cell; what has to be put together goes into `buffer`, which comes
    /// empty.
    // Inlined, as are those below: calls would cost more than what most values need.
    #[inline(always)]
    pub fn fit<V: Visitor>(
        &self,
        value: Value<'_>,
        row: RowId,
        keys: &Keys,
        buffer: &mut String,
        cell: Cell<'_, V>,
    ) {
        match value {
            Value::Null => self.nothing(cell),
            Value::Owner => self.key(
                self.owners.get(usize::from(row.slot())).copied().flatten(),
                buffer,
                cell,
            ),
            Value::Row(record, other) => self.key(keys.key(record, other), buffer, cell),
            Value::Key(key) => self.key(Some(key), buffer, cell),
            _ if matches!(self.target, Target::Json | Target::Jsonb) => {
                json::write(value, keys, buffer);
                match self.target {
                    Target::Json => cell.take(Wire::Json(buffer)),
                    _ => cell.take(Wire::Jsonb(buffer)),
                }
            }
            Value::Bool(value) => cell.take(Wire::Bool(value)),
            Value::Int(value) => self.whole(value, buffer, cell),
            Value::Money(cents) => self.target.number(cents, 2, buffer, cell),
            Value::Moment(micros) => self.moment(micros, buffer, cell),
            Value::Text(text) => self.text(text, row, buffer, cell),
            Value::Texts(texts) => self.texts(&texts, buffer, cell),
            Value::Channels(channels) => {
                let mut texts = Few::none("");
                channels
                    .items
                    .iter()
                    .for_each(|(address, _)| texts.push(*address));
                match self.target {
                    Target::Text { .. } => self.text(texts[0], row, buffer, cell),
                    _ => self.texts(&texts, buffer, cell),
                }
            }
            Value::Tags(tags) if matches!(self.target, Target::Array { element, .. } if element != Element::Text) =>
            {
                let key = |number: u64| self.tags.get(number as usize).copied().flatten();
                cell.take(self.array(tags.iter().filter_map(|(number, _)| key(*number))));
            }
            Value::Tags(tags) => {
                let mut names = Few::none("");
                tags.iter().for_each(|(_, name)| names.push(*name));
                self.texts(&names, buffer, cell);
            }
            Value::Rows(record, rows) => {
                cell.take(self.array(rows.iter().filter_map(|row| keys.key(record, *row))));
            }
            Value::Participants(present) => cell.take(
                self.array(
                    present
                        .iter()
                        .filter_map(|one| keys.key(Record::Contact, one.contact)),
                ),
            ),
            // Panels go into JSON only.
            Value::Panel(_) => cell.take(Wire::Null),
        }
    }

    #[inline(always)]
    fn nothing<V: Visitor>(&self, cell: Cell<'_, V>) {
        match (self.stand_in, self.target) {
            // That there is nothing is an answer.
            (_, Target::Bool) => cell.take(Wire::Bool(false)),
            (StandIn::Null, _) => cell.take(Wire::Null),
            (StandIn::Empty, Target::Json) => cell.take(Wire::Json("[]")),
            (StandIn::Empty, Target::Jsonb) => cell.take(Wire::Jsonb("[]")),
            (StandIn::Empty, Target::Array { element_oid, .. }) => cell.take(Wire::Array {
                element_oid,
                items: Few::none(Item::Int16(0)),
            }),
            (StandIn::Empty, _) => cell.take(Wire::Text("")),
        }
    }

    #[inline(always)]
    fn key<V: Visitor>(&self, key: Option<Key>, buffer: &mut String, cell: Cell<'_, V>) {
        match (key, self.target) {
            (Some(Key::Uuid(uuid)), Target::Uuid) => cell.take(Wire::Uuid(uuid)),
            (Some(Key::Uuid(uuid)), _) => {
                let _ = write!(buffer, "{uuid}");
                cell.take(Wire::Text(buffer));
            }
            (Some(Key::Integer(number)), Target::Text { .. }) => {
                let _ = write!(buffer, "{number}");
                cell.take(Wire::Text(buffer));
            }
            (Some(Key::Integer(number)), Target::Int { bytes, .. }) => int(number, bytes, cell),
            (Some(Key::Integer(_)) | None, _) => cell.take(Wire::Null),
        }
    }

    #[inline(always)]
    fn moment<V: Visitor>(&self, micros: i64, buffer: &mut String, cell: Cell<'_, V>) {
        match self.target {
            Target::Bool => cell.take(Wire::Bool(true)),
            Target::Date => cell.take(Wire::Date((micros.div_euclid(DAY) - EPOCH_DAYS) as i32)),
            Target::Instant { zoned } => cell.take(Wire::Instant {
                micros: micros - EPOCH_DAYS * DAY,
                zoned,
            }),
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
                    } if buffer.len() > most as usize => cell.take(Wire::Text(&buffer[..10])),
                    _ => cell.take(Wire::Text(buffer)),
                }
            }
        }
    }

    #[inline(always)]
    fn whole<V: Visitor>(&self, value: i64, buffer: &mut String, cell: Cell<'_, V>) {
        match self.amend {
            Amend::Nothing => self.target.number(value, 0, buffer, cell),
            Amend::Clamp(low, high) => self.target.number(value.clamp(low, high), 0, buffer, cell),
            Amend::Shift(by) => self.target.number(value + by, 0, buffer, cell),
            Amend::Fraction => self.target.number(value, 2, buffer, cell),
        }
    }

    #[inline(always)]
    fn text<V: Visitor>(&self, text: &str, row: RowId, buffer: &mut String, cell: Cell<'_, V>) {
        let label = self
            .labels
            .iter()
            .find(|(ours, _)| ours == text)
            .map_or(text, |(_, theirs)| theirs);
        match self.target {
            Target::Array { element_oid, .. } => cell.take(Wire::Array {
                element_oid,
                items: Few::one(Item::Text(label)),
            }),
            Target::Text { .. } if let Some(spelling) = self.spelling => {
                spell(spelling, label, buffer);
                cell.take(Wire::Text(buffer));
            }
            Target::Text { max_length } => {
                cell.take(Wire::Text(self.numbered.write(label, row, max_length, buffer)));
            }
            Target::Bool => cell.take(Wire::Bool(label == YES)),
            // A grade: the binder allows only labels that are numbers.
            Target::Int { bytes, .. } => int(label.parse().unwrap_or_default(), bytes, cell),
            _ => cell.take(Wire::Text(label)),
        }
    }

    fn texts<V: Visitor>(&self, texts: &Few<&str>, buffer: &mut String, cell: Cell<'_, V>) {
        if let Target::Array { element_oid, .. } = self.target {
            let mut items = Few::none(Item::Text(""));
            texts.iter().for_each(|text| items.push(Item::Text(text)));
            return cell.take(Wire::Array { element_oid, items });
        }
        for (index, text) in texts.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            let _ = write!(buffer, "{comma}{text}");
        }
        match self.target {
            Target::Text {
                max_length: Some(most),
            } => cell.take(Wire::Text(cut(buffer, most as usize))),
            _ => cell.take(Wire::Text(buffer)),
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
