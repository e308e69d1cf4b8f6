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

    /// For each row that the database took, what would forbid it.
    pub fn hints(&self) -> impl Iterator<Item = String> {
        self.cases.iter().filter_map(|attempt| {
            let hint = attempt.hint.as_ref()?;
            Some(format!("hint: {}: {hint}", attempt.case.title))
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::negative::attempt::{Refusal, Reply};
    use crate::negative::case::{Expected, Reason};

    /// A negative price that the check `positive` should refuse.
    fn attempt(reply: Reply) -> Attempt {
        let case = Case {
            title: "negative price".into(),
            changes: vec![Change::text("price", "-1")],
            expected: Expected::by(Reason::Check, "positive"),
            remedy: "add a check".into(),
        };
        Attempt::new(case, reply)
    }

    fn refused(sqlstate: Option<&str>, constraint: Option<&str>) -> Reply {
        Reply::Refused(Refusal {
            sqlstate: sqlstate.map(str::to_owned),
            constraint: constraint.map(str::to_owned),
            message: "no".into(),
        })
    }

    #[test]
    fn a_refusal_for_another_reason_is_told_from_the_expected_one() {
        let outcome = |reply| attempt(reply).outcome;
        assert_eq!(
            outcome(refused(Some("23514"), Some("positive"))),
            Outcome::Refused
        );
        for other in [
            refused(Some("23514"), Some("other")),
            refused(Some("23514"), None),
            refused(Some("P0001"), Some("positive")),
            refused(None, None),
        ] {
            assert_eq!(outcome(other), Outcome::RefusedOtherwise);
        }
        assert_eq!(outcome(Reply::Taken), Outcome::Taken);
    }

    #[test]
    fn the_summary_counts_and_only_what_was_taken_has_a_hint() {
        let attempts = vec![
            attempt(refused(Some("23514"), Some("positive"))),
            attempt(refused(None, None)),
            attempt(Reply::Taken),
        ];
        let left_out = vec![LeftOut {
            title: "duplicate SKU".into(),
            why: "it has none".into(),
        }];
        let report = Report::new("products", attempts, left_out);
        let expected = "`products`: 3 wrong rows tried: 1 refused as expected, 1 refused for another reason, 1 taken; \
                        1 not tried";
        assert_eq!(report.summary(), expected);
        let hints: Vec<String> = report.hints().collect();
        assert_eq!(hints, ["hint: negative price: add a check"]);
        let table = report.table();
        let came: Vec<&str> = table
            .lines()
            .filter_map(|line| line.rsplit("  ").next())
            .map(str::trim)
            .collect();
        assert_eq!(
            came,
            ["came", "23514 positive: no", "no error: no", "TAKEN"],
            "{table}"
        );
    }
}
