//! SQL that any client can send: `insert` statements of several rows each.

use super::{Wire, escape, text};
use crate::bind::quoted;
use crate::catalog::{Column, Identity};
use crate::domain::Record;
use crate::plan::TablePlan;

/// Rows of one statement: large ones are slow to read, small ones slow to send.
pub(crate) const ROWS_PER_STATEMENT: u64 = 500;

/// What stands before the first value of a row.
pub(crate) fn row_start(table: &TablePlan, row: u64, out: &mut Vec<u8>) {
    if !row.is_multiple_of(ROWS_PER_STATEMENT) {
        out.extend_from_slice(b",\n(");
        return;
    }
    if row > 0 {
        statement_end(table, out);
    }
    let numbers_itself = table.columns().any(|column| column.identity != Identity::No);
    let overriding = if numbers_itself {
        "overriding system value "
    } else {
        ""
    };
    let (name, columns) = (table.binding().sql_name(), table.column_list());
    let start = format!("\ninsert into {name} ({columns}) {overriding}values\n(");
    out.extend_from_slice(start.as_bytes());
}

/// A value, without what parts it from the next one.
pub(crate) fn value(value: Wire<'_>, out: &mut Vec<u8>) {
    match value {
        Wire::Null => out.extend_from_slice(b"null"),
        Wire::Bool(_)
        | Wire::Int16(_)
        | Wire::Int32(_)
        | Wire::Int64(_)
        | Wire::Float32(_)
        | Wire::Float64(_)
        | Wire::Decimal { .. } => text::append(value, out),
        _ => {
            out.push(b'\'');
            let start = out.len();
            text::append(value, out);
            escape(out, start, b"'", |byte, out| {
                if byte == b'\'' {
                    out.push(b'\'');
                }
                out.push(byte);
            });
            out.push(b'\'');
        }
    }
}

/// Ends the last statement of a table that has rows, and moves its sequences behind its keys.
pub(crate) fn table_end(table: &TablePlan, out: &mut Vec<u8>) {
    statement_end(table, out);
    for column in table.columns().filter(|column| column.identity != Identity::No) {
        out.extend_from_slice(move_sequence(table, column).as_bytes());
    }
}

/// Tags are everybody's: those that are there stay as they are.
fn statement_end(table: &TablePlan, out: &mut Vec<u8>) {
    if table.record() == Record::Tag {
        out.extend_from_slice(b"\non conflict do nothing");
    }
    out.extend_from_slice(b";\n");
}

/// A sequence is never moved back, and one that nobody names stays where it is.
fn move_sequence(table: &TablePlan, column: &Column) -> String {
    let name = table.binding().sql_name();
    let (key, [of_table, of_column]) = (
        quoted(&column.name),
        [&name, &column.name].map(|text| literal(text)),
    );
    // A block, for a client prints what a query gives.
    format!(
        "do $seedbed$ begin\n\
         \x20 perform setval(sequence, greatest(nextval(sequence) - 1, (select max({key}) from {name})))\n\
         \x20 from (select pg_get_serial_sequence({of_table}, {of_column})::regclass as sequence) as its\n\
         \x20 where sequence is not null;\n\
         end $seedbed$;\n"
    )
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_hold_whatever_a_text_holds() {
        let check = |given, expect: &str| {
            let mut out = Vec::new();
            value(given, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expect);
        };
        check(Wire::Null, "null");
        check(Wire::Text("null"), "'null'");
        check(Wire::Text("O'Hara \\ 'x'"), "'O''Hara \\ ''x'''");
        check(
            Wire::Decimal {
                units: -150,
                scale: 2,
            },
            "-1.50",
        );
    }
}
