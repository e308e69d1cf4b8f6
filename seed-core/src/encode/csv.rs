//! Comma-separated values as RFC 4180 has them, with null told apart from an empty text as PostgreSQL does it.

use super::{Wire, escape, text};

/// A value, without what parts it from the next one.
pub(crate) fn value(value: Wire<'_>, out: &mut Vec<u8>) {
    if matches!(value, Wire::Null) {
        return;
    }
    let start = out.len();
    text::append(value, out);
    quote(start, out);
}

/// The name of a column.
pub(crate) fn name(name: &str, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(name.as_bytes());
    quote(start, out);
}

/// Puts what stands from `start` on in quotes, where it would be read otherwise. A lone `\.` would end the data.
fn quote(start: usize, out: &mut Vec<u8>) {
    let written = &out[start..];
    let is_plain = !written.is_empty()
        && written != b"\\."
        && !written
            .iter()
            .any(|byte| matches!(byte, b'"' | b',' | b'\n' | b'\r'));
    if is_plain {
        return;
    }
    escape(out, start, b"\"", |byte, out| {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    });
    out.insert(start, b'"');
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_nothing_and_an_empty_text_is_two_quotes() {
        let check = |given, expect: &str| {
            let mut out = Vec::new();
            value(given, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expect);
        };
        check(Wire::Null, "");
        check(Wire::Text(""), "\"\"");
        check(Wire::Text("plain"), "plain");
        check(Wire::Text("\\."), "\"\\.\"");
        check(Wire::Text("a, \"b\"\n"), "\"a, \"\"b\"\"\n\"");
    }
}
