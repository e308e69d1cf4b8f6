//! What does not fit: columns left alone, and columns that stop a run.

use std::fmt;

use super::refusal::column_setting;

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
///
/// ```
/// use seed_core::plan::Misfit;
/// let misfit = Misfit {
///     table: "public.companies".into(),
///     column: "tier".into(),
///     constraint: "not null".into(),
///     problem: "no field fits".into(),
///     setting: None,
///     ways: vec!["give it a default".into()],
/// };
/// assert_eq!(misfit.to_string(), "column `tier` of `public.companies` (`not null`): no field fits");
/// assert_eq!(misfit.hint(), "give it a default");
/// ```
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
    /// What to say of it in `seedbed.toml`, as TOML; `None` where nothing that stands there helps.
    pub setting: Option<String>,
    /// What else would mend it.
    pub ways: Vec<String>,
}

impl Misfit {
    /// What would mend it, in a sentence.
    pub fn hint(&self) -> String {
        let setting = self.setting.as_ref();
        let setting = setting.map(|setting| column_setting(&self.table, &self.column, setting));
        let ways: Vec<String> = self.ways.iter().cloned().chain(setting).collect();
        ways.join(", or ")
    }
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
