//! `products`

use std::collections::BTreeSet;

use anyhow::Result;
use jiff::Timestamp;
use seed_core::catalog::Catalog;
use seed_core::domain::Record;
use seed_core::plan::Plan;
use seed_core::spec::{Owner, SeedSpec, Volume};
use serde_json::json;
use stack::hint::mendable;
use tokio_postgres::Client;

use crate::cli::{ProductsArgs, SeedOptions};
use crate::context::Context;
use crate::database::catalog;
use crate::database::connect::connect;
use crate::error::Exit;
use crate::negative::attempt::{Outcome, try_all};
use crate::negative::case::Cases;
use crate::negative::cases;
use crate::negative::report::{self, Report};
use crate::negative::specimen::{ORGANIZATIONS, PRODUCTS, Specimen};
use crate::seeding::choice::Choice;
use crate::seeding::owners;
use crate::settings::Settings;
use crate::target::Target;

/// The seed of rows that are never kept, `nope` in ASCII: nobody is likely to have seeded by it, so that no valid row
/// is a duplicate.
const SEED: u64 = 0x6e6f_7065;

/// Runs `products`.
///
/// # Errors
/// The stack does not run, the database has no products, or refuses one that is valid.
pub async fn run(context: &Context, args: ProductsArgs) -> Result<Exit> {
    if !args.check_constraints {
        return Err(mendable(
            "fill the catalogue of products: it is filled by `seed` only",
            "run `cargo xtask seed`, or pass `--check-constraints` to try rows that the database must refuse",
        ));
    }
    check_constraints(context, args.dry_run).await
}

async fn check_constraints(context: &Context, is_dry_run: bool) -> Result<Exit> {
    let settings = context.settings()?;
    let target = Target::resolve(context).await?;
    let mut client = connect(&target.database, "products").await?;
    let catalog = catalog::read(&client, &catalog::schemas(&target.project)?).await?;
    let specimen = Specimen::of(&catalog, &plan(&client, &catalog, &settings).await?)?;
    let cases = cases(&specimen);
    if is_dry_run {
        context
            .output
            .result(&planned_json(&cases), || report::planned(&cases))?;
        for one in &cases.left_out {
            context.output.say(one.line());
        }
        return Ok(Exit::Done);
    }
    let Cases { cases, left_out } = cases;
    let attempts = try_all(&mut client, &specimen, cases, |detail| context.output.say(detail)).await?;
    let report = Report::new(&specimen.table.name, attempts, left_out);
    context.output.result(&report, || report.table())?;
    for one in &report.left_out {
        context.output.say_verbose(one.line());
    }
    context.output.say(report.summary());
    for attempt in report
        .cases
        .iter()
        .filter(|attempt| attempt.outcome == Outcome::Taken)
    {
        let case = &attempt.case;
        context
            .output
            .say(format!("hint: {}: {}", case.title, case.remedy));
    }
    Ok(if report.taken == 0 { Exit::Done } else { Exit::No })
}

/// A few products and organizations of the first owner, as a seed would write them.
async fn plan(client: &Client, catalog: &Catalog, settings: &Settings) -> Result<Plan> {
    let options = SeedOptions {
        industry: None,
        seed: SEED,
        as_of: None,
        count: None,
    };
    let choice = Choice::resolve(&options, settings, Timestamp::now())?;
    let owners = owners::find(client, catalog, &settings.test_users).await?;
    let volume = Volume {
        organizations: ORGANIZATIONS,
        products: PRODUCTS,
        ..Volume::default()
    };
    let owner = owners.first().map(|owner| Owner {
        volume,
        ..owner.to_spec(&choice)
    });
    let spec = SeedSpec {
        only: Some(BTreeSet::from([Record::Organization, Record::Product])),
        ..SeedSpec::new(
            choice.seed,
            choice.as_of,
            choice.pack,
            owner.into_iter().collect(),
        )
    };
    let plan = Plan::new(catalog, &spec);
    plan.map_err(|error| mendable(format!("plan a valid product: {error}"), error.hint()))
}

fn planned_json(cases: &Cases) -> serde_json::Value {
    json!({ "cases": cases.cases, "left_out": cases.left_out })
}
