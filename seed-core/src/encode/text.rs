//! Values as PostgreSQL prints them.

use std::io::Write;

use jiff::tz::TimeZone;

use super::{Item, Wire, escape};

/// Days from 1970 to 2000, where PostgreSQL counts from.
pub(crate) const EPOCH_DAYS: i64 = 10_957;
const DAY: i64 = 86_400_000_000;

/// The value as text; `None` for null.
pub(crate) fn write(value: Wire<'_>) -> Option<String> {
    let mut out = Vec::new();
    append(value, &mut out);
    (!matches!(value, Wire::Null)).then(|| String::from_utf8_lossy(&out).into_owned())
}

/// Appends the value; nothing for null.
pub(crate) fn append(value: Wire<'_>, out: &mut Vec<u8>) {
    // Writing into memory does not fail.
    let _ = match value {
        Wire::Null => Ok(()),
        Wire::Bool(value) => write!(out, "{value}"),
        Wire::Int16(value) => write!(out, "{value}"),
        Wire::Int32(value) => write!(out, "{value}"),
        Wire::Int64(value) => write!(out, "{value}"),
        Wire::Float32(value) => write!(out, "{value}"),
        Wire::Float64(value) => write!(out, "{value}"),
        Wire::Decimal { units, scale } => decimal(units, scale, out),
        Wire::Text(text) | Wire::Json(text) | Wire::Jsonb(text) | Wire::Ready { text, .. } => {
            out.write_all(text.as_bytes())
        }
        Wire::Uuid(uuid) => write!(out, "{uuid}"),
        Wire::Date(days) => write!(out, "{}", moment((i64::from(days) + EPOCH_DAYS) * DAY).date()),
        Wire::Instant { micros, zoned } => {
            let start = out.len();
            let written = write!(out, "{}", moment(micros + EPOCH_DAYS * DAY));
            escape(out, start, b"T", |byte, out| {
                out.push(if byte == b'T' { b' ' } else { byte })
            });
            written.and_then(|()| out.write_all(if zoned { b"+00" } else { b"" }))
        }
        Wire::Array { items, .. } => array(&items, out),
    };
}

/// Microseconds since 1970 as day and time in UTC.
fn moment(micros: i64) -> jiff::civil::DateTime {
    let instant = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
    TimeZone::UTC.to_datetime(instant)
}

fn decimal(units: i64, scale: u16, out: &mut Vec<u8>) -> std::io::Result<()> {
    let power = 10_u64.pow(u32::from(scale));
    let sign = if units < 0 { "-" } else { "" };
    let (whole, rest) = (units.unsigned_abs() / power, units.unsigned_abs() % power);
    match scale {
        0 => write!(out, "{sign}{whole}"),
        _ => write!(out, "{sign}{whole}.{rest:0width$}", width = usize::from(scale)),
    }
}

fn array(items: &[Item<'_>], out: &mut Vec<u8>) -> std::io::Result<()> {
    out.push(b'{');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        match item {
            Item::Text(text) => {
                out.push(b'"');
                let start = out.len();
                out.extend_from_slice(text.as_bytes());
                escape(out, start, b"\\\"", |byte, out| {
                    if matches!(byte, b'\\' | b'"') {
                        out.push(b'\\');
                    }
                    out.push(byte);
                });
                out.push(b'"');
            }
            Item::Uuid(uuid) => write!(out, "{uuid}")?,
            Item::Int16(value) => write!(out, "{value}")?,
            Item::Int32(value) => write!(out, "{value}")?,
            Item::Int64(value) => write!(out, "{value}")?,
        }
    }
    out.push(b'}');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::value::Few;

    #[test]
    fn prints_as_postgres_does() {
        let check = |value, expect: &str| assert_eq!(write(value).as_deref(), Some(expect));
        let instant = |micros, zoned| Wire::Instant { micros, zoned };
        check(Wire::Decimal { units: -5, scale: 2 }, "-0.05");
        check(Wire::Date(0), "2000-01-01");
        check(instant(-1_000_000, true), "1999-12-31 23:59:59+00");
        check(instant(1_500_000, false), "2000-01-01 00:00:01.5");
        let items = Few::one(Item::Text("a \"b\" \\"));
        check(
            Wire::Array {
                element_oid: 25,
                items,
            },
            r#"{"a \"b\" \\"}"#,
        );
        assert_eq!(write(Wire::Null), None);
    }
}
