//! JSON of the domain's values, written straight into a buffer.

use std::fmt::Write;

use uuid::Uuid;

use crate::bind::keys::Keys;
use crate::domain::digits::push_number;
use crate::domain::value::{NUTRIENTS, Value};
use crate::row::Key;

/// Writes a value as JSON; keys of rows as the database has them.
pub(crate) fn write(value: Value<'_>, keys: &Keys, out: &mut String) {
    match value {
        Value::Null | Value::Owner => out.push_str("null"),
        Value::Bool(value) => out.push_str(if value { "true" } else { "false" }),
        Value::Int(value) => push_number(value, out),
        Value::Money(cents) => drop(write!(out, "{}.{:02}", cents / 100, cents % 100)),
        Value::Moment(micros) => {
            let instant = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
            let _ = write!(out, "\"{instant}\"");
        }
        Value::Text(text) => string(text, out),
        Value::Row(record, row) => key(keys.key(record, row), out),
        Value::Key(present) => key(Some(present), out),
        Value::Rows(record, rows) => list(&rows, out, |row, out| key(keys.key(record, *row), out)),
        Value::Texts(texts) => list(&texts, out, |text, out| string(text, out)),
        Value::Tags(tags) => list(&tags, out, |(_, name), out| string(name, out)),
        Value::Channels(channels) => list(&channels.items, out, |(address, kind), out| {
            out.push_str("{\"");
            out.push_str(channels.label);
            out.push_str("\": \"");
            // Addresses and numbers are made of letters, digits and signs that JSON takes as they are.
            out.push_str(address);
            out.push_str("\", \"type\": \"");
            out.push_str(kind);
            out.push_str("\"}");
        }),
        Value::Participants(participants) => list(&participants, out, |participant, out| {
            out.push_str("{\"contact_id\": ");
            key(keys.key(crate::domain::Record::Contact, participant.contact), out);
            out.push_str(match participant.participated {
                true => ", \"participated\": true, \"notes\": \"",
                false => ", \"participated\": false, \"notes\": \"",
            });
            // One of our own few sentences, none of which has a quote.
            out.push_str(participant.notes);
            out.push_str("\"}");
        }),
        Value::Panel(panel) => {
            out.push_str("{\"serving_size\": ");
            string(panel.serving_size, out);
            let _ = write!(
                out,
                ", \"servings_per_container\": {}",
                panel.servings_per_container
            );
            let _ = write!(out, ", \"calories\": {}", panel.calories);
            for (name, tenths) in NUTRIENTS.iter().zip(panel.nutrients) {
                let _ = write!(out, ", \"{name}\": {}.{}", tenths / 10, tenths % 10);
            }
            out.push('}');
        }
    }
}

fn list<T>(items: &[T], out: &mut String, write: impl Fn(&T, &mut String)) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write(item, out);
    }
    out.push(']');
}

fn key(key: Option<Key>, out: &mut String) {
    match key {
        None => out.push_str("null"),
        Some(Key::Uuid(uuid)) => {
            out.push('"');
            out.push_str(uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
            out.push('"');
        }
        Some(Key::Integer(number)) => push_number(number, out),
    }
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    // Nearly all texts are as they are.
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if text.bytes().fold(true, |plain, byte| plain & is_plain(byte)) {
        out.push_str(text);
        out.push('"');
        return;
    }
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            letter if letter < ' ' => drop(write!(out, "\\u{:04x}", u32::from(letter))),
            letter => out.push(letter),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_come_back_through_a_parser() {
        for text in ["plain", "a \"quote\" \\ and\na line\u{1}", "naïve — ü"] {
            let mut out = String::new();
            string(text, &mut out);
            assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
        }
    }
}
