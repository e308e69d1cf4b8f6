//! Tables, columns and types that are not the same on both sides.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::database::name::short;

/// The columns of each table (schema, name) in words, by their names.
type Shapes = BTreeMap<(String, String), BTreeMap<String, String>>;

/// A table or a column that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SchemaDifference {
    /// The table, as people write it.
    pub table: String,
    /// The column; none where it is the whole table.
    pub column: Option<String>,
    /// What it is here; none where it is missing.
    pub here: Option<String>,
    /// What it is there.
    pub there: Option<String>,
}

impl SchemaDifference {
    /// All of them.
    pub fn all(here: &Shapes, there: &Shapes) -> Vec<SchemaDifference> {
        let tables: BTreeSet<&(String, String)> = here.keys().chain(there.keys()).collect();
        tables
            .into_iter()
            .flat_map(|name| of_table(name, here.get(name), there.get(name)))
            .collect()
    }
}

fn of_table(
    (schema, name): &(String, String),
    here: Option<&BTreeMap<String, String>>,
    there: Option<&BTreeMap<String, String>>,
) -> Vec<SchemaDifference> {
    let table = short(schema, name);
    let (Some(own), Some(other)) = (here, there) else {
        let as_text = |side: Option<_>| side.map(|_| "a table".to_owned());
        return vec![SchemaDifference {
            table,
            column: None,
            here: as_text(here),
            there: as_text(there),
        }];
    };
    let columns: BTreeSet<&String> = own.keys().chain(other.keys()).collect();
    let differing = columns
        .into_iter()
        .filter(|column| own.get(*column) != other.get(*column));
    let difference = |column: &String| SchemaDifference {
        table: table.clone(),
        column: Some(column.clone()),
        here: own.get(column).cloned(),
        there: other.get(column).cloned(),
    };
    differing.map(difference).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_columns_and_types_of_one_side_are_named() {
        let shapes = |tables: &[(&str, &[(&str, &str)])]| -> Shapes {
            let columns = |columns: &[(&str, &str)]| {
                let pairs = columns
                    .iter()
                    .map(|(name, shape)| ((*name).to_owned(), (*shape).to_owned()));
                pairs.collect::<BTreeMap<String, String>>()
            };
            let tables = tables.iter();
            tables
                .map(|(name, own)| (("public".to_owned(), (*name).to_owned()), columns(own)))
                .collect()
        };
        let here = shapes(&[("a", &[("id", "bigint"), ("x", "text")]), ("b", &[])]);
        let there = shapes(&[("a", &[("id", "uuid"), ("y", "text")])]);
        let found: Vec<String> = SchemaDifference::all(&here, &there)
            .into_iter()
            .map(|one| format!("{} {:?} {:?} {:?}", one.table, one.column, one.here, one.there))
            .collect();
        assert_eq!(
            found,
            [
                r#"a Some("id") Some("bigint") Some("uuid")"#,
                r#"a Some("x") Some("text") None"#,
                r#"a Some("y") None Some("text")"#,
                r#"b None Some("a table") None"#,
            ]
        );
        assert!(SchemaDifference::all(&here, &here).is_empty());
    }
}
