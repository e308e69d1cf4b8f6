//! What a column can take.

use std::fmt::Write;

use super::keys::{KeyKind, Keys};
use crate::catalog::ColumnType;
use crate::domain::Record;
use crate::domain::value::Shape;
use crate::encode::{Cell, Visitor, Wire};

/// What a column is made of, reduced to what matters when a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Bool,
    /// Whole numbers of so many bytes; money in cents or in whole units.
    Int {
        bytes: u8,
        cents: bool,
    },
    Float {
        bytes: u8,
    },
    Decimal {
        scale: u16,
    },
    Text {
        max_length: Option<u32>,
    },
    Uuid,
    Date,
    Instant {
        zoned: bool,
    },
    Json,
    Jsonb,
    Array {
        element_oid: u32,
        element: Element,
    },
}

/// What an array holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    Text,
    Uuid,
    Int { bytes: u8 },
}

impl Target {
    /// How values of that shape go into a column of that type; `None` where they do not.
    pub fn new(shape: Shape, kind: &ColumnType, name: &str, keys: &Keys) -> Option<Self> {
        let target = Self::of(kind, name)?;
        let key_fits = |record: Record, target: Target| match keys.kind(record) {
            Some(KeyKind::Uuid(_)) => matches!(target, Self::Uuid | Self::Text { .. }),
            Some(KeyKind::Integer(_)) => matches!(target, Self::Int { .. }),
            None => false,
        };
        let number = matches!(
            target,
            Self::Int { .. } | Self::Float { .. } | Self::Decimal { .. } | Self::Text { .. }
        );
        let json = matches!(target, Self::Json | Self::Jsonb);
        let text = matches!(target, Self::Text { .. });
        let texts = matches!(
            target,
            Self::Array {
                element: Element::Text,
                ..
            }
        );
        let keyed = |record| match target {
            Self::Array {
                element: Element::Uuid,
                ..
            } => matches!(keys.kind(record), Some(KeyKind::Uuid(_))),
            Self::Array {
                element: Element::Int { .. },
                ..
            } => {
                matches!(keys.kind(record), Some(KeyKind::Integer(_)))
            }
            _ => false,
        };
        let fits = match shape {
            Shape::Bool => target == Self::Bool,
            Shape::Int | Shape::Money => number,
            Shape::Text => text || json || texts,
            Shape::Moment => text || matches!(target, Self::Date | Self::Instant { .. }),
            Shape::Row(record) => key_fits(record, target),
            Shape::Rows(record) => json && keys.kind(record).is_some() || keyed(record),
            Shape::Texts | Shape::Channels => text || json || texts,
            Shape::Tags => text || json || texts || keyed(Record::Tag),
            Shape::Participants => json && keys.kind(Record::Contact).is_some() || keyed(Record::Contact),
            Shape::Panel => json,
            Shape::Owner => text || matches!(target, Self::Uuid | Self::Int { .. }),
        };
        fits.then_some(target)
    }

    fn of(kind: &ColumnType, name: &str) -> Option<Self> {
        let int = |bytes| Self::Int {
            bytes,
            cents: name.to_ascii_lowercase().contains("cents"),
        };
        Some(match kind {
            ColumnType::Boolean => Self::Bool,
            ColumnType::SmallInt => int(2),
            ColumnType::Integer => int(4),
            ColumnType::BigInt => int(8),
            ColumnType::Real => Self::Float { bytes: 4 },
            ColumnType::Double => Self::Float { bytes: 8 },
            ColumnType::Numeric { scale, .. } => Self::Decimal {
                scale: scale.unwrap_or(2).min(2),
            },
            ColumnType::Text { max_length } => Self::Text {
                max_length: *max_length,
            },
            ColumnType::Enum { .. } => Self::Text { max_length: None },
            ColumnType::Uuid => Self::Uuid,
            ColumnType::Date => Self::Date,
            ColumnType::Timestamp => Self::Instant { zoned: false },
            ColumnType::TimestampTz => Self::Instant { zoned: true },
            ColumnType::Json => Self::Json,
            ColumnType::Jsonb => Self::Jsonb,
            ColumnType::Array { element, element_oid } => {
                let element = match **element {
                    ColumnType::Text { .. } => Element::Text,
                    ColumnType::Uuid => Element::Uuid,
                    ColumnType::SmallInt => Element::Int { bytes: 2 },
                    ColumnType::Integer => Element::Int { bytes: 4 },
                    ColumnType::BigInt => Element::Int { bytes: 8 },
                    _ => return None,
                };
                Self::Array {
                    element_oid: *element_oid,
                    element,
                }
            }
            _ => return None,
        })
    }

    /// With no more characters than that.
    pub fn shortened(self, longest: Option<u32>) -> Self {
        match self {
            Self::Text { max_length } => Self::Text {
                max_length: [max_length, longest].into_iter().flatten().min(),
            },
            other => other,
        }
    }

    /// Gives a number of units of `10^-scale`, scale 0 or 2, to the cell.
    pub fn number<V: Visitor>(self, units: i64, scale: u16, buffer: &mut String, cell: Cell<'_, V>) {
        let whole = if scale == 2 {
            (units + 50).div_euclid(100)
        } else {
            units
        };
        match self {
            Self::Int { bytes, cents: true } if scale == 2 => int(units, bytes, cell),
            Self::Int { bytes, .. } => int(whole, bytes, cell),
            Self::Float { bytes: 4 } => cell.take(Wire::Float32(units as f32 / 10_f32.powi(scale.into()))),
            Self::Float { .. } => cell.take(Wire::Float64(units as f64 / 10_f64.powi(scale.into()))),
            Self::Decimal { scale: 2 } if scale == 2 => cell.take(Wire::Decimal { units, scale }),
            Self::Decimal { scale: 1 } if scale == 2 => cell.take(Wire::Decimal {
                units: (units + 5).div_euclid(10),
                scale: 1,
            }),
            Self::Decimal { .. } => cell.take(Wire::Decimal {
                units: whole,
                scale: 0,
            }),
            _ if scale == 2 => {
                let _ = write!(buffer, "{}.{:02}", units / 100, units % 100);
                cell.take(Wire::Text(buffer));
            }
            _ => {
                let _ = write!(buffer, "{units}");
                cell.take(Wire::Text(buffer));
            }
        }
    }

    /// The largest money in cents that fits.
    pub fn money_limit(self, kind: &ColumnType) -> i64 {
        match (self, kind) {
            (Self::Int { bytes, cents: true }, _) => largest(bytes),
            (Self::Int { bytes, .. }, _) => largest(bytes).saturating_mul(100),
            (
                _,
                ColumnType::Numeric {
                    precision: Some(precision),
                    scale,
                },
            ) => {
                let digits = u32::from(precision.saturating_sub(scale.unwrap_or(0)));
                10_i64.checked_pow(digits + 2).map_or(i64::MAX, |limit| limit - 1)
            }
            _ => i64::MAX,
        }
    }
}

/// The largest whole number of so many bytes.
pub(crate) fn largest(bytes: u8) -> i64 {
    i64::MAX >> (64 - 8 * u32::from(bytes))
}

/// Gives a whole number of so many bytes to the cell; the binder sees to it that it fits.
#[inline(always)]
pub(crate) fn int<V: Visitor>(value: i64, bytes: u8, cell: Cell<'_, V>) {
    match bytes {
        2 => cell.take(Wire::Int16(i16::try_from(value).unwrap_or(i16::MAX))),
        4 => cell.take(Wire::Int32(i32::try_from(value).unwrap_or(i32::MAX))),
        _ => cell.take(Wire::Int64(value)),
    }
}
