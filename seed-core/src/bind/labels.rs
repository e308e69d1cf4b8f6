//! Fitting our words to the words that a column allows.

use super::names::plain;
use crate::catalog::{Check, ColumnType};

/// Words that say the same.
const SAME: &[&[&str]] = &[
    &["won", "closedwon"],
    &["lost", "closedlost"],
    &["stalled", "onhold", "paused"],
    &["critical", "urgent", "highest"],
    &["medium", "normal"],
    &["pending", "todo", "planned", "scheduled", "notstarted"],
    &["inprogress", "doing", "started"],
    &["completed", "done", "complete", "finished"],
    &["cancelled", "canceled"],
    &["principal", "supplier", "vendor", "manufacturer"],
    &["prospect", "lead"],
    &["unknown", "other"],
    &["call", "phone", "phonecall"],
    &["newbusiness", "new"],
    &["upsell", "expansion", "crosssell"],
];

/// Words that stand for whatever else there is.
const ANYTHING: &[&str] = &["other", "others", "misc", "miscellaneous", "none", "general"];

/// The words that a column allows: the labels of its enum, or the list of its check. `None` where any will do.
pub(crate) fn allowed(kind: &ColumnType, column: &str, checks: &[Check]) -> Option<(Vec<String>, String)> {
    if let ColumnType::Enum { name, labels } = kind {
        return Some((labels.clone(), name.clone()));
    }
    checks
        .iter()
        .filter(|check| matches!(check.columns.as_slice(), [only] if only == column))
        .find_map(|check| Some((listed(&check.expression)?, check.name.clone())))
}

/// The label for each of our words; the words that have none are the error. With `may_be_other` a label such as
/// `other` stands for them.
pub(crate) fn fit(
    terms: &[&str],
    labels: &[String],
    may_be_other: bool,
) -> Result<Vec<(String, String)>, Vec<String>> {
    let other = labels
        .iter()
        .find(|label| may_be_other && ANYTHING.contains(&plain(label).as_str()));
    let mut fitted = Vec::new();
    let mut left: Vec<String> = Vec::new();
    for term in terms {
        match label_for(term, labels).or(other) {
            Some(label) => fitted.push(((*term).to_owned(), label.clone())),
            None if left.iter().any(|known| known == term) => (),
            None => left.push((*term).to_owned()),
        }
    }
    if left.is_empty() { Ok(fitted) } else { Err(left) }
}

fn label_for<'l>(term: &str, labels: &'l [String]) -> Option<&'l String> {
    let wanted = plain(term);
    let same = SAME
        .iter()
        .find(|words| words.contains(&wanted.as_str()))
        .copied()
        .unwrap_or_default();
    let by = |fits: &dyn Fn(&str) -> bool| labels.iter().find(|label| fits(label));
    by(&|label| label == term)
        .or_else(|| by(&|label| plain(label) == wanted))
        .or_else(|| by(&|label| same.contains(&plain(label).as_str())))
}

/// The words of `x = ANY (ARRAY['a'::text, 'b'::text])` or `x IN ('a', 'b')`.
fn listed(expression: &str) -> Option<Vec<String>> {
    let lower = expression.to_ascii_lowercase();
    let start = ["= any (", " in ("]
        .iter()
        .find_map(|opening| lower.find(opening))?;
    let mut words = Vec::new();
    let mut rest = &expression[start..];
    while let Some(open) = rest.find('\'') {
        let mut word = String::new();
        let mut letters = rest[open + 1..].char_indices().peekable();
        let mut end = None;
        while let Some((at, letter)) = letters.next() {
            match letter {
                '\'' if letters.peek().is_some_and(|(_, next)| *next == '\'') => {
                    letters.next();
                    word.push('\'');
                }
                '\'' => {
                    end = Some(open + 1 + at + 1);
                    break;
                }
                other => word.push(other),
            }
        }
        words.push(word);
        rest = &rest[end?..];
    }
    (!words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lists_as_postgres_prints_them() {
        let check = |expression: &str, expect: Option<&[&str]>| {
            let expect = expect.map(|words| words.iter().map(|word| (*word).to_owned()).collect());
            assert_eq!(listed(expression), expect, "{expression}");
        };
        check(
            "(role = ANY (ARRAY['admin'::text, 'it''s'::text]))",
            Some(&["admin", "it's"]),
        );
        check(
            "((kind)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
            Some(&["a", "b"]),
        );
        check("((kind IS NULL) OR (kind IN ('x', 'y')))", Some(&["x", "y"]));
        check("(amount >= (0)::numeric)", None);
        check("(name <> ''::text)", None);
    }

    #[test]
    fn fits_words_by_spelling_and_meaning() {
        let labels = ["Closed Won", "urgent", "in-progress"].map(str::to_owned);
        let fitted = fit(&["closed_won", "critical", "in_progress"], &labels, false).unwrap();
        assert_eq!(
            fitted.into_iter().map(|(_, label)| label).collect::<Vec<_>>(),
            labels
        );
        assert_eq!(
            fit(&["critical", "low", "low"], &labels, true),
            Err(vec!["low".to_owned()])
        );
    }

    #[test]
    fn what_has_no_word_of_its_own_is_other_where_that_may_be() {
        let labels = ["dairy", "Other"].map(str::to_owned);
        let fitted = fit(&["dairy", "bakery"], &labels, true).unwrap();
        assert_eq!(fitted[1], ("bakery".to_owned(), "Other".to_owned()));
        assert_eq!(fit(&["bakery"], &labels, false), Err(vec!["bakery".to_owned()]));
    }
}
