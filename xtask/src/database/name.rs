//! Names as SQL takes them.

/// Quotes an identifier.
///
/// Always quoted, so a reserved word or a capital needs no thought.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Quotes `schema.name`.
pub fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", quoted(schema), quoted(name))
}

/// Quotes a text as a literal.
pub fn literal(text: &str) -> String {
    if text.contains('\\') {
        format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_inside_a_name_are_doubled() {
        assert_eq!(
            qualified("public", "contact\"Notes"),
            "\"public\".\"contact\"\"Notes\""
        );
    }

    #[test]
    fn a_literal_cannot_end_early() {
        assert_eq!(literal("O'Neill"), "'O''Neill'");
        assert_eq!(literal("a\\' b"), "E'a\\\\'' b'");
    }
}
