//! A table in memory: rows by key, in the order in which they came.

use std::cmp::Ordering;

use serde_json::Value;

use super::filter::{Filter, compare, plain};
use super::parameters::{GetList, List, Object};
use crate::errors::{self, ApiError};
use crate::stream::ColumnStream;

/// A table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub name: String,
    pub rows: Vec<Object>,
    /// All columns; where none are known, any is taken.
    columns: Vec<String>,
    rules: Rules,
    /// How many rows were made here.
    made: u64,
}

/// What it asks of its rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    /// Columns that must be given.
    pub required: Vec<&'static str>,
    /// Unique keys beside `id`, each with the name of its constraint.
    pub unique: Vec<(&'static str, Vec<&'static str>)>,
}

impl Table {
    pub fn new(name: &str, rows: Vec<Object>, columns: Vec<String>, rules: Rules) -> Self {
        Self {
            name: name.to_owned(),
            rows,
            columns,
            rules,
            made: 0,
        }
    }

    pub fn has_column(&self, column: &str) -> bool {
        self.columns.is_empty() || self.columns.iter().any(|own| own == column)
    }

    /// Where the row of a key is.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.rows
            .iter()
            .position(|row| row.get("id").is_some_and(|own| plain(own) == id))
    }

    /// The rows that may be seen and match, sorted, one page of them.
    pub fn list(&self, list: &GetList, is_seen: impl Fn(&Object) -> bool) -> Result<List, ApiError> {
        let filter = Filter::read(&self.name, &list.filter, &|column| self.has_column(column))?;
        let mut rows: Vec<&Object> = self
            .rows
            .iter()
            .filter(|row| is_seen(row) && filter.holds(row))
            .collect();
        if let Some(sort) = &list.sort {
            if !self.has_column(&sort.field) {
                return Err(errors::undefined_column(&self.name, &sort.field));
            }
            rows.sort_by(|first, second| {
                let order = nulls_last(first.get(&sort.field), second.get(&sort.field));
                if sort.descending { order.reverse() } else { order }
            });
        }
        let total = rows.len() as u64;
        let (skip, take) = list.page.map_or((0, u64::MAX), |page| {
            (page.number.saturating_sub(1).saturating_mul(page.size), page.size)
        });
        let page = rows.into_iter().skip(skip as usize).take(take as usize);
        Ok(List {
            data: page.cloned().collect(),
            total,
        })
    }

    /// A new row: all columns, a key where none is given, and what else the database gives by itself.
    pub fn completed(&mut self, data: &Object, given: &[(&str, Value)]) -> Object {
        let mut row = Object::new();
        let id = ("id", self.next_id());
        let columns = self.columns.iter().map(|column| (column.clone(), Value::Null));
        row.extend(columns);
        for (column, value) in std::iter::once(&id).chain(given) {
            if self.has_column(column) {
                row.insert((*column).to_owned(), value.clone());
            }
        }
        row.extend(data.clone());
        row
    }

    /// A key that no row has: the next number where keys are numbers, else a UUID as the database makes them.
    fn next_id(&mut self) -> Value {
        let numbers = self.rows.iter().filter_map(|row| row.get("id")?.as_i64());
        if let Some(highest) = numbers.max() {
            return (highest + 1).into();
        }
        let mut draw = ColumnStream::new(0, &self.name, "made in memory").at(self.made);
        self.made += 1;
        let random = (u128::from(draw.next()) << 64 | u128::from(draw.next())).to_be_bytes();
        uuid::Builder::from_random_bytes(random)
            .into_uuid()
            .to_string()
            .into()
    }

    /// # Errors
    /// A column that is not there, one that must be given and is not, a key that another row has.
    pub fn check(&self, data: &Object, row: &Object, own: Option<usize>) -> Result<(), ApiError> {
        if let Some(column) = data.keys().find(|column| !self.has_column(column)) {
            return Err(errors::column_not_found(&self.name, column));
        }
        let is_missing = |column: &&&str| row.get(**column).is_none_or(Value::is_null);
        if let Some(column) = self.rules.required.iter().find(is_missing) {
            let values: Vec<String> = row.values().map(plain).collect();
            return Err(errors::not_null_violation(
                &self.name,
                column,
                &format!("({})", values.join(", ")),
            ));
        }
        let primary = format!("{}_pkey", self.name);
        self.check_unique(&primary, &["id"], row, own)?;
        let mut unique = self.rules.unique.iter();
        unique.try_for_each(|(constraint, columns)| self.check_unique(constraint, columns, row, own))
    }

    fn check_unique(
        &self,
        constraint: &str,
        columns: &[&str],
        row: &Object,
        own: Option<usize>,
    ) -> Result<(), ApiError> {
        let key = |row: &Object| {
            columns
                .iter()
                .map(|column| row.get(*column).cloned())
                .collect::<Vec<_>>()
        };
        let wanted = key(row);
        if wanted
            .iter()
            .any(|value| value.as_ref().is_none_or(Value::is_null))
        {
            return Ok(());
        }
        let mut others = self.rows.iter().enumerate().filter(|(at, _)| Some(*at) != own);
        if !others.any(|(_, other)| key(other) == wanted) {
            return Ok(());
        }
        let values: Vec<String> = wanted.iter().flatten().map(plain).collect();
        let pairs: Vec<(&str, &str)> = columns
            .iter()
            .copied()
            .zip(values.iter().map(String::as_str))
            .collect();
        Err(errors::unique_violation(constraint, &pairs))
    }
}

/// The smallest first, null after all.
fn nulls_last(first: Option<&Value>, second: Option<&Value>) -> Ordering {
    let [first, second] = [first, second].map(|value| value.unwrap_or(&Value::Null));
    match (first.is_null(), second.is_null()) {
        (false, false) => compare(first, second).unwrap_or(Ordering::Equal),
        (first, second) => first.cmp(&second),
    }
}
