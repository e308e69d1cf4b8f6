//! What people and programs are told.

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
        let found = match faults {
            0 => "nothing is wrong".to_owned(),
            1 => "1 fault".to_owned(),
            _ => format!("{faults} faults"),
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
            (Some(_), true) => "--fix (tried)",
            (Some(_), false) => "done",
        };
        let mut text = groups(&self.diagnosis.found, effects, verb);
        if let Some(left) = self
            .left
            .as_ref()
            .filter(|left| left.iter().any(Finding::is_fault))
        {
            text += "\nleft:\n";
            text += &groups(left, &[], "--fix");
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
        group.len(),
        names.join(", ")
    );
    for effect in effects
        .iter()
        .filter(|effect| first.is_mendable() && effect.rule == first.rule)
    {
        let statement = effect.statement.split_whitespace().collect::<Vec<_>>().join(" ");
        text += &format!("    {} rows: {statement}\n", effect.rows);
    }
    text
}

fn named(finding: &Finding) -> String {
    let name = shown(finding.email.as_deref().unwrap_or(&finding.user));
    match finding.detail.as_str() {
        "" => name,
        detail => format!("{name} ({detail})"),
    }
}

/// As a terminal can take it: anyone can choose an e-mail.
fn shown(text: &str) -> String {
    text.escape_debug().to_string()
}
