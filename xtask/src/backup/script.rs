//! The statements of a backup around its rows, made from its header.

use super::header::Header;
use crate::database::carried::CarriedTable;
use crate::database::name::{literal, qualified};

/// What opens the transaction.
pub const BEGIN: &str = "\nbegin;\n";
/// What ends it.
pub const COMMIT: &str = "\ncommit;\n";
/// The line that ends the rows of a table.
pub const END_OF_ROWS: &str = "\\.\n";

/// What is done before the first row: the session is set up, the tables are emptied.
pub fn before(header: &Header) -> String {
    let mut sql = include_str!("sql/set_up.sql").to_owned();
    sql += include_str!("../database/sql/bookkeeping.sql");
    sql += include_str!("sql/forget.sql");
    for entry in header.tables.iter().rev() {
        sql += &format!("delete from {};\n", entry.table.sql_name());
    }
    sql
}

/// The statement that rows of a table follow, as a line of the file.
pub fn copy_from(table: &CarriedTable) -> String {
    format!("copy {} from stdin;\n", with_columns(table))
}

/// A table with its columns, as COPY has them; without any it has no brackets either.
pub fn with_columns(table: &CarriedTable) -> String {
    match table.columns.as_slice() {
        [] => table.sql_name(),
        _ => format!("{} ({})", table.sql_name(), table.column_list()),
    }
}

/// What is done after the last row: what points at nothing is let go, sequences go on where they stood.
pub fn after(header: &Header) -> String {
    let names: Vec<String> = header
        .tables
        .iter()
        .map(|entry| literal(&entry.table.sql_name()))
        .collect();
    let mut sql = include_str!("sql/let_go.sql").replace("'BROUGHT'", &names.join(", "));
    for sequence in &header.sequences {
        // A restart is undone with its transaction, and so is what is set after it.
        let name = qualified(&sequence.schema, &sequence.name);
        sql += &format!(
            "alter sequence {name} restart; select setval({}, {}, {});\n",
            literal(&name),
            sequence.last_value,
            sequence.is_called
        );
    }
    sql
}
