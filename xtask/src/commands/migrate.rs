//! `migrate`: pending migrations, through the Supabase CLI.

use serde_json::json;
use tokio_postgres::Client;

use crate::cli::MigrateArgs;
use crate::commands::start::ready_tools;
use crate::context::Context;
use crate::database::catalog;
use crate::database::connect::connect;
use crate::error::Exit;
use crate::exec::supabase_cli::Pushed;
use crate::fence::{self, Deed};
use crate::migrations;
use crate::target::Target;
use crate::tools::Tools;

/// Runs `migrate`.
///
/// # Errors
/// When the target does not run or a migration fails.
pub async fn run(context: &Context, args: MigrateArgs) -> anyhow::Result<Exit> {
    let target = Target::resolve(context).await?;
    let client = connect(&target.database, "migrate").await?;
    let fence = fence::open(&target, &client, "migrate").await?;
    let tools = ready_tools(context).await?;
    let _lock = context.lock()?;
    let is_planned = args.dry_run || fence.asks();
    let mut pushed = apply(context, &target, &tools, is_planned).await?;
    if is_planned && pushed != Pushed::default() {
        let mut deed = deed(&target, &client, &pushed).await?;
        if fence.asks() {
            migrations::rehearse(context, &target, &pushed.migrations)
                .await?
                .tell(&mut deed);
        }
        fence.pass(context, &deed, &args.consent, args.dry_run).await?;
        if !args.dry_run {
            pushed = apply(context, &target, &tools, false).await?;
        }
    }
    let value = json!({"dry_run": args.dry_run, "migrations": pushed.migrations, "seeds": pushed.seeds});
    context.output.result(&value, || {
        let names = pushed.roles.iter().chain(&pushed.migrations).chain(&pushed.seeds);
        names.map(|name| format!("{name}\n")).collect()
    })?;
    Ok(Exit::Done)
}

/// What is applied, for the fence: a migration may remove anything, and cannot be taken back.
async fn deed(target: &Target, client: &Client, pending: &Pushed) -> anyhow::Result<Deed> {
    let catalog = catalog::read(client, &catalog::schemas(&target.project)?).await?;
    let mut deed = Deed::amid_users("migrate", client, &catalog).await?;
    let files = pending
        .roles
        .iter()
        .chain(&pending.migrations)
        .chain(&pending.seeds);
    deed.also.extend(files.map(|file| format!("applies `{file}`")));
    Ok(deed)
}

/// The step `migrations`. The caller holds the lock.
///
/// # Errors
/// When a migration fails.
pub async fn apply(
    context: &Context,
    target: &Target,
    tools: &Tools,
    dry_run: bool,
) -> anyhow::Result<Pushed> {
    let step = context.output.step("migrations");
    let pushed = migrations::apply(context, target, tools, &step, dry_run).await?;
    step.done(summary(&pushed, dry_run));
    Ok(pushed)
}

/// What was applied, in a line: `6 applied by the Supabase CLI, with seed.sql`.
pub fn summary(pushed: &Pushed, dry_run: bool) -> String {
    let seeds: Vec<&str> = pushed
        .seeds
        .iter()
        .map(|path| path.rsplit('/').next().unwrap_or(path))
        .collect();
    let seeds = match seeds.as_slice() {
        [] => String::new(),
        [one] => format!(", with {one}"),
        many => format!(", with {} seed files", many.len()),
    };
    match (pushed.migrations.len(), dry_run) {
        (0, _) if seeds.is_empty() => "nothing is pending".to_owned(),
        (0, true) => format!("nothing is pending{seeds}"),
        (count, true) => format!("{count} pending{seeds}"),
        (0, false) => format!("nothing was pending{seeds}"),
        (count, false) => format!("{count} applied by the Supabase CLI{seeds}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_migrations_and_names_the_seed_file() {
        let check = |migrations: usize, seeds: &[&str], dry_run, expect: &str| {
            let pushed = Pushed {
                migrations: vec!["1_a.sql".to_owned(); migrations],
                seeds: seeds.iter().map(|seed| (*seed).to_owned()).collect(),
                roles: Vec::new(),
            };
            assert_eq!(summary(&pushed, dry_run), expect);
        };
        check(0, &[], false, "nothing is pending");
        check(
            6,
            &["supabase/seed.sql"],
            false,
            "6 applied by the Supabase CLI, with seed.sql",
        );
        check(2, &["a.sql", "b.sql"], true, "2 pending, with 2 seed files");
    }
}
