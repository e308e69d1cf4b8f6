//! `policies`

mod verdict;

use std::cell::Cell;

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;
use stack::hint::mendable;

use crate::cli::{PoliciesArgs, SeedOptions};
use crate::context::Context;
use crate::database::catalog;
use crate::database::connect::connect;
use crate::error::Exit;
use crate::policies::difference::{self, Difference};
use crate::policies::findings::{self, Findings, Subject};
use crate::policies::matrix::Matrix;
use crate::policies::{self, Plan, Setting};
use crate::seeding::choice::Choice;
use crate::seeding::destination::Destination;
use crate::seeding::industry::Packs;
use crate::target::Target;
use crate::users::account::Account;
use crate::users::auth_api::AuthApi;
use crate::users::metadata::MetadataTable;
use crate::verify::access::{self, SignedIn};
use verdict::{Expected, Verdict};

/// What `policies` found.
#[derive(Debug, Serialize)]
struct Report {
    #[serde(flatten)]
    matrix: Matrix,
    #[serde(flatten)]
    findings: Findings,
    #[serde(flatten)]
    verdict: Verdict,
    /// Where the database says otherwise, with `--sql`.
    #[serde(skip_serializing_if = "Option::is_none")]
    differences: Option<Vec<Difference>>,
}

/// Runs `policies`.
///
/// # Errors
/// The stack does not run, a test user cannot sign in, or what was tried could not be undone.
pub async fn run(context: &Context, args: PoliciesArgs) -> Result<Exit> {
    let expected = Expected::read(context, &args)?;
    let settings = context.settings()?;
    let options = SeedOptions::default();
    let choice = Choice::resolve(&options, &settings, &Packs::of(&context.paths), Timestamp::now())?;
    let target = Target::resolve(context).await?;
    let mut client = connect(&target.database, "policies").await?;
    let api = AuthApi::new(
        &target.api_url,
        &target.keys.publishable,
        &target.keys.service_role,
    )?;
    let destination = Destination::read(&client, &target.project).await?;
    let accounts = MetadataTable::of(&destination.catalog)
        .accounts(&client, &settings.test_users)
        .await?;
    if accounts.is_empty() {
        context
            .output
            .warn("there are no test users, so only `anon` tries: `cargo xtask users` makes them");
    }
    let mut subjects = Vec::new();
    for (account, id) in accounts
        .iter()
        .filter(|(account, _)| !account.role.is_administrator)
    {
        subjects.push(Subject::read(&client, &account.role.name, *id).await?);
    }
    let accounts = accounts.into_iter().map(|(account, _)| account).collect();
    let users = signed_in(&api, accounts).await?;
    let setting = Setting {
        target: &target,
        api: &api,
        destination: &destination,
        choice: &choice,
        users: &users,
        only: &args.only,
    };

    let step = context.output.step("policies");
    step.leaves("what was tried is undone");
    let left = policies::tidy(&mut client).await?;
    if left > 0 {
        context.output.say(format!(
            "took away {left} rows that an earlier run, which was ended, had placed to try on"
        ));
    }
    let mut plan = Plan::read(&client, &setting).await?;
    if plan.places_rows() {
        step.leaves("rows that were placed to try on stay: the next `cargo xtask policies` takes them away");
    }
    let relations = plan.relation_count();
    let done = Cell::new(0);
    let matrix = plan.through_api(&mut client, &api, || {
        done.set(done.get() + 1);
        step.update(format!("{} of {}", done.get(), relations));
    });
    let matrix = matrix.await?;
    step.done(summary(&matrix));

    let mut differences = None;
    if args.sql {
        let step = context.output.step("in SQL");
        let in_database = plan.in_database(&mut client).await?;
        let found = difference::between(&matrix, &in_database);
        match found.as_slice() {
            [] => step.done("the database says the same as the API"),
            several => step.failed(format!("{} differences", several.len())),
        }
        differences = Some(found);
    }
    let step = context.output.step("findings");
    let schemas = catalog::schemas(&target.project)?;
    let findings = findings::read(&mut client, &destination.catalog, &schemas, &subjects).await?;
    let findings = findings.with_roles(&matrix, &expected.only);
    step.done(findings.summary());

    let verdict = expected.judge(context, &matrix, &findings)?;
    let report = Report {
        matrix,
        findings,
        verdict,
        differences,
    };
    context.output.result(&report, || lines(&report))?;
    let differs = report.differences.iter().flatten().next().is_some();
    Ok(match differs {
        true => Exit::No,
        false => report.verdict.exit(&report.findings),
    })
}

/// Signs all of them in: a role that is left out would look like one that may do nothing.
async fn signed_in(api: &AuthApi, accounts: Vec<Account>) -> Result<Vec<SignedIn>> {
    let (checks, users) = access::sign_in(api, accounts).await;
    match checks.iter().find(|check| check.has_failed()) {
        Some(check) => Err(mendable(
            format!("sign the test users in: {}", check.line()),
            "bring them in line with `cargo xtask users`",
        )),
        None => Ok(users),
    }
}

/// `12 tables and views as anon, admin, account_manager`
fn summary(matrix: &Matrix) -> String {
    let actors: Vec<&str> = matrix.actors.iter().map(|actor| actor.name.as_str()).collect();
    format!(
        "{} tables and views as {}",
        matrix.relations.len(),
        actors.join(", ")
    )
}

fn lines(report: &Report) -> String {
    let mut text = report.verdict.text(&report.matrix, &report.findings);
    for difference in report.differences.iter().flatten() {
        text += &format!("{}\n", difference.line());
    }
    text
}
