//! Values as PostgreSQL prints them, for dry runs and goldens.

use std::fmt::Write;

use super::{Item, Wire};

/// Days from 1970 to 2000, where PostgreSQL counts from.
pub(crate) const EPOCH_DAYS: i64 = 10_957;
const DAY: i64 = 86_400_000_000;

/// The value as text; `None` for null.
pub(crate) fn write(value: Wire<'_>) -> Option<String> {
    Some(match value {
        Wire::Null => return None,
        Wire::Bool(value) => value.to_string(),
        Wire::Int16(value) => value.to_string(),
        Wire::Int32(value) => value.to_string(),
        Wire::Int64(value) => value.to_string(),
        Wire::Float32(value) => value.to_string(),
        Wire::Float64(value) => value.to_string(),
        Wire::Decimal { units, scale } => decimal(units, scale),
        Wire::Text(text) | Wire::Json(text) | Wire::Jsonb(text) | Wire::Ready { text, .. } => text.to_owned(),
        Wire::Uuid(uuid) => uuid.to_string(),
        Wire::Date(days) => instant((i64::from(days) + EPOCH_DAYS) * DAY)
            .strftime("%Y-%m-%d")
            .to_string(),
        Wire::Instant { micros, zoned } => {
            let format = if zoned {
                "%Y-%m-%d %H:%M:%S+00"
            } else {
                "%Y-%m-%d %H:%M:%S"
            };
            instant(micros + EPOCH_DAYS * DAY).strftime(format).to_string()
        }
        Wire::Array { items, .. } => array(&items),
    })
}

fn instant(micros: i64) -> jiff::Zoned {
    jiff::Timestamp::from_microsecond(micros)
        .unwrap_or_default()
        .to_zoned(jiff::tz::TimeZone::UTC)
}

fn decimal(units: i64, scale: u16) -> String {
    let power = 10_u64.pow(u32::from(scale));
    let sign = if units < 0 { "-" } else { "" };
    let (whole, rest) = (units.unsigned_abs() / power, units.unsigned_abs() % power);
    match scale {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{rest:0width$}", width = usize::from(scale)),
    }
}

fn array(items: &[Item<'_>]) -> String {
    let mut out = String::from("{");
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        let _ = match item {
            Item::Text(text) => write!(out, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
            Item::Uuid(uuid) => write!(out, "{uuid}"),
            Item::Int16(value) => write!(out, "{value}"),
            Item::Int32(value) => write!(out, "{value}"),
            Item::Int64(value) => write!(out, "{value}"),
        };
    }
    out.push('}');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_postgres_does() {
        let check = |value, expect: &str| assert_eq!(write(value).as_deref(), Some(expect));
        check(Wire::Decimal { units: -5, scale: 2 }, "-0.05");
        check(Wire::Date(0), "2000-01-01");
        check(
            Wire::Instant {
                micros: -1_000_000,
                zoned: true,
            },
            "1999-12-31 23:59:59+00",
        );
        assert_eq!(write(Wire::Null), None);
    }
}
