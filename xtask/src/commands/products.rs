//! `products`

use anyhow::Result;
use jiff::Timestamp;
use serde_json::json;

use crate::cli::{ProductsArgs, SeedOptions};
use crate::commands::seed;
use crate::context::Context;
use crate::counts::Counts;
use crate::database::connect::connect;
use crate::error::Exit;
use crate::fence::{self, ConsentArgs};
use crate::negative::attempt::try_all;
use crate::negative::case::Cases;
use crate::negative::cases;
use crate::negative::report::{self, Report};
use crate::negative::specimen::Specimen;
use crate::seeding::choice::Choice;
use crate::seeding::industry::Packs;
use crate::seeding::job::{Job, Request};
use crate::target::Target;

/// Runs `products`.
///
/// # Errors
/// The stack does not run, the database has no products, or refuses one that is valid.
pub async fn run(context: &Context, args: ProductsArgs) -> Result<Exit> {
    if args.check_constraints {
        return check_constraints(context, args.dry_run).await;
    }
    let settings = context.settings()?;
    let options = SeedOptions {
        industry: args.industry,
        counts: Counts {
            products: args.count,
            ..Counts::NONE
        },
        ..SeedOptions::default()
    };
    let request = Request {
        job: Job::Products,
        emails: args.users,
        ..Request::seed(
            Choice::resolve(&options, &settings, &Packs::of(&context.paths), Timestamp::now())?,
            &settings.test_users,
        )
    };
    seed::carry_out(context, &request, &ConsentArgs::default(), args.dry_run).await
}

async fn check_constraints(context: &Context, is_dry_run: bool) -> Result<Exit> {
    let settings = context.settings()?;
    let target = Target::resolve(context).await?;
    let mut client = connect(&target.database, "products").await?;
    if !is_dry_run {
        // What is undone is written all the same.
        fence::open(&target, &client, "products --check-constraints").await?;
    }
    let specimen = Specimen::read(&client, &target.project, &settings, &Packs::of(&context.paths)).await?;
    let cases = cases(&specimen);
    if is_dry_run {
        let planned = json!({ "cases": cases.cases, "left_out": cases.left_out });
        context.output.result(&planned, || report::planned(&cases))?;
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
    for hint in report.hints() {
        context.output.say(hint);
    }
    Ok(if report.taken == 0 { Exit::Done } else { Exit::No })
}
