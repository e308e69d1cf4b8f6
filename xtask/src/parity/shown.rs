//! Values as people get to see them: cut where they are long, masked where their column's name says that they are secret.

use std::sync::LazyLock;

use regex_lite::Regex;
use serde_json::Value;

use super::recipe::Recipe;

/// Columns and their values.
pub type Shown = serde_json::Map<String, Value>;

/// Letters of a value that are shown.
const LONGEST: usize = 60;
/// Letters before the first difference that are shown of two long values.
const BEFORE: usize = 20;
/// What is shown of a secret.
const MASKED: &str = "****";

static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)pass(word|wd|phrase)|secret|token|api_?key|private_?key|hash|encrypted|salt|otp")
        .expect("a valid expression")
});

/// What tells a row from others: its key, or all that it has where it has no key. `values` are in the order of the recipe's
/// columns.
pub fn key(recipe: &Recipe, values: &[Option<String>]) -> Shown {
    let columns = recipe
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .zip(values);
    let is_known = |name: &String| {
        columns
            .clone()
            .any(|(column, value)| column == name && value.is_some())
    };
    let has_key = recipe.key.first().is_some_and(is_known);
    let told = columns.clone().filter(|(name, value)| match has_key {
        true => recipe.key.iter().any(|key| key == name),
        false => value.is_some(),
    });
    told.map(|(name, value)| {
        let text = value.as_deref().map(|text| masked(name, text, 0));
        (name.to_owned(), text.into())
    })
    .collect()
}

/// Two values of a column that are not the same, so that it is seen in what.
pub fn pair(column: &str, here: Option<&str>, there: Option<&str>) -> (Option<String>, Option<String>) {
    let letters = |text: Option<&str>| text.unwrap_or_default().chars().collect::<Vec<char>>();
    let (one, other) = (letters(here), letters(there));
    let alike = one
        .iter()
        .zip(&other)
        .take_while(|(one, other)| one == other)
        .count();
    let from = match one.len().max(other.len()) > LONGEST {
        true => alike.saturating_sub(BEFORE),
        false => 0,
    };
    let show = |text: Option<&str>| text.map(|text| masked(column, text, from));
    (show(here), show(there))
}

/// `LONGEST` letters of a text from letter `from` on, on one line.
fn masked(column: &str, text: &str, from: usize) -> String {
    if SECRET.is_match(column) {
        return MASKED.to_owned();
    }
    let length = text.chars().count();
    let middle: String = text.chars().skip(from).take(LONGEST).collect();
    let (before, after) = (
        if from > 0 { "…" } else { "" },
        if from + LONGEST < length { "…" } else { "" },
    );
    let on_one_line = middle
        .replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('\r', "\\r");
    let plain: String = on_one_line
        .chars()
        .filter(|letter| !letter.is_control())
        .collect();
    format!("{before}{plain}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_long_values_are_shown_where_they_part() {
        let (one, other) = (format!("{}a", "x".repeat(200)), format!("{}b", "x".repeat(200)));
        let (here, there) = pair("notes", Some(&one), Some(&other));
        assert_eq!(here.unwrap(), format!("…{}a", "x".repeat(20)));
        assert_eq!(there.unwrap(), format!("…{}b", "x".repeat(20)));
        let (here, there) = pair("name", Some("two\nlines"), None);
        assert_eq!((here.as_deref(), there), (Some("two\\nlines"), None));
        assert!(pair("notes", Some(&one), Some("")).0.unwrap().ends_with("x…"));
    }

    #[test]
    fn secrets_are_masked() {
        let masked = (Some("****".to_owned()), Some("****".to_owned()));
        assert_eq!(
            pair("encrypted_password", Some("hunter2"), Some("hunter3")),
            masked
        );
        assert_eq!(pair("apiKey", Some("hunter2"), Some("hunter3")), masked);
    }
}
