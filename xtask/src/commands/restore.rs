//! `restore`

use anyhow::Result;
use serde_json::json;

use crate::backup;
use crate::backup::restore::{self, LetGo, Plan};
use crate::cli::RestoreArgs;
use crate::commands::reset::summary::grouped;
use crate::context::Context;
use crate::database::connect::connect;
use crate::error::Exit;
use crate::fence;
use crate::table;
use crate::target::Target;

/// Runs `restore`: puts a backup back.
///
/// # Errors
/// The file is not whole, the target may not be written to or lacks what the backup has, or the database refuses.
pub async fn run(context: &Context, args: RestoreArgs) -> Result<Exit> {
    let target = Target::resolve(context).await?;
    let fence = fence::open(&target, &connect(&target.database, "restore").await?, "restore").await?;
    let step = context.output.step("backup");
    let backup = restore::open(&args.file, &step).await?;
    let plan = backup.plan(&target).await?;
    step.done(format!(
        "whole: {} rows, {} users, of `{}`",
        grouped(backup.header.rows()),
        grouped(backup.header.users()),
        backup.header.target
    ));
    if target.name.is_local() {
        plan.differences
            .iter()
            .for_each(|difference| context.output.warn(difference));
    }
    fence
        .pass(context, &plan.deed, &args.consent, args.dry_run)
        .await?;
    if args.dry_run {
        context
            .output
            .result(&json!({ "dry_run": true, "plan": plan }), || text(&plan))?;
        return Ok(Exit::Done);
    }
    if !target.name.is_local() {
        backup::take(&context.output, &target).await?;
    }
    let step = context.output.step("restore");
    let restored = backup.restore(&target, &step).await?;
    step.done(format!(
        "{} rows, {} users",
        grouped(restored.rows),
        grouped(restored.users)
    ));
    restored
        .let_go
        .iter()
        .for_each(|let_go| context.output.say(told(let_go)));
    if restored.has_fired_triggers {
        context.output.warn(FIRED);
    }
    context.output.result(
        &json!({ "dry_run": false, "plan": plan, "restored": restored }),
        String::new,
    )?;
    Ok(Exit::Done)
}

const FIRED: &str = "the role may not set `session_replication_role`, so triggers of the tables have fired: look at \
                     what they have made, or restore as a role that may";

fn told(let_go: &LetGo) -> String {
    let LetGo { table, rows, .. } = let_go;
    match let_go.are_removed {
        true => format!(
            "  {} rows of {table} went with what they belonged to",
            grouped(*rows)
        ),
        false => format!("  {} rows of {table} point nowhere now", grouped(*rows)),
    }
}

/// `contacts  12  200`
fn text(plan: &Plan) -> String {
    let head = ["table", "rows now", "rows then"].map(str::to_owned).to_vec();
    let line = |one: &restore::PlannedTable| vec![one.table.clone(), grouped(one.now), grouped(one.backup)];
    table::text(head, plan.tables.iter().map(line).collect(), 1..)
}
