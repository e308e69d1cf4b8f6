//! What came of comparing two targets, as data.

use std::collections::BTreeSet;

use seed_core::catalog::Table;
use serde::Serialize;

use super::recipe::LeftOut;
use super::rows::RowDifference;
use super::shape::SchemaDifference;
use super::side::WornSequence;
use super::text;
use super::users::UserReport;
use crate::commands::reset::summary::grouped;
use crate::database::checksum::Checksum;
use crate::database::environment::Mark;
use crate::database::name::short;
use crate::target::Target;

/// What came of comparing two targets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether nothing differs.
    pub parity: bool,
    /// This side.
    pub here: Place,
    /// The other side.
    pub there: Place,
    /// Each table of either side.
    pub tables: Vec<TableReport>,
    /// Tables, columns and types that differ.
    pub schema: Vec<SchemaDifference>,
    /// Migrations that only one side has.
    pub migrations: Migrations,
    /// The test users of either side.
    pub users: Vec<UserReport>,
    /// Sequences that would give numbers which are in use.
    pub sequences: Sequences,
}

/// Where a side is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The target.
    pub target: String,
    /// Its database, without the password.
    pub address: String,
    /// What it is marked as.
    pub mark: Option<Mark>,
}

/// What came of comparing a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableReport {
    /// The table, as people write it.
    pub table: String,
    /// Its rows here; none where it is missing.
    pub here: Option<Checksum>,
    /// Its rows there.
    pub there: Option<Checksum>,
    /// Whether the rows are the same.
    pub equal: bool,
    /// Columns that were not compared.
    pub left_out: Vec<LeftOut>,
    /// The first rows that differ.
    pub differences: Vec<RowDifference>,
    /// Whether there are more of them.
    pub has_more: bool,
}

/// Versions of migrations that only one side has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Migrations {
    /// How many both sides have.
    pub both: usize,
    /// Those that were applied here only.
    pub only_here: Vec<String>,
    /// Those that were applied there only.
    pub only_there: Vec<String>,
}

/// Sequences that would give numbers which are in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sequences {
    /// Those here.
    pub here: Vec<WornSequence>,
    /// Those there.
    pub there: Vec<WornSequence>,
}

impl Place {
    /// Where a target is.
    pub fn of(target: &Target, mark: Option<&Mark>) -> Place {
        Place {
            target: target.name.to_string(),
            address: target.database.to_string(),
            mark: mark.cloned(),
        }
    }
}

impl TableReport {
    /// One that only one side has; its rows are counted, and not summed up.
    pub fn lonely(table: &Table, is_here: bool) -> TableReport {
        let rows = Some(Checksum {
            rows: table.row_count,
            sum: String::new(),
        });
        let (here, there) = match is_here {
            true => (rows, None),
            false => (None, rows),
        };
        TableReport {
            table: short(&table.schema, &table.name),
            here,
            there,
            equal: false,
            left_out: Vec::new(),
            differences: Vec::new(),
            has_more: false,
        }
    }
}

impl Migrations {
    /// What two histories have in common, and what not.
    pub fn of(here: &BTreeSet<String>, there: &BTreeSet<String>) -> Migrations {
        Migrations {
            both: here.intersection(there).count(),
            only_here: here.difference(there).cloned().collect(),
            only_there: there.difference(here).cloned().collect(),
        }
    }
}

impl Sequences {
    /// Those of one side only, each with the word for the side: where both sides are worn alike, they are alike.
    pub fn of_one_side(&self) -> Vec<(&'static str, &WornSequence)> {
        let is_same = |one: &WornSequence, other: &WornSequence| {
            (&one.table, &one.column) == (&other.table, &other.column)
        };
        let only = |own: &'_ [WornSequence], other: &[WornSequence]| -> Vec<usize> {
            let lonely = own.iter().enumerate();
            let lonely = lonely.filter(|(_, one)| other.iter().all(|other| !is_same(one, other)));
            lonely.map(|(at, _)| at).collect()
        };
        let here = only(&self.here, &self.there)
            .into_iter()
            .map(|at| ("here", &self.here[at]));
        let there = only(&self.there, &self.here)
            .into_iter()
            .map(|at| ("there", &self.there[at]));
        here.chain(there).collect()
    }
}

impl Report {
    /// What keeps the two from being in parity, a few words for each kind.
    pub fn problems(&self) -> Vec<String> {
        let differing = self.tables.iter().filter(|table| !table.equal).count();
        let migrations = self.migrations.only_here.len() + self.migrations.only_there.len();
        let users = self.users.iter().filter(|user| user.problem().is_some()).count();
        let counted = |count: usize, one: &str, many: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            count => Some(format!("{count} {many}")),
        };
        let tables = (differing > 0).then(|| format!("{differing} of {} tables differ", self.tables.len()));
        let kinds = [
            tables,
            counted(
                self.schema.len(),
                "difference of the schema",
                "differences of the schema",
            ),
            counted(migrations, "migration on one side", "migrations on one side"),
            counted(users, "test user", "test users"),
            counted(self.sequences.of_one_side().len(), "sequence", "sequences"),
        ];
        kinds.into_iter().flatten().collect()
    }

    /// In a line: `in parity: 12 tables, 1 514 rows, 9 migrations, 3 test users`.
    pub fn summary(&self) -> String {
        if !self.parity {
            return format!("not in parity: {}", self.problems().join(", "));
        }
        let rows = self.tables.iter().filter_map(|table| table.here.as_ref());
        let rows: u64 = rows.map(|sum| sum.rows).sum();
        format!(
            "in parity: {} tables, {} rows, {} migrations, {} test users",
            self.tables.len(),
            grouped(rows),
            self.migrations.both,
            self.users.len()
        )
    }

    /// For people: what differs; with `is_verbose` also what is the same.
    pub fn text(&self, is_verbose: bool) -> String {
        text::of(self, is_verbose)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_that_are_worn_on_both_sides_are_alike() {
        let worn = |column: &str, next| WornSequence {
            table: "orders".into(),
            column: column.into(),
            next,
            highest: 9,
        };
        let sequences = Sequences {
            here: vec![worn("id", 1), worn("number", 2)],
            there: vec![worn("id", 5), worn("line", 3)],
        };
        let found: Vec<(&str, &str)> = sequences
            .of_one_side()
            .into_iter()
            .map(|(side, worn)| (side, worn.column.as_str()))
            .collect();
        assert_eq!(found, [("here", "number"), ("there", "line")]);
    }
}
