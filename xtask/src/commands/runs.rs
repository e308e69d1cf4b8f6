//! `runs`

use anyhow::Result;
use serde_json::{Value, json};

use crate::cli::RunsArgs;
use crate::commands::reset::summary::grouped;
use crate::context::Context;
use crate::database::connect::connect;
use crate::database::ledger::{self, Run};
use crate::error::Exit;
use crate::seeding::owners;
use crate::seeding::owners::RowOwner;
use crate::table;
use crate::target::Target;

/// Runs `runs`: what the ledger says was seeded, the latest last.
///
/// # Errors
/// The stack does not run, or the ledger cannot be read.
pub async fn run(context: &Context, _: RunsArgs) -> Result<Exit> {
    let target = Target::resolve(context).await?;
    let client = connect(&target.database, "runs").await?;
    let runs = ledger::runs(&client).await?;
    let value: Vec<Value> = runs.iter().map(to_json).collect();
    context.output.result(&json!({ "runs": value }), || text(&runs))?;
    if runs.is_empty() {
        context
            .output
            .say("nothing was seeded: `cargo xtask seed` does it");
    }
    Ok(Exit::Done)
}

fn to_json(run: &Run) -> Value {
    let tables = run.tables.iter().map(|table| {
        json!({
            "schema": table.schema, "table": table.name, "owner_slot": table.owner_slot, "rows": table.row_count,
        })
    });
    json!({
        "run": run.id, "command": run.command, "industry": run.industry, "seed": run.seed, "as_of": run.as_of,
        "written_at": run.created_at, "tool_version": run.tool_version, "rows": run.row_count(),
        "parts": run.parts, "parts_written": run.written, "owners": run.owners, "tables": tables.collect::<Vec<_>>(),
    })
}

fn text(runs: &[Run]) -> String {
    if runs.is_empty() {
        return String::new();
    }
    let head = [
        "run",
        "written (UTC)",
        "command",
        "industry",
        "seed",
        "as of",
        "rows",
        "for",
    ]
    .map(str::to_owned);
    let line = |run: &Run| {
        let owners = owners::of_run(run).unwrap_or_default();
        let owners: Vec<String> = owners
            .iter()
            .filter(|owner| run.is_of(owner.slot))
            .map(RowOwner::title)
            .collect();
        vec![
            run.short_id(),
            run.created_at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            run.command.clone(),
            run.industry.clone(),
            run.seed.to_string(),
            run.as_of.strftime("%Y-%m-%d").to_string(),
            grouped(run.row_count()),
            match run.is_whole() {
                true => few(&owners),
                false => format!("{} of {} parts", run.written.len(), run.parts),
            },
        ]
    };
    table::text(head.into(), runs.iter().map(line).collect(), 6..7)
}

/// The first of many names, and how many more.
fn few(names: &[String]) -> String {
    const SHOWN: usize = 4;
    match names.len() {
        ..=SHOWN => names.join(", "),
        all => format!("{} and {} more", names[..SHOWN - 1].join(", "), all - SHOWN + 1),
    }
}
