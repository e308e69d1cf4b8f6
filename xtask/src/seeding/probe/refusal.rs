//! What the database would refuse, in words.

use std::fmt::{self, Write};

use seed_core::catalog::{Check, Column, Table};
use tokio_postgres::error::DbError;

use super::sample::Sample;

/// Characters of a value that are shown.
const SHOWN: usize = 60;

/// A constraint or type, and what it would not let in.
pub(super) struct Refusal<'a> {
    table: &'a Table,
    columns: Vec<&'a Column>,
    constraint: String,
    problem: String,
}

impl<'a> Refusal<'a> {
    /// A column that refuses null and would get it.
    pub fn of_missing(table: &'a Table, column: &'a Column) -> Refusal<'a> {
        Refusal {
            table,
            columns: vec![column],
            constraint: "not null".into(),
            problem: "not every row has a value".into(),
        }
    }

    /// A check that a row of the sample breaks.
    pub fn of_check(sample: &Sample<'a>, check: &Check, row: usize) -> Refusal<'a> {
        let columns = columns(sample, check);
        let value = |column: &&Column| {
            let value = sample.column(&column.name)?.values[row].as_deref();
            Some((column.name.clone(), shown(value)))
        };
        let values: Vec<(String, String)> = columns.iter().filter_map(value).collect();
        let values = match values.as_slice() {
            [(_, only)] => only.clone(),
            several => {
                let named: Vec<String> = several
                    .iter()
                    .map(|(name, value)| format!("{name} {value}"))
                    .collect();
                named.join(", ")
            }
        };
        Refusal {
            table: sample.live,
            columns,
            constraint: check.name.clone(),
            problem: format!("`{}` does not hold for {values}", check.expression),
        }
    }

    /// A check that cannot make an answer out of the rows.
    pub fn of_failed_check(sample: &Sample<'a>, check: &Check, error: &DbError) -> Refusal<'a> {
        Refusal {
            table: sample.live,
            columns: columns(sample, check),
            constraint: check.name.clone(),
            problem: format!("`{}` fails: {}", check.expression, error.message()),
        }
    }

    /// A value that the column's type or domain refuses.
    pub fn of_value(
        table: &'a Table,
        column: &'a Column,
        value: Option<&str>,
        error: &DbError,
    ) -> Refusal<'a> {
        let checks = table.checks.iter();
        let mut checks = checks.filter(|check| check.columns == [column.name.as_str()]);
        let check = checks.find(|check| error.constraint() == Some(check.name.as_str()));
        let value = shown(value);
        Refusal {
            table,
            columns: vec![column],
            constraint: error.constraint().unwrap_or("its type").to_owned(),
            problem: match check {
                Some(check) => format!("`{}` does not hold for {value}", check.expression),
                None => format!("{value}: {}", error.message()),
            },
        }
    }
}

/// The columns of a check that are filled.
fn columns<'a>(sample: &Sample<'a>, check: &Check) -> Vec<&'a Column> {
    let filled = sample.columns.iter().map(|column| column.live);
    filled
        .filter(|column| check.columns.contains(&column.name))
        .collect()
}

fn shown(value: Option<&str>) -> String {
    match value {
        None => "null".into(),
        Some(text) if text.chars().count() > SHOWN => {
            let start: String = text.chars().take(SHOWN).collect();
            format!("`{start}…`")
        }
        Some(text) => format!("`{text}`"),
    }
}

impl fmt::Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refusal {
            table,
            columns,
            constraint,
            problem,
        } = self;
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        let (schema, name) = (&table.schema, &table.name);
        match names.as_slice() {
            [] => write!(f, "`{schema}.{name}`")?,
            [only] => write!(f, "column `{only}` of `{schema}.{name}`")?,
            several => write!(f, "columns `{}` of `{schema}.{name}`", several.join("`, `"))?,
        }
        write!(f, " (`{constraint}`): {problem}")
    }
}

/// One line for each, as the plan's own misfits are told.
pub(super) fn lines(refusals: &[Refusal<'_>]) -> String {
    refusals.iter().fold(String::new(), |mut text, refusal| {
        let _ = write!(text, "\n  {refusal}");
        text
    })
}

/// The columns that something must be said of.
pub(super) fn columns_of<'a>(refusals: &[Refusal<'a>]) -> Vec<(&'a Table, &'a Column)> {
    let columns = |refusal: &Refusal<'a>| {
        refusal
            .columns
            .iter()
            .map(|column| (refusal.table, *column))
            .collect::<Vec<_>>()
    };
    refusals.iter().flat_map(columns).collect()
}
