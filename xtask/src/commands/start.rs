//! `start`: tools, then the stack in the background.

use serde_json::json;

use crate::cli::StartArgs;
use crate::context::Context;
use crate::error::Exit;
use crate::target::{StartReport, Target};
use crate::tools::Tools;

/// Runs `start`.
///
/// # Errors
/// When a tool is missing or a part does not start.
pub async fn run(context: &Context, _args: StartArgs) -> anyhow::Result<Exit> {
    let tools = ready_tools(context).await?;
    let _lock = context.lock()?;
    let (target, report) = bring_up(context, &tools).await?;
    let status = Target::status(context).await?.masked();
    let mut value = serde_json::to_value(&status)?;
    value["already_running"] = json!(report.already_running);
    value["notes"] = json!(report.notes);
    context.output.result(&value, || {
        format!(
            "API       {}\ndatabase  {}",
            target.api_url,
            status.db_url.unwrap_or_default()
        )
    })?;
    context
        .output
        .say("`cargo xtask status --show-keys` shows the keys, `cargo xtask stop` stops it");
    Ok(Exit::Done)
}

/// The step `tools`.
///
/// # Errors
/// When a tool is missing and cannot be installed.
pub async fn ready_tools(context: &Context) -> anyhow::Result<Tools> {
    let step = context.output.step("tools");
    let tools = Tools::ready(&context.paths, &step).await?;
    step.done(tools.to_string());
    Ok(tools)
}

/// The step `stack`. The caller holds the lock.
///
/// # Errors
/// When a part does not start.
pub async fn bring_up(context: &Context, tools: &Tools) -> anyhow::Result<(Target, StartReport)> {
    let step = context.output.step("stack");
    step.leaves("what was started is stopped again");
    let (target, report) = Target::start(context, tools, &step).await?;
    let how = match (report.already_running, report.is_new) {
        (true, _) => " · already running",
        (false, true) => " · new database",
        (false, false) => "",
    };
    step.done(format!("{} · {}{how}", target.name, target.api_url));
    for note in &report.notes {
        context.output.warn(note);
    }
    Ok((target, report))
}
