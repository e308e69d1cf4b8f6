//! The matrix and the findings as one self-contained page: no script, nothing fetched, light and dark.

use std::path::Path;

use anyhow::{Context, Result};
use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;

use super::findings::{Finding, Findings, Rule, Untried};
use super::matrix::{Actor, Cell, Matrix, Outcome, Policy, Relation, RelationKind, Try, Verb, Whose};
use super::reach::Reach;
use crate::database::name::short;
use crate::whole_file;

/// Writes the page, whole or not at all.
///
/// # Errors
/// The folder is not there, or the file cannot be written.
pub fn write(
    file: &Path,
    project: &str,
    matrix: &Matrix,
    findings: &Findings,
    is_accepted: impl Fn(&Finding) -> bool,
) -> Result<()> {
    let page = page(project, matrix, findings, is_accepted)?;
    whole_file::write(file, &page).context("write the matrix as a page")
}

/// The text of the page. Every name and every text in it is escaped.
///
/// # Errors
/// The template is broken.
pub fn page(
    project: &str,
    matrix: &Matrix,
    findings: &Findings,
    is_accepted: impl Fn(&Finding) -> bool,
) -> Result<String> {
    let mut templates = Environment::new();
    // The name's ending is what turns escaping on.
    templates
        .add_template("page.html", include_str!("html/page.html"))
        .context("read the template of the page")?;
    let template = templates.get_template("page.html")?;
    let page = template.render(Serde(Page::new(project, matrix, findings, is_accepted)));
    page.context("fill in the page")
}

#[derive(Serialize)]
struct Page<'a> {
    project: &'a str,
    summary: String,
    alarms: Vec<&'a str>,
    findings: Vec<ShownFinding<'a>>,
    untried: &'a [Untried],
    legend: Vec<ShownReach>,
    has_stars: bool,
    actors: &'a [Actor],
    verbs: [&'static str; 4],
    relations: Vec<ShownRelation>,
}

#[derive(Serialize)]
struct ShownFinding<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    is_accepted: bool,
}

#[derive(Serialize)]
struct ShownReach {
    class: &'static str,
    name: &'static str,
    meaning: &'static str,
}

#[derive(Serialize)]
struct ShownRelation {
    name: String,
    note: Option<&'static str>,
    policies: Vec<String>,
    words: Vec<ShownWord>,
}

/// What one actor may do with one verb.
#[derive(Serialize)]
struct ShownWord {
    class: String,
    is_first: bool,
    name: &'static str,
    rows: Vec<String>,
    detail: String,
}

impl<'a> Page<'a> {
    fn new(
        project: &'a str,
        matrix: &'a Matrix,
        findings: &'a Findings,
        is_accepted: impl Fn(&Finding) -> bool,
    ) -> Page<'a> {
        let equal = findings
            .findings
            .iter()
            .filter(|one| one.rule == Rule::RolesNotDistinguished);
        let shown = |finding: &'a Finding| ShownFinding {
            is_accepted: is_accepted(finding),
            finding,
        };
        Page {
            project,
            summary: summary(matrix),
            alarms: equal.map(|finding| finding.message.as_str()).collect(),
            findings: findings.findings.iter().map(shown).collect(),
            untried: &findings.untried,
            legend: legend(matrix),
            has_stars: matrix.has_stars(),
            actors: &matrix.actors,
            verbs: Verb::ALL.map(Verb::name),
            relations: matrix
                .relations
                .iter()
                .map(|relation| shown_relation(matrix, relation))
                .collect(),
        }
    }
}

fn summary(matrix: &Matrix) -> String {
    let actors: Vec<&str> = matrix.actors.iter().map(|actor| actor.name.as_str()).collect();
    let relations = match matrix.relations.len() {
        1 => "1 table or view".to_owned(),
        count => format!("{count} tables and views"),
    };
    format!(
        "{relations}, tried as {}. Every write was undone.",
        actors.join(", ")
    )
}

fn legend(matrix: &Matrix) -> Vec<ShownReach> {
    let shown = |reach: Reach| ShownReach {
        class: reach.name(),
        name: reach.name(),
        meaning: reach.meaning(),
    };
    matrix.words().into_iter().map(shown).collect()
}

fn shown_relation(matrix: &Matrix, relation: &Relation) -> ShownRelation {
    let words = matrix.actors.iter().zip(&relation.cells);
    ShownRelation {
        name: short(&relation.schema, &relation.name),
        note: match (relation.kind, relation.row_security) {
            (RelationKind::Table, true) => None,
            (RelationKind::Table, false) => Some("row level security is off"),
            (RelationKind::View, _) => Some("view"),
            (RelationKind::MaterializedView, _) => Some("materialized view"),
        },
        policies: relation.policies.iter().map(definition).collect(),
        words: words
            .flat_map(|(actor, cell)| Verb::ALL.map(|verb| shown_word(actor, relation, cell, verb)))
            .collect(),
    }
}

fn shown_word(actor: &Actor, relation: &Relation, cell: &Cell, verb: Verb) -> ShownWord {
    let (reach, tries) = (cell.reach(verb), cell.tries(verb));
    let is_open = matches!(reach, Reach::All | Reach::Own | Reach::Others | Reach::Part);
    let counts: Vec<String> = tries
        .iter()
        .filter(|one| verb == Verb::Select && is_counted(&one.outcome))
        .map(|one| match one.whose {
            Whose::Own => format!("{} own", one.counted()),
            Whose::Others => format!("{} others", one.counted()),
            Whose::Any => one.counted(),
        })
        .collect();
    let policies = relation
        .policies
        .iter()
        .filter(|policy| is_about(policy, verb))
        .map(definition);
    let title = format!(
        "{} {} {}",
        actor.name,
        verb.name(),
        short(&relation.schema, &relation.name)
    );
    let lines = [title]
        .into_iter()
        .chain(tries.iter().map(|one| deed(one, verb)))
        .chain(policies);
    ShownWord {
        class: match is_open && actor.name == "anon" {
            true => format!("{reach} open-to-anon"),
            false => reach.to_string(),
        },
        is_first: verb == Verb::Select,
        name: reach.name(),
        rows: counts,
        detail: lines.collect::<Vec<_>>().join("\n"),
    }
}

fn is_counted(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Allowed | Outcome::Part | Outcome::NoRows)
}

/// One try as a line.
fn deed(one: &Try, verb: Verb) -> String {
    let whose = match one.whose {
        Whose::Own => "own",
        Whose::Others => "others'",
        Whose::Any => "any",
    };
    let came = match &one.outcome {
        Outcome::Allowed | Outcome::Part | Outcome::NoRows if verb == Verb::Select => {
            format!("{} of {} rows are seen", one.rows, one.of)
        }
        Outcome::Allowed => "goes through".to_owned(),
        Outcome::Part => "goes through for some".to_owned(),
        Outcome::NoRows => "no policy lets the row through".to_owned(),
        Outcome::RefusedByPolicy => "a policy refuses the new row".to_owned(),
        Outcome::PermissionDenied => "there is no grant".to_owned(),
        Outcome::RefusedByConstraint { constraint } => {
            format!("policies let it through, `{constraint}` refuses it")
        }
        Outcome::RefusedByTrigger { message } => format!("a trigger refuses: {message}"),
        Outcome::Missing => "the API does not know it".to_owned(),
        Outcome::ReadOnly => "the view cannot be written".to_owned(),
        Outcome::Broken { code, message } => format!("the policies fail: {message} [{code}]"),
        Outcome::Untried { why } => format!("not tried: {why}"),
        Outcome::Failed { message } => format!("it fails: {message}"),
    };
    format!("{whose}: {came}")
}

fn is_about(policy: &Policy, verb: Verb) -> bool {
    policy.command == "ALL" || policy.command.eq_ignore_ascii_case(verb.name())
}

/// A policy as one would write it.
fn definition(policy: &Policy) -> String {
    let mut text = format!("{}: ", policy.name);
    if !policy.permissive {
        text.push_str("as restrictive ");
    }
    text.push_str(&format!(
        "for {} to {}",
        policy.command.to_lowercase(),
        policy.roles.join(", ")
    ));
    for (word, expression) in [("using", &policy.using), ("with check", &policy.check)] {
        if let Some(expression) = expression {
            text.push_str(&format!(" {word} ({expression})"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::policies::findings::Severity;
    use crate::policies::sample::{cell, crm, matrix, tried};

    fn finding(rule: Rule, place: &str) -> Finding {
        Finding {
            rule,
            severity: Severity::High,
            place: place.into(),
            relation: None,
            roles: Vec::new(),
            message: format!("nothing distinguishes {place}"),
            mend: "`drop role`".into(),
        }
    }

    fn found(finding: Finding) -> Findings {
        let mut found = Findings::default();
        found.push(finding);
        found
    }

    #[test]
    fn names_and_texts_cannot_break_out_of_the_page() {
        let evil = "\"'><script>alert(1)</script>";
        let mut matrix = matrix(
            &[evil],
            vec![(
                evil,
                vec![cell([tried(
                    Whose::Any,
                    Outcome::Failed { message: evil.into() },
                )])],
            )],
        );
        matrix.actors[0].email = Some(evil.into());
        matrix.relations[0].policies.push(Policy {
            name: evil.into(),
            command: "ALL".into(),
            roles: vec![evil.into()],
            permissive: false,
            using: Some(evil.into()),
            check: Some(evil.into()),
        });
        let mut finding = finding(Rule::RolesNotDistinguished, evil);
        finding.mend = evil.into();
        let mut findings = found(finding);
        findings.untried.push(Untried {
            relation: None,
            why: evil.into(),
        });
        let page = page(evil, &matrix, &findings, |_| false).unwrap();
        assert!(!page.contains("<script") && !page.contains("\"'>"), "{page}");
        assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
    }

    #[test]
    fn nothing_is_fetched() {
        let page = page("crm", &crm(), &Findings::default(), |_| false).unwrap();
        for word in ["http:", "https:", "src=", "href=", "url(", "@import", "<script"] {
            assert!(!page.contains(word), "the page has `{word}`");
        }
    }

    #[test]
    fn roles_that_nothing_distinguishes_stand_on_top_and_accepted_findings_say_so() {
        let page = page(
            "crm",
            &crm(),
            &found(finding(Rule::RolesNotDistinguished, "a = b")),
            |_| true,
        )
        .unwrap();
        let alarm = page.find(r#"<p class="alarm">nothing distinguishes a = b</p>"#);
        assert!(alarm.unwrap() < page.find("<h2>Findings").unwrap());
        assert!(page.contains("(roles_not_distinguished, accepted)"), "{page}");
    }

    #[test]
    fn a_small_page() {
        let mut matrix = crm();
        matrix.relations.truncate(1);
        matrix.relations[0].policies.push(Policy {
            name: "read own".into(),
            command: "SELECT".into(),
            roles: vec!["authenticated".into()],
            permissive: true,
            using: Some("owner_id = auth.uid()".into()),
            check: None,
        });
        let page = page("crm", &matrix, &Findings::default(), |_| false).unwrap();
        let (_, body) = page.split_once("</head>").unwrap();
        let lines: Vec<&str> = body.lines().filter(|line| !line.trim().is_empty()).collect();
        assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn what_is_open_to_anon_stands_out() {
        let page = page("crm", &crm(), &Findings::default(), |_| false).unwrap();
        assert_eq!(page.matches(r#"class="all open-to-anon"#).count(), 4);
    }
}
