//! The lines of `seedbed.toml` that say something of columns which cannot be filled as they are.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Error, Result};
use seed_core::adjustments::{key, table_key};
use seed_core::catalog::{Catalog, Column, Identity, Table};
use seed_core::plan::PlanError;
use stack::hint::mendable;
use tokio_postgres::GenericClient;

use super::probe::example;
use crate::project_file;

/// What stands for a value that somebody must think of.
const BLANK: &str = "{ value = \"...\" }";

/// What is said of a column: its table, its name, and what stands behind it in the file.
type Setting<'a> = (&'a Table, &'a str, String);

/// Why there is no plan, with the lines that help; to be asked as part of a transaction.
///
/// # Errors
/// The database does not answer.
pub async fn of_plan(client: &impl GenericClient, catalog: &Catalog, error: &PlanError) -> Result<Error> {
    let message = format!("plan the rows: {error}");
    let PlanError::Misfits(misfits) = error else {
        return Ok(mendable(message, error.hint()));
    };
    let mut settings = Vec::new();
    let mut ways: BTreeSet<&str> = BTreeSet::new();
    for misfit in misfits {
        ways.extend(misfit.ways.iter().map(String::as_str));
        let is_live = |live: &&Table| format!("{}.{}", live.schema, live.name) == misfit.table;
        let Some(table) = catalog.tables.iter().find(is_live) else {
            continue;
        };
        let column = table.columns.iter().find(|column| column.name == misfit.column);
        match (&misfit.setting, column) {
            (Some(setting), Some(column)) if setting == BLANK => {
                settings.push((table, &*column.name, filled_in(client, table, column).await?));
            }
            (Some(setting), _) => settings.push((table, &misfit.column, setting.clone())),
            (None, _) => (),
        }
    }
    let lines = (!settings.is_empty()).then(|| hint_of(&settings));
    let ways = ways.into_iter().map(str::to_owned);
    let hint: Vec<String> = lines.into_iter().chain(ways).collect();
    Ok(mendable(message, hint.join("\nor ")))
}

/// What to say of columns whose values the database would refuse: they keep their defaults where they have one, else
/// they take a value that the database has been shown.
///
/// # Errors
/// The database does not answer.
pub async fn of_columns(client: &impl GenericClient, columns: &[(&Table, &Column)]) -> Result<String> {
    let mut settings = Vec::new();
    for &(table, column) in columns {
        let needs_value = column.not_null && column.default.is_none() && column.identity == Identity::No;
        let setting = match needs_value {
            true => filled_in(client, table, column).await?,
            false => "{ skip = true }".to_owned(),
        };
        settings.push((table, &*column.name, setting));
    }
    Ok(hint_of(&settings))
}

async fn filled_in(client: &impl GenericClient, table: &Table, column: &Column) -> Result<String> {
    let example = example::of(client, table, column).await?;
    Ok(example.map_or_else(
        || BLANK.to_owned(),
        |value| format!("{{ value = {} }}", toml::Value::from(value)),
    ))
}

fn hint_of(settings: &[Setting<'_>]) -> String {
    format!("put into `{}`:\n{}", project_file::NAME, lines(settings))
}

fn lines(settings: &[Setting<'_>]) -> String {
    let mut tables: BTreeMap<String, BTreeMap<&str, &str>> = BTreeMap::new();
    for (table, column, setting) in settings {
        let table = table_key(&format!("{}.{}", table.schema, table.name));
        tables.entry(table).or_default().insert(column, setting);
    }
    let mut lines = Vec::new();
    for (table, columns) in tables {
        lines.push(format!("[tables.{table}.columns]"));
        lines.extend(
            columns
                .iter()
                .map(|(column, setting)| format!("{} = {setting}", key(column))),
        );
    }
    lines.join("\n")
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
        let (accounts, notes) = (table("public", "accounts"), table("crm", "contact Notes"));
        let code = || (&accounts, "code", BLANK.to_owned());
        let expected = "[tables.\"crm.contact Notes\".columns]\n'a \"b\"' = { skip = true }\n\
                        [tables.accounts.columns]\ncode = { value = \"...\" }";
        let lines = lines(&[(&notes, "a \"b\"", "{ skip = true }".to_owned()), code(), code()]);
        assert_eq!(lines, expected);
        assert!(lines.parse::<toml::Table>().is_ok());
    }
}
