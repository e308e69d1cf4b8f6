//! Roles that nothing distinguishes: whatever is tried, both get equally far.

use super::{Finding, Findings, Rule, Severity, Untried, joined};
use crate::database::name::short;
use crate::policies::matrix::{Matrix, Outcome, Relation, Verb};
use crate::policies::reach::Reach;

/// Finds groups of roles with equal columns of a whole matrix, and says of which it cannot be told: what was not tried
/// for both could be what distinguishes them.
pub fn not_distinguished(matrix: &Matrix) -> Findings {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for at in 0..matrix.actors.len() {
        match groups.iter_mut().find(|group| is_equal(matrix, group[0], at)) {
            Some(group) => group.push(at),
            None => groups.push(vec![at]),
        }
    }
    let mut found = Findings::default();
    for group in groups.into_iter().filter(|group| group.len() > 1) {
        let untried = untried(matrix, &group);
        match untried.is_empty() {
            true => found.findings.push(finding(matrix, &group)),
            false => found.untried.push(not_told(matrix, &group, &untried)),
        }
    }
    found
}

fn is_equal(matrix: &Matrix, one: usize, other: usize) -> bool {
    let cells = matrix
        .relations
        .iter()
        .filter_map(|relation| Some((relation.cells.get(one)?, relation.cells.get(other)?)));
    let mut compared = cells
        .flat_map(|(one, other)| Verb::ALL.map(|verb| (one.reach(verb), other.reach(verb))))
        .filter(|(one, other)| ![*one, *other].contains(&Reach::Untried))
        .peekable();
    compared.peek().is_some() && compared.all(|(one, other)| one == other)
}

/// The tables with policies where reading, changing or removing rows was not tried for each of a group.
fn untried(matrix: &Matrix, group: &[usize]) -> Vec<String> {
    let is_untried = |relation: &&Relation| {
        let mut cells = group.iter().filter_map(|&at| relation.cells.get(at));
        cells.any(|cell| {
            [Verb::Select, Verb::Update, Verb::Delete].iter().any(|verb| {
                cell.tries(*verb)
                    .iter()
                    .any(|one| matches!(one.outcome, Outcome::Untried { .. }))
            })
        })
    };
    let guarded = matrix
        .relations
        .iter()
        .filter(|relation| relation.row_security && !relation.policies.is_empty());
    guarded
        .filter(is_untried)
        .map(|relation| format!("`{}`", short(&relation.schema, &relation.name)))
        .collect()
}

fn not_told(matrix: &Matrix, group: &[usize], untried: &[String]) -> Untried {
    let titles: Vec<String> = group
        .iter()
        .map(|&at| format!("`{}`", matrix.actors[at].name))
        .collect();
    let why = format!(
        "whether anything distinguishes {} cannot be told: not everything could be tried with {}",
        joined(&titles),
        joined(untried)
    );
    Untried { relation: None, why }
}

fn finding(matrix: &Matrix, group: &[usize]) -> Finding {
    let roles: Vec<String> = group.iter().map(|&at| matrix.actors[at].name.clone()).collect();
    let titles: Vec<String> = roles.iter().map(|role| format!("`{role}`")).collect();
    let is_anon = roles.iter().any(|role| role == "anon");
    Finding {
        rule: Rule::RolesNotDistinguished,
        severity: if is_anon { Severity::High } else { Severity::Medium },
        place: roles.join(" = "),
        relation: None,
        message: match is_anon {
            true => format!(
                "nothing distinguishes {}: signing in makes no difference",
                joined(&titles)
            ),
            false => format!(
                "nothing distinguishes {}: each may do the same with every table",
                joined(&titles)
            ),
        },
        mend: "write the policy that one of them needs and the other must not have, or make them one role"
            .to_owned(),
        roles,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::matrix::{Policy, Whose};
    use crate::policies::sample::{cell, matrix, tried};

    #[test]
    fn roles_with_equal_columns_are_named_together() {
        let own = || {
            cell([
                tried(Whose::Own, Outcome::Allowed),
                tried(Whose::Others, Outcome::NoRows),
            ])
        };
        let all = || {
            cell([
                tried(Whose::Own, Outcome::Allowed),
                tried(Whose::Others, Outcome::Allowed),
            ])
        };
        let found = not_distinguished(&matrix(
            &["anon", "rep", "lead", "admin"],
            vec![
                ("contacts", vec![Default::default(), own(), own(), all()]),
                ("tags", vec![Default::default(), all(), all(), all()]),
            ],
        ))
        .findings;
        let places: Vec<&str> = found.iter().map(|finding| finding.place.as_str()).collect();
        assert_eq!(places, ["rep = lead"]);
        assert_eq!(found[0].severity, Severity::Medium);
    }

    #[test]
    fn one_difference_anywhere_distinguishes() {
        let own = || {
            cell([
                tried(Whose::Own, Outcome::Allowed),
                tried(Whose::Others, Outcome::NoRows),
            ])
        };
        let mut other = own();
        other.delete = vec![tried(Whose::Own, Outcome::NoRows)];
        let found = not_distinguished(&matrix(&["rep", "lead"], vec![("contacts", vec![own(), other])]));
        assert_eq!(found, Findings::default());
    }

    #[test]
    fn nothing_is_said_of_roles_that_were_not_tried() {
        let untried = || cell([tried(Whose::Own, Outcome::Untried { why: "no row".into() })]);
        let found = not_distinguished(&matrix(
            &["rep", "lead"],
            vec![("contacts", vec![untried(), untried()])],
        ));
        assert_eq!(found, Findings::default());
    }

    #[test]
    fn a_role_that_gets_no_further_than_nobody_is_the_worst() {
        let all = || cell([tried(Whose::Any, Outcome::Allowed)]);
        let found =
            not_distinguished(&matrix(&["anon", "rep"], vec![("contacts", vec![all(), all()])])).findings;
        assert_eq!(found[0].severity, Severity::High);
        assert!(
            found[0].message.contains("signing in makes no difference"),
            "{}",
            found[0].message
        );
    }

    #[test]
    fn what_could_not_be_tried_could_distinguish_them() {
        let all = || cell([tried(Whose::Any, Outcome::Allowed)]);
        let mut half = all();
        half.delete = vec![
            tried(Whose::Own, Outcome::Allowed),
            tried(Whose::Others, Outcome::Untried { why: "no row".into() }),
        ];
        let mut matrix = matrix(
            &["rep", "lead"],
            vec![
                ("tags", vec![all(), all()]),
                ("contacts", vec![half.clone(), half]),
            ],
        );
        // Without policies there is nothing that could.
        assert_eq!(not_distinguished(&matrix).findings.len(), 1);
        matrix.relations[1].policies = vec![Policy {
            name: "leads".into(),
            command: "ALL".into(),
            roles: vec!["authenticated".into()],
            permissive: true,
            using: Some("private.is_lead()".into()),
            check: None,
        }];
        let found = not_distinguished(&matrix);
        assert_eq!(found.findings, []);
        assert_eq!(
            found.untried[0].why,
            "whether anything distinguishes `rep` and `lead` cannot be told: not everything could be tried with \
              `contacts`"
        );
    }
}
