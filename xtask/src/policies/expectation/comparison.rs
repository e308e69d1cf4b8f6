//! Where what was found differs from what was expected.

use std::collections::BTreeMap;

use owo_colors::OwoColorize;
use serde::Serialize;

use super::{Expectation, Rights};
use crate::policies::matrix::Verb;
use crate::policies::reach::Reach;

/// How many of those that were not compared are named.
const SHOWN: usize = 3;

/// What comparing came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Where the two differ, by place.
    pub changes: Vec<Change>,
    /// What could not be tried, now or when the expectation was written, and so was not compared.
    pub not_compared: Vec<String>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// A table or view, `roles` or `findings`.
    pub place: String,
    /// What of it.
    pub what: String,
    /// What was expected; none where it is new.
    pub expected: Option<String>,
    /// What was found; none where it is gone.
    pub found: Option<String>,
}

/// Compares word by word.
pub fn compare(expected: &Expectation, found: &Expectation) -> Comparison {
    let mut comparison = Comparison::default();
    comparison.compare_roles(expected, found);
    let none = BTreeMap::new();
    let tables = expected.tables.keys().chain(
        found
            .tables
            .keys()
            .filter(|table| !expected.tables.contains_key(*table)),
    );
    let mut tables: Vec<&String> = tables.collect();
    tables.sort();
    for table in tables {
        match (expected.tables.get(table), found.tables.get(table)) {
            (Some(before), Some(now)) => {
                let is_partly = |actor: &String, verb| {
                    let word = (table.clone(), actor.clone(), verb);
                    (expected.partly.contains(&word), found.partly.contains(&word))
                };
                comparison.compare_table(table, before, now, is_partly);
            }
            (expected, found) => {
                comparison.add_whole(table, expected.unwrap_or(&none), found.unwrap_or(&none));
            }
        }
    }
    let place = || "findings".to_owned();
    let change = |(rule, at): &(_, String), expected: bool| Change {
        place: place(),
        what: super::Rule::name(*rule).to_owned(),
        expected: expected.then(|| at.clone()),
        found: (!expected).then(|| at.clone()),
    };
    let gone = expected
        .accepted
        .difference(&found.accepted)
        .map(|finding| change(finding, true));
    let new = found
        .accepted
        .difference(&expected.accepted)
        .map(|finding| change(finding, false));
    comparison.changes.extend(gone.chain(new));
    comparison
}

/// Whether two words can be about the same policies; one that rests on some of the tries knows less.
fn agree(before: Reach, now: Reach, (before_is_partly, now_is_partly): (bool, bool)) -> bool {
    let fits = |part: Reach, whole: Reach| match part {
        Reach::None => matches!(whole, Reach::None | Reach::Own | Reach::Others),
        Reach::Own => matches!(whole, Reach::Own | Reach::All),
        Reach::All => matches!(whole, Reach::All | Reach::Others),
        _ => false,
    };
    before == now || before_is_partly && fits(before, now) || now_is_partly && fits(now, before)
}

impl Comparison {
    /// Whether nothing differs.
    pub fn is_equal(&self) -> bool {
        self.changes.is_empty()
    }

    /// The first of the differences: `products (anon select none, not all), …`.
    pub fn in_short(&self) -> String {
        let nothing = || "nothing".to_owned();
        let said = |change: &Change| {
            let found = change.found.clone().unwrap_or_else(nothing);
            let expected = change.expected.clone().unwrap_or_else(nothing);
            format!("{} ({} {found}, not {expected})", change.place, change.what)
        };
        let mut said: Vec<String> = self.changes.iter().map(said).collect();
        let more = if said.len() > SHOWN { ", …" } else { "" };
        said.truncate(SHOWN);
        said.join(", ") + more
    }

    /// Lines as of a diff: `-` is expected, `+` is found. Colours are for the stream to keep or to drop.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut place = "";
        for change in &self.changes {
            if change.place != place {
                place = &change.place;
                text.push_str(&format!("{}\n", place.bold()));
            }
            if let Some(expected) = &change.expected {
                text.push_str(&format!("{}\n", format!("- {} {expected}", change.what).red()));
            }
            if let Some(found) = &change.found {
                text.push_str(&format!("{}\n", format!("+ {} {found}", change.what).green()));
            }
        }
        let count = self.not_compared.len();
        if count > 0 {
            let mut some = self.not_compared[..count.min(SHOWN)].join(", ");
            if count > SHOWN {
                some.push_str(", …");
            }
            text.push_str(&format!(
                "not compared, since it could not be tried: {count} ({some})\n"
            ));
        }
        text
    }

    /// Roles that are new or gone are said once, and not for every table.
    fn compare_roles(&mut self, expected: &Expectation, found: &Expectation) {
        let (before, now) = (expected.actors(), found.actors());
        if before.is_empty() || now.is_empty() {
            return;
        }
        let change = |actor: &str, is_gone: bool| Change {
            place: "roles".to_owned(),
            what: "role".to_owned(),
            expected: is_gone.then(|| actor.to_owned()),
            found: (!is_gone).then(|| actor.to_owned()),
        };
        self.changes
            .extend(before.difference(&now).map(|actor| change(actor, true)));
        self.changes
            .extend(now.difference(&before).map(|actor| change(actor, false)));
    }

    fn compare_table(
        &mut self,
        table: &str,
        expected: &BTreeMap<String, Rights>,
        found: &BTreeMap<String, Rights>,
        is_partly: impl Fn(&String, Verb) -> (bool, bool),
    ) {
        for (actor, before) in expected {
            let Some(now) = found.get(actor) else { continue };
            for ((verb, before), now) in Verb::ALL.into_iter().zip(before).zip(now) {
                if [before, now].contains(&&Reach::Untried) {
                    self.not_compared
                        .push(format!("{table}: {actor} {}", verb.name()));
                } else if !agree(*before, *now, is_partly(actor, verb)) {
                    self.changes.push(Change {
                        place: table.to_owned(),
                        what: format!("{actor} {}", verb.name()),
                        expected: Some(before.to_string()),
                        found: Some(now.to_string()),
                    });
                }
            }
        }
    }

    /// A table that is new or gone.
    fn add_whole(
        &mut self,
        table: &str,
        expected: &BTreeMap<String, Rights>,
        found: &BTreeMap<String, Rights>,
    ) {
        let change = |actor: &String, expected: Option<String>, found: Option<String>| Change {
            place: table.to_owned(),
            what: actor.clone(),
            expected,
            found,
        };
        let gone = expected
            .iter()
            .map(|(actor, rights)| change(actor, Some(words(rights)), None));
        let new = found
            .iter()
            .map(|(actor, rights)| change(actor, None, Some(words(rights))));
        self.changes.extend(gone.chain(new));
    }
}

/// `select all, insert own, …`
fn words(rights: &Rights) -> String {
    let words = Verb::ALL.iter().zip(rights);
    let words: Vec<String> = words
        .map(|(verb, reach)| format!("{} {reach}", verb.name()))
        .collect();
    words.join(", ")
}
