//! `backup`

use anyhow::Result;
use serde_json::json;

use crate::backup::folder::{self, Listed};
use crate::backup::{Destination, write};
use crate::cli::{BackupArgs, BackupCommand, BackupPruneArgs};
use crate::commands::reset::summary::grouped;
use crate::context::Context;
use crate::error::Exit;
use crate::table;
use crate::target::Target;

/// Runs `backup` or a word below it.
///
/// # Errors
/// The target is not reached, or the file cannot be written.
pub async fn run(context: &Context, args: BackupArgs) -> Result<Exit> {
    match args.command {
        None => take(context, args).await,
        Some(BackupCommand::List) => list(context),
        Some(BackupCommand::Prune(args)) => prune(context, &args),
    }
}

async fn take(context: &Context, args: BackupArgs) -> Result<Exit> {
    let target = Target::resolve(context).await?;
    let step = context.output.step("backup");
    step.leaves("no file was written");
    let destination = match args.out {
        None => Destination::Folder,
        Some(path) => Destination::File {
            path,
            replaces: args.force,
        },
    };
    let written = write(&target, &args.schemas, &destination, &step).await?;
    step.done(format!(
        "{} rows, {} users, {}",
        grouped(written.rows),
        grouped(written.users),
        size(written.bytes)
    ));
    context
        .output
        .result(&written, || written.path.display().to_string())?;
    Ok(Exit::Done)
}

fn list(context: &Context) -> Result<Exit> {
    let listed = folder::list(&context.paths.project)?;
    if listed.is_empty() {
        context.output.say("no backups; `cargo xtask backup` takes one");
    }
    context.output.result(&listed, || match listed.is_empty() {
        true => String::new(),
        false => text(&listed),
    })?;
    Ok(Exit::Done)
}

fn prune(context: &Context, args: &BackupPruneArgs) -> Result<Exit> {
    let surplus = folder::surplus(folder::list(&context.paths.project)?, args.keep);
    if !args.dry_run {
        folder::remove(&surplus)?;
    }
    context.output.say(match (surplus.len(), args.dry_run) {
        (0, _) => "nothing to remove".to_owned(),
        (count, true) => format!("would remove {count}:"),
        (count, false) => format!("removed {count}:"),
    });
    let names: Vec<&str> = surplus.iter().map(|one| one.name.as_str()).collect();
    let value = json!({ "dry_run": args.dry_run, "removed": surplus });
    context.output.result(&value, || names.join("\n"))?;
    Ok(Exit::Done)
}

fn text(listed: &[Listed]) -> String {
    let head = [
        "name", "target", "mark", "taken", "rows", "users", "size", "state",
    ];
    let line = |one: &Listed| {
        let mark = one.mark.as_ref();
        vec![
            one.name.clone(),
            one.target.clone(),
            mark.map_or_else(String::new, |mark| format!("{} `{}`", mark.kind, mark.name)),
            one.taken.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            grouped(one.rows),
            grouped(one.users),
            size(one.bytes),
            one.problem.clone().unwrap_or_else(|| "whole".to_owned()),
        ]
    };
    table::text(
        head.map(str::to_owned).to_vec(),
        listed.iter().map(line).collect(),
        4..7,
    )
}

/// `1.2 MB`
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
