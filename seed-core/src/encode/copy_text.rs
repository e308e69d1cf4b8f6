//! The text format of COPY.

use super::{Wire, escape, text};

/// A value, without what parts it from the next one.
pub(crate) fn value(value: Wire<'_>, out: &mut Vec<u8>) {
    if matches!(value, Wire::Null) {
        out.extend_from_slice(b"\\N");
        return;
    }
    let start = out.len();
    text::append(value, out);
    escape(out, start, b"\\\n\r\t", |byte, out| match byte {
        b'\\' => out.extend_from_slice(b"\\\\"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        byte => out.push(byte),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_parts_values_and_rows_is_escaped_in_them() {
        let check = |given, expect: &str| {
            let mut out = Vec::new();
            value(given, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expect);
        };
        check(Wire::Null, "\\N");
        check(Wire::Text("\\N"), "\\\\N");
        check(Wire::Text("a\tb\r\nc\\"), "a\\tb\\r\\nc\\\\");
        check(Wire::Text(""), "");
    }
}
