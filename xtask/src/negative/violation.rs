//! What breaks a check: values found by reading its expression, in the forms that tables of business data use.
//!
//! A form that is not known gives no value, so that no row is called wrong that is not.

use std::iter;

use regex_lite::{Regex, RegexBuilder};
use seed_core::catalog::{Check, Column, ColumnType};
use sqlparser::ast::{BinaryOperator, Expr};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use super::case::{Change, Value};
use super::operand::Operand;
use super::specimen::Specimen;

/// Longest text that is made.
const LONGEST_TEXT: i64 = 100_000;
/// Days and instants before and after all that a check compares with.
const FIRST_DAY: &str = "0001-01-01";
const DAY_BEFORE_LAST: &str = "9999-12-30";
const LAST_DAY: &str = "9999-12-31";

/// Every way that is known to break `check` on the valid row: what each changes in it.
pub fn violations(check: &Check, specimen: &Specimen) -> Vec<Vec<Change>> {
    let parser = Parser::new(&PostgreSqlDialect {}).try_with_sql(&check.expression);
    match parser.and_then(|mut parser| parser.parse_expr()) {
        Ok(expression) => Breaker { check, specimen }.breaks(&expression),
        Err(_) => Vec::new(),
    }
}

struct Breaker<'a> {
    check: &'a Check,
    specimen: &'a Specimen,
}

impl<'a> Breaker<'a> {
    fn breaks(&self, expression: &Expr) -> Vec<Vec<Change>> {
        let one = |change: Option<Change>| change.map(|change| vec![change]).into_iter().collect();
        let ordered = |smaller: &str, larger: &str| self.above(smaller, larger).into_iter().collect();
        match expression {
            Expr::Nested(inner) => self.breaks(inner),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::And,
                right,
            } => [self.breaks(left), self.breaks(right)].concat(),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Or,
                right,
            } => self.breaks_both(left, right),
            Expr::BinaryOp { left, op, right } => match (Operand::of(left), op, Operand::of(right)) {
                (
                    Operand::Column(left),
                    BinaryOperator::Lt | BinaryOperator::LtEq,
                    Operand::Column(right),
                ) => ordered(&left, &right),
                (
                    Operand::Column(left),
                    BinaryOperator::Gt | BinaryOperator::GtEq,
                    Operand::Column(right),
                ) => ordered(&right, &left),
                (left, op, right) => one(self.breaks_comparison(&left, op, &right)),
            },
            Expr::AnyOp {
                left,
                compare_op: BinaryOperator::Eq,
                right,
                ..
            } => one(self.outside(&Operand::of(left), &Operand::of(right))),
            Expr::AllOp {
                left,
                compare_op: BinaryOperator::NotEq,
                right,
            } => one(self.inside(&Operand::of(left), &Operand::of(right))),
            Expr::IsNotNull(inner) => one(match Operand::of(inner) {
                Operand::Column(name) => self.column(&name).map(|column| Change::null(&column.name)),
                _ => None,
            }),
            _ => Vec::new(),
        }
    }

    /// Ways to break both sides at once. A column that has a value breaks `column is null`.
    fn breaks_both(&self, left: &Expr, right: &Expr) -> Vec<Vec<Change>> {
        for (null, other) in [(left, right), (right, left)] {
            if let Some(column) = self.is_null(null) {
                let has_value = |changes: &Vec<Change>| self.has_value(column, changes);
                return self.breaks(other).into_iter().filter(has_value).collect();
            }
        }
        let (left, right) = (self.breaks(left), self.breaks(right));
        let pairs = left
            .iter()
            .flat_map(|one| right.iter().map(move |other| (one, other)));
        pairs.filter_map(|(one, other)| together(one, other)).collect()
    }

    fn is_null(&self, expression: &Expr) -> Option<&'a Column> {
        match expression {
            Expr::Nested(inner) => self.is_null(inner),
            Expr::IsNull(inner) => match Operand::of(inner) {
                Operand::Column(name) => self.column(&name),
                _ => None,
            },
            _ => None,
        }
    }

    fn has_value(&self, column: &Column, changes: &[Change]) -> bool {
        match changes.iter().find(|change| change.column == column.name) {
            Some(change) => change.value != Value::Null,
            None => self.base(&column.name).is_some(),
        }
    }

    fn breaks_comparison(&self, left: &Operand, op: &BinaryOperator, right: &Operand) -> Option<Change> {
        match (left, right) {
            (Operand::Literal(_), Operand::Column(_) | Operand::Length(_) | Operand::JsonKind(_)) => {
                self.breaks_comparison(right, &flipped(op)?, left)
            }
            (Operand::Column(name), Operand::Literal(limit)) => {
                let column = self.column(name)?;
                let value = match is_ordered_by_day(&column.kind) {
                    true => beyond_all_days(op)?.to_owned(),
                    false => self.against(column, op, limit)?,
                };
                Some(Change::text(&column.name, value))
            }
            // As `due <= now()`.
            (Operand::Column(name), Operand::Other) => {
                let column = self
                    .column(name)
                    .filter(|column| is_ordered_by_day(&column.kind))?;
                Some(Change::text(&column.name, beyond_all_days(op)?))
            }
            (Operand::Length(name), Operand::Literal(limit)) => {
                let column = self.column(name)?;
                let length = as_integer(beyond(op, limit.parse().ok()?)?)?;
                let fits = (0..=longest(&column.kind)).contains(&length);
                fits.then(|| Change::text(&column.name, "x".repeat(length as usize)))
            }
            (Operand::JsonKind(name), Operand::Literal(kind)) if *op == BinaryOperator::Eq => {
                let other = if kind == "object" { "[]" } else { "{}" };
                Some(Change::text(&self.column(name)?.name, other))
            }
            _ => None,
        }
    }

    /// A value of a column of words or numbers that a comparison with a constant refuses.
    fn against(&self, column: &Column, op: &BinaryOperator, limit: &str) -> Option<String> {
        if is_number(&column.kind) {
            return as_integer(beyond(op, limit.parse().ok()?)?).map(|value| value.to_string());
        }
        match op {
            BinaryOperator::NotEq if is_text(&column.kind) || is_label(&column.kind) => {
                Some(limit.to_owned())
            }
            BinaryOperator::Eq => self.none_of(column, &[limit.to_owned()]),
            BinaryOperator::PGRegexMatch => self.unmatched(column, Regex::new(limit).ok()?),
            BinaryOperator::PGRegexIMatch => {
                let regex = RegexBuilder::new(limit).case_insensitive(true).build();
                self.unmatched(column, regex.ok()?)
            }
            BinaryOperator::PGLikeMatch | BinaryOperator::PGILikeMatch => {
                let is_insensitive = *op == BinaryOperator::PGILikeMatch;
                self.unmatched(column, like(limit, is_insensitive)?)
            }
            _ => None,
        }
    }

    /// `smaller` above what `larger` has in the valid row, or above what it is given there.
    fn above(&self, smaller: &str, larger: &str) -> Option<Vec<Change>> {
        let (smaller, larger) = (self.column(smaller)?, self.column(larger)?);
        let (given, above) = match (&smaller.kind, self.base(&larger.name)) {
            (kind, None) if is_ordered_by_day(kind) => (Some(DAY_BEFORE_LAST), LAST_DAY.to_owned()),
            (kind, Some(_)) if is_ordered_by_day(kind) => (None, LAST_DAY.to_owned()),
            (kind, None) if is_number(kind) => (Some("1"), "2".to_owned()),
            (kind, Some(other)) if is_number(kind) => {
                let above = as_integer(beyond(&BinaryOperator::LtEq, other.parse().ok()?)?)?;
                (None, above.to_string())
            }
            _ => return None,
        };
        let given = given.map(|value| Change::text(&larger.name, value));
        Some(
            iter::once(Change::text(&smaller.name, above))
                .chain(given)
                .collect(),
        )
    }

    /// A value that is none of a list.
    fn outside(&self, subject: &Operand, list: &Operand) -> Option<Change> {
        match (subject, list) {
            (Operand::Column(name), Operand::Literals(allowed)) => {
                let column = self.column(name)?;
                Some(Change::text(&column.name, self.none_of(column, allowed)?))
            }
            (Operand::JsonKind(name), Operand::Literals(allowed)) => {
                let samples = [
                    ("object", "{}"),
                    ("array", "[]"),
                    ("boolean", "true"),
                    ("number", "0"),
                ];
                let (_, value) = samples
                    .into_iter()
                    .find(|(kind, _)| allowed.iter().all(|one| one != kind))?;
                Some(Change::text(&self.column(name)?.name, value))
            }
            _ => None,
        }
    }

    /// The first of a list of values that are refused.
    fn inside(&self, subject: &Operand, list: &Operand) -> Option<Change> {
        match (subject, list) {
            (Operand::Column(name), Operand::Literals(refused)) => {
                Some(Change::text(&self.column(name)?.name, refused.first()?))
            }
            _ => None,
        }
    }

    fn none_of(&self, column: &Column, allowed: &[String]) -> Option<String> {
        match &column.kind {
            kind if is_number(kind) => {
                let numbers: Option<Vec<f64>> = allowed.iter().map(|text| text.parse().ok()).collect();
                let largest = numbers?.into_iter().max_by(f64::total_cmp)?;
                as_integer(beyond(&BinaryOperator::LtEq, largest)?).map(|value| value.to_string())
            }
            ColumnType::Enum { labels, .. } => labels.iter().find(|label| !allowed.contains(label)).cloned(),
            ColumnType::Text { .. } => {
                let word = self.specimen.unknown_word(&column.name);
                let is_new = allowed.iter().all(|one| !one.eq_ignore_ascii_case(&word));
                is_new.then_some(word)
            }
            _ => None,
        }
    }

    fn unmatched(&self, column: &Column, pattern: Regex) -> Option<String> {
        let word = self.specimen.unknown_word(&column.name);
        let candidates = [word.as_str(), "-", ""];
        let refused = candidates.into_iter().find(|text| !pattern.is_match(text));
        refused.filter(|_| is_text(&column.kind)).map(str::to_owned)
    }

    /// The column of that name; the one that a domain's check is about for `value`.
    fn column(&self, name: &str) -> Option<&'a Column> {
        let find = |name: &str| {
            let mut columns = self.specimen.table.columns.iter();
            columns.find(|column| column.name == name && !column.generated)
        };
        match self.check.columns.as_slice() {
            [only] if name.eq_ignore_ascii_case("value") => find(only),
            _ => find(name),
        }
    }

    fn base(&self, column: &str) -> Option<&'a str> {
        self.specimen.base.get(column)?.as_deref()
    }
}

/// Two sets of changes as one, unless they want different things of the same column.
fn together(one: &[Change], other: &[Change]) -> Option<Vec<Change>> {
    let mut all = one.to_vec();
    for change in other {
        match all.iter().find(|known| known.column == change.column) {
            Some(known) if known != change => return None,
            Some(_) => (),
            None => all.push(change.clone()),
        }
    }
    Some(all)
}

/// The whole number next to `limit` that a comparison with it refuses.
fn beyond(op: &BinaryOperator, limit: f64) -> Option<f64> {
    match op {
        BinaryOperator::GtEq => Some(limit.ceil() - 1.0),
        BinaryOperator::Gt => Some(limit.floor()),
        BinaryOperator::LtEq | BinaryOperator::Eq => Some(limit.floor() + 1.0),
        BinaryOperator::Lt => Some(limit.ceil()),
        BinaryOperator::NotEq if limit.fract() == 0.0 => Some(limit),
        _ => None,
    }
}

/// A number that stands for itself: larger ones lose their last digits.
fn as_integer(number: f64) -> Option<i64> {
    (number.abs() < 1e15).then_some(number as i64)
}

/// A day at the end of time that a comparison refuses, whatever it compares with.
fn beyond_all_days(op: &BinaryOperator) -> Option<&'static str> {
    match op {
        BinaryOperator::Gt | BinaryOperator::GtEq => Some(FIRST_DAY),
        BinaryOperator::Lt | BinaryOperator::LtEq => Some(LAST_DAY),
        _ => None,
    }
}

fn flipped(op: &BinaryOperator) -> Option<BinaryOperator> {
    Some(match op {
        BinaryOperator::Gt => BinaryOperator::Lt,
        BinaryOperator::GtEq => BinaryOperator::LtEq,
        BinaryOperator::Lt => BinaryOperator::Gt,
        BinaryOperator::LtEq => BinaryOperator::GtEq,
        BinaryOperator::Eq => BinaryOperator::Eq,
        BinaryOperator::NotEq => BinaryOperator::NotEq,
        _ => return None,
    })
}

/// The regular expression of a pattern for LIKE.
fn like(pattern: &str, is_insensitive: bool) -> Option<Regex> {
    let part = |letter: char| match letter {
        '%' => ".*".to_owned(),
        '_' => ".".to_owned(),
        letter => regex_lite::escape(letter.encode_utf8(&mut [0; 4])),
    };
    let whole: String = pattern.chars().map(part).collect();
    RegexBuilder::new(&format!("^{whole}$"))
        .case_insensitive(is_insensitive)
        .dot_matches_new_line(true)
        .build()
        .ok()
}

fn longest(kind: &ColumnType) -> i64 {
    match kind {
        ColumnType::Text {
            max_length: Some(most),
        } => i64::from(*most),
        ColumnType::Text { max_length: None } => LONGEST_TEXT,
        _ => -1,
    }
}

fn is_text(kind: &ColumnType) -> bool {
    matches!(kind, ColumnType::Text { .. })
}

fn is_label(kind: &ColumnType) -> bool {
    matches!(kind, ColumnType::Enum { .. })
}

/// Whether a column holds numbers.
pub fn is_number(kind: &ColumnType) -> bool {
    matches!(
        kind,
        ColumnType::SmallInt
            | ColumnType::Integer
            | ColumnType::BigInt
            | ColumnType::Real
            | ColumnType::Double
            | ColumnType::Numeric { .. }
    )
}

fn is_ordered_by_day(kind: &ColumnType) -> bool {
    matches!(
        kind,
        ColumnType::Date | ColumnType::Timestamp | ColumnType::TimestampTz
    )
}

#[cfg(test)]
mod tests;
