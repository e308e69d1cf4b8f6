//! Filters, read once and then asked of each row, with the operators of PostgREST.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value;

use super::parameters::Object;
use crate::errors::{self, ApiError};

/// What must hold of a row.
#[derive(Debug)]
pub(super) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Is(String, Value),
    Compared(String, Value, fn(Ordering) -> bool),
    Like(String, Vec<regex_lite::Regex>),
    In(String, Vec<Value>),
    Contains(String, Vec<Value>),
}

impl Filter {
    /// The filters of a list, all of which must hold.
    ///
    /// # Errors
    /// A column that is not in the table, an operator that there is not.
    pub fn read(table: &str, filter: &Object, has_column: &impl Fn(&str) -> bool) -> Result<Self, ApiError> {
        let one = |(key, value): (&String, &Value)| Self::one(table, key, value, has_column);
        filter.iter().map(one).collect::<Result<_, _>>().map(Self::All)
    }

    fn one(
        table: &str,
        key: &str,
        value: &Value,
        has_column: &impl Fn(&str) -> bool,
    ) -> Result<Self, ApiError> {
        let (column, operator) = key.split_once('@').unwrap_or((key, "eq"));
        let bad = || errors::bad_filter(&format!("{operator}.{}", plain(value)));
        if column.is_empty() {
            let inner = Self::read(table, value.as_object().ok_or_else(bad)?, has_column)?;
            return match (operator, inner) {
                ("or", Self::All(inner)) => Ok(Self::Any(inner)),
                ("and", inner) => Ok(inner),
                _ => Err(bad()),
            };
        }
        if !has_column(column) {
            return Err(errors::undefined_column(table, column));
        }
        if let Some(operator) = operator.strip_prefix("not.") {
            let inner = Self::one(table, &format!("{column}@{operator}"), value, has_column)?;
            return Ok(Self::Not(Box::new(inner)));
        }
        let column = column.to_owned();
        let compared = |holds| Ok(Self::Compared(column.clone(), value.clone(), holds));
        match operator {
            "eq" => compared(Ordering::is_eq),
            "neq" => compared(Ordering::is_ne),
            "gt" => compared(Ordering::is_gt),
            "gte" => compared(Ordering::is_ge),
            "lt" => compared(Ordering::is_lt),
            "lte" => compared(Ordering::is_le),
            "like" | "ilike" => {
                let words = plain(value);
                let words = words.split_whitespace();
                let patterns = words.map(|word| pattern(word, operator == "ilike"));
                Ok(Self::Like(column, patterns.collect()))
            }
            "in" => Ok(Self::In(column, list(value))),
            "cs" => Ok(Self::Contains(column, list(value))),
            "is" => match value.as_str().unwrap_or_default() {
                "null" => Ok(Self::Is(column, Value::Null)),
                "true" => Ok(Self::Is(column, true.into())),
                "false" => Ok(Self::Is(column, false.into())),
                _ if matches!(value, Value::Null | Value::Bool(_)) => Ok(Self::Is(column, value.clone())),
                _ => Err(bad()),
            },
            _ => Err(bad()),
        }
    }

    /// Whether it holds; as in SQL, nothing but `is` holds of null, and neither does the opposite.
    pub fn holds(&self, row: &Object) -> bool {
        self.truth(row) == Some(true)
    }

    fn truth(&self, row: &Object) -> Option<bool> {
        let given = |column: &String| row.get(column).filter(|value| !value.is_null());
        match self {
            Self::All(filters) => {
                let truths: Vec<_> = filters.iter().map(|filter| filter.truth(row)).collect();
                match truths.contains(&Some(false)) {
                    true => Some(false),
                    false => (!truths.contains(&None)).then_some(true),
                }
            }
            Self::Any(filters) => {
                let truths: Vec<_> = filters.iter().map(|filter| filter.truth(row)).collect();
                match truths.contains(&Some(true)) {
                    true => Some(true),
                    false => (!truths.contains(&None)).then_some(false),
                }
            }
            Self::Not(filter) => filter.truth(row).map(|truth| !truth),
            Self::Is(column, value) => Some(row.get(column).unwrap_or(&Value::Null) == value),
            Self::Compared(column, value, holds) => compare(given(column)?, value).map(holds),
            Self::Like(column, patterns) => {
                let text = plain(given(column)?);
                Some(patterns.iter().all(|pattern| pattern.is_match(&text)))
            }
            Self::In(column, values) => {
                let own = given(column)?;
                Some(
                    values
                        .iter()
                        .any(|value| compare(own, value) == Some(Ordering::Equal)),
                )
            }
            Self::Contains(column, values) => {
                let own = given(column)?.as_array()?;
                let is_there = |value: &Value| own.iter().any(|own| contains(own, value));
                Some(values.iter().all(is_there))
            }
        }
    }
}

/// How two values compare, null with nothing; texts are read as what the other one is, as PostgREST reads them.
pub(super) fn compare(own: &Value, other: &Value) -> Option<Ordering> {
    match (own, other) {
        (Value::Null, _) | (_, Value::Null) => None,
        (Value::Bool(own), _) => Some(own.cmp(&plain(other).parse().ok()?)),
        (Value::Number(own), _) => own.as_f64()?.partial_cmp(&plain(other).parse().ok()?),
        (Value::String(own), _) => {
            let other = plain(other);
            let instants = (own.parse::<Timestamp>(), other.parse::<Timestamp>());
            Some(match instants {
                (Ok(own), Ok(other)) => own.cmp(&other),
                _ => own.as_str().cmp(&other),
            })
        }
        _ => Some(plain(own).cmp(&plain(other))),
    }
}

/// As `@>` of PostgreSQL: an object contains those that have fewer of the same.
fn contains(own: &Value, other: &Value) -> bool {
    match (own, other) {
        (Value::Object(own), Value::Object(other)) => other
            .iter()
            .all(|(key, value)| own.get(key).is_some_and(|own| contains(own, value))),
        _ => compare(own, other) == Some(Ordering::Equal),
    }
}

/// A value as it stands in an address.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The items of `[…]`, `(…)`, `{…}`, or of a text with commas.
fn list(value: &Value) -> Vec<Value> {
    let text = match value {
        Value::Array(items) => return items.clone(),
        Value::String(text) => text,
        other => return vec![other.clone()],
    };
    let items = text.trim_matches(['(', ')', '{', '}']).split(',');
    let items = items
        .map(|item| item.trim().trim_matches('"'))
        .filter(|item| !item.is_empty());
    items.map(Value::from).collect()
}

/// A word that can stand anywhere, its wildcards as a regular expression.
fn pattern(word: &str, ignores_case: bool) -> regex_lite::Regex {
    let escaped = regex_lite::escape(word);
    let wild = escaped.replace('%', ".*").replace("\\*", ".*").replace('_', ".");
    let flags = if ignores_case { "(?is)" } else { "(?s)" };
    regex_lite::Regex::new(&format!("{flags}{wild}")).expect("an escaped word is a pattern")
}
