//! Sample rows of one table, and the questions about them.

use std::collections::BTreeSet;

use seed_core::catalog::{Check, Column, ColumnType, Identity, Table};
use seed_core::plan::TablePlan;
use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::database::name::{qualified, quoted};

/// Rows from the beginning of a table that are shown.
const FIRST_ROWS: u64 = 200;
/// Rows that are spread over the rest, the last one among them.
const SPREAD_ROWS: u64 = 200;

/// A name that no column has.
const ROW: &str = "\"number of the sample row\"";

/// Sample rows of one table, column by column.
pub(super) struct Sample<'a> {
    pub live: &'a Table,
    pub columns: Vec<SampleColumn<'a>>,
    /// Columns that were taken out: no check can be asked about them.
    set_aside: Vec<&'a Column>,
    rows: usize,
    /// Whether a trigger may change the rows before their checks are asked.
    is_changed: bool,
}

/// The values of one column.
pub(super) struct SampleColumn<'a> {
    pub live: &'a Column,
    pub values: Vec<Option<String>>,
}

impl<'a> Sample<'a> {
    pub fn new(live: &'a Table, table: &TablePlan, is_changed: bool) -> Sample<'a> {
        let rows = table.sample_at(rows_shown(table.row_count()));
        let bound = table.binding().columns.iter().enumerate();
        let columns = bound.filter_map(|(at, bound)| {
            let live = live.columns.iter().find(|column| column.name == bound.name)?;
            let values = rows.iter().map(|row| row[at].clone()).collect();
            Some(SampleColumn { live, values })
        });
        Sample {
            live,
            columns: columns.collect(),
            set_aside: Vec::new(),
            rows: rows.len(),
            is_changed,
        }
    }

    pub fn column(&self, name: &str) -> Option<&SampleColumn<'a>> {
        self.columns.iter().find(|column| column.live.name == name)
    }

    /// Takes out the columns that refuse null and would get it.
    pub fn take_missing(&mut self) -> Vec<Refusal<'a>> {
        let live = self.live;
        let is_left_out = |column: &&Column| is_required(column) && self.column(&column.name).is_none();
        let mut missing: Vec<&Column> = live.columns.iter().filter(is_left_out).collect();
        let has_gaps = |column: &&SampleColumn<'a>| column.live.not_null && column.values.contains(&None);
        missing.extend(self.columns.iter().filter(has_gaps).map(|column| column.live));
        missing.iter().for_each(|column| self.set_aside(column));
        missing
            .into_iter()
            .map(|column| Refusal::of_missing(live, column))
            .collect()
    }

    /// Takes out a column that cannot be read.
    pub fn set_aside(&mut self, column: &'a Column) {
        self.columns.retain(|other| other.live.name != column.name);
        self.set_aside.push(column);
    }

    /// The checks that can be asked: the domains' are asked when values are read, and what a column that numbers or
    /// computes itself will hold, or a trigger makes of it, is not known.
    pub fn checks(&self) -> Vec<&'a Check> {
        if self.is_changed {
            return Vec::new();
        }
        let is_constant =
            |column: &Column| !column.generated && column.identity == Identity::No && !is_required(column);
        let is_set_aside = |name: &String| self.set_aside.iter().any(|column| column.name == *name);
        let is_known = |name: &String| {
            let live = || self.live.columns.iter().find(|column| column.name == *name);
            self.column(name).is_some() || live().is_some_and(is_constant) && !is_set_aside(name)
        };
        let checks = self.live.checks.iter();
        checks
            .filter(|check| !is_of_domain(check) && check.columns.iter().all(is_known))
            .collect()
    }

    /// Reads the rows $1 as the table's, and gives for each check the number of the first row that breaks it.
    pub fn question(&self, checks: &[&Check]) -> String {
        let firsts = checks
            .iter()
            .map(|check| format!("min({ROW}) filter (where ({}) is false), ", check.expression));
        format!(
            "select {}count(*) from (
                 select sample.row - 1 as {ROW}, t.*
                 from jsonb_array_elements($1) with ordinality as sample (item, row)
                 cross join (select {}) as defaults
                 cross join lateral jsonb_populate_record(null::{}, to_jsonb(defaults) || item) as t
             ) t",
            firsts.collect::<String>(),
            self.defaults(checks),
            qualified(&self.live.schema, &self.live.name),
        )
    }

    /// What the columns hold that are not filled, where it matters: where null is refused, or a check reads it.
    fn defaults(&self, checks: &[&Check]) -> String {
        let is_read = |column: &Column| checks.iter().any(|check| check.columns.contains(&column.name));
        let columns = self.live.columns.iter();
        let columns = columns.filter(|column| column.not_null || is_read(column));
        let defaults =
            columns.filter(|column| column.identity == Identity::No && self.column(&column.name).is_none());
        let defaults = defaults.filter_map(|column| {
            Some(format!(
                "{} as {}",
                column.default.as_ref()?,
                quoted(&column.name)
            ))
        });
        defaults.collect::<Vec<_>>().join(", ")
    }

    pub fn rows_as_json(&self) -> Value {
        let row = |at: usize| {
            let entries = self.columns.iter();
            let entries = entries.map(|column| {
                (
                    column.live.name.clone(),
                    column.json(column.values[at].as_deref()),
                )
            });
            Value::Object(entries.collect())
        };
        (0..self.rows).map(row).collect()
    }
}

impl SampleColumn<'_> {
    /// Its values, each once, in the order in which they come.
    pub fn distinct(&self) -> Vec<Option<&str>> {
        let mut seen = BTreeSet::new();
        let values = self.values.iter().map(Option::as_deref);
        values.filter(|value| seen.insert(*value)).collect()
    }

    /// Rows of nothing but this column.
    pub fn as_json(&self, values: &[Option<&str>]) -> Value {
        let row = |value: &Option<&str>| {
            Value::Object(Map::from_iter([(self.live.name.clone(), self.json(*value))]))
        };
        values.iter().map(row).collect()
    }

    /// JSON stands for itself; everything else is read from text.
    fn json(&self, value: Option<&str>) -> Value {
        let Some(text) = value else { return Value::Null };
        let parsed = match self.live.kind {
            ColumnType::Json | ColumnType::Jsonb => serde_json::from_str(text).ok(),
            _ => None,
        };
        parsed.unwrap_or_else(|| text.into())
    }
}

fn rows_shown(rows: u64) -> impl Iterator<Item = u64> {
    let rest = rows.saturating_sub(FIRST_ROWS);
    let spread = rest.min(SPREAD_ROWS);
    (0..rows.min(FIRST_ROWS)).chain((1..=spread).map(move |part| FIRST_ROWS + part * rest / spread - 1))
}

/// Whether somebody must say what is in it.
fn is_required(column: &Column) -> bool {
    column.not_null && column.default.is_none() && column.identity == Identity::No && !column.generated
}

/// Whether `VALUE` stands for the column in it, as it does in the check of a domain.
pub(super) fn is_of_domain(check: &Check) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || ['_', '"', '\''].contains(&letter);
    check
        .expression
        .split(|letter| !is_part(letter))
        .any(|word| word == "VALUE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rows_are_shown_and_others_up_to_the_last() {
        let shown = |rows| rows_shown(rows).collect::<Vec<_>>();
        assert_eq!(shown(3), [0, 1, 2]);
        assert_eq!(shown(400), (0..400).collect::<Vec<_>>());
        let many = shown(1_000_000);
        assert_eq!((many.len(), many[199], many[399]), (400, 199, 999_999));
        assert!(many.is_sorted());
    }

    #[test]
    fn the_checks_of_domains_are_told_apart() {
        let is = |expression: &str| {
            is_of_domain(&Check {
                expression: expression.into(),
                ..Check::default()
            })
        };
        assert!(is("(length((VALUE)::text) < 10)"));
        assert!(!is("(value > 0)"));
        assert!(!is("(\"VALUE\" > 0)"));
        assert!(!is("(kind = 'VALUE'::text)"));
    }
}
