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

/// The name as people and files that they read have it: the schema only where it is not `public`, or where a dot in
/// the name would be taken for the end of one.
pub fn short(schema: &str, name: &str) -> String {
    match schema == "public" && !name.contains('.') {
        true => name.to_owned(),
        false => format!("{schema}.{name}"),
    }
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
    fn the_schema_is_left_out_where_nothing_is_lost() {
        assert_eq!(short("public", "contacts"), "contacts");
        assert_eq!(short("crm", "contacts"), "crm.contacts");
        assert_eq!(short("public", "crm.contacts"), "public.crm.contacts");
    }

    #[test]
    fn a_literal_cannot_end_early() {
        assert_eq!(literal("O'Neill"), "'O''Neill'");
        assert_eq!(literal("a\\' b"), "E'a\\\\'' b'");
    }
}
