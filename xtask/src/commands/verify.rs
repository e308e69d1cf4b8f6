//! `verify`

use anyhow::Result;
use jiff::Timestamp;
use stack::hint::mendable;

use crate::cli::{SeedOptions, VerifyArgs};
use crate::context::Context;
use crate::database::connect::connect;
use crate::database::ledger;
use crate::error::Exit;
use crate::fence;
use crate::parity;
use crate::policies::expectation::Expectation;
use crate::policies::{NO_ANON, Setting};
use crate::seeding::choice::Choice;
use crate::seeding::destination::Destination;
use crate::seeding::industry::Packs;
use crate::settings::{Settings, TestUsers};
use crate::target::Target;
use crate::users::auth_api::AuthApi;
use crate::users::metadata::MetadataTable;
use crate::verify::check::{Check, Outcome};
use crate::verify::{Report, access, data, policies};

/// Whether the policies are tried too, which takes longer than all other checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policies {
    /// As each role.
    Tried,
    /// They are those of the template, and were tried before it was kept.
    OfTemplate,
}

/// Runs `verify`.
///
/// # Errors
/// The stack does not run, or the database refuses a query.
pub async fn run(context: &Context, args: VerifyArgs) -> Result<Exit> {
    let settings = context.settings()?;
    if let Some(other) = &args.against {
        return against(context, &context.on(other).await?, &settings).await;
    }
    let target = Target::resolve(context).await?;
    let report = step(context, &target, &settings, Policies::Tried).await?;
    let detail = if context.output.is_verbose() {
        Detail::All
    } else {
        Detail::Skipped
    };
    context.output.result(&report, || lines(&report, detail))?;
    Ok(if report.failed == 0 { Exit::Done } else { Exit::No })
}

/// Whether another target holds the same as this one.
async fn against(context: &Context, other: &Context, settings: &Settings) -> Result<Exit> {
    let (here, there) = (Target::resolve(context).await?, Target::resolve(other).await?);
    if here.database == there.database {
        return Err(mendable(
            format!(
                "compare target `{}` with `{}`: they are one database",
                here.name, there.name
            ),
            "name two that differ: `--target` is this side, `--against` the other one",
        ));
    }
    let report = parity(context, &here, &there, settings).await?;
    let text = || report.text(context.output.is_verbose());
    context.output.result(&report, text)?;
    Ok(if report.parity { Exit::Done } else { Exit::No })
}

/// The step `parity`: whether two targets hold the same.
///
/// # Errors
/// A database is not reached or refuses.
pub async fn parity(
    context: &Context,
    here: &Target,
    there: &Target,
    settings: &Settings,
) -> Result<parity::report::Report> {
    let step = context.output.step("parity");
    let limit = match context.output.is_verbose() {
        true => 50,
        false => 5,
    };
    let report = parity::compare(here, there, &settings.test_users, limit).await?;
    match report.parity {
        true => step.done(report.summary()),
        false => step.failed(report.summary()),
    }
    Ok(report)
}

/// The step `verify`.
///
/// # Errors
/// The database refuses a query, or the ledger cannot be read.
pub async fn step(
    context: &Context,
    target: &Target,
    settings: &Settings,
    of_policies: Policies,
) -> Result<Report> {
    let step = context.output.step("verify");
    let choice = Choice::resolve(
        &SeedOptions::default(),
        settings,
        &Packs::of(&context.paths),
        Timestamp::now(),
    )?;
    let expectation = Expectation::find(&context.paths)?;
    let policies = match of_policies {
        Policies::Tried => Some(expectation.as_ref()),
        Policies::OfTemplate => None,
    };
    let report = report(target, &settings.test_users, &choice, policies).await?;
    if report.failed == 0 {
        step.done(report.summary())
    } else {
        step.failed(report.summary())
    }
    Ok(report)
}

/// Does all checks; those of users go on beside those of the data.
async fn report(
    target: &Target,
    users: &TestUsers,
    choice: &Choice,
    of_policies: Option<Option<&Expectation>>,
) -> Result<Report> {
    let client = connect(&target.database, "verify").await?;
    let api = AuthApi::of(target)?;
    let runs = ledger::runs(&client).await?;
    let destination = Destination::read(&client, &target.project).await?;
    let of_users = async {
        let closed = fence::closed(target, &client).await?;
        if let Some(why) = &closed {
            // A session is a row, too.
            return Ok(vec![
                access::skipped(&format!("{why}, and signing in writes a session")),
                policies::skipped(&format!("{why}, and trying writes what it undoes")),
            ]);
        }
        let accounts = MetadataTable::of(&destination.catalog)
            .accounts(&client, users)
            .await?;
        let accounts = accounts.into_iter().map(|(account, _)| account).collect();
        let (mut checks, signed_in) = access::sign_in(&api, accounts).await;
        let Some(expectation) = of_policies else {
            checks.push(policies::skipped("they were tried before the template was kept"));
            return Ok(checks);
        };
        if !target.has_publishable_key() {
            checks.push(policies::skipped(NO_ANON));
            return Ok(checks);
        }
        let setting = Setting {
            target,
            api: &api,
            destination: &destination,
            choice,
            users: &signed_in,
            only: &[],
        };
        let mut own_client = connect(&target.database, "verify").await?;
        checks.extend(policies::checks(&mut own_client, &setting, expectation).await?);
        Ok(checks)
    };
    let (mut checks, of_users) = tokio::try_join!(data(&client, &destination, choice, &runs), of_users)?;
    checks.extend(of_users);
    Ok(Report::new(checks))
}

/// How much is told of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub enum Detail {
    /// What does not hold.
    Failed,
    /// Also what does not apply.
    Skipped,
    /// Also what holds.
    All,
}

/// One line for each check that `detail` asks for.
pub fn lines(report: &Report, detail: Detail) -> String {
    let line = |check: &Check| {
        let (word, least) = match check.outcome {
            Outcome::Failed { .. } => ("failed ", Detail::Failed),
            Outcome::Skipped { .. } => ("skipped", Detail::Skipped),
            Outcome::Passed => ("passed ", Detail::All),
        };
        (detail >= least).then(|| format!("{word} {}\n", check.line()))
    };
    report.checks.iter().filter_map(line).collect()
}
