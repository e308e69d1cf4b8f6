//! What is wrong with the policies, or cannot have been meant: read from the catalog, and where reading does not prove it,
//! tried in transactions that are rolled back.

mod broken;
mod exposed;
mod functions;
mod metadata;
mod openness;
mod rights;
mod roles;
mod row_policies;
mod tables;
mod views;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use tokio_postgres::Client;

use super::Setting;
use super::content::Content;
use super::matrix::Matrix;
use crate::database::catalog;

pub use rights::Subject;

/// Something that lets more through than can have been meant, or less.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind it is.
    pub rule: Rule,
    /// How much it matters.
    pub severity: Severity,
    /// What it is about, the same as long as nobody renames it: `contacts`, `contacts: policy read all`.
    pub place: String,
    /// The table or view, where it is about one.
    pub relation: Option<String>,
    /// Whom it is about: roles of the API, or those of `users`.
    pub roles: Vec<String>,
    /// What is so, as the end of a sentence that begins with the place.
    pub message: String,
    /// What would mend it.
    pub mend: String,
}

/// The kinds of findings; their names stand in expectations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Row level security is off on a table that the API shows.
    RlsOff,
    /// A view reads tables past their policies.
    ViewBypassesRls,
    /// A policy lets everyone through.
    PolicyAlwaysTrue,
    /// A policy lets people make anything of the rows that they may change.
    CheckAlwaysTrue,
    /// A user can change what decides on its own rights.
    RightsWritable,
    /// A user can make rows of others its own.
    RowsCanBeTaken,
    /// Two roles may do the same everywhere.
    RolesNotDistinguished,
    /// A `security definer` function looks names up where the caller says.
    SearchPathNotFixed,
    /// Row level security is on and no policy lets anything through, although there are grants.
    RlsWithoutPolicy,
    /// A policy, or a function that policies call, believes what users write of themselves.
    TrustsUserMetadata,
    /// Policies fail themselves when they are asked.
    PolicyFails,
    /// Whoever is not signed in can call a `security definer` function.
    DefinerOpenToAnon,
}

/// How much a finding matters, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Rows are open to people whom they are not meant for.
    High,
    /// Rows may be.
    Medium,
    /// Worth a look: it can be meant.
    Low,
}

/// What was found, and what could not be looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// The worst first.
    pub findings: Vec<Finding>,
    /// What was not tried.
    pub untried: Vec<Untried>,
}

/// Something that was not tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct Untried {
    /// The table or view, where it is about one.
    pub relation: Option<String>,
    /// A sentence on what was not tried, and why.
    pub why: String,
}

impl From<Untried> for String {
    fn from(untried: Untried) -> String {
        untried.why
    }
}

impl Rule {
    /// All of them.
    pub const ALL: [Rule; 12] = [
        Rule::RlsOff,
        Rule::ViewBypassesRls,
        Rule::PolicyAlwaysTrue,
        Rule::CheckAlwaysTrue,
        Rule::RightsWritable,
        Rule::RowsCanBeTaken,
        Rule::RolesNotDistinguished,
        Rule::SearchPathNotFixed,
        Rule::RlsWithoutPolicy,
        Rule::TrustsUserMetadata,
        Rule::PolicyFails,
        Rule::DefinerOpenToAnon,
    ];

    /// As JSON and expectations spell it.
    pub fn name(self) -> &'static str {
        match self {
            Rule::RlsOff => "rls_off",
            Rule::ViewBypassesRls => "view_bypasses_rls",
            Rule::PolicyAlwaysTrue => "policy_always_true",
            Rule::CheckAlwaysTrue => "check_always_true",
            Rule::RightsWritable => "rights_writable",
            Rule::RowsCanBeTaken => "rows_can_be_taken",
            Rule::RolesNotDistinguished => "roles_not_distinguished",
            Rule::SearchPathNotFixed => "search_path_not_fixed",
            Rule::RlsWithoutPolicy => "rls_without_policy",
            Rule::TrustsUserMetadata => "trusts_user_metadata",
            Rule::PolicyFails => "policy_fails",
            Rule::DefinerOpenToAnon => "definer_open_to_anon",
        }
    }
}

impl Severity {
    /// As JSON spells it.
    pub fn name(self) -> &'static str {
        match self {
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
        }
    }
}

impl Findings {
    /// Adds one.
    pub fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
        self.sort();
    }

    /// With what the matrix says of roles and of policies that fail; where only some tables and views, by their short names, are asked for, what
    /// is about them and nothing else.
    pub fn with_roles(mut self, matrix: &Matrix, only: &[String]) -> Findings {
        self.findings.extend(broken::policies(matrix));
        if only.is_empty() {
            let roles = roles::not_distinguished(matrix);
            self.findings.extend(roles.findings);
            self.untried.extend(roles.untried);
        } else {
            let is_about =
                |relation: &Option<String>| relation.as_ref().is_some_and(|one| only.contains(one));
            self.findings.retain(|finding| is_about(&finding.relation));
            self.untried.retain(|untried| is_about(&untried.relation));
        }
        self.sort();
        self
    }

    /// `1 finding`
    pub fn summary(&self) -> String {
        match self.findings.len() {
            1 => "1 finding".to_owned(),
            count => format!("{count} findings"),
        }
    }

    fn sort(&mut self) {
        let order = |finding: &Finding| (finding.severity, finding.rule, finding.place.clone());
        self.findings.sort_by_key(order);
    }
}

/// Looks at the schemas that the API shows, and tries what `subjects`, users who administer nothing, can make of
/// their own rights. Nothing stays of it.
///
/// # Errors
/// The database refuses a query.
pub async fn read(client: &mut Client, setting: &Setting<'_>, subjects: &[Subject]) -> Result<Findings> {
    let catalog = &setting.destination.catalog;
    let schemas = &catalog::schemas(&setting.target.project)?;
    let relations = exposed::relations(client, catalog, schemas).await?;
    let policies = exposed::policies(client, schemas).await?;
    let mut found = Findings::default();
    found.findings.extend(tables::judge(&relations, &policies));
    found.findings.extend(row_policies::judge(&relations, &policies));
    found
        .findings
        .extend(metadata::read(client, schemas, &relations, &policies).await?);
    found.findings.extend(views::read(client, &relations).await?);
    found.findings.extend(functions::read(client, schemas).await?);
    let asked = asked(&relations, &policies);
    let before = Content::read(client).await?;
    let tried = rights::read(client, catalog, schemas, asked, subjects).await;
    before.take_back_numbers(client).await?;
    let tried = tried.context("try what users can make of their own rights")?;
    found.findings.extend(tried.findings);
    found.untried = tried.untried;
    found.sort();
    Ok(found)
}

/// What the policies of each table ask.
fn asked(relations: &[exposed::Exposed], policies: &[exposed::RowPolicy]) -> Vec<rights::Asked> {
    let asked = |policy: &exposed::RowPolicy| {
        let table = relations.iter().find(|table| table.oid == policy.relation)?;
        Some(rights::Asked {
            schema: table.schema.clone(),
            table: table.name.clone(),
            text: policy.text(),
        })
    };
    policies.iter().filter_map(asked).collect()
}

/// Words for those whom a finding is about: roles of the API as people know them.
fn people(roles: &[String]) -> String {
    let is = |role: &str| roles.iter().any(|one| one == role);
    match (is("anon"), is("authenticated")) {
        (true, true) => "everyone (signed in or not)".to_owned(),
        (true, false) => "everyone who is not signed in".to_owned(),
        (false, true) => "everyone who is signed in".to_owned(),
        (false, false) => joined(roles),
    }
}

/// `a`, `a and b`, `a, b and c`.
fn joined(words: &[impl AsRef<str>]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::matrix::{Outcome, Whose};
    use crate::policies::sample::{cell, matrix, tried};

    fn finding(severity: Severity, place: &str) -> Finding {
        Finding {
            rule: Rule::RlsOff,
            severity,
            place: place.into(),
            relation: Some(place.into()),
            roles: Vec::new(),
            message: String::new(),
            mend: String::new(),
        }
    }

    #[test]
    fn the_worst_comes_first() {
        let mut found = Findings::default();
        for (severity, place) in [(Severity::Low, "a"), (Severity::High, "c"), (Severity::High, "b")] {
            found.push(finding(severity, place));
        }
        let places: Vec<&str> = found
            .findings
            .iter()
            .map(|finding| finding.place.as_str())
            .collect();
        assert_eq!(places, ["b", "c", "a"]);
    }

    #[test]
    fn what_is_about_other_tables_or_all_of_them_is_left_out() {
        let all = || cell([tried(Whose::Any, Outcome::Allowed)]);
        let matrix = matrix(&["rep", "lead"], vec![("tags", vec![all(), all()])]);
        let mut found = Findings::default();
        found.push(finding(Severity::Low, "contacts"));
        found.push(finding(Severity::Low, "tags"));
        for relation in [Some("contacts"), Some("tags"), None] {
            found.untried.push(Untried {
                relation: relation.map(str::to_owned),
                why: String::new(),
            });
        }
        let only = found.clone().with_roles(&matrix, &["tags".into()]);
        assert_eq!(only.findings, [finding(Severity::Low, "tags")]);
        assert_eq!(only.untried, [found.untried[1].clone()]);
        let places: Vec<String> = found
            .with_roles(&matrix, &[])
            .findings
            .into_iter()
            .map(|finding| finding.place)
            .collect();
        assert_eq!(places, ["rep = lead", "contacts", "tags"]);
    }

    #[test]
    fn rules_are_named_as_json_names_them() {
        for rule in Rule::ALL {
            assert_eq!(serde_json::to_value(rule).unwrap(), rule.name());
        }
    }

    #[test]
    fn people_are_named_by_whether_they_are_signed_in() {
        let check = |roles: &[&str], expected: &str| {
            let roles: Vec<String> = roles.iter().map(|&role| role.to_owned()).collect();
            assert_eq!(people(&roles), expected);
        };
        check(&["anon", "authenticated"], "everyone (signed in or not)");
        check(&["authenticated"], "everyone who is signed in");
        check(&["anon"], "everyone who is not signed in");
        check(&["rep", "manager", "lead"], "rep, manager and lead");
    }
}
