//! `stop`

use serde_json::json;

use crate::cli::StopArgs;
use crate::context::Context;
use crate::error::Exit;
use crate::target::{Target, TargetName};

/// Runs `stop`. That nothing runs is no error.
///
/// # Errors
/// When a part does not end, or data cannot be deleted.
pub async fn run(context: &Context, args: StopArgs) -> anyhow::Result<Exit> {
    let home = context.paths.home();
    if context.target == TargetName::Embedded && !home.exists() && !args.delete_data {
        context
            .output
            .result(&json!({"was_running": false, "deleted_data": false}), String::new)?;
        context.output.say("the stack is not running");
        return Ok(Exit::Done);
    }
    let question = format!(
        "Delete the database and the files of `{}`?",
        context.paths.project.display()
    );
    if args.delete_data
        && context.is_interactive()
        && !context.output.confirm(&question, context.assume_yes).await?
    {
        return Ok(Exit::No);
    }
    let _lock = context.lock()?;
    let step = context.output.step("stack");
    step.leaves("what still runs; `cargo xtask stop` goes on");
    let was_running = Target::stop(context, args.delete_data).await?;
    let ran = if was_running { "stopped" } else { "was not running" };
    let deleted = if args.delete_data {
        ", its data is deleted"
    } else {
        ""
    };
    step.done(format!("{ran}{deleted}"));
    context.output.result(
        &json!({"was_running": was_running, "deleted_data": args.delete_data}),
        String::new,
    )?;
    Ok(Exit::Done)
}
