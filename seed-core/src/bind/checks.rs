//! What the check constraints of a column demand, as far as we can read them.
//!
//! Expressions come as PostgreSQL prints them. One that says more than lists, ranges, lengths and kinds of JSON is
//! named in [`Demands::unread`]; whether our values pass it shows at the live database only.

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use super::expression::Reader;
use crate::catalog::{Check, Column, ColumnType, Table};

/// What a column's checks, its domain's and its enum demand of a value.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Demands {
    /// The only words that are allowed.
    pub list: Option<List>,
    /// Nothing smaller.
    pub lowest: Option<Limit>,
    /// Nothing larger.
    pub highest: Option<Limit>,
    /// How many characters there must be.
    pub shortest: u32,
    /// How many there may be.
    pub longest: Option<u32>,
    /// What JSON must be at its top.
    pub json: Option<JsonKind>,
    /// Whether a check refuses null.
    pub refuses_null: bool,
    /// Constraints that say something else.
    pub unread: Vec<String>,
    /// Regular expressions that those of them want matched.
    pub patterns: Vec<String>,
}

/// The words that a column allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct List {
    pub words: Vec<String>,
    /// The constraint or the enum that says so.
    pub constraint: String,
}

/// An end of a range.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Limit {
    pub value: f64,
    /// Whether the value itself is out.
    pub strict: bool,
    pub constraint: String,
}

impl Limit {
    /// The lowest allowed number of units of `10^-scale` above it.
    pub fn lowest(&self, scale: u16) -> i64 {
        let units = self.units(scale);
        let next = if self.strict {
            units.floor() + 1.0
        } else {
            units.ceil()
        };
        next as i64
    }

    /// The highest allowed number of units of `10^-scale` below it.
    pub fn highest(&self, scale: u16) -> i64 {
        let units = self.units(scale);
        let next = if self.strict {
            units.ceil() - 1.0
        } else {
            units.floor()
        };
        next as i64
    }

    /// Rounded to a millionth of a unit, for 0.07 is no number of binary digits.
    fn units(&self, scale: u16) -> f64 {
        let units = self.value * 10_f64.powi(scale.into());
        if (units - units.round()).abs() < 1e-6 {
            units.round()
        } else {
            units
        }
    }
}

/// What JSON is at its top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonKind {
    Array,
    Object,
}

impl Demands {
    /// What a column of a table demands. Checks over several columns are not read: what they say holds for rows.
    pub fn of(table: &Table, column: &Column) -> Self {
        let mut demands = Self::default();
        let kind = match &column.kind {
            ColumnType::Array { element, .. } => element,
            kind => kind,
        };
        if let ColumnType::Enum { name, labels } = kind {
            demands.list = Some(List {
                words: labels.clone(),
                constraint: name.clone(),
            });
        }
        for check in &table.checks {
            if matches!(check.columns.as_slice(), [only] if *only == column.name) {
                demands.read(check);
            }
        }
        let capacity = match kind {
            ColumnType::Text { max_length } => *max_length,
            _ => None,
        };
        let longest = [demands.longest, capacity].into_iter().flatten().min();
        let (shortest, longest) = (demands.shortest, longest.unwrap_or(u32::MAX));
        if let Some(list) = &mut demands.list {
            let fits = |word: &String| (shortest..=longest).contains(&(word.chars().count() as u32));
            list.words.retain(fits);
        }
        demands
    }

    /// The regular expression that is all that could not be read.
    pub fn only_pattern(&self) -> Option<&str> {
        match (self.unread.as_slice(), self.patterns.as_slice(), &self.list) {
            ([_], [pattern], None) => Some(pattern),
            _ => None,
        }
    }

    fn read(&mut self, check: &Check) {
        let parser = Parser::new(&PostgreSqlDialect {}).try_with_sql(&check.expression);
        let expression = parser.and_then(|mut parser| parser.parse_expr());
        let mut reader = Reader {
            column: &check.columns[0],
            constraint: &check.name,
            demands: self,
        };
        if !expression.is_ok_and(|expression| reader.read(&expression)) {
            self.unread.push(check.name.clone());
        }
    }

    pub(super) fn allow(&mut self, words: Vec<String>, constraint: &str) {
        match &mut self.list {
            Some(list) => list.words.retain(|word| words.contains(word)),
            None => {
                self.list = Some(List {
                    words,
                    constraint: constraint.to_owned(),
                });
            }
        }
    }

    pub(super) fn raise(&mut self, limit: Limit) {
        let tighter = |old: &Limit| (limit.value, limit.strict) > (old.value, old.strict);
        if self.lowest.as_ref().is_none_or(tighter) {
            self.lowest = Some(limit);
        }
    }

    pub(super) fn lower(&mut self, limit: Limit) {
        let tighter = |old: &Limit| (-limit.value, limit.strict) > (-old.value, old.strict);
        if self.highest.as_ref().is_none_or(tighter) {
            self.highest = Some(limit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demands(expression: &str) -> Demands {
        let mut demands = Demands::default();
        demands.read(&Check {
            name: "c".into(),
            columns: vec!["x".into()],
            expression: expression.into(),
        });
        demands
    }

    #[test]
    fn reads_lists_as_postgres_prints_them() {
        let check = |expression: &str, expect: &[&str]| {
            let read = demands(expression);
            assert_eq!(read.list.unwrap().words, expect, "{expression}");
            assert!(read.unread.is_empty(), "{expression}");
        };
        check(
            "(x = ANY (ARRAY['admin'::text, 'it''s'::text]))",
            &["admin", "it's"],
        );
        check(
            "((x)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
            &["a", "b"],
        );
        check("((x IS NULL) OR (x IN ('x', 'y')))", &["x", "y"]);
        check("(x = ANY (ARRAY[1, 2, '-3'::integer]))", &["1", "2", "-3"]);
        check("((x = 'a'::text) OR (x = 'b'::text))", &["a", "b"]);
        check("((VALUE)::text = ANY ('{a,\"b c\"}'::text[]))", &["a", "b c"]);
        check("(x <@ ARRAY['a'::text])", &["a"]);
        check("(\"x\" = 'A'::text)", &["A"]);
        check(
            "((VALUE = ANY (ARRAY[('y'::character varying)::text])) OR (VALUE IS NULL))",
            &["y"],
        );
    }

    #[test]
    fn reads_ranges_lengths_and_kinds() {
        let limit = |value, strict| {
            Some(Limit {
                value,
                strict,
                constraint: "c".into(),
            })
        };
        let range = demands("((x >= (0)::numeric) AND ('9.5'::numeric > x) AND (x > '-1'::integer))");
        assert_eq!(
            (range.lowest, range.highest),
            (limit(0.0, false), limit(9.5, true))
        );
        let length = demands("((char_length(x) <= 50) AND (length(TRIM(BOTH FROM x)) > 0))");
        assert_eq!((length.shortest, length.longest), (1, Some(50)));
        assert_eq!(
            demands("(x >= ('-1'::integer)::double precision)").lowest,
            limit(-1.0, false)
        );
        assert_eq!(demands("(0 < length(x))").shortest, 1);
        assert_eq!(demands("((VALUE)::text <> ''::text)").shortest, 1);
        assert_eq!(demands("(length((VALUE)::text) < 10)").longest, Some(9));
        assert_eq!(
            demands("(jsonb_typeof(x) = 'array'::text)").json,
            Some(JsonKind::Array)
        );
        assert!(demands("(x IS NOT NULL)").refuses_null);
    }

    #[test]
    fn what_says_something_else_is_unread_and_the_rest_of_it_counts() {
        for expression in [
            "(x ~ '^a'::text)",
            "(x <= now())",
            "(lower(x) = x)",
            "((x = 'a'::text) OR (x ~ 'b'::text))",
            "(x <> 'a'::text)",
            "not SQL (",
        ] {
            let read = demands(expression);
            assert_eq!((read.unread.len(), read.list), (1, None), "{expression}");
        }
        let half = demands("((length(x) = 3) AND (x ~ '^[A-Z]+$'::text))");
        assert_eq!((half.longest, half.unread.len()), (Some(3), 1));
        assert_eq!(half.only_pattern(), Some("^[A-Z]+$"));
        let null = demands("((x IS NULL) OR ((x)::text ~ '^a'::text))");
        assert_eq!(null.only_pattern(), Some("^a"));
    }
}
