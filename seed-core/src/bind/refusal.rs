//! Why a column is not filled, and what would help.

use crate::adjustments::{key, table_key};
use crate::catalog::{ColumnType, Table};

/// Why a column is not filled.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub constraint: Option<String>,
    pub why: String,
    pub hint: Option<String>,
    /// What to say of the column in `seedbed.toml`; `None` where nothing that stands there helps.
    pub setting: Option<String>,
    /// Whether the project asked for it, so that leaving the column alone is no answer.
    pub is_asked: bool,
}

impl Refusal {
    pub fn because(why: impl Into<String>) -> Self {
        Self {
            constraint: None,
            why: why.into(),
            hint: None,
            setting: Some("{ value = \"...\" }".into()),
            is_asked: false,
        }
    }

    /// By which constraint.
    pub fn of(self, constraint: &str) -> Self {
        let constraint = Some(constraint.to_owned()).filter(|name| !name.is_empty());
        Self { constraint, ..self }
    }

    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    pub fn with_setting(self, setting: String) -> Self {
        Self {
            setting: Some(setting),
            ..self
        }
    }

    /// Where no constant helps.
    pub fn without_setting(self) -> Self {
        Self {
            setting: None,
            ..self
        }
    }

    /// Of what `seedbed.toml` says.
    pub fn asked(self) -> Self {
        Self {
            is_asked: true,
            ..self
        }
    }
}

/// What to put into `seedbed.toml` for a column: `value` is what stands behind its name.
pub(super) fn column_setting(table: &str, column: &str, value: &str) -> String {
    let (table, column) = (table_key(table), key(column));
    format!("in `seedbed.toml`: `[tables.{table}.columns]` `{column} = {value}`")
}

/// What to put into `seedbed.toml` so that a table is left alone.
pub(super) fn skip_setting(table: &Table) -> String {
    format!(
        "in `seedbed.toml`: `[tables.{}]` `skip = true`",
        table_key(&format!("{}.{}", table.schema, table.name))
    )
}

/// A type as people know it.
pub(super) fn type_name(kind: &ColumnType) -> String {
    match kind {
        ColumnType::Enum { name, .. } | ColumnType::Other(name) => name.clone(),
        ColumnType::Array { element, .. } => format!("{}[]", type_name(element)),
        ColumnType::SmallInt => "smallint".into(),
        ColumnType::BigInt => "bigint".into(),
        ColumnType::TimestampTz => "timestamptz".into(),
        ColumnType::Text {
            max_length: Some(most),
        } => format!("varchar({most})"),
        ColumnType::Numeric {
            precision: Some(precision),
            scale,
        } => {
            format!("numeric({precision},{})", scale.unwrap_or(0))
        }
        other => {
            let name = format!("{other:?}");
            name.split([' ', '{'])
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_toml() {
        let mut table = Table {
            schema: "public".into(),
            name: "tasks".into(),
            ..Table::default()
        };
        assert_eq!(
            column_setting("public.tasks", "tenant", "{ value = \"...\" }"),
            "in `seedbed.toml`: `[tables.tasks.columns]` `tenant = { value = \"...\" }`"
        );
        table.schema = "crm".into();
        assert_eq!(
            skip_setting(&table),
            "in `seedbed.toml`: `[tables.\"crm.tasks\"]` `skip = true`"
        );
    }
}
