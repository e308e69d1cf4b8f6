//! One thing that must hold, and what came of looking.

use anyhow::{Context, Result};
use futures_util::future::try_join_all;
use serde::Serialize;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

/// Keys that a failure shows.
const KEYS_SHOWN: i64 = 3;

/// One thing that must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The table, or what else it is about.
    pub table: String,
    /// What must hold, in words.
    pub rule: String,
    /// What came of looking.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What came of looking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not.
    Failed {
        /// How many rows break it; 0 where it is not about rows.
        rows: i64,
        /// Keys of the first of them, or a sentence.
        examples: Vec<String>,
    },
    /// It does not apply to this database.
    Skipped {
        /// Why not.
        why: String,
    },
}

impl Check {
    /// A check that came out as `outcome`.
    pub fn new(table: impl Into<String>, rule: impl Into<String>, outcome: Outcome) -> Check {
        Check {
            table: table.into(),
            rule: rule.into(),
            outcome,
        }
    }

    /// Whether it failed.
    pub fn has_failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed { .. })
    }

    /// A line for people: `contacts: one primary organization: 3 rows, for example a, b, c`.
    pub fn line(&self) -> String {
        let Check { table, rule, outcome } = self;
        match outcome {
            Outcome::Passed => format!("{table}: {rule}"),
            Outcome::Skipped { why } => format!("{table}: {rule}: {why}"),
            Outcome::Failed { rows: 0, examples } => format!("{table}: {rule}: {}", examples.join(", ")),
            Outcome::Failed { rows, examples } => {
                let rows = if *rows == 1 {
                    "1 row".to_owned()
                } else {
                    format!("{rows} rows")
                };
                format!("{table}: {rule}: {rows}, for example {}", examples.join(", "))
            }
        }
    }
}

impl Outcome {
    /// Passed, unless there is a problem to tell of.
    pub fn of(problem: Option<String>) -> Outcome {
        match problem {
            None => Outcome::Passed,
            Some(sentence) => Outcome::Failed {
                rows: 0,
                examples: vec![sentence],
            },
        }
    }
}

/// A question to the database: which rows break a rule?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The table that it is about.
    pub table: String,
    /// What must hold, in words.
    pub rule: String,
    /// A query whose only column names the rows that break the rule; or why there is none for this database.
    pub violations: Result<String, String>,
}

impl Question {
    /// A question that every database can answer.
    pub fn new(table: &str, rule: String, violations: String) -> Question {
        Question {
            table: table.to_owned(),
            rule,
            violations: Ok(violations),
        }
    }

    async fn ask(self, client: &Client) -> Result<Check> {
        let Question {
            table,
            rule,
            violations,
        } = self;
        let violations = match violations {
            Ok(violations) => violations,
            Err(why) => return Ok(Check::new(table, rule, Outcome::Skipped { why })),
        };
        let sql = format!(
            "with violation (key) as ({violations})
             select count(*), array(select key::text from violation order by 1 limit {KEYS_SHOWN}) from violation"
        );
        let row = match client.query_typed_one(&sql, &[]).await {
            Err(error) if error.code().is_some_and(is_about_types) => {
                let why = error
                    .as_db_error()
                    .map_or_else(String::new, |error| error.message().to_owned());
                return Ok(Check::new(table, rule, Outcome::Skipped { why }));
            }
            row => row.with_context(|| format!("check `{table}`: {rule}"))?,
        };
        let rows: i64 = row.get(0);
        let examples: Vec<String> = row.get(1);
        let outcome = if rows == 0 {
            Outcome::Passed
        } else {
            // Keys have no blanks: this is a sentence about all rows.
            let is_sentence = matches!(examples.as_slice(), [one] if one.contains(' '));
            Outcome::Failed {
                rows: if is_sentence { 0 } else { rows },
                examples,
            }
        };
        Ok(Check::new(table, rule, outcome))
    }
}

/// Whether a rule speaks of a column as another type than it has: what cannot be compared cannot be checked.
fn is_about_types(code: &SqlState) -> bool {
    [
        SqlState::UNDEFINED_FUNCTION,
        SqlState::DATATYPE_MISMATCH,
        SqlState::CANNOT_COERCE,
        SqlState::INVALID_TEXT_REPRESENTATION,
    ]
    .contains(code)
}

/// Asks all questions; they are on their way at once, so that no time goes by between them.
///
/// # Errors
/// The database refuses a query.
pub async fn ask_all(client: &Client, questions: Vec<Question>) -> Result<Vec<Check>> {
    try_join_all(questions.into_iter().map(|question| question.ask(client))).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(outcome: Outcome, expected: &str) {
        assert_eq!(Check::new("contacts", "exist", outcome).line(), expected);
    }

    #[test]
    fn a_failure_names_rows() {
        check(
            Outcome::Failed {
                rows: 5,
                examples: vec!["a".into(), "b".into()],
            },
            "contacts: exist: 5 rows, for example a, b",
        );
        check(
            Outcome::Failed {
                rows: 1,
                examples: vec!["a".into()],
            },
            "contacts: exist: 1 row, for example a",
        );
        check(
            Outcome::of(Some("it is shut".into())),
            "contacts: exist: it is shut",
        );
        check(
            Outcome::Skipped {
                why: "no column".into(),
            },
            "contacts: exist: no column",
        );
    }
}
