//! What the database must hold: as many rows as the ledger says, references that lead somewhere, the rules that
//! make the data believable, users who can sign in and see what is theirs.

pub mod access;
pub mod check;
pub mod counts;
pub mod names;
pub mod references;
pub mod rules;
pub mod template;

use anyhow::Result;
use seed_core::adjustments::Adjustments;
use seed_core::catalog::Catalog;
use seed_core::domain::Record;
use serde::Serialize;
use tokio_postgres::Client;

use self::access::{OwnedTable, SignedIn};
use self::check::{Check, Outcome, ask_all};
use self::names::TableName;
use self::template::Names;
use crate::database::ledger::Run;
use crate::seeding::choice::Choice;
use crate::seeding::owners::RowOwner;
use crate::seeding::run::{bindings_of, owners_of};
use crate::users::auth_api::AuthApi;
use crate::users::roles::TestRole;

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
    catalog: &Catalog,
    adjustments: &Adjustments,
    run: Option<&Run>,
) -> Result<Vec<Check>> {
    let mut questions = references::questions(catalog);
    let Some(run) = run else {
        let mut checks = ask_all(client, questions).await?;
        let sentence = "the ledger is empty: run `cargo xtask seed`".to_owned();
        checks.push(Check::new(
            "seedbed.runs",
            "has a seed",
            Outcome::of(Some(sentence)),
        ));
        return Ok(checks);
    };
    let seeded = Seeded::read(client, catalog, adjustments, run).await?;
    questions.extend(counts::questions(run, &seeded.owners, &seeded.tables));
    let has_home = |record: &&str| seeded.names.tables.contains_key(*record);
    for rule in rules::all() {
        let records = rule.records().into_iter().filter(has_home);
        questions.extend(records.map(|record| rule.question(record, &seeded.names)));
    }
    let mut checks = ask_all(client, questions).await?;
    let homeless = Record::ALL
        .iter()
        .map(|record| record.name())
        .filter(|record| !has_home(record));
    checks.extend(homeless.map(|record| {
        let why = format!("no table of the database holds {record}");
        Check::new(record, "all rules", Outcome::Skipped { why })
    }));
    Ok(checks)
}

/// Checks that the policies let each user see what is theirs.
///
/// # Errors
/// The database refuses a query, or the ledger cannot be read.
pub async fn policies(
    client: &Client,
    api: &AuthApi,
    catalog: &Catalog,
    adjustments: &Adjustments,
    run: &Run,
    users: &[SignedIn],
) -> Result<Vec<Check>> {
    let seeded = Seeded::read(client, catalog, adjustments, run).await?;
    let table = seeded
        .tables
        .iter()
        .find(|table| table.record == Record::Organization);
    let Some((table, owner)) = table.and_then(|table| Some((table, table.owner.as_ref()?))) else {
        return Ok(Vec::new());
    };
    let manager = seeded
        .owners
        .iter()
        .find(|owner| owner.role == Some(TestRole::AccountManager));
    let manager_key = manager.and_then(|manager| manager.key_for(owner));
    let table = OwnedTable {
        schema: &table.schema,
        name: &table.name,
        owner_column: &owner.name,
        uuid_key: table.uuid_key.as_deref(),
        manager_key: manager_key.as_deref(),
    };
    access::policies(client, api, users, table).await
}

/// The rows of a run, by the names of the live database.
struct Seeded {
    owners: Vec<RowOwner>,
    tables: Vec<TableName>,
    names: Names,
}

impl Seeded {
    async fn read(
        client: &Client,
        catalog: &Catalog,
        adjustments: &Adjustments,
        run: &Run,
    ) -> Result<Seeded> {
        let choice = Choice::of_run(run)?;
        let owners = owners_of(run)?;
        let bindings = bindings_of(client, catalog, &owners, &choice, adjustments).await?;
        let tables = names::tables(&bindings, catalog, run);
        let names = names::names(&bindings, catalog, &tables, &choice);
        Ok(Seeded {
            owners,
            tables,
            names,
        })
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
