use insta::assert_snapshot;

use super::*;
use crate::policies::findings::Untried;
use crate::policies::sample::{cell, counted, crm, matrix as matrix_of, tried};

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

fn finding(severity: Severity, place: &str) -> Finding {
    Finding {
        rule: Rule::RlsOff,
        severity,
        place: place.into(),
        relation: Some(place.into()),
        roles: vec!["anon".into()],
        message: "row level security is off".into(),
        mend: format!("`alter table {place} enable row level security;`"),
    }
}

#[test]
fn a_crm_is_read_at_a_glance() {
    assert_snapshot!(plain(&matrix(&crm(), &Findings::default())));
}

#[test]
fn who_is_denied_everything_is_named_once() {
    let denied = || cell([tried(Whose::Any, Outcome::PermissionDenied)]);
    let all = || cell([tried(Whose::Any, Outcome::Allowed)]);
    let mut view = cell([tried(Whose::Any, Outcome::ReadOnly)]);
    view.select = denied().select;
    let tables = vec![("notes", vec![denied(), all()]), ("summary", vec![view, all()])];
    let text = plain(&matrix(
        &matrix_of(&["anon", "rep"], tables),
        &Findings::default(),
    ));
    assert!(text.starts_with("anon: no grant on anything\n\ntable"), "{text}");
    assert_eq!(text.matches("anon").count(), 1, "{text}");
}

#[test]
fn no_line_is_longer_than_a_terminal() {
    let text = plain(&matrix(&crm(), &Findings::default()));
    let longest = text.lines().map(|line| line.chars().count()).max();
    assert!(longest < Some(120), "{text}");
}

#[test]
fn roles_that_get_equally_far_share_a_line() {
    let own = || {
        cell([
            tried(Whose::Own, Outcome::Allowed),
            tried(Whose::Others, Outcome::NoRows),
        ])
    };
    let denied = || cell([tried(Whose::Any, Outcome::PermissionDenied)]);
    let lines = |cells: Vec<Cell>| {
        let other = vec![cell([tried(Whose::Any, Outcome::Allowed)]); 3];
        let text = matrix(
            &matrix_of(&["anon", "rep", "lead"], vec![("notes", cells), ("tags", other)]),
            &Findings::default(),
        );
        let lines: Vec<String> = plain(&text)
            .lines()
            .filter(|line| line.starts_with("notes"))
            .map(str::to_owned)
            .collect();
        lines
    };
    assert_eq!(lines(vec![denied(), own(), own()]).len(), 2);
    assert!(lines(vec![denied(), own(), own()])[1].contains("everyone signed in"));
    assert!(lines(vec![own(), own(), own()])[0].contains("everyone "));
    assert!(lines(vec![denied(), denied(), own()])[0].contains("anon, rep"));
    // Who sees more rows does not share a line with who sees fewer.
    let more = || {
        let mut cell = own();
        cell.select[0] = counted(Whose::Own, Outcome::Allowed, 7, 7);
        cell
    };
    assert_eq!(lines(vec![denied(), own(), more()]).len(), 3);
}

#[test]
fn roles_that_nothing_distinguishes_stand_on_top() {
    let mut found = Findings::default();
    found.push(finding(Severity::High, "prices"));
    let mut equal = finding(Severity::Medium, "rep = lead");
    equal.rule = Rule::RolesNotDistinguished;
    equal.message = "nothing distinguishes `rep` and `lead`".into();
    found.push(equal);
    let text = plain(&matrix(&crm(), &found));
    assert!(
        text.starts_with("nothing distinguishes `rep` and `lead`\n\ntable "),
        "{text}"
    );
}

#[test]
fn findings_say_what_would_mend_them() {
    let mut found = Findings::default();
    for (severity, place) in [
        (Severity::Low, "tags"),
        (Severity::High, "prices"),
        (Severity::Medium, "notes"),
        (Severity::High, "costs"),
    ] {
        found.push(finding(severity, place));
    }
    found.untried.push(Untried {
        relation: Some("notes".into()),
        why: "whether users can take rows of `notes` was not tried".into(),
    });
    assert_snapshot!(plain(&findings(&found, |finding| finding.place == "notes")));
}

#[test]
fn places_that_one_thing_mends_are_told_in_lines_that_fit() {
    let mut found = Findings::default();
    for number in 0..20 {
        let mut one = finding(Severity::High, &format!("policy_number_{number:02}"));
        one.mend = "drop it".into();
        found.push(one);
    }
    let text = plain(&findings(&found, |_| false));
    assert_eq!(text.matches("drop it").count(), 1, "{text}");
    assert_eq!(text.matches("policy_number_").count(), 20, "{text}");
    let widest = text
        .lines()
        .filter(|line| line.ends_with(','))
        .map(str::len)
        .max();
    assert!(widest.is_some_and(|width| width <= 120), "{text}");
}

#[test]
fn colours_are_there_for_a_terminal() {
    assert!(matrix(&crm(), &Findings::default()).contains("\u{1b}["));
}
