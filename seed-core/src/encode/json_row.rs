//! Rows as JSON, values as PostgREST gives them: numbers as numbers, `jsonb` embedded, instants in ISO 8601.

use super::{Item, Wire, text};
use crate::bind::constant::elements;
use crate::catalog::ColumnType;

/// The name of a column, with what stands between it and its value.
pub(crate) fn name(name: &str, out: &mut Vec<u8>) {
    string(name, out);
    out.push(b':');
}

/// A value of a column of that type.
pub(crate) fn value(value: Wire<'_>, kind: &ColumnType, out: &mut Vec<u8>) {
    match value {
        Wire::Null => out.extend_from_slice(b"null"),
        Wire::Bool(_)
        | Wire::Int16(_)
        | Wire::Int32(_)
        | Wire::Int64(_)
        | Wire::Float32(_)
        | Wire::Float64(_)
        | Wire::Decimal { .. } => text::append(value, out),
        Wire::Text(text) => string(text, out),
        Wire::Uuid(_) | Wire::Date(_) => {
            out.push(b'"');
            text::append(value, out);
            out.push(b'"');
        }
        Wire::Instant { zoned, .. } => {
            let mut text = Vec::new();
            text::append(value, &mut text);
            instant(&String::from_utf8_lossy(&text), zoned, out);
        }
        Wire::Json(text) | Wire::Jsonb(text) => embedded(text, out),
        Wire::Array { items, .. } => list(items.iter(), out, |item, out| match item {
            Item::Text(text) => string(text, out),
            Item::Uuid(uuid) => self::value(Wire::Uuid(*uuid), kind, out),
            Item::Int16(number) => text::append(Wire::Int16(*number), out),
            Item::Int32(number) => text::append(Wire::Int32(*number), out),
            Item::Int64(number) => text::append(Wire::Int64(*number), out),
        }),
        Wire::Ready { text, .. } => ready(text, kind, out),
    }
}

/// A value that is known as text only.
fn ready(text: &str, kind: &ColumnType, out: &mut Vec<u8>) {
    match kind {
        ColumnType::Boolean
        | ColumnType::SmallInt
        | ColumnType::Integer
        | ColumnType::BigInt
        | ColumnType::Real
        | ColumnType::Double
        | ColumnType::Numeric { .. } => out.extend_from_slice(text.as_bytes()),
        ColumnType::Json | ColumnType::Jsonb => embedded(text, out),
        ColumnType::Timestamp => instant(text, false, out),
        ColumnType::TimestampTz => instant(text, true, out),
        ColumnType::Array { element, .. } => {
            let items = elements(text).unwrap_or_default();
            list(items.iter(), out, |item, out| ready(item, element, out));
        }
        _ => string(text, out),
    }
}

/// `2026-11-22 09:00:00+00` as `"2026-11-22T09:00:00+00:00"`.
fn instant(text: &str, zoned: bool, out: &mut Vec<u8>) {
    let minutes = if zoned { ":00" } else { "" };
    string(&(text.replacen(' ', "T", 1) + minutes), out);
}

/// JSON in one line: outside of its strings, where they are escaped, a line's end is nothing but space.
fn embedded(text: &str, out: &mut Vec<u8>) {
    out.extend(text.bytes().map(|byte| match byte {
        b'\n' | b'\r' => b' ',
        byte => byte,
    }));
}

fn list<T>(items: impl Iterator<Item = T>, out: &mut Vec<u8>, write: impl Fn(T, &mut Vec<u8>)) {
    out.push(b'[');
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(item, out);
    }
    out.push(b']');
}

fn string(text: &str, out: &mut Vec<u8>) {
    serde_json::to_writer(out, text).expect("a text is JSON, and memory takes it");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_known_as_text_are_written_by_their_type() {
        let check = |text, kind, expect: &str| {
            let mut out = Vec::new();
            value(Wire::Ready { binary: &[], text }, &kind, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expect);
        };
        let array = |element| ColumnType::Array {
            element: Box::new(element),
            element_oid: 0,
        };
        check("true", ColumnType::Boolean, "true");
        check(
            "12.50",
            ColumnType::Numeric {
                precision: None,
                scale: None,
            },
            "12.50",
        );
        check("{\"a\":\n[1]}", ColumnType::Jsonb, "{\"a\": [1]}");
        check(
            "2026-11-22 09:00:00.5+00",
            ColumnType::TimestampTz,
            "\"2026-11-22T09:00:00.5+00:00\"",
        );
        check("{1,2}", array(ColumnType::Integer), "[1,2]");
        check(
            r#"{"a, b",c}"#,
            array(ColumnType::Text { max_length: None }),
            r#"["a, b","c"]"#,
        );
        check("a \"b\"", ColumnType::Text { max_length: None }, r#""a \"b\"""#);
    }
}
