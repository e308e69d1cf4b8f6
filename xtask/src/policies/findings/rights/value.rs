//! A value other than the present one, as powerful as can be guessed.

use anyhow::{Context, Result};
use seed_core::catalog::{Catalog, Column, ColumnType, ForeignKey, Identity, Table};
use tokio_postgres::GenericClient;
use uuid::Uuid;

use crate::database::name::{literal, qualified, quoted};
use crate::users::profile::allowed_texts;

/// Words for the most that one can be, the likeliest first.
const POWERFUL: &[&str] = &[
    "admin",
    "administrator",
    "owner",
    "superadmin",
    "super_admin",
    "manager",
];

/// A value that the column takes and that is not `present`, as text; none where no such value is known.
///
/// # Errors
/// The database refuses.
pub async fn other(
    client: &impl GenericClient,
    catalog: &Catalog,
    table: &Table,
    column: &Column,
    present: Option<&str>,
) -> Result<Option<String>> {
    let key = table
        .foreign_keys
        .iter()
        .find(|key| key.columns == [column.name.as_str()]);
    match key {
        Some(key) => referenced(client, catalog, key, present).await,
        None => Ok(of_kind(table, column, present)),
    }
}

/// The values of a row about oneself, `own`, with as much of `deciding` as can be guessed, as literals; none where no
/// value is known for a column that must have one.
///
/// # Errors
/// The database refuses.
pub async fn row<'a>(
    client: &impl GenericClient,
    catalog: &Catalog,
    table: &'a Table,
    own: (&'a Column, &str),
    deciding: &'a Column,
) -> Result<Option<Vec<(&'a Column, String)>>> {
    let mut values = Vec::new();
    for column in &table.columns {
        let value = if column.name == own.0.name {
            Some(own.1.to_owned())
        } else if column.name == deciding.name || must_be_given(column) {
            other(client, catalog, table, column, None).await?
        } else {
            continue;
        };
        let Some(value) = value else { return Ok(None) };
        values.push((column, literal(&value)));
    }
    Ok(Some(values))
}

fn must_be_given(column: &Column) -> bool {
    column.not_null && column.default.is_none() && !column.generated && column.identity == Identity::No
}

/// A key of another row of the table that is pointed at.
async fn referenced(
    client: &impl GenericClient,
    catalog: &Catalog,
    key: &ForeignKey,
    present: Option<&str>,
) -> Result<Option<String>> {
    let is_known = catalog
        .tables
        .iter()
        .any(|table| table.name == key.referenced_table)
        || (key.referenced_schema == "auth" && key.referenced_table == "users");
    if !is_known {
        return Ok(None);
    }
    let sql = format!(
        "select {column}::text from {} where {column}::text is distinct from $1 limit 1",
        qualified(&key.referenced_schema, &key.referenced_table),
        column = quoted(&key.referenced_columns[0])
    );
    let row = client.query_opt(&sql, &[&present]).await;
    let row = row.with_context(|| format!("look for another row of `{}`", key.referenced_table))?;
    Ok(row.map(|row| row.get(0)))
}

fn of_kind(table: &Table, column: &Column, present: Option<&str>) -> Option<String> {
    match &column.kind {
        ColumnType::Boolean => Some((present != Some("true")).to_string()),
        ColumnType::Enum { labels, .. } => most_powerful(labels, present),
        ColumnType::Text { .. } => match allowed_texts(table, &column.name) {
            none if none.is_empty() => {
                let word = POWERFUL.iter().find(|word| Some(**word) != present);
                word.map(|&word| word.to_owned())
            }
            some => most_powerful(&some, present),
        },
        ColumnType::SmallInt
        | ColumnType::Integer
        | ColumnType::BigInt
        | ColumnType::Real
        | ColumnType::Double
        | ColumnType::Numeric { .. } => Some(if present == Some("1") { "2" } else { "1" }.to_owned()),
        ColumnType::Uuid => Some(Uuid::new_v4().to_string()),
        ColumnType::Json | ColumnType::Jsonb => Some(r#"{"admin": true}"#.to_owned()),
        ColumnType::Date | ColumnType::Timestamp | ColumnType::TimestampTz => Some("2999-12-31".to_owned()),
        ColumnType::Array { element, .. } => match element.as_ref() {
            ColumnType::Text { .. } => Some("{admin}".to_owned()),
            ColumnType::Enum { labels, .. } => {
                most_powerful(labels, None).map(|label| format!("{{{label}}}"))
            }
            _ => None,
        }
        .filter(|value| Some(value.as_str()) != present),
        _ => None,
    }
}

/// The word among `allowed` that promises most, and is not the present one.
fn most_powerful(allowed: &[String], present: Option<&str>) -> Option<String> {
    let others = || allowed.iter().filter(|one| Some(one.as_str()) != present);
    let named = POWERFUL
        .iter()
        .find_map(|word| others().find(|one| one.eq_ignore_ascii_case(word)));
    named.or_else(|| others().next()).cloned()
}

#[cfg(test)]
mod tests {
    use seed_core::catalog::Check;

    use super::*;

    #[track_caller]
    fn check(kind: ColumnType, present: Option<&str>, expected: Option<&str>) {
        let column = Column {
            name: "role".into(),
            kind,
            ..Column::default()
        };
        assert_eq!(of_kind(&Table::default(), &column, present).as_deref(), expected);
    }

    #[test]
    fn a_value_is_another_one_and_promises_much() {
        let labels = || vec!["rep".to_owned(), "manager".into(), "Admin".into()];
        let of_enum = || ColumnType::Enum {
            name: "role".into(),
            labels: labels(),
        };
        check(of_enum(), Some("rep"), Some("Admin"));
        check(of_enum(), Some("Admin"), Some("manager"));
        check(ColumnType::Boolean, Some("true"), Some("false"));
        check(ColumnType::Boolean, None, Some("true"));
        check(ColumnType::Text { max_length: None }, Some("rep"), Some("admin"));
        check(
            ColumnType::Text { max_length: None },
            Some("admin"),
            Some("administrator"),
        );
        check(ColumnType::Integer, Some("1"), Some("2"));
        check(ColumnType::Inet, None, None);
    }

    #[test]
    fn a_text_is_one_that_its_check_takes() {
        let column = Column {
            name: "role".into(),
            kind: ColumnType::Text { max_length: None },
            ..Column::default()
        };
        let table = Table {
            checks: vec![Check {
                columns: vec!["role".into()],
                expression: "(role = ANY (ARRAY['rep'::text, 'boss'::text]))".into(),
                ..Check::default()
            }],
            ..Table::default()
        };
        assert_eq!(of_kind(&table, &column, Some("rep")).as_deref(), Some("boss"));
    }
}
