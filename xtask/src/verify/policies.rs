//! That policies do their work: everything is tried as each role, and nothing fails in itself.

use anyhow::Result;
use tokio_postgres::Client;

use super::check::{Check, Outcome};
use crate::policies::expectation::Expectation;
use crate::policies::findings::{self, Findings};
use crate::policies::matrix::{self, Matrix, Relation, Verb};
use crate::policies::{self, Plan, Setting};

/// Tries the policies as each user, with the client's own connection.
///
/// # Errors
/// The database refuses a query, or what was tried could not be undone.
pub async fn checks(
    client: &mut Client,
    setting: &Setting<'_>,
    expectation: Option<&Expectation>,
) -> Result<Vec<Check>> {
    policies::begin(client, |_| ()).await?;
    let mut plan = Plan::read(client, setting).await?;
    let matrix = plan.through_api(client, setting.api, || ()).await?;
    let findings = findings::read(client, setting, &plan.subjects()).await?;
    let findings = findings.with_roles(&matrix, &[]);
    let mut checks = of(&matrix);
    checks.push(Check::new(
        "policies",
        "are what is expected",
        as_expected(&matrix, &findings, expectation),
    ));
    Ok(checks)
}

/// Whether roles may do what the project's expectation says, and no more was found than it accepts.
fn as_expected(matrix: &Matrix, findings: &Findings, expectation: Option<&Expectation>) -> Outcome {
    let Some(expectation) = expectation else {
        let found = match findings.findings.len() {
            0 => String::new(),
            1 => ", which has 1 finding".to_owned(),
            several => format!(", which has {several} findings"),
        };
        return Outcome::Skipped {
            why: format!(
                "there is no expectation: `cargo xtask policies` shows what each role may do{found}, `--accept` writes it"
            ),
        };
    };
    if matrix.actors.iter().all(|actor| actor.email.is_none()) {
        return Outcome::Skipped {
            why: "there are no test users: `cargo xtask users` makes them".to_owned(),
        };
    }
    let comparison = expectation.compare(&Expectation::of(matrix, findings));
    match comparison.is_equal() {
        true => Outcome::Passed,
        false => Outcome::Failed {
            rows: 0,
            examples: vec![format!(
                "they differ in {}: see `cargo xtask policies`",
                comparison.in_short()
            )],
        },
    }
}

/// The check that stands for all of them where they are not tried, because `why`.
pub fn skipped(why: &str) -> Check {
    let why = why.to_owned();
    Check::new("policies", "work for each role", Outcome::Skipped { why })
}

/// One check for each relation.
fn of(matrix: &Matrix) -> Vec<Check> {
    let check = |relation: &Relation| {
        let failures = failures(matrix, relation);
        let outcome = match failures.is_empty() {
            true => Outcome::Passed,
            false => Outcome::Failed {
                rows: 0,
                examples: failures,
            },
        };
        Check::new(&relation.name, "its policies work for each role", outcome)
    };
    matrix.relations.iter().map(check).collect()
}

/// What fails in itself, each once with the first try that met it: `infinite recursion (42P17) on select as admin`.
fn failures(matrix: &Matrix, relation: &Relation) -> Vec<String> {
    let mut failures: Vec<(String, String)> = Vec::new();
    for (actor, cell) in matrix.actors.iter().zip(&relation.cells) {
        for verb in Verb::ALL {
            for one in cell.tries(verb) {
                let said = match &one.outcome {
                    matrix::Outcome::Broken { code, message } => format!("{message} ({code})"),
                    matrix::Outcome::Failed { message } => message.clone(),
                    _ => continue,
                };
                if failures.iter().all(|(known, _)| *known != said) {
                    failures.push((said, format!(" on {} as {}", verb.name(), actor.name)));
                }
            }
        }
    }
    failures.into_iter().map(|(said, first)| said + &first).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::matrix::{Actor, Cell, RelationKind, Try, Whose};

    fn tried(outcome: matrix::Outcome) -> Vec<Try> {
        vec![Try {
            whose: Whose::Any,
            outcome,
            rows: 0,
            of: 1,
            is_placed: false,
        }]
    }

    #[test]
    fn what_fails_in_itself_is_named_and_a_refusal_is_none() {
        let cell = Cell {
            select: tried(matrix::Outcome::Broken {
                code: "42P17".into(),
                message: "infinite recursion".into(),
            }),
            insert: tried(matrix::Outcome::RefusedByPolicy),
            delete: tried(matrix::Outcome::Broken {
                code: "42P17".into(),
                message: "infinite recursion".into(),
            }),
            ..Cell::default()
        };
        let relation = |name: &str, cell| Relation {
            schema: "public".into(),
            name: name.into(),
            kind: RelationKind::Table,
            row_security: true,
            owner_column: None,
            policies: Vec::new(),
            cells: vec![cell],
        };
        let matrix = Matrix {
            actors: vec![Actor {
                name: "admin".into(),
                email: None,
            }],
            relations: vec![relation("teams", cell), relation("tags", Cell::default())],
        };
        let lines: Vec<String> = of(&matrix).iter().map(Check::line).collect();
        assert_eq!(
            lines,
            [
                "teams: its policies work for each role: infinite recursion (42P17) on select as admin",
                "tags: its policies work for each role",
            ]
        );
    }
}
