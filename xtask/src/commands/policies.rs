//! `policies`

use std::cell::Cell;

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;
use stack::hint::mendable;

use crate::cli::{PoliciesArgs, SeedOptions};
use crate::context::Context;
use crate::database::connect::connect;
use crate::error::Exit;
use crate::policies::difference::{self, Difference};
use crate::policies::matrix::{Matrix, Verb};
use crate::policies::{self, Plan, Setting};
use crate::seeding::choice::Choice;
use crate::seeding::destination::Destination;
use crate::seeding::industry::Packs;
use crate::target::Target;
use crate::users::auth_api::AuthApi;
use crate::users::metadata::MetadataTable;
use crate::verify::access::{self, SignedIn};

/// What `policies` found.
#[derive(Debug, Serialize)]
struct Report {
    #[serde(flatten)]
    matrix: Matrix,
    /// Where the database says otherwise, with `--sql`.
    #[serde(skip_serializing_if = "Option::is_none")]
    differences: Option<Vec<Difference>>,
}

/// Runs `policies`.
///
/// # Errors
/// The stack does not run, a test user cannot sign in, or what was tried could not be undone.
pub async fn run(context: &Context, args: PoliciesArgs) -> Result<Exit> {
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
    let report = Report { matrix, differences };
    context.output.result(&report, || lines(&report))?;
    let differs = report.differences.iter().flatten().next().is_some();
    Ok(if differs { Exit::No } else { Exit::Done })
}

/// Signs all of them in: a role that is left out would look like one that may do nothing.
async fn signed_in(api: &AuthApi, accounts: Vec<crate::users::roles::Account>) -> Result<Vec<SignedIn>> {
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
    let mut text = String::new();
    for relation in &report.matrix.relations {
        for (actor, cell) in report.matrix.actors.iter().zip(&relation.cells) {
            let reach = Verb::ALL.map(|verb| format!("{} {}", verb.name(), cell.reach(verb)));
            text += &format!("{} {}: {}\n", relation.name, actor.name, reach.join(", "));
        }
    }
    for difference in report.differences.iter().flatten() {
        text += &format!("{}\n", difference.line());
    }
    text
}
