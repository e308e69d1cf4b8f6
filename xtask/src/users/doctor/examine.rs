//! Asking the database each rule.

use std::collections::HashMap;

use anyhow::{Context, Result, anyhow};
use serde::Serialize;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Row, Transaction};

use super::fix::Mender;
use super::rules::{self, Mend, Question, Rule};
use super::said;
use super::shape::Shape;

/// What is wrong with one user, by one rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Finding {
    /// How programs call the rule.
    pub rule: &'static str,
    /// What is wrong, in words.
    pub problem: String,
    /// The user's id; of an announcement, the e-mail.
    pub user: String,
    /// The user's e-mail, where there is such a user and it has one.
    pub email: Option<String>,
    /// Whether it is a test user.
    pub is_test_user: bool,
    /// The columns, or what else tells more.
    pub detail: String,
    /// What can be done.
    #[serde(flatten)]
    pub remedy: Remedy,
}

/// What can be done about a finding.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case", tag = "remedy", content = "does")]
pub enum Remedy {
    /// `--fix` does this.
    Fix(String),
    /// People have to do this.
    ByHand(String),
    /// Nothing: it is no fault, for this reason.
    NoFault(String),
}

/// A rule that was not asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// How programs call the rule.
    pub rule: &'static str,
    /// Why not.
    pub why: String,
}

/// What came of all rules.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// By rule, then in the order in which the users were made.
    pub found: Vec<Finding>,
    /// Rules that were not asked.
    pub skipped: Vec<Skipped>,
}

impl Finding {
    /// Whether it is wrong at all.
    pub fn is_fault(&self) -> bool {
        !matches!(self.remedy, Remedy::NoFault(_))
    }

    /// Whether `--fix` mends it.
    pub fn is_mendable(&self) -> bool {
        matches!(self.remedy, Remedy::Fix(_))
    }
}

impl Diagnosis {
    /// How many findings are faults.
    pub fn faults(&self) -> usize {
        self.found.iter().filter(|finding| finding.is_fault()).count()
    }
}

/// Asks each rule; a mender mends what it finds before the next one is asked.
///
/// # Errors
/// The database refuses a query, or a statement of the mender's.
pub async fn examine(
    transaction: &mut Transaction<'_>,
    shape: &Shape,
    mut mender: Option<&mut Mender<'_>>,
) -> Result<Diagnosis> {
    let mut diagnosis = Diagnosis::default();
    for rule in rules::all() {
        let questions = match rule.questions(shape) {
            Ok(questions) => questions,
            Err(why) => {
                diagnosis.skipped.push(Skipped { rule: rule.name, why });
                continue;
            }
        };
        let mut of_rule = Vec::new();
        for question in &questions {
            let mut found = match ask(transaction, shape, &rule, question).await? {
                Ok(found) => found,
                Err(why) => {
                    diagnosis.skipped.push(Skipped { rule: rule.name, why });
                    continue;
                }
            };
            if let Some(mender) = &mut mender {
                mender.mend(transaction, &rule, question, &mut found).await?;
            }
            of_rule.append(&mut found);
        }
        diagnosis.found.extend(merge(of_rule));
    }
    Ok(diagnosis)
}

/// Who breaks a rule; or why this database cannot tell.
async fn ask(
    transaction: &mut Transaction<'_>,
    shape: &Shape,
    rule: &Rule,
    question: &Question,
) -> Result<Result<Vec<Finding>, String>> {
    let doing = || format!("look for users by the rule `{}`", rule.name);
    let sql = format!(
        "{}, found (who, detail) as ({})
        select found.who, found.detail, u.email::text as email
        from found left join auth.users as u on u.id::text = found.who
        order by u.created_at, found.who, found.detail",
        shape.preamble(),
        question.find
    );
    let savepoint = transaction.transaction().await.with_context(doing)?;
    let rows = match savepoint.query(&sql, &[]).await {
        Ok(rows) => rows,
        Err(error) => {
            let is_lacking = [SqlState::INSUFFICIENT_PRIVILEGE, SqlState::UNDEFINED_COLUMN]
                .iter()
                .any(|code| error.code() == Some(code));
            return match is_lacking {
                true => Ok(Err(said(&error))),
                false => Err(anyhow!("{}", said(&error)).context(doing())),
            };
        }
    };
    savepoint.commit().await.with_context(doing)?;
    Ok(Ok(rows
        .iter()
        .filter_map(|row| finding(shape, rule, row))
        .collect()))
}

fn finding(shape: &Shape, rule: &Rule, row: &Row) -> Option<Finding> {
    let user: String = row.get("who");
    Some(Finding {
        rule: rule.name,
        problem: shape.sentence(rule.problem),
        remedy: remedy(shape, rule, &user)?,
        email: row.get("email"),
        detail: row.get("detail"),
        is_test_user: shape.test_users.contains(&user),
        user,
    })
}

/// What can be done for a user; nothing where the rule is not about such users.
fn remedy(shape: &Shape, rule: &Rule, user: &str) -> Option<Remedy> {
    let is_test_user = shape.test_users.contains(user);
    if let Some(fix) = rule.fix.filter(|fix| is_test_user || !fix.only_test_users) {
        let needs_name = matches!(rule.mend, Mend::Password | Mend::Profile);
        return Some(match needs_name && !shape.named_users.contains(user) {
            true => Remedy::ByHand(UNNAMED.to_owned()),
            false => Remedy::Fix(shape.sentence(fix.text)),
        });
    }
    let by_hand = rule.by_hand.map(|text| Remedy::ByHand(shape.sentence(text)));
    by_hand.or(rule.no_fault.map(|text| Remedy::NoFault(shape.sentence(text))))
}

const UNNAMED: &str = "it is a test user whom no setting names: name its e-mail (`TEST_ADMIN_EMAIL` and the like), or \
                       delete it";

/// One finding for each user, with all of its details; one that nobody mends makes the whole of it so.
fn merge(found: Vec<Finding>) -> Vec<Finding> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut merged: Vec<Finding> = Vec::new();
    for finding in found {
        match places.get(&finding.user) {
            Some(&place) => {
                let known = &mut merged[place];
                known.detail += &format!(", {}", finding.detail);
                if !finding.is_mendable() {
                    known.remedy = finding.remedy;
                }
            }
            None => {
                places.insert(finding.user.clone(), merged.len());
                merged.push(finding);
            }
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str) -> Rule {
        rules::all()
            .find(|rule| rule.name == name)
            .expect("there is such a rule")
    }

    /// What is done for a test user of the settings, for another test user, and for other people.
    #[track_caller]
    fn check(name: &str, expected: [&str; 3]) {
        let shape = Shape::with_test_users("named", "unnamed");
        let words = ["named", "unnamed", "person"].map(|user| match remedy(&shape, &rule(name), user) {
            None => "nothing",
            Some(Remedy::Fix(_)) => "fix",
            Some(Remedy::ByHand(_)) => "by hand",
            Some(Remedy::NoFault(_)) => "no fault",
        });
        assert_eq!(words, expected, "{name}");
    }

    #[test]
    fn what_may_change_what_people_can_do_is_left_to_people() {
        check("null_column", ["fix", "fix", "fix"]);
        check("no_identity", ["fix", "fix", "fix"]);
        check("wrong_role", ["fix", "fix", "by hand"]);
        check("no_profile", ["fix", "by hand", "by hand"]);
        check("unknown_hash", ["fix", "by hand", "by hand"]);
        check("unconfirmed", ["fix", "fix", "no fault"]);
        check("role_lost", ["fix", "fix", "nothing"]);
        check("banned", ["fix", "fix", "nothing"]);
        check("no_password", ["fix", "by hand", "nothing"]);
        check("duplicate_email", ["by hand", "by hand", "by hand"]);
    }

    #[test]
    fn a_user_stands_once_in_a_rule() {
        let finding = |user: &str, detail: &str| Finding {
            rule: "null_column",
            problem: String::new(),
            user: user.into(),
            email: None,
            is_test_user: false,
            detail: detail.into(),
            remedy: Remedy::Fix(String::new()),
        };
        let merged = merge(vec![finding("a", "x"), finding("b", "x"), finding("a", "y")]);
        let users: Vec<(&str, &str)> = merged
            .iter()
            .map(|finding| (finding.user.as_str(), finding.detail.as_str()))
            .collect();
        assert_eq!(users, [("a", "x, y"), ("b", "x")]);
    }
}
