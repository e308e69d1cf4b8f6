//! What the database must hold: as many rows as the ledger says, references that lead somewhere, the rules that
//! make the data believable, users who can sign in and see what is theirs.

pub mod access;
pub mod check;
pub mod counts;
pub mod names;
pub mod policies;
pub mod references;
pub mod rules;
pub mod template;

use anyhow::Result;
use seed_core::bind::Binding;
use seed_core::domain::Record;
use serde::Serialize;
use tokio_postgres::Client;

use self::check::{Check, Outcome, ask_all};
use self::names::TableName;
use self::template::Names;
use crate::database::ledger::Run;
use crate::seeding::choice::Choice;
use crate::seeding::destination::Destination;
use crate::seeding::owners::{self, RowOwner};
use crate::seeding::prepare::{has_home, outline};

/// What came of all checks.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// How many hold.
    pub passed: usize,
    /// How many do not.
    pub failed: usize,
    /// How many do not apply.
    pub skipped: usize,
    /// Each of them.
    pub checks: Vec<Check>,
}

impl Report {
    /// Counts the outcomes.
    pub fn new(checks: Vec<Check>) -> Report {
        let count = |is: fn(&Outcome) -> bool| checks.iter().filter(|check| is(&check.outcome)).count();
        Report {
            passed: count(|outcome| *outcome == Outcome::Passed),
            failed: count(|outcome| matches!(outcome, Outcome::Failed { .. })),
            skipped: count(|outcome| matches!(outcome, Outcome::Skipped { .. })),
            checks,
        }
    }

    /// Whether the user with this e-mail was signed in.
    pub fn has_signed_in(&self, email: &str) -> bool {
        let rule = access::sign_in_rule(email);
        self.checks
            .iter()
            .any(|check| check.rule == rule && check.outcome == Outcome::Passed)
    }

    /// In a line: `61 checks passed, 2 skipped`.
    pub fn summary(&self) -> String {
        let noun = if self.passed == 1 { "check" } else { "checks" };
        let mut text = format!("{} {noun} passed", self.passed);
        for (count, word) in [(self.skipped, "skipped"), (self.failed, "failed")] {
            if count > 0 {
                text += &format!(", {count} {word}");
            }
        }
        text
    }
}

/// Checks the seeded rows: their number, their references, the rules of the domain.
///
/// # Errors
/// The database refuses a query, or the ledger cannot be read.
pub async fn data(
    client: &Client,
    destination: &Destination,
    choice: &Choice,
    runs: &[Run],
) -> Result<Vec<Check>> {
    let mut questions = references::questions(&destination.catalog);
    if runs.is_empty() {
        let mut checks = ask_all(client, questions).await?;
        let outcome = match has_home(destination, choice) {
            true => Outcome::of(Some("the ledger is empty: run `cargo xtask seed`".to_owned())),
            false => Outcome::Skipped {
                why: "no table of the database holds what can be seeded".to_owned(),
            },
        };
        checks.push(Check::new("seedbed.runs", "has a seed", outcome));
        return Ok(checks);
    }
    let seeds = Seeded::all(destination, runs)?;
    for seeded in &seeds {
        let mut of_seed = counts::questions(&seeded.runs, &seeded.owners, &seeded.tables);
        for rule in rules::all() {
            let records = rule
                .records()
                .into_iter()
                .filter(|record| seeded.has_home(record));
            of_seed.extend(records.map(|record| rule.question(record, &seeded.names)));
        }
        if seeds.len() > 1 {
            let title = seeded.runs[0].title();
            of_seed
                .iter_mut()
                .for_each(|question| question.rule += &format!(" ({title})"));
        }
        questions.extend(of_seed);
    }
    let mut checks = ask_all(client, questions).await?;
    let homeless = Record::ALL
        .iter()
        .map(|record| record.name())
        .filter(|record| seeds.first().is_some_and(|seeded| !seeded.has_home(record)));
    checks.extend(homeless.map(|record| {
        let why = format!("no table of the database holds {record}");
        Check::new(record, "all rules", Outcome::Skipped { why })
    }));
    let in_parts = runs.iter().filter(|run| run.parts > 1);
    checks.extend(in_parts.map(|run| Check::new("seedbed.runs", "has all parts", has_all_parts(run))));
    Ok(checks)
}

fn has_all_parts(run: &Run) -> Outcome {
    Outcome::of((!run.is_whole()).then(|| {
        format!(
            "{} of {} parts of {} are there: `cargo xtask seed` with its flags writes the others",
            run.written.len(),
            run.parts,
            run.title()
        )
    }))
}

/// The rows of one seed, whichever runs wrote them, by the names of the live database.
struct Seeded<'r> {
    runs: Vec<&'r Run>,
    owners: Vec<RowOwner>,
    tables: Vec<TableName>,
    names: Names,
}

impl<'r> Seeded<'r> {
    /// Runs of the same seed, industry, day and pipeline are one: they add to each other.
    fn all(destination: &Destination, runs: &'r [Run]) -> Result<Vec<Seeded<'r>>> {
        let mut seeds: Vec<(Choice, Vec<&Run>)> = Vec::new();
        // What had to stay of a run that was taken back hangs together no more, and a run without some of its parts not yet.
        for run in runs.iter().filter(|run| !run.is_remnant && run.is_whole()) {
            let choice = Choice::of_run(run)?;
            let same = seeds.iter_mut().find(|(other, of_seed)| {
                of_seed[0].title() == run.title() && other.pipeline == choice.pipeline
            });
            match same {
                Some((_, of_seed)) => of_seed.push(run),
                None => seeds.push((choice, vec![run])),
            }
        }
        let seeds = seeds.into_iter();
        seeds
            .map(|(choice, runs)| Seeded::read(destination, &choice, runs))
            .collect()
    }

    fn read(destination: &Destination, choice: &Choice, runs: Vec<&'r Run>) -> Result<Seeded<'r>> {
        let mut owners: Vec<RowOwner> = Vec::new();
        // Rows that were taken back may have been of somebody else.
        for has_rows in [true, false] {
            for run in &runs {
                let of_run = owners::of_run(run)?.into_iter();
                for owner in of_run.filter(|owner| run.is_of(owner.slot) == has_rows) {
                    if owners.iter().all(|known| known.slot != owner.slot) {
                        owners.push(owner);
                    }
                }
            }
        }
        let catalog = &destination.catalog;
        let outline = outline(destination, choice, &owners)?;
        let bindings: Vec<Binding> = outline
            .tables()
            .iter()
            .map(|table| table.binding().clone())
            .collect();
        let tables = names::tables(&bindings, catalog, &runs);
        let names = names::names(&outline, catalog, &tables, choice);
        Ok(Seeded {
            runs,
            owners,
            tables,
            names,
        })
    }

    fn has_home(&self, record: &str) -> bool {
        self.names.tables.contains_key(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_counts_each_outcome() {
        let check = |outcome| Check::new("contacts", "exist", outcome);
        let passed = || check(Outcome::Passed);
        assert_eq!(Report::new(vec![passed(), passed()]).summary(), "2 checks passed");
        let skipped = check(Outcome::Skipped {
            why: "no column".into(),
        });
        let failed = check(Outcome::of(Some("no".into())));
        assert_eq!(
            Report::new(vec![passed(), skipped, failed]).summary(),
            "1 check passed, 1 skipped, 1 failed"
        );
    }
}
