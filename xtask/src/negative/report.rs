//! What is told of the rows that were tried.

use comfy_table::{Table, presets};
use serde::Serialize;

use super::attempt::{Attempt, Outcome};
use super::case::{Case, Cases, Change, LeftOut};

/// All rows that were tried, and those that were not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The table of products.
    pub table: String,
    /// How many were refused as expected.
    pub refused: usize,
    /// How many were refused for another reason.
    pub refused_otherwise: usize,
    /// How many the database took.
    pub taken: usize,
    /// What came of each.
    pub cases: Vec<Attempt>,
    /// Rows that were not tried.
    pub left_out: Vec<LeftOut>,
}

impl Report {
    /// Counts what came.
    pub fn new(table: &str, attempts: Vec<Attempt>, left_out: Vec<LeftOut>) -> Report {
        let count = |outcome| {
            attempts
                .iter()
                .filter(|attempt| attempt.outcome == outcome)
                .count()
        };
        Report {
            table: table.to_owned(),
            refused: count(Outcome::Refused),
            refused_otherwise: count(Outcome::RefusedOtherwise),
            taken: count(Outcome::Taken),
            cases: attempts,
            left_out,
        }
    }

    /// A line that sums it up: `36 rows tried: 35 refused, 1 taken`.
    pub fn summary(&self) -> String {
        let count = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
        let parts = [
            count(self.refused, "refused as expected"),
            count(self.refused_otherwise, "refused for another reason"),
            count(self.taken, "taken"),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let left_out =
            count(self.left_out.len(), "not tried").map_or_else(String::new, |text| format!("; {text}"));
        format!(
            "`{}`: {} wrong rows tried: {}{left_out}",
            self.table,
            self.cases.len(),
            parts.join(", ")
        )
    }

    /// One line for each row: what is wrong with it, what was expected, what came.
    pub fn table(&self) -> String {
        let rows = self.cases.iter().map(|attempt| {
            let came = match &attempt.came {
                None => "TAKEN".to_owned(),
                Some(came) => {
                    let code = came.sqlstate.as_deref().unwrap_or("no error");
                    format!(
                        "{}: {}",
                        with_constraint(code, came.constraint.as_deref()),
                        came.message
                    )
                }
            };
            [attempt.case.title.clone(), expected(&attempt.case), came]
        });
        table(&["wrong row", "expected", "came"], rows)
    }
}

/// The rows that would be tried: what is wrong with each, what would be written, what is expected.
pub fn planned(cases: &Cases) -> String {
    let rows = cases.cases.iter().map(|case| {
        let changes: Vec<String> = case.changes.iter().map(Change::describe).collect();
        [case.title.clone(), changes.join(", "), expected(case)]
    });
    table(&["wrong row", "what differs", "expected"], rows)
}

fn expected(case: &Case) -> String {
    with_constraint(case.expected.sqlstate, case.expected.constraint.as_deref())
}

fn with_constraint(sqlstate: &str, constraint: Option<&str>) -> String {
    match constraint {
        Some(constraint) => format!("{sqlstate} {constraint}"),
        None => sqlstate.to_owned(),
    }
}

fn table(header: &[&str], rows: impl Iterator<Item = [String; 3]>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(header.iter().copied());
    for row in rows {
        table.add_row(row);
    }
    table.trim_fmt()
}
