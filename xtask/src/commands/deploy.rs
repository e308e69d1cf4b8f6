//! `deploy`: migrations and Edge Functions on a target that is not of this machine.

use anyhow::Result;
use serde_json::json;
use stack::hint::mendable;

use super::start::ready_tools;
use super::verify::{self, Detail, Policies};
use super::{doctor, migrate};
use crate::backup::{self, Written};
use crate::cli::DeployArgs;
use crate::context::Context;
use crate::database::connect::connect;
use crate::database::{catalog, ledger};
use crate::deploy::contract;
use crate::deploy::functions::{self, Deployed};
use crate::deploy::undo::Before;
use crate::doctor::{Finding, Verdict, hosted};
use crate::error::{Exit, message};
use crate::fence::{self, Deed};
use crate::migrations::{self, Losses, Rehearsed};
use crate::target::Target;
use crate::tools::Tools;
use crate::users::auth_api::AuthApi;
use crate::verify::Report;

/// Runs `deploy`.
///
/// # Errors
/// The target is one of this machine, the fence does not let it pass, or a migration fails: it is rehearsed before
/// anything is applied.
pub async fn run(context: &Context, args: DeployArgs) -> Result<Exit> {
    if context.target.is_local() {
        return Err(mendable(
            format!("deploy to `{}`: it is a target of this machine", context.target),
            "name another one, as `--target cloud`; here `cargo xtask migrate` applies migrations and functions are live",
        ));
    }
    let target = Target::resolve(context).await?;
    let client = connect(&target.database, "deploy").await?;
    let fence = fence::open(&target, &client, "deploy").await?;
    if let Some(findings) = illness(context).await {
        let value = json!({ "dry_run": args.dry_run, "doctor": findings });
        context
            .output
            .result(&value, || findings.iter().map(doctor::line).collect())?;
        return Ok(Exit::No);
    }
    let tools = ready_tools(context).await?;
    let _lock = context.lock()?;

    let pending = migrate::apply(context, &target, &tools, true).await?.migrations;
    for name in &pending {
        context.output.say(format!("  {name}"));
    }
    let rehearsed = rehearse(context, &target, &pending).await?;
    let functions = functions::names(context);
    let catalog = catalog::read(&client, &catalog::schemas(&target.project)?).await?;
    let mut deed = Deed::amid_users("deploy", &client, &catalog).await?;
    deed.also = also(&pending, &functions, &target);
    rehearsed.tell(&mut deed);
    let changes_nothing = pending.is_empty() && (functions.is_empty() || target.hosting.is_none());
    if !changes_nothing {
        fence.pass(context, &deed, &args.consent, args.dry_run).await?;
    }
    if args.dry_run {
        let value = json!({ "dry_run": true, "migrations": pending, "functions": functions, "deed": deed });
        context.output.result(&value, || {
            pending.iter().map(|name| format!("{name}\n")).collect()
        })?;
        return Ok(Exit::Done);
    }
    let mut kept_in = None;
    if !pending.is_empty() {
        let backup = backup::take(&context.output, &target).await?;
        push(context, &target, &tools, &rehearsed, &backup).await?;
        kept_in = Some(backup.path);
    }
    let sent = send_functions(context, &target, &tools, &functions).await?;
    let contract = check_contract(context, &target, &functions).await?;
    let has_seed = !ledger::runs(&client).await?.is_empty();
    let report = match has_seed {
        true => Some(verify::step(context, &target, &context.settings()?, Policies::Tried).await?),
        false => None,
    };
    let value = json!({
        "dry_run": false, "target": target.name.to_string(), "migrations": pending, "rehearsed": matches!(rehearsed, Rehearsed::Works(_)),
        "backup": kept_in, "functions": match &sent { Deployed::All => functions, Deployed::Not(_) => Vec::new() },
        "contract": contract, "verify": report,
    });
    let reports = [Some(&contract), report.as_ref()];
    context.output.result(&value, || {
        reports
            .iter()
            .flatten()
            .map(|report| verify::lines(report, Detail::Failed))
            .collect()
    })?;
    let failed: usize = reports.iter().flatten().map(|report| report.failed).sum();
    Ok(if failed == 0 { Exit::Done } else { Exit::No })
}

/// The step `doctor`: what is wrong with the target, if anything is.
async fn illness(context: &Context) -> Option<Vec<Finding>> {
    let step = context.output.step("doctor");
    let findings = hosted::examine(context).await;
    let count = findings.len();
    let is_bad = |finding: &Finding| finding.verdict == Verdict::Bad;
    let bad: Vec<Finding> = findings.into_iter().filter(is_bad).collect();
    if bad.is_empty() {
        step.done(format!("{count} things looked at, none is wrong"));
        return None;
    }
    step.failed(format!(
        "{} of {count} things are wrong, nothing is deployed",
        bad.len()
    ));
    Some(bad)
}

/// The step `rehearsal`.
async fn rehearse(context: &Context, target: &Target, pending: &[String]) -> Result<Rehearsed> {
    if pending.is_empty() {
        return Ok(Rehearsed::Works(Losses::default()));
    }
    let step = context.output.step("rehearsal");
    step.leaves("nothing is applied");
    let rehearsed = migrations::rehearse(context, target, pending).await?;
    match &rehearsed {
        Rehearsed::Works(_) => step.done(format!(
            "{} can be applied, tried in a transaction that was undone",
            pending.len()
        )),
        Rehearsed::UpTo { place, reason } => {
            step.done(format!("up to `{place}` they can be applied"));
            context.output.warn(format!(
                "what comes from `{place}` on cannot be tried beforehand: {reason}"
            ));
        }
    }
    Ok(rehearsed)
}

/// The step `migrations`. Where one fails that could not be rehearsed, rows are brought back from the backup.
async fn push(
    context: &Context,
    target: &Target,
    tools: &Tools,
    rehearsed: &Rehearsed,
    backup: &Written,
) -> Result<()> {
    if matches!(rehearsed, Rehearsed::Works(_)) {
        migrate::apply(context, target, tools, false).await?;
        return Ok(());
    }
    let before = Before::read(target).await?;
    let Err(failure) = migrate::apply(context, target, tools, false).await else {
        return Ok(());
    };
    let step = context.output.step("undo");
    step.leaves(format!(
        "rows may be changed by a migration that failed: `cargo xtask restore {}` brings them back",
        backup.path.display()
    ));
    match before.undo(target, &backup.path, &step).await {
        Ok(undone) => {
            step.done(match undone.restored.as_slice() {
                [] => "no row was changed".to_owned(),
                tables => format!("rows of {} are as they were, from the backup", tables.join(", ")),
            });
            if !undone.left.is_empty() {
                context
                    .output
                    .warn(format!("of the schema stays: {}", undone.left.join(", ")));
            }
        }
        Err(error) => {
            step.failed("rows are not as they were");
            context.output.warn(format!(
                "{}; the backup is whole: {}",
                message(&error),
                backup.path.display()
            ));
        }
    }
    Err(failure)
}

/// The step `functions`.
async fn send_functions(
    context: &Context,
    target: &Target,
    tools: &Tools,
    names: &[String],
) -> Result<Deployed> {
    let step = context.output.step("functions");
    step.leaves("functions that were sent stay; `cargo xtask deploy` goes on");
    let sent = functions::deploy(context, target, tools, names, &step).await?;
    match &sent {
        Deployed::All => step.done(format!(
            "{} sent by the Supabase CLI: {}",
            names.len(),
            names.join(", ")
        )),
        Deployed::Not(why) => step.done(format!("not sent: {why}")),
    }
    Ok(sent)
}

/// The step `contract`.
async fn check_contract(context: &Context, target: &Target, functions: &[String]) -> Result<Report> {
    let step = context.output.step("contract");
    let mut checks = Vec::new();
    if target.has_api() {
        let client = connect(&target.database, "deploy").await?;
        let catalog = catalog::read(&client, &catalog::schemas(&target.project)?).await?;
        checks = contract::checks(&AuthApi::of(target)?, &catalog, functions).await?;
    }
    let report = Report::new(checks);
    match report.failed {
        0 => step.done(report.summary()),
        _ => step.failed(report.summary()),
    }
    Ok(report)
}

fn also(pending: &[String], functions: &[String], target: &Target) -> Vec<String> {
    let migrations = match pending {
        [] => "no migration is pending".to_owned(),
        names => format!("applies {}", names.join(", ")),
    };
    let functions = match functions {
        _ if target.hosting.is_none() => "no Edge Function is sent".to_owned(),
        [] => "no Edge Function is sent".to_owned(),
        names => format!(
            "puts the Edge Functions {} in the place of those that are there",
            names.join(", ")
        ),
    };
    vec![migrations, functions]
}
