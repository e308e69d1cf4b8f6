//! One column: what fills it, and how a value becomes one of its type.

use std::fmt::Write;

use super::keys::Keys;
use super::target::{Element, Target};
use crate::domain::value::{Few, Value};
use crate::domain::{Field, Record};
use crate::encode::text::EPOCH_DAYS;
use crate::encode::{Item, Wire, json};
use crate::row::Key;
use crate::spec::Owner;

const DAY: i64 = 86_400_000_000;

/// A column that will be filled.
#[derive(Debug, Clone)]
pub struct BoundColumn {
    /// Its name in the live table.
    pub name: String,
    /// The field that fills it.
    pub field: Field,
    pub(crate) target: Target,
    /// Our words and the column's, where they differ.
    pub(crate) labels: Vec<(String, String)>,
    /// What stands where a field has no value and the column wants one.
    pub(crate) stand_in: StandIn,
    /// Per slot, for columns that name the owner.
    pub(crate) owners: Vec<Option<Key>>,
}

/// What stands for null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StandIn {
    Null,
    Empty,
}

impl BoundColumn {
    /// Our words and the column's, where they differ.
    pub fn labels(&self) -> &[(String, String)] {
        &self.labels
    }

    /// The value in the column's type; what has to be put together goes into `buffer`, which comes empty.
    pub(crate) fn fit<'s>(
        &'s self,
        value: Value<'s>,
        slot: u16,
        keys: &Keys,
        buffer: &'s mut String,
    ) -> Wire<'s> {
        match value {
            Value::Null => self.nothing(),
            Value::Owner => match self.owners.get(usize::from(slot)).copied().flatten() {
                Some(key) => self.key(key, buffer),
                None => Wire::Null,
            },
            Value::Row(record, row) => match keys.key(record, row) {
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
            Value::Int(value) => self.number(value, 0, buffer),
            Value::Money(cents) => self.number(cents, 2, buffer),
            Value::Moment(micros) => self.moment(micros, buffer),
            Value::Text(text) => self.text(text),
            Value::Texts(texts) => self.texts(&texts, buffer),
            Value::Channels(channels) => {
                let mut texts = Few::none("");
                channels
                    .items
                    .iter()
                    .for_each(|(address, _)| texts.push(*address));
                match self.target {
                    Target::Text { .. } => self.text(texts[0]),
                    _ => self.texts(&texts, buffer),
                }
            }
            Value::Rows(record, rows) => self.rows(record, rows.iter().copied(), keys),
            Value::Participants(present) => self.rows(
                Record::Contact,
                present.iter().map(|participant| participant.contact),
                keys,
            ),
            // Panels go into JSON only.
            Value::Panel(_) => Wire::Null,
        }
    }

    fn nothing(&self) -> Wire<'static> {
        match (self.stand_in, self.target) {
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

    /// A number of units of `10^-scale`, scale 0 or 2.
    fn number<'s>(&self, units: i64, scale: u16, buffer: &'s mut String) -> Wire<'s> {
        let whole = if scale == 2 {
            (units + 50).div_euclid(100)
        } else {
            units
        };
        match self.target {
            Target::Int { bytes, cents: true } if scale == 2 => int(units, bytes),
            Target::Int { bytes, .. } => int(whole, bytes),
            Target::Float { bytes: 4 } => Wire::Float32(units as f32 / 10_f32.powi(scale.into())),
            Target::Float { .. } => Wire::Float64(units as f64 / 10_f64.powi(scale.into())),
            Target::Decimal { scale: 2 } if scale == 2 => Wire::Decimal { units, scale },
            Target::Decimal { scale: 1 } if scale == 2 => Wire::Decimal {
                units: (units + 5).div_euclid(10),
                scale: 1,
            },
            Target::Decimal { .. } => Wire::Decimal {
                units: whole,
                scale: 0,
            },
            _ if scale == 2 => {
                let _ = write!(buffer, "{}.{:02}", units / 100, units % 100);
                Wire::Text(buffer)
            }
            _ => {
                let _ = write!(buffer, "{units}");
                Wire::Text(buffer)
            }
        }
    }

    fn moment<'s>(&self, micros: i64, buffer: &'s mut String) -> Wire<'s> {
        match self.target {
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
                Wire::Text(buffer)
            }
        }
    }

    fn text<'s>(&'s self, text: &'s str) -> Wire<'s> {
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
            Target::Text {
                max_length: Some(most),
            } => Wire::Text(cut(label, most as usize)),
            _ => Wire::Text(label),
        }
    }

    fn texts<'s>(&'s self, texts: &Few<&'s str>, buffer: &'s mut String) -> Wire<'s> {
        let Target::Array { element_oid, .. } = self.target else {
            for (index, text) in texts.iter().enumerate() {
                let comma = if index == 0 { "" } else { ", " };
                let _ = write!(buffer, "{comma}{text}");
            }
            return self.text(buffer);
        };
        let mut items = Few::none(Item::Text(""));
        texts.iter().for_each(|text| items.push(Item::Text(text)));
        Wire::Array { element_oid, items }
    }

    fn rows(
        &self,
        record: Record,
        rows: impl Iterator<Item = crate::row::RowId>,
        keys: &Keys,
    ) -> Wire<'static> {
        let Target::Array { element_oid, element } = self.target else {
            return Wire::Null;
        };
        let mut items = Few::none(Item::Int16(0));
        for key in rows.filter_map(|row| keys.key(record, row)) {
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

fn int(value: i64, bytes: u8) -> Wire<'static> {
    match bytes {
        2 => Wire::Int16(i16::try_from(value).unwrap_or(i16::MAX)),
        4 => Wire::Int32(i32::try_from(value).unwrap_or(i32::MAX)),
        _ => Wire::Int64(value),
    }
}

/// The first so many characters.
fn cut(text: &str, most: usize) -> &str {
    text.char_indices()
        .nth(most)
        .map_or(text, |(end, _)| text[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(target: Target) -> BoundColumn {
        let (labels, owners) = (
            vec![("critical".into(), "urgent".into())],
            vec![None, Some(Key::Integer(9))],
        );
        BoundColumn {
            name: "c".into(),
            field: Field::Name,
            target,
            labels,
            stand_in: StandIn::Empty,
            owners,
        }
    }

    fn check(target: Target, value: Value<'_>, expect: Option<&str>) {
        let (pack, mut buffer) = (column(target), String::new());
        let keys = Keys::default();
        let wire = pack.fit(value, 1, &keys, &mut buffer);
        assert_eq!(
            crate::encode::text::write(wire).as_deref(),
            expect,
            "{value:?} as {target:?}"
        );
    }

    #[test]
    fn money_and_numbers_fit_the_type() {
        check(Target::Decimal { scale: 2 }, Value::Money(1250), Some("12.50"));
        check(
            Target::Int {
                bytes: 8,
                cents: false,
            },
            Value::Money(1250),
            Some("13"),
        );
        check(
            Target::Int {
                bytes: 4,
                cents: true,
            },
            Value::Money(1250),
            Some("1250"),
        );
        check(Target::Text { max_length: None }, Value::Money(5), Some("0.05"));
        check(Target::Float { bytes: 8 }, Value::Int(70), Some("70"));
    }

    #[test]
    fn moments_fit_the_type() {
        let noon = 946_728_000_000_000;
        check(Target::Date, Value::Moment(noon), Some("2000-01-01"));
        check(
            Target::Instant { zoned: false },
            Value::Moment(noon),
            Some("2000-01-01 12:00:00"),
        );
        check(
            Target::Text { max_length: None },
            Value::Moment(noon),
            Some("2000-01-01T12:00:00Z"),
        );
    }

    #[test]
    fn texts_are_labelled_cut_and_listed() {
        let array = Target::Array {
            element_oid: 25,
            element: Element::Text,
        };
        check(
            Target::Text { max_length: None },
            Value::Text("critical"),
            Some("urgent"),
        );
        check(
            Target::Text { max_length: Some(5) },
            Value::Text("naïve fool"),
            Some("naïve"),
        );
        check(array, Value::Text("one"), Some("{\"one\"}"));
        check(array, Value::Null, Some("{}"));
        check(Target::Jsonb, Value::Text("a \"b\""), Some("\"a \\\"b\\\"\""));
        check(
            Target::Int {
                bytes: 8,
                cents: false,
            },
            Value::Owner,
            Some("9"),
        );
    }
}
