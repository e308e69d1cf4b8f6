//! Columns of yes and no: what a record tells of them, and what their name does.

use super::names::plain;
use crate::domain::{Field, Record};

/// The label of the words of a field that mean yes.
pub(super) const YES: &str = "true";

/// Names by which a row is in use, as [`plain`] gives them without `is` before them.
const IN_USE: &[&str] = &[
    "active",
    "enabled",
    "visible",
    "published",
    "public",
    "available",
    "current",
    "valid",
    "verified",
];
/// Names by which something is over.
const DONE: &[&str] = &["done", "completed", "complete", "finished"];

/// The field that a column of yes and no follows from, and its words that mean yes; without words, that there is a
/// value does.
pub(super) fn told_by(record: Record, column: &str) -> Option<(Field, &'static [&'static str])> {
    let name = plain(column);
    match (record, bare(&name)) {
        (Record::Task | Record::Activity, name) if DONE.contains(&name) => Some((Field::CompletedAt, &[])),
        (Record::Opportunity, "closed") => Some((Field::Status, &["won", "lost"])),
        (Record::Opportunity, "won") => Some((Field::Status, &["won"])),
        (Record::Opportunity, "lost") => Some((Field::Status, &["lost"])),
        _ => None,
    }
}

/// Whether a row whose column nobody knows is better off with a yes.
pub(super) fn is_in_use(column: &str) -> bool {
    IN_USE.contains(&bare(&plain(column)))
}

fn bare(name: &str) -> &str {
    name.strip_prefix("is").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_with_and_without_the_question() {
        assert!(
            ["active", "isActive", "IS_VERIFIED", "public"]
                .map(is_in_use)
                .iter()
                .all(|is| *is)
        );
        assert!(
            !["inactive", "is_billable", "activated", "archived"]
                .map(is_in_use)
                .iter()
                .any(|is| *is)
        );
        let done = Some((Field::CompletedAt, &[][..]));
        assert_eq!(told_by(Record::Task, "isDone"), done);
        assert_eq!(told_by(Record::Activity, "completed"), done);
        assert_eq!(told_by(Record::Opportunity, "done"), None);
        assert_eq!(told_by(Record::Product, "is_won"), None);
    }
}
