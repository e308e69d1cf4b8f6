//! `products`

use anyhow::Result;
use serde_json::json;
use stack::hint::mendable;

use crate::cli::ProductsArgs;
use crate::context::Context;
use crate::database::connect::connect;
use crate::error::Exit;
use crate::negative::attempt::try_all;
use crate::negative::case::Cases;
use crate::negative::cases;
use crate::negative::report::{self, Report};
use crate::negative::specimen::Specimen;
use crate::target::Target;

/// Runs `products`.
///
/// # Errors
/// The stack does not run, the database has no products, or refuses one that is valid.
pub async fn run(context: &Context, args: ProductsArgs) -> Result<Exit> {
    if !args.check_constraints {
        return Err(mendable(
            "fill the catalogue of products: only `seed` does that so far",
            "run `cargo xtask seed`, or pass `--check-constraints` to try rows that the database must refuse",
        ));
    }
    check_constraints(context, args.dry_run).await
}

async fn check_constraints(context: &Context, is_dry_run: bool) -> Result<Exit> {
    let settings = context.settings()?;
    let target = Target::resolve(context).await?;
    let mut client = connect(&target.database, "products").await?;
    let specimen = Specimen::read(&client, &target.project, &settings).await?;
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
