//! The rows that no catalogue of products may hold, whatever constraints its table has.

use seed_core::catalog::{Column, ColumnType, UniqueKey};
use seed_core::domain::Field;

use super::case::{Case, Cases, Change, Expected, Reason, Value};
use super::constraints::quieted;
use super::specimen::Specimen;
use super::violation::{is_number, violations};

/// Words of letters, digits and underscores, as the packs' categories are.
const SLUG: &str = "^[a-z][a-z0-9]*(_[a-z0-9]+)*$";

/// Adds them; what the table has no column for is left out.
pub fn add(specimen: &Specimen, cases: &mut Cases) {
    let rules = Rules { specimen };
    rules.missing("missing name", rules.bound(Field::Name), cases);
    for (title, field) in [
        ("negative price", Field::ListPrice),
        ("negative cost", Field::CostPerUnit),
        ("negative advertised price", Field::MapPrice),
    ] {
        rules.negative(title, rules.bound(field), cases);
    }
    rules.unknown_category(cases);
    let principal = specimen.principal.as_deref().and_then(|name| rules.live(name));
    rules.missing("missing principal", principal, cases);
    rules.duplicate_sku(cases);
    rules.no_principal(principal, cases);
}

struct Rules<'a> {
    specimen: &'a Specimen,
}

impl<'a> Rules<'a> {
    fn bound(&self, field: Field) -> Option<&'a Column> {
        self.specimen.column(field)
    }

    fn live(&self, name: &str) -> Option<&'a Column> {
        self.specimen
            .table
            .columns
            .iter()
            .find(|column| column.name == name)
    }

    /// What would forbid a row: `alter table … …`.
    fn alter(&self, change: &str) -> String {
        format!("alter table {} {change};", self.specimen.binding.sql_name())
    }

    /// A case without a column is left out.
    fn leave_out(&self, title: &str, cases: &mut Cases) {
        let what = title.split(' ').next_back().unwrap_or(title);
        let why = format!("no column of `{}` holds a {what}", self.specimen.table.name);
        cases.leave_out(title, why);
    }

    fn missing(&self, title: &str, column: Option<&Column>, cases: &mut Cases) {
        let Some(column) = column else {
            return self.leave_out(title, cases);
        };
        cases.add(Case {
            title: title.to_owned(),
            changes: vec![Change::null(&column.name)],
            expected: Expected::because(Reason::Null),
            remedy: self.alter(&format!("alter column {} set not null", quoted(column))),
        });
    }

    fn negative(&self, title: &str, column: Option<&Column>, cases: &mut Cases) {
        let Some(column) = column else {
            return self.leave_out(title, cases);
        };
        if !is_number(&column.kind) {
            return cases.leave_out(title, format!("`{}` holds no numbers", column.name));
        }
        let change = Change::text(&column.name, "-1");
        // What zero or less breaks is a lower bound.
        let bound = self.constraint(column, |value| value.parse().is_ok_and(|limit: f64| limit <= 0.0));
        cases.add(Case {
            title: title.to_owned(),
            changes: quieted(self.specimen, vec![change]),
            expected: expected_check(bound),
            remedy: self.alter(&format!("add check ({} >= 0)", quoted(column))),
        });
    }

    fn unknown_category(&self, cases: &mut Cases) {
        let title = "unknown category";
        let Some(column) = self.bound(Field::Category) else {
            return self.leave_out(title, cases);
        };
        let word = self.specimen.unknown_word(&column.name);
        let foreign_keys = &self.specimen.table.foreign_keys;
        let foreign = foreign_keys
            .iter()
            .find(|key| key.columns == [column.name.as_str()]);
        let expected = match (&column.kind, foreign) {
            (ColumnType::Enum { .. }, _) => Expected::because(Reason::Unreadable),
            (ColumnType::Text { .. }, Some(key)) => Expected::by(Reason::NoSuchKey, &key.name),
            (ColumnType::Text { .. }, None) => expected_check(self.constraint(column, |value| value == word)),
            _ => return cases.leave_out(title, format!("`{}` holds no words", column.name)),
        };
        cases.add(Case {
            title: title.to_owned(),
            changes: quieted(self.specimen, vec![Change::text(&column.name, word)]),
            expected,
            remedy: self.alter(&format!("add check ({} ~ '{SLUG}')", quoted(column))),
        });
    }

    fn duplicate_sku(&self, cases: &mut Cases) {
        let title = "duplicate SKU";
        let Some(column) = self.bound(Field::Sku) else {
            return self.leave_out(title, cases);
        };
        let Some(Some(sku)) = self.specimen.control.get(&column.name) else {
            return cases.leave_out(title, "the valid row has none");
        };
        let alone = |key: &&UniqueKey| key.columns == [column.name.as_str()];
        let key = self.specimen.table.unique.iter().find(alone);
        cases.add(Case {
            title: title.to_owned(),
            changes: vec![Change::text(&column.name, sku)],
            expected: key.map_or_else(
                || Expected::because(Reason::Duplicate),
                |key| Expected::by(Reason::Duplicate, &key.name),
            ),
            remedy: self.alter(&format!("add unique ({})", quoted(column))),
        });
    }

    fn no_principal(&self, principal: Option<&Column>, cases: &mut Cases) {
        let title = "principal that is none";
        let organizations = self.specimen.organizations.as_ref();
        let (Some(column), Some(organizations)) = (principal, organizations) else {
            let why = format!("no column of `{}` holds a principal", self.specimen.table.name);
            return cases.leave_out(title, why);
        };
        let companies = &organizations.binding.table;
        if organizations.is_principal().is_none() {
            let why = format!("no column of `{companies}` says which are principals");
            return cases.leave_out(title, why);
        }
        cases.add(Case {
            title: title.to_owned(),
            changes: vec![Change {
                column: column.name.clone(),
                value: Value::NonPrincipal,
            }],
            expected: Expected::because(Reason::Check),
            remedy: format!(
                "a check cannot look into `{companies}`: refuse it by a trigger before insert or update of `{}`",
                column.name
            ),
        });
    }

    /// The check of this column alone that a value breaks.
    fn constraint(&self, column: &Column, is_broken_by: impl Fn(&str) -> bool) -> Option<&'a str> {
        let checks = self.specimen.table.checks.iter();
        let mut own = checks.filter(|check| check.columns == [column.name.as_str()]);
        let breaks = |change: &Change| matches!(&change.value, Value::Text(value) if is_broken_by(value));
        own.find(|check| violations(check, self.specimen).iter().flatten().any(breaks))
            .map(|check| check.name.as_str())
    }
}

fn expected_check(constraint: Option<&str>) -> Expected {
    match constraint {
        Some(name) => Expected::by(Reason::Check, name),
        None => Expected::because(Reason::Check),
    }
}

fn quoted(column: &Column) -> String {
    crate::database::name::quoted(&column.name)
}
