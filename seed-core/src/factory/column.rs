//! A column of a record: made of the domain's value, and read and written as PostgREST does it in JSON.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::embedded::{EmailAddress, Nutrition, Participant, PhoneNumber};
use crate::domain::Record;
use crate::domain::value::{NUTRIENTS, Value};
use crate::industry::Cents;
use crate::row::{Key, RowId, UuidSpace};

/// What the keys in a row depend on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    pub seed: u64,
    /// Key of the owner in the table of people.
    pub owner: Option<i64>,
}

impl Origin {
    fn key(&self, record: Record, row: RowId) -> Uuid {
        UuidSpace::new(self.seed, record).key(row)
    }
}

/// The type of a column.
pub(crate) trait Column: Serialize + DeserializeOwned {
    /// The value in this type; `None` where it is null.
    fn of(value: Value<'_>, origin: &Origin) -> Option<Self>;

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

/// The half of `#[serde(with = "column")]` that writes.
pub(crate) fn serialize<C: Column, S: Serializer>(column: &C, serializer: S) -> Result<S::Ok, S::Error> {
    column.write(serializer)
}

/// The half of `#[serde(with = "column")]` that reads.
pub(crate) fn deserialize<'de, C: Column, D: Deserializer<'de>>(deserializer: D) -> Result<C, D::Error> {
    C::read(deserializer)
}

impl<C: Column> Column for Option<C> {
    fn of(value: Value<'_>, origin: &Origin) -> Option<Self> {
        Some(C::of(value, origin))
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(column) => column.write(serializer),
            None => serializer.serialize_none(),
        }
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Given<C>(C);
        impl<'de, C: Column> Deserialize<'de> for Given<C> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                C::read(deserializer).map(Given)
            }
        }
        Ok(Option::<Given<C>>::deserialize(deserializer)?.map(|Given(column)| column))
    }
}

impl Column for bool {
    fn of(value: Value<'_>, _: &Origin) -> Option<Self> {
        match value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }
}

impl Column for i64 {
    fn of(value: Value<'_>, origin: &Origin) -> Option<Self> {
        match value {
            Value::Int(value) => Some(value),
            Value::Owner => origin.owner,
            _ => None,
        }
    }
}

impl Column for String {
    /// Of several addresses a text holds the first.
    fn of(value: Value<'_>, _: &Origin) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.to_owned()),
            Value::Channels(channels) => channels.items.first().map(|(address, _)| (*address).to_owned()),
            _ => None,
        }
    }
}

impl Column for Uuid {
    fn of(value: Value<'_>, origin: &Origin) -> Option<Self> {
        match value {
            Value::Row(record, row) => Some(origin.key(record, row)),
            Value::Key(Key::Uuid(key)) => Some(key),
            _ => None,
        }
    }
}

impl Column for Cents {
    fn of(value: Value<'_>, _: &Origin) -> Option<Self> {
        match value {
            Value::Money(cents) => Some(Self(cents)),
            _ => None,
        }
    }

    /// A number, as `numeric` is one in JSON.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0 as f64 / 100.0)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let amount = f64::deserialize(deserializer)? * 100.0;
        match amount.abs() < i64::MAX as f64 {
            true => Ok(Self(amount.round() as i64)),
            false => Err(D::Error::custom("an amount of money that is too large")),
        }
    }
}

impl Column for Timestamp {
    fn of(value: Value<'_>, _: &Origin) -> Option<Self> {
        match value {
            Value::Moment(micros) => Self::from_microsecond(micros).ok(),
            _ => None,
        }
    }

    /// With the offset written out, as PostgreSQL does it.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.display_with_offset(jiff::tz::Offset::UTC))
    }
}

impl Column for Date {
    fn of(value: Value<'_>, origin: &Origin) -> Option<Self> {
        Timestamp::of(value, origin).map(|instant| instant.to_zoned(TimeZone::UTC).date())
    }
}

impl Column for Vec<String> {
    fn of(value: Value<'_>, _: &Origin) -> Option<Self> {
        match value {
            Value::Texts(texts) => Some(texts.iter().map(|text| (*text).to_owned()).collect()),
            Value::Tags(tags) => Some(tags.iter().map(|(_, name)| (*name).to_owned()).collect()),
            _ => None,
        }
    }
}

impl Column for Vec<Uuid> {
    fn of(value: Value<'_>, origin: &Origin) -> Option<Self> {
        match value {
            Value::Rows(record, rows) => Some(rows.iter().map(|row| origin.key(record, *row)).collect()),
            _ => None,
        }
    }
}

impl Column for Vec<EmailAddress> {
    fn of(value: Value<'_>, _: &Origin) -> Option<Self> {
        addresses(value, |(email, kind)| EmailAddress { email, kind })
    }
}

impl Column for Vec<PhoneNumber> {
    fn of(value: Value<'_>, _: &Origin) -> Option<Self> {
        addresses(value, |(number, kind)| PhoneNumber { number, kind })
    }
}

fn addresses<A>(value: Value<'_>, address: impl Fn((String, String)) -> A) -> Option<Vec<A>> {
    let Value::Channels(channels) = value else {
        return None;
    };
    let items = channels.items.iter();
    Some(
        items
            .map(|(text, kind)| address(((*text).to_owned(), (*kind).to_owned())))
            .collect(),
    )
}

impl Column for Vec<Participant> {
    fn of(value: Value<'_>, origin: &Origin) -> Option<Self> {
        let Value::Participants(participants) = value else {
            return None;
        };
        let participants = participants.iter().map(|participant| Participant {
            contact_id: origin.key(Record::Contact, participant.contact),
            participated: participant.participated,
            notes: participant.notes.to_owned(),
        });
        Some(participants.collect())
    }
}

impl Column for Nutrition {
    fn of(value: Value<'_>, _: &Origin) -> Option<Self> {
        let Value::Panel(panel) = value else {
            return None;
        };
        let nutrients = NUTRIENTS.iter().zip(panel.nutrients);
        Some(Self {
            serving_size: panel.serving_size.to_owned(),
            servings_per_container: panel.servings_per_container,
            calories: panel.calories,
            nutrients: nutrients
                .map(|(name, tenths)| ((*name).to_owned(), tenths as f64 / 10.0))
                .collect(),
        })
    }
}
