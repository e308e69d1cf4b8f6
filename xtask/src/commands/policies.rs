//! `policies`

mod verdict;

use std::cell::Cell;

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;
use stack::hint::mendable;
use tokio_postgres::Client;

use crate::cli::{PoliciesArgs, SeedOptions};
use crate::context::Context;
use crate::database::connect::connect;
use crate::error::Exit;
use crate::fence;
use crate::policies::difference::{self, Difference};
use crate::policies::findings::{self, Findings};
use crate::policies::matrix::Matrix;
use crate::policies::{self, Plan, Setting};
use crate::seeding::choice::Choice;
use crate::seeding::destination::Destination;
use crate::seeding::industry::Packs;
use crate::settings::TestUsers;
use crate::target::Target;
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
    // What is undone is written all the same.
    fence::open(&target, &client, "policies").await?;
    if !target.has_publishable_key() {
        return Err(mendable(
            format!(
                "try the policies on target `{}`: {}",
                target.name,
                policies::NO_ANON
            ),
            "set the publishable or `anon` key, as `VITE_SUPABASE_ANON_KEY` in `.env.production`; the dashboard shows it \
             under Project Settings, API Keys",
        ));
    }
    let api = AuthApi::of(&target)?;
    let destination = Destination::read(&client, &target.project).await?;
    let users = signed_in(context, &client, &api, &destination, &settings.test_users).await?;
    let setting = Setting {
        target: &target,
        api: &api,
        destination: &destination,
        choice: &choice,
        users: &users,
        only: &args.only,
    };
    let (mut plan, matrix) = try_all(context, &mut client, &setting).await?;
    let differences = match args.sql {
        true => Some(compare(context, &mut client, &mut plan, &matrix).await?),
        false => None,
    };
    let step = context.output.step("findings");
    let findings = findings::read(&mut client, &setting, &plan.subjects()).await?;
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

/// The step `policies`: everything through the API.
async fn try_all(context: &Context, client: &mut Client, setting: &Setting<'_>) -> Result<(Plan, Matrix)> {
    let step = context.output.step("policies");
    step.leaves("what was tried is undone");
    let left = policies::begin(client, |detail| step.update(detail)).await?;
    if left > 0 {
        context.output.say(format!(
            "took away {left} rows that an earlier run, which was ended, had placed to try on"
        ));
    }
    let mut plan = Plan::read(client, setting).await?;
    let relations = plan.relation_count();
    let done = Cell::new(0);
    let matrix = plan.through_api(client, setting.api, || {
        done.set(done.get() + 1);
        step.update(format!("{} of {}", done.get(), relations));
    });
    let matrix = matrix.await?;
    step.done(summary(&matrix));
    Ok((plan, matrix))
}

/// The step `in SQL`: everything again in the database, and where that says otherwise.
async fn compare(
    context: &Context,
    client: &mut Client,
    plan: &mut Plan,
    matrix: &Matrix,
) -> Result<Vec<Difference>> {
    let step = context.output.step("in SQL");
    let found = difference::between(matrix, &plan.in_database(client).await?);
    match found.as_slice() {
        [] => step.done("the database says the same as the API"),
        several => step.failed(format!("{} differences", several.len())),
    }
    Ok(found)
}

/// Signs all test users in: a role that is left out would look like one that may do nothing.
async fn signed_in(
    context: &Context,
    client: &Client,
    api: &AuthApi,
    destination: &Destination,
    users: &TestUsers,
) -> Result<Vec<SignedIn>> {
    let accounts = MetadataTable::of(&destination.catalog)
        .accounts(client, users)
        .await?;
    if accounts.is_empty() {
        context
            .output
            .warn("there are no test users, so only `anon` tries: `cargo xtask users` makes them");
    }
    let accounts = accounts.into_iter().map(|(account, _)| account).collect();
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
    let what = match matrix.relations.len() {
        1 => "1 table or view".to_owned(),
        several => format!("{several} tables and views"),
    };
    format!("{what} as {}", actors.join(", "))
}

fn lines(report: &Report) -> String {
    let mut text = report.verdict.text(&report.matrix, &report.findings);
    for difference in report.differences.iter().flatten() {
        text += &format!("{}\n", difference.line());
    }
    text
}
