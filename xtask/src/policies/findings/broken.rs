//! Policies that fail themselves when they are asked, as those that ask for each other without end.

use super::{Finding, Rule, Severity, joined};
use crate::database::name::short;
use crate::policies::matrix::{Matrix, Outcome, Relation, Verb};

/// Finds the tables and views whose policies failed for somebody, once for each way.
pub fn policies(matrix: &Matrix) -> Vec<Finding> {
    let of_each = matrix.relations.iter();
    of_each
        .flat_map(|relation| of_relation(matrix, relation))
        .collect()
}

fn of_relation(matrix: &Matrix, relation: &Relation) -> Vec<Finding> {
    let mut ways: Vec<Way<'_>> = Vec::new();
    for (actor, cell) in matrix.actors.iter().zip(&relation.cells) {
        for verb in Verb::ALL {
            for one in cell.tries(verb) {
                let Outcome::Broken { code, message } = &one.outcome else {
                    continue;
                };
                let at = ways.iter().position(|way| way.code == code).unwrap_or_else(|| {
                    ways.push(Way {
                        code,
                        message,
                        verbs: Vec::new(),
                        roles: Vec::new(),
                    });
                    ways.len() - 1
                });
                add(&mut ways[at].verbs, verb.name());
                add(&mut ways[at].roles, &actor.name);
            }
        }
    }
    // Findings of one rule are told apart by their places.
    let is_only_way = ways.len() == 1;
    ways.into_iter()
        .map(|way| way.finding(relation, is_only_way))
        .collect()
}

/// One way in which policies fail: whom, and at what.
struct Way<'a> {
    code: &'a str,
    message: &'a str,
    verbs: Vec<&'a str>,
    roles: Vec<&'a str>,
}

impl Way<'_> {
    fn finding(self, relation: &Relation, is_only_way: bool) -> Finding {
        let name = short(&relation.schema, &relation.name);
        let titles: Vec<String> = self.roles.iter().map(|role| format!("`{role}`")).collect();
        let is_endless = self.code == "42P17";
        Finding {
            rule: Rule::PolicyFails,
            severity: Severity::High,
            place: match is_only_way {
                true => name.clone(),
                false => format!("{name}: {}", self.code),
            },
            relation: Some(name),
            message: format!(
                "its policies fail when {} try to {}: {} [{}]",
                joined(&titles),
                self.verbs.join(", "),
                self.message,
                self.code
            ),
            mend: match is_endless {
                true => "ask for the rows that lead back here in a `security definer` function with a fixed search path, \
                         and call that in the policy"
                    .to_owned(),
                false => "write the policies of it, and the functions that they call, so that they give an answer for \
                          every row and every caller"
                    .to_owned(),
            },
            roles: self.roles.into_iter().map(str::to_owned).collect(),
        }
    }
}

fn add<'a>(list: &mut Vec<&'a str>, one: &'a str) {
    if !list.contains(&one) {
        list.push(one);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::matrix::Whose;
    use crate::policies::sample::{cell, crm, matrix, tried};

    #[test]
    fn a_table_whose_policies_fail_is_found_once() {
        let found = policies(&crm());
        let [finding] = found.as_slice() else {
            panic!("not one finding: {found:?}")
        };
        assert_eq!(
            (finding.rule, finding.severity),
            (Rule::PolicyFails, Severity::High)
        );
        assert_eq!(finding.place, "teams");
        assert_eq!(finding.relation.as_deref(), Some("teams"));
        assert_eq!(
            finding.message,
            "its policies fail when `admin`, `sales_director` and `account_manager` try to select, insert, update, \
             delete: infinite recursion detected in policy for relation \"teams\" [42P17]"
        );
    }

    #[test]
    fn two_ways_to_fail_have_two_places() {
        let broken = |code: &str| {
            let (code, message) = (code.to_owned(), String::new());
            cell([tried(Whose::Any, Outcome::Broken { code, message })])
        };
        let matrix = matrix(
            &["rep", "lead"],
            vec![("teams", vec![broken("42P17"), broken("22012")])],
        );
        let places: Vec<String> = policies(&matrix).into_iter().map(|one| one.place).collect();
        assert_eq!(places, ["teams: 42P17", "teams: 22012"]);
    }
}
