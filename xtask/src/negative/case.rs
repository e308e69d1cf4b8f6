//! One row that must be refused, as data.

use std::collections::BTreeMap;

use serde::Serialize;

/// A row as text by column, as PostgreSQL reads it; `None` is null.
pub type Row = BTreeMap<String, Option<String>>;

/// Longest value that is shown in full.
const SHOWN_LENGTH: usize = 40;

/// A valid row with something wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Case {
    /// What is wrong with it, in words.
    pub title: String,
    /// What differs from the valid row.
    pub changes: Vec<Change>,
    /// How the database must refuse it.
    pub expected: Expected,
    /// What would forbid it where the database takes it: a statement in SQL, or a sentence.
    #[serde(skip)]
    pub remedy: String,
}

/// One column of a row that differs from the valid one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The column.
    pub column: String,
    /// What it holds.
    pub value: Value,
}

/// What a column is set to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Nothing.
    Null,
    /// A text that PostgreSQL reads as the column's type.
    Text(String),
    /// The key of an organization that is no principal: known when the row is tried.
    NonPrincipal,
}

/// How a row must be refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Expected {
    /// The code of the error.
    pub sqlstate: &'static str,
    /// The constraint, where the catalog tells which one it is.
    pub constraint: Option<String>,
}

/// Why a database refuses a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A column that must hold something is null.
    Null,
    /// What a column points at is not there.
    NoSuchKey,
    /// Another row has the same key.
    Duplicate,
    /// A check fails.
    Check,
    /// A text is too long for its type.
    TooLong,
    /// A number is too large for its type.
    TooLarge,
    /// A text is none that the type knows.
    Unreadable,
}

impl Reason {
    /// The code of the error.
    pub fn sqlstate(self) -> &'static str {
        match self {
            Reason::Null => "23502",
            Reason::NoSuchKey => "23503",
            Reason::Duplicate => "23505",
            Reason::Check => "23514",
            Reason::TooLong => "22001",
            Reason::TooLarge => "22003",
            Reason::Unreadable => "22P02",
        }
    }
}

/// A row that is not tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// What would be wrong with it.
    pub title: String,
    /// Why it is not tried.
    pub why: String,
}

/// All rows that must be refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cases {
    /// Those that are tried, no two of them the same row.
    pub cases: Vec<Case>,
    /// Those that are not.
    pub left_out: Vec<LeftOut>,
}

impl Cases {
    /// Adds a row, unless it is there already under another title.
    pub fn add(&mut self, case: Case) {
        if !self.has(&case.changes) {
            self.cases.push(case);
        }
    }

    /// Whether the row with these changes is there.
    pub fn has(&self, changes: &[Change]) -> bool {
        self.cases.iter().any(|known| known.changes == changes)
    }

    /// Notes a row that is not tried.
    pub fn leave_out(&mut self, title: impl Into<String>, why: impl Into<String>) {
        self.left_out.push(LeftOut {
            title: title.into(),
            why: why.into(),
        });
    }
}

impl LeftOut {
    /// A line for people: ``not tried: duplicate SKU: no column of `products` holds a SKU``.
    pub fn line(&self) -> String {
        format!("not tried: {}: {}", self.title, self.why)
    }
}

impl Change {
    /// The column without a value.
    pub fn null(column: &str) -> Change {
        Change {
            column: column.to_owned(),
            value: Value::Null,
        }
    }

    /// The column with this value.
    pub fn text(column: &str, value: impl Into<String>) -> Change {
        Change {
            column: column.to_owned(),
            value: Value::Text(value.into()),
        }
    }

    /// As people read it: `` `name` is null ``.
    pub fn describe(&self) -> String {
        let Change { column, value } = self;
        match value {
            Value::Null => format!("`{column}` is null"),
            Value::Text(text) if text.is_empty() => format!("`{column}` is empty"),
            Value::Text(text) if text.chars().count() > SHOWN_LENGTH => {
                format!("`{column}` has {} characters", text.chars().count())
            }
            Value::Text(text) => format!("`{column}` is `{text}`"),
            Value::NonPrincipal => format!("`{column}` is an organization that is no principal"),
        }
    }
}

impl Expected {
    /// For a reason that has no constraint, or one whose name is not known.
    pub fn because(reason: Reason) -> Expected {
        Expected {
            sqlstate: reason.sqlstate(),
            constraint: None,
        }
    }

    /// By a constraint.
    pub fn by(reason: Reason, constraint: &str) -> Expected {
        Expected {
            constraint: Some(constraint.to_owned()),
            ..Expected::because(reason)
        }
    }

    /// Whether a refusal is the one that was expected.
    pub fn is_met_by(&self, sqlstate: &str, constraint: Option<&str>) -> bool {
        self.sqlstate == sqlstate && (self.constraint.is_none() || self.constraint.as_deref() == constraint)
    }
}
