//! `supabase/policies.expected.toml`: what each role may do, committed, so that a change of it is seen.
//!
//! It holds one word for each verb, no counts, and is sorted: it does not depend on how many rows there are, nor on
//! the order of anything.

mod comparison;
mod on_disk;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use stack::hint::{WithHint, mendable};

use super::findings::{Finding, Findings, Rule};
use super::matrix::{Matrix, Outcome, Relation, Try, Verb};
use super::reach::Reach;
use crate::database::name::short;
use crate::paths::Paths;
use crate::whole_file;

pub use comparison::{Change, Comparison};

/// Where it is, unless `--expect` says another place.
pub fn default_file(paths: &Paths) -> PathBuf {
    paths.supabase().join("policies.expected.toml")
}

/// What each role may do, and the findings that are meant to be so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expectation {
    tables: BTreeMap<String, BTreeMap<String, Rights>>,
    accepted: BTreeSet<(Rule, String)>,
    /// Words that rest on some of the tries, as where there is no row of others: table, actor, verb. Not on the disk.
    partly: BTreeSet<(String, String, Verb)>,
}

/// How far somebody gets with each verb, in the order of [`Verb::ALL`].
type Rights = [Reach; 4];

impl Expectation {
    /// What was found, as an expectation.
    pub fn of(matrix: &Matrix, findings: &Findings) -> Expectation {
        let rights = |relation: &Relation| {
            let actors = matrix.actors.iter().map(|actor| actor.name.clone());
            let cells = relation
                .cells
                .iter()
                .map(|cell| Verb::ALL.map(|verb| cell.reach(verb)));
            actors.zip(cells).collect()
        };
        Expectation {
            tables: matrix
                .relations
                .iter()
                .map(|relation| (short(&relation.schema, &relation.name), rights(relation)))
                .collect(),
            accepted: findings.findings.iter().map(key).collect(),
            partly: partly(matrix),
        }
    }

    /// The project's own, where it has one.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn find(paths: &Paths) -> Result<Option<Expectation>> {
        let file = default_file(paths);
        file.exists().then(|| Expectation::read(&file)).transpose()
    }

    /// Reads the file.
    ///
    /// # Errors
    /// It is not there or cannot be read, is no TOML, or has words that mean nothing: with line and column.
    pub fn read(file: &Path) -> Result<Expectation> {
        match fs::read_to_string(file) {
            Ok(text) => on_disk::parse(&text, file),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(mendable(
                format!("read the expectation `{}`: there is no such file", file.display()),
                "`cargo xtask policies --accept` writes what is found as the expectation",
            )),
            Err(error) => Err(error)
                .with_context(|| format!("read the expectation `{}`", file.display()))
                .with_hint(|| "name a text file that you can read".to_owned()),
        }
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// The folder is not there, or the file cannot be written.
    pub fn write(&self, file: &Path) -> Result<()> {
        whole_file::write(file, &on_disk::printed(self)).context("write the expectation")
    }

    /// Whether a finding is meant to be so.
    pub fn accepts(&self, finding: &Finding) -> bool {
        self.accepted.contains(&key(finding))
    }

    /// This one with what it says of some tables and views, by their short names, in the place of what was there.
    pub fn with(mut self, found: Expectation, only: &[String]) -> Expectation {
        self.tables.retain(|table, _| !only.contains(table));
        self.accepted.retain(|(_, place)| !is_of(place, only));
        let found = found.only(only);
        self.tables.extend(found.tables);
        self.accepted.extend(found.accepted);
        self
    }

    /// What it says of some tables and views.
    pub fn only(mut self, only: &[String]) -> Expectation {
        self.tables.retain(|table, _| only.contains(table));
        self.accepted.retain(|(_, place)| is_of(place, only));
        self
    }

    /// Where `found` is another one.
    pub fn compare(&self, found: &Expectation) -> Comparison {
        comparison::compare(self, found)
    }

    /// Everyone whom it speaks of.
    fn actors(&self) -> BTreeSet<&str> {
        let actors = self.tables.values().flat_map(BTreeMap::keys);
        actors.map(String::as_str).collect()
    }
}

fn partly(matrix: &Matrix) -> BTreeSet<(String, String, Verb)> {
    let is_untried = |one: &Try| matches!(one.outcome, Outcome::Untried { .. });
    let mut partly = BTreeSet::new();
    for relation in &matrix.relations {
        let table = short(&relation.schema, &relation.name);
        for (actor, cell) in matrix.actors.iter().zip(&relation.cells) {
            let verbs = Verb::ALL.into_iter();
            let some = verbs.filter(|verb| {
                let tries = cell.tries(*verb);
                tries.iter().any(is_untried) && !tries.iter().all(is_untried)
            });
            partly.extend(some.map(|verb| (table.clone(), actor.name.clone(), verb)));
        }
    }
    partly
}

fn key(finding: &Finding) -> (Rule, String) {
    (finding.rule, finding.place.clone())
}

/// Whether a finding's place is one of these tables, or something of it.
fn is_of(place: &str, tables: &[String]) -> bool {
    let is_of_one = |table: &String| match place.strip_prefix(table.as_str()) {
        Some(rest) => rest.is_empty() || rest.starts_with(": "),
        None => false,
    };
    tables.iter().any(is_of_one)
}

#[cfg(test)]
mod tests;
