//! Fitting our words to the words that a column allows.

use super::names::plain;
use crate::domain::Field;

/// Words that say the same as ours, the likeliest first; all as [`plain`] gives them.
const SAME: &[(&str, &[&str])] = &[
    (
        "open",
        &["active", "inprogress", "ongoing", "working", "new", "pending"],
    ),
    (
        "won",
        &[
            "closedwon",
            "dealwon",
            "success",
            "successful",
            "converted",
            "signed",
            "completed",
            "closed",
        ],
    ),
    (
        "lost",
        &[
            "closedlost",
            "deallost",
            "failed",
            "unsuccessful",
            "dead",
            "abandoned",
            "rejected",
            "cancelled",
            "canceled",
            "closed",
        ],
    ),
    (
        "stalled",
        &[
            "onhold",
            "hold",
            "paused",
            "delayed",
            "inactive",
            "dormant",
            "suspended",
            "waiting",
            "deferred",
        ],
    ),
    ("closedwon", &["won", "dealwon"]),
    ("closedlost", &["lost", "deallost"]),
    ("low", &["lowest", "minor"]),
    ("medium", &["normal", "moderate", "mid"]),
    ("high", &["important", "major"]),
    ("critical", &["urgent", "highest", "veryhigh", "blocker"]),
    (
        "pending",
        &[
            "todo",
            "planned",
            "scheduled",
            "notstarted",
            "open",
            "upcoming",
            "new",
            "draft",
        ],
    ),
    (
        "inprogress",
        &["doing", "started", "active", "working", "ongoing"],
    ),
    ("completed", &["done", "complete", "finished", "closed", "held"]),
    ("cancelled", &["canceled", "notheld", "skipped", "aborted"]),
    ("principal", &["supplier", "vendor", "manufacturer", "producer"]),
    ("distributor", &["reseller", "wholesaler"]),
    ("customer", &["client", "buyer", "account"]),
    ("prospect", &["lead", "potential"]),
    ("unknown", &["other", "undefined"]),
    ("meeting", &["appointment", "visit"]),
    ("call", &["phone", "phonecall", "telephone"]),
    ("email", &["mail"]),
    ("task", &["todo"]),
    ("note", &["comment", "memo"]),
    ("event", &["lunch"]),
    ("proposal", &["quote"]),
    ("general", &["note", "comment"]),
    ("internal", &["private"]),
    ("newbusiness", &["new", "newcustomer", "newlogo"]),
    (
        "upsell",
        &["expansion", "crosssell", "existingbusiness", "upgrade"],
    ),
    ("renewal", &["recurring"]),
    ("active", &["available", "enabled", "published", "live"]),
    (
        "discontinued",
        &["inactive", "archived", "retired", "disabled", "obsolete"],
    ),
    ("comingsoon", &["upcoming", "preorder", "draft"]),
    ("salescall", &["sales", "call"]),
    ("supportticket", &["support", "ticket"]),
    ("productdemo", &["demo", "demonstration"]),
    ("employee", &["staff", "member"]),
];

/// Where a state has no word of its own, it is this one.
const INSTEAD: &[(&str, &str)] = &[
    ("stalled", "open"),
    ("inprogress", "pending"),
    ("cancelled", "completed"),
    ("seasonal", "active"),
    ("comingsoon", "active"),
];

/// Words that stand for whatever else there is.
const ANYTHING: &[&str] = &["other", "others", "misc", "miscellaneous", "none", "general"];

/// Words that stand first where the highest does.
const HIGHEST: &[&str] = &[
    "a",
    "p0",
    "p1",
    "hot",
    "high",
    "highest",
    "critical",
    "urgent",
    "gold",
    "platinum",
    "tier1",
    "strategic",
    "major",
    "must",
];
/// Words that stand last there.
const LOWEST: &[&str] = &["d", "low", "lowest", "cold", "bronze", "minor", "trivial"];

/// The label for each of our words; the words that have none are the error.
///
/// Words that mean the same go first. What is left of a priority goes by its rank, of a stage nowhere, of a status
/// where [`INSTEAD`] says; other words are the label that stands for anything else, or are dealt over all labels.
pub(crate) fn fit(
    field: Field,
    terms: &[&str],
    labels: &[String],
) -> Result<Vec<(String, String)>, Vec<String>> {
    let ours = distinct(terms);
    let other = labels
        .iter()
        .find(|label| ANYTHING.contains(&plain(label).as_str()));
    let mut fitted = Vec::new();
    let mut left = Vec::new();
    for (place, term) in ours.iter().enumerate() {
        let label = label_for(term, labels).or_else(|| match field {
            Field::Stage => None,
            Field::Status => {
                let (_, instead) = INSTEAD.iter().find(|(state, _)| *state == plain(term))?;
                label_for(instead, labels)
            }
            Field::Priority => ranked(&ours, labels, place),
            _ => other.or_else(|| labels.get(left_over(&ours[..place], labels) % labels.len().max(1))),
        });
        match label {
            Some(label) => fitted.push(((*term).to_owned(), label.clone())),
            None => left.push((*term).to_owned()),
        }
    }
    if left.is_empty() { Ok(fitted) } else { Err(left) }
}

fn distinct<'t>(terms: &[&'t str]) -> Vec<&'t str> {
    let mut distinct = Vec::new();
    terms.iter().for_each(|term| {
        if !distinct.contains(term) {
            distinct.push(*term);
        }
    });
    distinct
}

fn label_for<'l>(term: &str, labels: &'l [String]) -> Option<&'l String> {
    let wanted = plain(term);
    let same = SAME
        .iter()
        .find(|(ours, _)| *ours == wanted)
        .map_or(&[][..], |(_, same)| same);
    let named = |word: &str| labels.iter().find(|label| plain(label) == word);
    let exact = labels.iter().find(|label| *label == term);
    exact
        .or_else(|| named(&wanted))
        .or_else(|| same.iter().find_map(|word| named(word)))
}

/// How many of the words have no label that means the same.
fn left_over(terms: &[&str], labels: &[String]) -> usize {
    terms
        .iter()
        .filter(|term| label_for(term, labels).is_none())
        .count()
}

/// The label at the same height as the word at that place.
fn ranked<'l>(terms: &[&str], labels: &'l [String], place: usize) -> Option<&'l String> {
    let (last, most) = (terms.len().saturating_sub(1).max(1), labels.len().checked_sub(1)?);
    let words: Vec<&str> = labels.iter().map(String::as_str).collect();
    let rank = if is_falling(terms) { last - place } else { place };
    let height = (rank * most * 2 + last) / (last * 2);
    labels.get(if is_falling(&words) { most - height } else { height })
}

/// Whether the first word is the highest.
fn is_falling(words: &[&str]) -> bool {
    let is_of =
        |word: Option<&&str>, list: &[&str]| word.is_some_and(|word| list.contains(&plain(word).as_str()));
    is_of(words.first(), HIGHEST) || is_of(words.last(), LOWEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRIORITIES: &[&str] = &["low", "medium", "high", "critical"];

    fn check(field: Field, terms: &[&str], labels: &[&str], expect: &[&str]) {
        let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
        let fitted = fit(field, terms, &labels).unwrap();
        let fitted: Vec<&str> = fitted.iter().map(|(_, label)| label.as_str()).collect();
        assert_eq!(fitted, expect, "{terms:?} as {labels:?}");
    }

    fn refused(field: Field, terms: &[&str], labels: &[&str]) -> Vec<String> {
        let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
        fit(field, terms, &labels).unwrap_err()
    }

    #[test]
    fn words_fit_by_spelling_and_meaning() {
        let labels = ["Closed Won", "urgent", "in-progress"];
        check(
            Field::Stage,
            &["closed_won", "critical", "in_progress"],
            &labels,
            &labels,
        );
        assert_eq!(
            refused(Field::Stage, &["closed_won", "new_lead"], &labels),
            ["new_lead"]
        );
    }

    #[test]
    fn what_has_no_word_of_its_own_is_other_or_dealt() {
        check(
            Field::Category,
            &["dairy", "bakery"],
            &["dairy", "Other"],
            &["dairy", "Other"],
        );
        check(
            Field::Category,
            &["bakery", "dairy", "meat", "deli"],
            &["x", "dairy"],
            &["x", "dairy", "dairy", "x"],
        );
        assert_eq!(refused(Field::Category, &["bakery"], &[]), ["bakery"]);
    }

    #[test]
    fn priorities_go_by_rank() {
        check(
            Field::Priority,
            PRIORITIES,
            &["low", "normal", "high"],
            &["low", "normal", "high", "high"],
        );
        check(
            Field::Priority,
            PRIORITIES,
            &["cold", "warm", "hot"],
            &["cold", "warm", "warm", "hot"],
        );
        check(
            Field::Priority,
            PRIORITIES,
            &["P1", "P2", "P3", "P4"],
            &["P4", "P3", "P2", "P1"],
        );
        check(Field::Priority, PRIORITIES, &["A", "B"], &["B", "B", "A", "A"]);
        check(
            Field::Priority,
            &["A", "B", "C", "D"],
            &["low", "medium", "high"],
            &["high", "medium", "medium", "low"],
        );
        check(Field::Priority, PRIORITIES, &["any"], &["any"; 4]);
    }

    #[test]
    fn a_status_is_found_by_meaning() {
        let states = &["open", "won", "lost", "stalled"];
        check(
            Field::Status,
            states,
            &["active", "closed"],
            &["active", "closed", "closed", "active"],
        );
        check(
            Field::Status,
            states,
            &["on_hold", "In Progress", "lost", "won"],
            &["In Progress", "won", "lost", "on_hold"],
        );
        check(
            Field::Status,
            &["pending", "in_progress", "completed", "cancelled"],
            &["todo", "done"],
            &["todo", "todo", "done", "done"],
        );
        assert_eq!(
            refused(Field::Status, states, &["draft", "won", "lost"]),
            ["open", "stalled"]
        );
    }
}
