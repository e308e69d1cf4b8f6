//! Where the API and the database do not say the same.

use serde::Serialize;

use super::matrix::{Matrix, Outcome, Try, Verb, Whose};

/// A try that came out otherwise through the API than in the database.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Schema of the relation.
    pub schema: String,
    /// Its name.
    pub relation: String,
    /// Who tried.
    pub actor: String,
    /// What.
    pub verb: Verb,
    /// Whose rows it was about.
    pub whose: Whose,
    /// What came of it through the API.
    pub api: Try,
    /// What came of it in the database.
    pub database: Try,
}

impl Difference {
    /// A line for people: `contacts, account_manager, select own: 40 of 40 through the API, 0 of 40 in the database`.
    pub fn line(&self) -> String {
        let whose = match self.whose {
            Whose::Own => " own",
            Whose::Others => " others'",
            Whose::Any => "",
        };
        format!(
            "{}, {}, {}{whose}: {} through the API, {} in the database",
            self.relation,
            self.actor,
            self.verb.name(),
            described(&self.api),
            described(&self.database)
        )
    }
}

/// Where two matrices of the same tries differ.
pub fn between(api: &Matrix, database: &Matrix) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (relation, other) in api.relations.iter().zip(&database.relations) {
        for ((actor, cell), other) in api.actors.iter().zip(&relation.cells).zip(&other.cells) {
            for verb in Verb::ALL {
                let tries = cell.tries(verb).iter().zip(other.tries(verb));
                differences.extend(tries.filter(|(api, database)| !are_alike(api, database)).map(
                    |(api, database)| Difference {
                        schema: relation.schema.clone(),
                        relation: relation.name.clone(),
                        actor: actor.name.clone(),
                        verb,
                        whose: api.whose,
                        api: api.clone(),
                        database: database.clone(),
                    },
                ));
            }
        }
    }
    differences
}

/// Messages are worded by whoever passes them on; what counts is what they say.
fn are_alike(one: &Try, other: &Try) -> bool {
    let kind = |outcome: &Outcome| std::mem::discriminant(outcome);
    kind(&one.outcome) == kind(&other.outcome) && one.rows == other.rows
}

fn described(one: &Try) -> String {
    match &one.outcome {
        Outcome::Allowed | Outcome::Part | Outcome::NoRows => format!("{} of {}", one.rows, one.of),
        Outcome::RefusedByPolicy => "refused by a policy".into(),
        Outcome::PermissionDenied => "permission denied".into(),
        Outcome::RefusedByConstraint { constraint } => format!("refused by the constraint `{constraint}`"),
        Outcome::RefusedByTrigger { message } => format!("refused by a trigger ({message})"),
        Outcome::Missing => "not known".into(),
        Outcome::ReadOnly => "read only".into(),
        Outcome::Broken { code, message } => format!("broken ({code}: {message})"),
        Outcome::Untried { why } => format!("untried ({why})"),
        Outcome::Failed { message } => format!("failed ({message})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::matrix::{Actor, Cell, Relation, RelationKind};

    fn matrix(outcome: Outcome, rows: u64) -> Matrix {
        let seen = Try {
            whose: Whose::Own,
            outcome,
            rows,
            of: 40,
            is_placed: false,
        };
        Matrix {
            actors: vec![Actor {
                name: "anon".into(),
                email: None,
            }],
            relations: vec![Relation {
                schema: "public".into(),
                name: "contacts".into(),
                kind: RelationKind::Table,
                row_security: true,
                owner_column: None,
                policies: Vec::new(),
                cells: vec![Cell {
                    select: vec![seen],
                    ..Cell::default()
                }],
            }],
        }
    }

    #[test]
    fn outcomes_and_counts_are_compared_and_words_are_not() {
        let broken = |message: &str| Outcome::Broken {
            code: "42P17".into(),
            message: message.into(),
        };
        let differences = |one, other| {
            between(&one, &other)
                .iter()
                .map(Difference::line)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            differences(matrix(broken("a"), 0), matrix(broken("b"), 0)),
            [""; 0]
        );
        assert_eq!(
            differences(matrix(Outcome::Allowed, 40), matrix(Outcome::NoRows, 0)),
            ["contacts, anon, select own: 40 of 40 through the API, 0 of 40 in the database"]
        );
        assert_eq!(
            differences(matrix(Outcome::Part, 3), matrix(Outcome::Part, 4)).len(),
            1
        );
    }
}
