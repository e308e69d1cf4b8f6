//! The rows that the table's own constraints forbid.

use std::iter::zip;

use seed_core::catalog::{Column, ColumnType, ForeignKey, Identity, UniqueKey};

use super::case::{Case, Cases, Change, Expected, Reason};
use super::specimen::Specimen;
use super::violation::violations;

/// Longest text that is made to be too long.
const LONGEST_TEXT: u32 = 1_000_000;

/// Adds one row for each way to break each of them.
pub fn add(specimen: &Specimen, cases: &mut Cases) {
    let rows = Rows { specimen };
    for column in specimen.table.columns.iter().filter(|column| is_written(column)) {
        rows.null(column, cases);
        rows.beyond_its_type(column, cases);
    }
    rows.broken_checks(cases);
    for key in &specimen.table.foreign_keys {
        rows.dangling(key, cases);
    }
    let primary = UniqueKey {
        name: "primary key".into(),
        columns: specimen.table.primary_key.clone(),
        partial: false,
    };
    rows.duplicate(&primary, Expected::because(Reason::Duplicate), cases);
    for key in &specimen.table.unique {
        rows.duplicate(key, Expected::by(Reason::Duplicate, &key.name), cases);
    }
}

/// The changes, and null in every other column that a comparison ties to them: so that the one constraint that is
/// meant refuses the row, and its absence shows.
pub fn quieted(specimen: &Specimen, mut changes: Vec<Change>) -> Vec<Change> {
    let table = &specimen.table;
    let is_changed = |changes: &[Change], name: &str| changes.iter().any(|change| change.column == name);
    let tied = table.checks.iter().filter(|check| {
        check.columns.len() > 1
            && check.columns.iter().any(|name| is_changed(&changes, name))
            && !violations(check, specimen).is_empty()
    });
    let names: Vec<&String> = tied.flat_map(|check| &check.columns).collect();
    for name in names {
        let column = table.columns.iter().find(|column| column.name == *name);
        let may_be_null = column.is_some_and(|column| !column.not_null && !column.generated);
        let is_set = specimen.base.get(name).is_some_and(Option::is_some);
        if may_be_null && is_set && !is_changed(&changes, name) {
            changes.push(Change::null(name));
        }
    }
    changes
}

struct Rows<'a> {
    specimen: &'a Specimen,
}

impl Rows<'_> {
    fn case(&self, title: String, changes: Vec<Change>, expected: Expected) -> Case {
        Case {
            title,
            changes,
            expected,
            remedy: format!(
                "the constraint is there: see which trigger of `{}` changes such rows before it looks",
                self.specimen.table.name
            ),
        }
    }

    fn null(&self, column: &Column, cases: &mut Cases) {
        if column.not_null && column.default.is_none() && column.identity == Identity::No {
            let change = Change::null(&column.name);
            let expected = Expected::because(Reason::Null);
            cases.add(self.case(change.describe(), vec![change], expected));
        }
    }

    /// Too long, too large, or none of its labels.
    fn beyond_its_type(&self, column: &Column, cases: &mut Cases) {
        let (value, reason) = match &column.kind {
            ColumnType::Text {
                max_length: Some(most),
            } if *most <= LONGEST_TEXT => ("x".repeat(*most as usize + 1), Reason::TooLong),
            ColumnType::Numeric {
                precision: Some(precision),
                scale,
            } => {
                let digits = precision.saturating_sub(scale.unwrap_or(0));
                (format!("1{}", "0".repeat(digits.into())), Reason::TooLarge)
            }
            ColumnType::Enum { .. } => (self.specimen.unknown_word(&column.name), Reason::Unreadable),
            _ => return,
        };
        let change = Change::text(&column.name, value);
        cases.add(self.case(change.describe(), vec![change], Expected::because(reason)));
    }

    fn broken_checks(&self, cases: &mut Cases) {
        for check in &self.specimen.table.checks {
            let found = violations(check, self.specimen);
            if found.is_empty() {
                let words: Vec<&str> = check.expression.split_whitespace().collect();
                let why = format!("no value is known that breaks `{}`", words.join(" "));
                cases.leave_out(format!("`{}`", check.name), why);
            }
            for changes in found {
                let title: Vec<String> = changes.iter().map(Change::describe).collect();
                let changes = match check.columns.len() {
                    1 => quieted(self.specimen, changes),
                    _ => changes,
                };
                let expected = Expected::by(Reason::Check, &check.name);
                cases.add(self.case(title.join(", "), changes, expected));
            }
        }
    }

    fn dangling(&self, key: &ForeignKey, cases: &mut Cases) {
        let columns = key.columns.iter().map(|name| {
            let mut columns = self.specimen.table.columns.iter();
            columns.find(|column| column.name == *name)
        });
        let title = format!("`{}` points at nothing", key.columns.join("`, `"));
        let change =
            |column: Option<&Column>| Some(Change::text(&column?.name, self.key_of_nothing(column?)?));
        match columns.map(change).collect::<Option<Vec<Change>>>() {
            Some(changes) => {
                cases.add(self.case(title, changes, Expected::by(Reason::NoSuchKey, &key.name)));
            }
            None => cases.leave_out(title, "no key of its type is known that nothing has"),
        }
    }

    /// A key that no row has: the largest of its type.
    fn key_of_nothing(&self, column: &Column) -> Option<String> {
        Some(match &column.kind {
            _ if !is_written(column) => return None,
            ColumnType::Uuid => uuid::Uuid::max().to_string(),
            ColumnType::SmallInt => i16::MAX.to_string(),
            ColumnType::Integer => i32::MAX.to_string(),
            ColumnType::BigInt => i64::MAX.to_string(),
            ColumnType::Text { .. } => self.specimen.unknown_word(&column.name),
            _ => return None,
        })
    }

    fn duplicate(&self, key: &UniqueKey, expected: Expected, cases: &mut Cases) {
        let Specimen { control, base, .. } = self.specimen;
        let title = format!("duplicate of `{}`", key.columns.join("`, `"));
        let values = key
            .columns
            .iter()
            .map(|name| control.get(name).cloned().flatten());
        let Some(values) = values.collect::<Option<Vec<String>>>() else {
            return cases.leave_out(title, "the valid row does not set all of it");
        };
        // What the valid rows share, as their principal, is the same already.
        let changes: Vec<Change> = zip(&key.columns, values)
            .filter(|(name, value)| base.get(*name) != Some(&Some(value.clone())))
            .filter(|(name, _)| self.specimen.principal.as_ref() != Some(name))
            .map(|(name, value)| Change::text(name, value))
            .collect();
        if key.partial && !cases.has(&changes) {
            cases.leave_out(title, format!("`{}` holds for some rows only", key.name));
        } else if !changes.is_empty() {
            cases.add(self.case(title, changes, expected));
        }
    }
}

/// Whether a row can set the column.
fn is_written(column: &Column) -> bool {
    !column.generated
}
