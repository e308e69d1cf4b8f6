//! Foreign keys, looked at row by row: a load with triggers switched off can leave any behind.

use seed_core::catalog::{Catalog, ForeignKey, Table};

use super::check::Question;
use crate::database::name::{qualified, quoted};

/// One for every foreign key of the tables that have rows.
pub fn questions(catalog: &Catalog) -> Vec<Question> {
    let filled = catalog.tables.iter().filter(|table| table.row_count > 0);
    let question = |table: &Table, key: &ForeignKey| {
        let rule = format!(
            "{} points at rows of {} that exist",
            key.columns.join(", "),
            key.referenced_table
        );
        Question::new(&table.name, rule, dangling(table, key))
    };
    filled
        .flat_map(|table| table.foreign_keys.iter().map(move |key| question(table, key)))
        .collect()
}

/// Selects the rows whose reference leads nowhere.
fn dangling(table: &Table, key: &ForeignKey) -> String {
    let child = |column: &String| format!("child.{}", quoted(column));
    let own_key = if table.primary_key.is_empty() {
        "child.ctid".to_owned()
    } else {
        format!(
            "concat_ws(', ', {})",
            table.primary_key.iter().map(child).collect::<Vec<_>>().join(", ")
        )
    };
    let is_set = key
        .columns
        .iter()
        .map(|column| format!("{} is not null", child(column)));
    let is_same = key
        .columns
        .iter()
        .zip(&key.referenced_columns)
        .map(|(column, referenced)| format!("parent.{} = {}", quoted(referenced), child(column)));
    format!(
        "select {own_key} from {} child where {} and not exists (select from {} parent where {})",
        qualified(&table.schema, &table.name),
        is_set.collect::<Vec<_>>().join(" and "),
        qualified(&key.referenced_schema, &key.referenced_table),
        is_same.collect::<Vec<_>>().join(" and "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(primary_key: &[&str], columns: &[&str], expected: &str) {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let table = Table {
            schema: "public".into(),
            name: "child".into(),
            primary_key: names(primary_key),
            ..Table::default()
        };
        let key = ForeignKey {
            columns: names(columns),
            referenced_schema: "auth".into(),
            referenced_table: "users".into(),
            referenced_columns: names(&["id", "tenant"][..columns.len()]),
            ..ForeignKey::default()
        };
        assert_eq!(dangling(&table, &key), expected);
    }

    #[test]
    fn a_reference_is_followed_over_all_its_columns() {
        check(
            &["id"],
            &["user_id"],
            "select concat_ws(', ', child.\"id\") from \"public\".\"child\" child where child.\"user_id\" is not null \
             and not exists (select from \"auth\".\"users\" parent where parent.\"id\" = child.\"user_id\")",
        );
        check(
            &[],
            &["user_id", "tenant"],
            "select child.ctid from \"public\".\"child\" child where child.\"user_id\" is not null and \
             child.\"tenant\" is not null and not exists (select from \"auth\".\"users\" parent where \
             parent.\"id\" = child.\"user_id\" and parent.\"tenant\" = child.\"tenant\")",
        );
    }
}
