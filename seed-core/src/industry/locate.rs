//! Where in a pack's text a problem stands.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Finding, ListProblem, Place};

/// The problems with their places in `text`, where they have one.
pub(super) fn locate(text: &str, problems: Vec<ListProblem>) -> Vec<Finding> {
    let document = DeTable::parse(text).ok();
    let place = |problem: &ListProblem| {
        let (key, value) = find(document.as_ref()?.get_ref(), problem.list())?;
        let entry = problem.entry().and_then(|entry| last_of(value, entry));
        Some(Place::of(text, entry.unwrap_or(key)))
    };
    let finding = |problem| Finding {
        place: place(&problem),
        problem,
    };
    problems.into_iter().map(finding).collect()
}

/// The key and the value that the first parts of `path` lead to: `departments.titles` leads to all departments.
fn find<'t>(table: &'t DeTable<'t>, path: &str) -> Option<(usize, &'t Spanned<DeValue<'t>>)> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let (key, value) = table.get_key_value(first)?;
    match value.get_ref() {
        DeValue::Table(inner) => find(inner, rest),
        _ => Some((key.span().start, value)),
    }
}

/// Where `text` stands in `value` for the last time.
fn last_of(value: &Spanned<DeValue<'_>>, text: &str) -> Option<usize> {
    match value.get_ref() {
        DeValue::String(found) => (found == text).then(|| value.span().start),
        DeValue::Array(entries) => entries.iter().filter_map(|entry| last_of(entry, text)).max(),
        DeValue::Table(table) => table.values().filter_map(|entry| last_of(entry, text)).max(),
        _ => None,
    }
}
