//! What people and programs are told.

use std::collections::HashSet;

use serde::Serialize;

use super::examine::{Diagnosis, Finding, Remedy, Skipped};
use super::fix::{Effect, Mended};
use super::proof::Proof;

/// Users shown of each group.
const SHOWN: usize = 5;

/// What came of it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// What was wrong, with what was or can be done about it.
    #[serde(flatten)]
    pub diagnosis: Diagnosis,
    /// How many of them showed only when others were mended.
    pub shown_later: usize,
    /// Whether mending was only tried.
    pub is_dry_run: bool,
    /// What was mended; not there where nobody asked for it.
    #[serde(flatten)]
    pub mended: Option<Mended>,
    /// The test users, signed in.
    pub signed_in: Vec<Proof>,
    /// What is wrong after that.
    pub left: Option<Vec<Finding>>,
}

impl Report {
    /// Whether all is well now.
    pub fn is_well(&self) -> bool {
        let faults = match &self.left {
            Some(left) => left.iter().filter(|finding| finding.is_fault()).count(),
            None => self.diagnosis.faults(),
        };
        faults == 0 && self.signed_in.iter().all(|proof| proof.signed_in)
    }

    /// In a line: `4 faults, 3 of them for --fix`.
    pub fn summary(&self) -> String {
        let faults = self.diagnosis.faults();
        let mendable = self
            .diagnosis
            .found
            .iter()
            .filter(|finding| finding.is_mendable());
        let mendable = mendable.count();
        let later = match self.shown_later {
            0 => String::new(),
            later => format!(", {later} of them show when others are mended"),
        };
        let found = match faults {
            0 => "nothing is wrong".to_owned(),
            1 => "1 fault".to_owned(),
            _ => format!("{faults} faults{later}"),
        };
        let signed_in = self.signed_in.iter().filter(|proof| proof.signed_in).count();
        match (&self.left, self.is_dry_run) {
            (Some(_), _) if faults == 0 => format!("{found}, {signed_in} signed in"),
            (Some(left), _) => {
                let left = left.iter().filter(|finding| finding.is_fault()).count();
                format!("{found}, {left} left, {signed_in} signed in")
            }
            (None, _) if mendable == 0 => found,
            (None, true) => format!("{found}, {mendable} would be mended, nothing is written"),
            (None, false) => format!("{found}, {mendable} for `--fix`"),
        }
    }

    /// All of it, for people.
    pub fn lines(&self) -> String {
        let effects = match &self.mended {
            Some(mended) if self.is_dry_run => mended.effects.as_slice(),
            _ => &[],
        };
        let verb = match (&self.mended, self.is_dry_run) {
            (None, _) => "--fix",
            (Some(_), true) => "--fix, tried",
            (Some(_), false) => "mended",
        };
        let mut text = groups(&self.diagnosis.found, effects, verb);
        // What was left to people stands there already.
        let found: HashSet<&Finding> = self.diagnosis.found.iter().collect();
        let left = self.left.iter().flatten();
        let left: Vec<Finding> = left
            .filter(|finding| finding.is_mendable() || !found.contains(finding))
            .cloned()
            .collect();
        if !left.is_empty() {
            text += "still so:\n";
            text += &groups(&left, &[], "--fix");
        }
        for Proof { email, why, .. } in &self.signed_in {
            text += &match why {
                None => format!("{} signed in\n", shown(email)),
                Some(why) => format!("{} cannot sign in: {why}\n", shown(email)),
            };
        }
        for Skipped { rule, why } in &self.diagnosis.skipped {
            text += &format!("not looked at: {rule}: {why}\n");
        }
        text
    }
}

/// Each rule and remedy once, with its users.
fn groups(found: &[Finding], effects: &[Effect], verb: &str) -> String {
    let mut text = String::new();
    for of_rule in found.chunk_by(|a, b| a.rule == b.rule) {
        let mut sorted: Vec<&Finding> = of_rule.iter().collect();
        // Stable: users keep their order.
        sorted.sort_by_key(|finding| (!finding.is_mendable(), !finding.is_fault()));
        for group in sorted.chunk_by(|a, b| a.remedy == b.remedy) {
            text += &lines(group, effects, verb);
        }
    }
    text
}

fn lines(group: &[&Finding], effects: &[Effect], verb: &str) -> String {
    let first = group[0];
    let names: Vec<String> = group.iter().take(SHOWN).map(|finding| named(finding)).collect();
    let more = match group.len() - names.len() {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let (verb, does) = match &first.remedy {
        Remedy::Fix(does) => (verb, does),
        Remedy::ByHand(does) => ("by hand", does),
        Remedy::NoFault(why) => ("no fault", why),
    };
    let mut text = format!(
        "{}: {}\n  {}: {}{more}\n  {verb}: {does}\n",
        first.rule,
        first.problem,
        counted(group.len() as u64, "user"),
        names.join(", ")
    );
    for effect in effects
        .iter()
        .filter(|effect| first.is_mendable() && effect.rule == first.rule)
    {
        let statement = effect.statement.split_whitespace().collect::<Vec<_>>().join(" ");
        text += &format!("    {}: {statement}\n", counted(effect.rows, "row"));
    }
    text
}

fn named(finding: &Finding) -> String {
    let name = shown(finding.email.as_deref().unwrap_or(&finding.user));
    let details: Vec<&str> = finding
        .detail
        .split(", ")
        .filter(|detail| !detail.is_empty())
        .collect();
    match details.as_slice() {
        [] => name,
        [first, second, third, more @ ..] if !more.is_empty() => {
            format!("{name} ({first}, {second}, {third} and {} more)", more.len())
        }
        details => format!("{name} ({})", details.join(", ")),
    }
}

fn counted(count: u64, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

/// As a terminal can take it, blanks at its ends included: anyone can choose an e-mail.
fn shown(text: &str) -> String {
    match text.trim() == text {
        true => text.escape_debug().to_string(),
        false => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(rule: &'static str, user: &str, detail: &str, remedy: Remedy) -> Finding {
        Finding {
            rule,
            problem: "is off".into(),
            user: user.into(),
            email: Some(format!("{user}@test.local")),
            is_test_user: true,
            detail: detail.into(),
            remedy,
        }
    }

    fn report() -> Report {
        let fix = || Remedy::Fix("puts it right".into());
        let by_hand = || Remedy::ByHand("look".into());
        let mut found = vec![
            finding("one", "a", "w, x, y, z, zz", fix()),
            finding("one", "b", "", by_hand()),
            finding("one", "\u{1b}[2J", "", fix()),
        ];
        found.extend((0..7).map(|n| finding("two", &n.to_string(), "", fix())));
        found.push(finding("three", "c", "", Remedy::NoFault("they may".into())));
        Report {
            diagnosis: Diagnosis {
                found,
                skipped: Vec::new(),
            },
            ..Report::default()
        }
    }

    #[test]
    fn users_stand_by_rule_and_remedy_a_few_of_each() {
        let expected = "one: is off\n  2 users: a@test.local (w, x, y and 2 more), \\u{1b}[2J@test.local\n  --fix: puts it right\n\
            one: is off\n  1 user: b@test.local\n  by hand: look\n\
            two: is off\n  7 users: 0@test.local, 1@test.local, 2@test.local, 3@test.local, 4@test.local, and 2 more\n  \
            --fix: puts it right\n\
            three: is off\n  1 user: c@test.local\n  no fault: they may\n";
        assert_eq!(report().lines(), expected);
        assert_eq!(report().summary(), "10 faults, 9 for `--fix`");
    }

    #[test]
    fn faults_that_show_later_are_counted_as_such() {
        let mut report = report();
        report.is_dry_run = true;
        report.shown_later = 4;
        assert_eq!(
            report.summary(),
            "10 faults, 4 of them show when others are mended, 9 would be mended, nothing is written"
        );
    }

    #[test]
    fn what_is_left_is_said_once_and_is_not_well() {
        let mut report = report();
        report.mended = Some(Mended::default());
        report.left = Some(vec![
            report.diagnosis.found[1].clone(),
            report.diagnosis.found[2].clone(),
        ]);
        assert_eq!(report.summary(), "10 faults, 2 left, 0 signed in");
        assert_eq!(report.lines().matches("b@test.local").count(), 1);
        assert!(
            report
                .lines()
                .contains("still so:\none: is off\n  1 user: \\u{1b}"),
            "{}",
            report.lines()
        );
        assert!(!report.is_well());

        report.left = Some(vec![report.diagnosis.found[10].clone()]);
        assert!(report.is_well(), "an unconfirmed person is no fault");
        let (email, why) = ("a@test.local".to_owned(), Some("banned".to_owned()));
        report.signed_in = vec![Proof {
            email,
            signed_in: false,
            why,
        }];
        assert!(!report.is_well());
        assert!(
            report.lines().contains("a@test.local cannot sign in: banned"),
            "{}",
            report.lines()
        );
    }
}
