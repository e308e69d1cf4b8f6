//! Values that are the same wherever they stand, read and encoded once, when the plan is made.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use uuid::Uuid;

use crate::catalog::ColumnType;
use crate::encode::text::EPOCH_DAYS;
use crate::encode::{Wire, binary, text};

const DAY: i64 = 86_400_000_000;
/// Digits of a number that 64 bits hold in any case.
const MOST_DIGITS: usize = 18;

/// A value in the type of its column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Constant {
    /// Its length and its bytes.
    binary: Vec<u8>,
    text: String,
}

impl Constant {
    /// Reads a value as PostgreSQL would; `None` where the type does not take it.
    pub fn parse(text: &str, kind: &ColumnType) -> Option<Self> {
        let trimmed = text.trim();
        Some(match kind {
            ColumnType::Boolean => Self::of(Wire::Bool(boolean(trimmed)?)),
            ColumnType::SmallInt => Self::of(Wire::Int16(trimmed.parse().ok()?)),
            ColumnType::Integer => Self::of(Wire::Int32(trimmed.parse().ok()?)),
            ColumnType::BigInt => Self::of(Wire::Int64(trimmed.parse().ok()?)),
            ColumnType::Real => Self::of(Wire::Float32(
                trimmed.parse().ok().filter(|value: &f32| value.is_finite())?,
            )),
            ColumnType::Double => Self::of(Wire::Float64(
                trimmed.parse().ok().filter(|value: &f64| value.is_finite())?,
            )),
            ColumnType::Numeric { precision, scale } => {
                let (units, digits) = decimal(trimmed)?;
                let whole = units.unsigned_abs() / 10_u64.pow(u32::from(digits));
                let most = precision.map(|precision| precision.saturating_sub(scale.unwrap_or(0)));
                if most.is_some_and(|most| whole > 0 && whole.ilog10() >= u32::from(most)) {
                    return None;
                }
                Self::of(Wire::Decimal { units, scale: digits })
            }
            ColumnType::Text { max_length } => {
                let fits = max_length.is_none_or(|most| text.chars().count() <= most as usize);
                Self::of(Wire::Text(
                    Some(text).filter(|text| fits && !text.contains('\0'))?,
                ))
            }
            ColumnType::Enum { labels, .. } => {
                Self::of(Wire::Text(labels.iter().find(|label| *label == text)?))
            }
            ColumnType::Uuid => Self::of(Wire::Uuid(Uuid::parse_str(trimmed).ok()?)),
            ColumnType::Date => {
                let date: Date = trimmed.parse().ok()?;
                let days = micros(date.to_datetime(Time::midnight()))?.div_euclid(DAY);
                Self::of(Wire::Date(i32::try_from(days - EPOCH_DAYS).ok()?))
            }
            ColumnType::Timestamp => Self::of(instant(micros(trimmed.parse().ok()?)?, false)),
            ColumnType::TimestampTz => {
                let zoned = trimmed.parse().ok().map(Timestamp::as_microsecond);
                let plain = || micros(trimmed.parse().ok()?);
                Self::of(instant(zoned.or_else(plain)?, true))
            }
            ColumnType::Time => {
                let time: Time = trimmed.parse().ok()?;
                let midnight = Time::midnight().duration_until(time);
                Self::raw(&i64::try_from(midnight.as_micros()).ok()?.to_be_bytes(), trimmed)
            }
            ColumnType::Interval => Self::raw(&interval(trimmed)?, trimmed),
            ColumnType::Json => Self::of(Wire::Json(json(text)?)),
            ColumnType::Jsonb => Self::of(Wire::Jsonb(json(text).filter(|text| !text.contains("\\u0000"))?)),
            ColumnType::Inet => Self::raw(&address(trimmed)?, trimmed),
            ColumnType::Bytea => Self::raw(&bytes(text)?, text),
            ColumnType::Array { element, element_oid } => array(trimmed, element, *element_oid)?,
            ColumnType::Other(_) | ColumnType::Unknown => return None,
        })
    }

    /// The value, to be written.
    pub fn wire(&self) -> Wire<'_> {
        Wire::Ready {
            binary: &self.binary,
            text: &self.text,
        }
    }

    fn of(value: Wire<'_>) -> Self {
        let mut bytes = Vec::new();
        binary::write(value, &mut bytes);
        Self {
            binary: bytes,
            text: text::write(value).unwrap_or_default(),
        }
    }

    fn raw(bytes: &[u8], text: &str) -> Self {
        let mut binary = (bytes.len() as i32).to_be_bytes().to_vec();
        binary.extend_from_slice(bytes);
        Self {
            binary,
            text: text.to_owned(),
        }
    }
}

/// Whether there are values of a type that can be written at all.
pub(super) fn is_writable(kind: &ColumnType) -> bool {
    match kind {
        ColumnType::Array { element, .. } => is_writable(element),
        other => !matches!(other, ColumnType::Other(_) | ColumnType::Unknown),
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "t" | "true" | "y" | "yes" | "on" | "1" => Some(true),
        "f" | "false" | "n" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// Units and digits after the point.
fn decimal(text: &str) -> Option<(i64, u16)> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, rest) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = format!("{whole}{rest}");
    if digits.is_empty() || digits.len() > MOST_DIGITS || !digits.bytes().all(|digit| digit.is_ascii_digit())
    {
        return None;
    }
    let units: i64 = digits.parse().ok()?;
    let signed = if text.starts_with('-') { -units } else { units };
    Some((signed, rest.len() as u16))
}

fn micros(moment: DateTime) -> Option<i64> {
    Some(moment.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond())
}

fn instant(micros: i64, zoned: bool) -> Wire<'static> {
    Wire::Instant {
        micros: micros - EPOCH_DAYS * DAY,
        zoned,
    }
}

/// Microseconds, days and months, as `interval_send` gives them.
fn interval(text: &str) -> Option<Vec<u8>> {
    let span: Span = text
        .replace("mons", "months")
        .replace("mon ", "month ")
        .parse()
        .ok()?;
    let months = i32::from(span.get_years()) * 12 + span.get_months();
    let days = span.get_weeks() * 7 + span.get_days();
    let minutes = i64::from(span.get_hours()) * 60 + span.get_minutes();
    let micros = (minutes * 60 + span.get_seconds()) * 1_000_000
        + span.get_milliseconds() * 1000
        + span.get_microseconds();
    let mut bytes = micros.to_be_bytes().to_vec();
    bytes.extend_from_slice(&days.to_be_bytes());
    bytes.extend_from_slice(&months.to_be_bytes());
    Some(bytes)
}

fn json(text: &str) -> Option<&str> {
    serde_json::from_str::<serde::de::IgnoredAny>(text)
        .ok()
        .map(|_| text)
}

/// Family, bits of the network, whether it is one, length, address, as `inet_send` gives them.
fn address(text: &str) -> Option<Vec<u8>> {
    const FAMILY_4: u8 = 2;
    let (address, bits) = text
        .split_once('/')
        .map_or((text, None), |(address, bits)| (address, Some(bits)));
    let octets = match address.parse().ok()? {
        core::net::IpAddr::V4(address) => address.octets().to_vec(),
        core::net::IpAddr::V6(address) => address.octets().to_vec(),
    };
    let most = octets.len() as u8 * 8;
    let bits = bits.map_or(Some(most), |bits| bits.parse().ok().filter(|bits| *bits <= most))?;
    let family = if octets.len() == 4 { FAMILY_4 } else { FAMILY_4 + 1 };
    let mut bytes = vec![family, bits, 0, octets.len() as u8];
    bytes.extend(octets);
    Some(bytes)
}

/// `\x0a0b`, or text without a backslash.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let Some(digits) = text.strip_prefix("\\x") else {
        return (!text.contains('\\')).then(|| text.as_bytes().to_vec());
    };
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| {
            u8::from_str_radix(std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?, 16).ok()
        })
        .collect()
}

fn array(text: &str, element: &ColumnType, element_oid: u32) -> Option<Constant> {
    let items: Vec<Constant> = elements(text)?
        .iter()
        .map(|item| Constant::parse(item, element))
        .collect::<Option<_>>()?;
    let dimensions = i32::from(!items.is_empty());
    let mut bytes = dimensions.to_be_bytes().to_vec();
    bytes.extend_from_slice(&0_i32.to_be_bytes());
    bytes.extend_from_slice(&element_oid.to_be_bytes());
    if !items.is_empty() {
        bytes.extend_from_slice(&(items.len() as i32).to_be_bytes());
        bytes.extend_from_slice(&1_i32.to_be_bytes());
    }
    items
        .iter()
        .for_each(|item| bytes.extend_from_slice(&item.binary));
    Some(Constant::raw(&bytes, text))
}

/// The elements of `{a,"b c"}`: one dimension, no nulls.
pub(crate) fn elements(text: &str) -> Option<Vec<String>> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    if inner.trim().is_empty() {
        return Some(Vec::new());
    }
    let mut items = vec![String::new()];
    let mut is_quoted = false;
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        let item = items.last_mut()?;
        match letter {
            '\\' => item.push(letters.next()?),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => items.push(String::new()),
            '{' | '}' if !is_quoted => return None,
            ' ' if !is_quoted && item.is_empty() => (),
            other => item.push(other),
        }
    }
    (!is_quoted).then_some(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, kind: ColumnType, expect: Option<(&str, &[u8])>) {
        let constant = Constant::parse(text, &kind);
        let parts = constant.as_ref().map(|one| (one.text.as_str(), &one.binary[4..]));
        assert_eq!(parts, expect, "{text} as {kind:?}");
        if let Some(one) = constant {
            let length = i32::from_be_bytes(one.binary[..4].try_into().unwrap());
            assert_eq!(length as usize, one.binary.len() - 4);
        }
    }

    #[test]
    fn values_are_read_by_the_type_of_the_column() {
        let numeric = |precision, scale| ColumnType::Numeric {
            precision: Some(precision),
            scale: Some(scale),
        };
        check("yes", ColumnType::Boolean, Some(("true", &[1])));
        check(" 007", ColumnType::SmallInt, Some(("7", &[0, 7])));
        check(
            "-1.5",
            numeric(3, 2),
            Some(("-1.5", &[0, 2, 0, 0, 0x40, 0, 0, 1, 0, 1, 0x13, 0x88])),
        );
        check(
            "2000-01-02",
            ColumnType::Date,
            Some(("2000-01-02", &[0, 0, 0, 1])),
        );
        check(
            "2000-01-01 01:00:00+01",
            ColumnType::TimestampTz,
            Some(("2000-01-01 00:00:00+00", &[0; 8])),
        );
        check(
            "2000-01-01",
            ColumnType::TimestampTz,
            Some(("2000-01-01 00:00:00+00", &[0; 8])),
        );
        check(
            "00:00:01",
            ColumnType::Time,
            Some(("00:00:01", &[0, 0, 0, 0, 0, 0x0f, 0x42, 0x40])),
        );
        check(
            "1 mon 2 days",
            ColumnType::Interval,
            Some(("1 mon 2 days", &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1])),
        );
        check(
            "192.0.2.1",
            ColumnType::Inet,
            Some(("192.0.2.1", &[2, 32, 0, 4, 192, 0, 2, 1])),
        );
        check("\\x0aff", ColumnType::Bytea, Some(("\\x0aff", &[10, 255])));
        check("{}", ColumnType::Jsonb, Some(("{}", &[1, b'{', b'}'])));
        let array = |element| ColumnType::Array {
            element: Box::new(element),
            element_oid: 21,
        };
        let two = [
            0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 21, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 2,
        ];
        check("{2}", array(ColumnType::SmallInt), Some(("{2}", &two)));
        check(
            "{}",
            array(ColumnType::Date),
            Some(("{}", &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 21])),
        );
    }

    #[test]
    fn what_the_type_does_not_take_is_refused() {
        for (text, kind) in [
            ("x", ColumnType::Integer),
            ("99999", ColumnType::SmallInt),
            ("NaN", ColumnType::Double),
            (
                "12.5",
                ColumnType::Numeric {
                    precision: Some(3),
                    scale: Some(2),
                },
            ),
            ("long", ColumnType::Text { max_length: Some(3) }),
            ("2026-02-30", ColumnType::Date),
            ("{", ColumnType::Jsonb),
            (
                "{a",
                ColumnType::Array {
                    element: Box::new(ColumnType::Text { max_length: None }),
                    element_oid: 25,
                },
            ),
            (
                "x",
                ColumnType::Enum {
                    name: "e".into(),
                    labels: vec!["X".into()],
                },
            ),
            ("x", ColumnType::Other("point".into())),
        ] {
            check(text, kind, None);
        }
    }
}
