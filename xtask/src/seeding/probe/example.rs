//! A value that a column takes, for the lines of `seedbed.toml` that an error proposes: guessed from its checks, then
//! shown to the database.

use anyhow::{Context, Result};
use regex_syntax::hir::{Class, Hir, HirKind};
use seed_core::catalog::{Check, Column, ColumnType, ForeignKey, Table};
use tokio_postgres::GenericClient;

use super::answer;
use super::sample::{SampleColumn, is_of_domain};
use crate::database::name::{qualified, quoted};

/// Tried where no pattern says more.
const GUESSES: &[&str] = &[
    "x",
    "1",
    "0",
    "{}",
    "[]",
    "2026-01-01",
    "00000000-0000-0000-0000-000000000000",
    "someone@example.test",
    "https://example.test",
];
/// Characters that an example is made of, the first that a pattern allows.
const LETTERS: &str = "A0a-_ .";

/// A value that the column's type and its checks take, where a guess is one.
///
/// # Errors
/// The database does not answer.
pub async fn of(client: &impl GenericClient, table: &Table, column: &Column) -> Result<Option<String>> {
    let is_alone = |columns: &[String]| columns == [column.name.as_str()];
    // One value for all rows cannot be unique, and of other types there are no constants.
    let is_unique = table.unique.iter().any(|key| is_alone(&key.columns)) || is_alone(&table.primary_key);
    if is_unique || matches!(column.kind, ColumnType::Other(_) | ColumnType::Unknown) {
        return Ok(None);
    }
    if let Some(foreign) = table.foreign_keys.iter().find(|key| is_alone(&key.columns)) {
        return first_key(client, foreign).await;
    }
    let checks: Vec<&Check> = table
        .checks
        .iter()
        .filter(|check| is_alone(&check.columns))
        .collect();
    let patterns = checks.iter().flat_map(|check| patterns(&check.expression));
    let guesses = patterns
        .filter_map(|pattern| simplest(&pattern))
        .chain(GUESSES.iter().map(|guess| (*guess).to_owned()));
    let Some(kind) = super::types(client, table).await?.remove(&column.name) else {
        return Ok(None);
    };
    let own: Vec<String> = checks
        .iter()
        .filter(|check| !is_of_domain(check))
        .map(|check| format!("({}) and ", check.expression))
        .collect();
    // Reading the value asks the checks of its domain.
    let sql = format!(
        "select coalesce({}true, true) from jsonb_to_recordset($1) as t ({} {kind})",
        own.concat(),
        quoted(&column.name)
    );
    let column = SampleColumn {
        live: column,
        values: Vec::new(),
    };
    for guess in guesses {
        let row = column.as_json(&[Some(&guess)]);
        let is_taken = answer(client, &sql, &row).await?.is_ok_and(|row| row.get(0));
        if is_taken {
            return Ok(Some(guess));
        }
    }
    Ok(None)
}

/// The first of the values that a reference can have.
async fn first_key(client: &impl GenericClient, foreign: &ForeignKey) -> Result<Option<String>> {
    let [column] = foreign.referenced_columns.as_slice() else {
        return Ok(None);
    };
    let sql = format!(
        "select (select {column}::text from {table} where {column} is not null order by {column} limit 1)",
        column = quoted(column),
        table = qualified(&foreign.referenced_schema, &foreign.referenced_table),
    );
    let row = client.query_one(&sql, &[]).await.context("read the first key")?;
    Ok(row.get(0))
}

/// The patterns of `x ~ '…'` and `x ~~ '…'` (which is LIKE), as regular expressions.
fn patterns(expression: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = expression;
    while let Some(at) = rest.find(" ~") {
        let operator: String = rest[at + 1..]
            .chars()
            .take_while(|letter| "~*".contains(*letter))
            .collect();
        rest = &rest[at + 1 + operator.len()..];
        let Some(pattern) = rest.strip_prefix(" '").and_then(text_of_literal) else {
            continue;
        };
        found.push(match operator.as_str() {
            "~~" | "~~*" => regex_of_like(&pattern),
            _ => pattern,
        });
    }
    found
}

/// What a literal says, from behind its first quote.
fn text_of_literal(rest: &str) -> Option<String> {
    let text = rest.replace("''", "\0");
    let (text, _) = text.split_once('\'')?;
    Some(text.replace('\0', "'"))
}

fn regex_of_like(pattern: &str) -> String {
    let part = |letter: char| match letter {
        '%' => ".*".to_owned(),
        '_' => ".".to_owned(),
        other => regex_syntax::escape(&other.to_string()),
    };
    pattern.chars().map(part).collect()
}

/// A short text that a regular expression matches.
fn simplest(pattern: &str) -> Option<String> {
    let mut text = String::new();
    append(&regex_syntax::parse(pattern).ok()?, &mut text);
    Some(text)
}

fn append(expression: &Hir, text: &mut String) {
    match expression.kind() {
        HirKind::Empty | HirKind::Look(_) => (),
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => text.extend(letter_of(class)),
        HirKind::Repetition(repetition) => (0..repetition.min).for_each(|_| append(&repetition.sub, text)),
        HirKind::Capture(capture) => append(&capture.sub, text),
        HirKind::Concat(parts) => parts.iter().for_each(|part| append(part, text)),
        HirKind::Alternation(choices) => choices.iter().take(1).for_each(|choice| append(choice, text)),
    }
}

fn letter_of(class: &Class) -> Option<char> {
    let Class::Unicode(class) = class else { return None };
    let has = |letter: &char| {
        class
            .ranges()
            .iter()
            .any(|range| (range.start()..=range.end()).contains(letter))
    };
    LETTERS
        .chars()
        .find(has)
        .or_else(|| Some(class.ranges().first()?.start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_read_as_postgres_prints_them() {
        let check =
            |expression: &str, expect: &[&str]| assert_eq!(patterns(expression), expect, "{expression}");
        check("(code ~ '^ACC-[0-9]{4}$'::text)", &["^ACC-[0-9]{4}$"]);
        check(
            "(((code)::text ~* 'it''s'::text) AND (code ~~ 'a.%_'::text))",
            &["it's", "a\\..*."],
        );
        check("(length(code) > 3)", &[]);
    }

    #[test]
    fn an_example_matches_its_pattern() {
        let check =
            |pattern: &str, expect: &str| assert_eq!(simplest(pattern).as_deref(), Some(expect), "{pattern}");
        check("^ACC-[0-9]{4}$", "ACC-0000");
        check("^[a-z]+@(example|test)\\.[a-z]{2,}$", "a@example.aa");
        check("^\\d+(\\.\\d{2})?$", "0");
        check("^.{3}[[:punct:]]$", "AAA-");
        assert_eq!(simplest("^(?!x)"), None);
    }
}
