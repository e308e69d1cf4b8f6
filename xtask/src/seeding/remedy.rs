//! The lines of `seedbed.toml` that say something of columns which cannot be filled as they are.

use std::collections::BTreeMap;

use anyhow::Result;
use seed_core::catalog::{Column, Identity, Table};
use tokio_postgres::Client;

use super::probe::example;
use crate::project_file;

/// One line for each column under its table: it keeps its default where it has one, else it takes a value that the
/// database has been shown.
///
/// # Errors
/// The database does not answer.
pub async fn hint(client: &Client, columns: &[(&Table, &Column)]) -> Result<String> {
    let mut said = Vec::new();
    for &(table, column) in columns {
        let needs_value = column.not_null && column.default.is_none() && column.identity == Identity::No;
        let value = match needs_value {
            true => Some(
                example::of(client, table, column)
                    .await?
                    .unwrap_or_else(|| "…".into()),
            ),
            false => None,
        };
        said.push((table, column, value));
    }
    Ok(format!(
        "put into `{}` what they take:\n{}",
        project_file::NAME,
        lines(&said)
    ))
}

fn lines(said: &[(&Table, &Column, Option<String>)]) -> String {
    let mut tables: BTreeMap<String, BTreeMap<&str, String>> = BTreeMap::new();
    for (table, column, value) in said {
        let value = value.as_ref().map_or_else(
            || "{ skip = true }".to_owned(),
            |value| format!("{{ value = {} }}", toml::Value::from(value.as_str())),
        );
        tables.entry(name(table)).or_default().insert(&column.name, value);
    }
    let mut lines = Vec::new();
    for (table, columns) in tables {
        lines.push(format!("[tables.{table}.columns]"));
        lines.extend(
            columns
                .iter()
                .map(|(column, said)| format!("{} = {said}", key(column))),
        );
    }
    lines.join("\n")
}

/// A table as the file names it; the schema is said where it is another than `public`.
fn name(table: &Table) -> String {
    match table.schema.as_str() {
        "public" => key(&table.name),
        schema => key(&format!("{schema}.{}", table.name)),
    }
}

/// A key of TOML, in quotes where it needs them.
fn key(name: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    if !name.is_empty() && name.chars().all(is_plain) {
        name.to_owned()
    } else {
        toml::Value::from(name).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_their_tables_as_toml_spells_them() {
        let table = |schema: &str, name: &str| Table {
            schema: schema.into(),
            name: name.into(),
            ..Table::default()
        };
        let column = |name: &str, not_null| Column {
            name: name.into(),
            not_null,
            ..Column::default()
        };
        let (accounts, notes) = (table("public", "accounts"), table("crm", "contact Notes"));
        let (code, note) = (column("code", true), column("a \"b\"", false));
        let expected = "[tables.\"crm.contact Notes\".columns]\n'a \"b\"' = { skip = true }\n\
                        [tables.accounts.columns]\ncode = { value = \"…\" }";
        let value = || Some("…".to_owned());
        let lines = lines(&[
            (&notes, &note, None),
            (&accounts, &code, value()),
            (&accounts, &code, value()),
        ]);
        assert_eq!(lines, expected);
        assert!(lines.parse::<toml::Table>().is_ok());
    }
}
