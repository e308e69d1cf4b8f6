//! What does not fit: columns left alone, and columns that stop a run.

use std::fmt;

/// A table or column that is not filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unplaced {
    /// Schema of the table.
    pub schema: String,
    /// Its name.
    pub table: String,
    /// The column; `None` for the table as a whole.
    pub column: Option<String>,
    /// Why.
    pub why: String,
}

/// A column that must be filled and cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// Schema and table.
    pub table: String,
    /// The column.
    pub column: String,
    /// What makes it a must, or what refuses our values: `not null`, or the name of the constraint or type.
    pub constraint: String,
    /// What is wrong.
    pub problem: String,
    /// What would mend it.
    pub hint: String,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            table,
            column,
            constraint,
            problem,
            ..
        } = self;
        write!(f, "column `{column}` of `{table}` (`{constraint}`): {problem}")
    }
}
