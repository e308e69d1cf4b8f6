//! `seed`

mod plan;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use seed_core::plan::Part;
use serde_json::{Value, json};

use crate::cli::SeedArgs;
use crate::commands::clean;
use crate::commands::reset::summary::grouped;
use crate::context::Context;
use crate::database::connect::connect;
use crate::database::ledger::Run;
use crate::error::Exit;
use crate::fence::{self, ConsentArgs, Deed};
use crate::seeding::choice::Choice;
use crate::seeding::industry::Packs;
use crate::seeding::job::{Cleans, Job, Request, Way};
use crate::seeding::owners;
use crate::seeding::write::{self, Seeded};
use crate::table;
use crate::target::Target;

/// From here on it is told how many rows a second came.
const LONG: f64 = 1.0;

/// Runs `seed`.
///
/// # Errors
/// The stack does not run, the rows do not fit the tables, or their owners have other rows already.
pub async fn run(context: &Context, args: SeedArgs) -> Result<Exit> {
    let settings = context.settings()?;
    let packs = Packs::of(&context.paths);
    let request = Request {
        emails: args.users,
        tables: args.tables,
        cleans: match args.clean {
            true => Cleans::Owners,
            false => Cleans::Nothing,
        },
        way: match (args.part, args.jobs) {
            (Some(part), _) => Way::Part(part, Duration::from_secs(args.wait.into())),
            (None, 1) => Way::AtOnce,
            (None, jobs) => Way::Beside(jobs.into()),
        },
        ..Request::seed(
            Choice::resolve(&args.options, &settings, &packs, Timestamp::now())?,
            &settings.test_users,
        )
    };
    carry_out(context, &request, &args.consent, args.dry_run).await
}

/// Writes what is asked for, or shows it, and prints what came of it.
///
/// # Errors
/// The stack does not run, the rows do not fit the tables, or their owners have other rows already.
pub async fn carry_out(
    context: &Context,
    request: &Request,
    consent: &ConsentArgs,
    is_rehearsal: bool,
) -> Result<Exit> {
    let target = Target::resolve(context).await?;
    let client = connect(&target.database, request.job.word()).await?;
    let fence = fence::open(&target, &client, request.job.word()).await?;
    if is_rehearsal || (request.cleans != Cleans::Nothing && fence.asks()) {
        let (prepared, cleaned) = write::rehearse(&target.database, &target.project, request).await?;
        if let Some(cleaned) = &cleaned {
            let deed = Deed::amid_users("seed --clean", &client, &prepared.destination.catalog).await?;
            let deed = clean::taking(deed, cleaned);
            fence.pass(context, &deed, consent, is_rehearsal).await?;
        }
        // A person may have thought for long.
        drop(client);
        if !is_rehearsal {
            return written(context, &target, request).await;
        }
        let is_verbose = context.output.is_verbose();
        let value = plan::to_json(&prepared, cleaned.as_ref(), is_verbose);
        context.output.result(&value, || {
            let before = cleaned
                .as_ref()
                .map(|cleaned| format!("taken back first\n\n{}\nwritten then\n\n", clean::text(cleaned)));
            before.unwrap_or_default() + &plan::to_text(&prepared, is_verbose)
        })?;
        return Ok(Exit::Done);
    }
    drop(client);
    written(context, &target, request).await
}

async fn written(context: &Context, target: &Target, request: &Request) -> Result<Exit> {
    let seeded = write(context, target, request).await?;
    context
        .output
        .result(&run_json(&seeded), || run_text(&seeded.run))?;
    Ok(Exit::Done)
}

/// The step `seed`, or what else was asked for.
///
/// # Errors
/// The rows do not fit the tables, their owners have other rows already, or the database refuses a row.
pub async fn write(context: &Context, target: &Target, request: &Request) -> Result<Seeded> {
    let step = context.output.step(request.job.word());
    step.leaves("the rows that were on their way are undone");
    let seeded = write::write(&target.database, &target.project, request, &step).await?;
    step.done(summary(&seeded));
    if let Some(cleaned) = &seeded.cleaned {
        context
            .output
            .say(format!("  taken back before: {}", clean::summary(cleaned)));
        clean::tell(context, cleaned, false);
    }
    warn_of_missing_users(context, request, &seeded)?;
    if !seeded.is_new && request.job == Job::Products {
        context
            .output
            .say("  `cargo xtask add --products 25` puts more on top");
    }
    Ok(seeded)
}

/// Says where rows are for some of the test users only, because the others are not there.
fn warn_of_missing_users(context: &Context, request: &Request, seeded: &Seeded) -> Result<()> {
    let is_for_all =
        request.job == Job::Seed && request.emails.is_empty() && request.test_users.owner.is_none();
    let there = owners::of_run(&seeded.run)?
        .iter()
        .filter(|owner| owner.role.is_some())
        .count();
    let all = request.test_users.roles.len();
    if is_for_all && (1..all).contains(&there) {
        context.output.warn(format!(
            "{there} of {all} test users are there, the rows are theirs: `cargo xtask users` makes the others, then \
             `cargo xtask seed` with `--user` gives them rows"
        ));
    }
    Ok(())
}

/// What came of it, in a line: `food_beverage · seed 42 · as of 2026-11-22 · 1 955 rows`.
pub fn summary(seeded: &Seeded) -> String {
    let Run {
        industry,
        seed,
        as_of,
        ..
    } = &seeded.run;
    let rows = grouped(seeded.run.row_count());
    let title = format!("{industry} · seed {seed} · as of {}", as_of.strftime("%Y-%m-%d"));
    let seconds = seeded.elapsed.as_secs_f64();
    if let Some(part) = seeded.part {
        return part_summary(seeded, part);
    }
    if !seeded.is_new {
        return format!("{title} · its {rows} rows are there already");
    }
    match seconds > LONG {
        true => {
            let speed = grouped((seeded.run.row_count() as f64 / seconds) as u64);
            format!("{title} · {rows} rows · {speed} rows/s")
        }
        false => format!("{title} · {rows} rows"),
    }
}

/// What came of a part, in a line: `part 3/16 · 122 rows · 9 of 16 parts are there`.
fn part_summary(seeded: &Seeded, part: Part) -> String {
    let run = &seeded.run;
    let rows: u64 = run
        .entries_of(part)
        .filter(|entry| entry.owner_slot.is_some())
        .map(|entry| entry.row_count)
        .sum();
    let rows = grouped(rows);
    let there = match run.is_whole() {
        true => "the run is whole".to_owned(),
        false => format!("{} of {} parts are there", run.written.len(), run.parts),
    };
    match seeded.is_new {
        true => format!("part {part} · {rows} rows · {there}"),
        false => format!("part {part} · it is there already · {there}"),
    }
}

/// The ledger's entry as JSON.
pub fn run_json(seeded: &Seeded) -> Value {
    let run = &seeded.run;
    let tables: Vec<Value> = run
        .own_tables()
        .map(|table| {
            json!({
                "schema": table.schema, "table": table.name, "owner_slot": table.owner_slot,
                "rows": table.row_count, "digest": table.digest,
            })
        })
        .collect();
    let triggered = run.tables.iter().filter(|table| table.owner_slot.is_none());
    let triggered: Vec<Value> = triggered
        .map(|table| json!({ "schema": table.schema, "table": table.name, "rows": table.row_count }))
        .collect();
    json!({
        "run": run.id, "command": run.command, "written": seeded.is_new, "industry": run.industry, "seed": run.seed,
        "as_of": run.as_of, "rows": run.row_count(), "owners": run.owners, "tables": tables,
        "part": seeded.part.map(|part| part.number()), "parts": run.parts, "parts_written": run.written,
        "made_by_triggers": triggered, "taken_back": seeded.cleaned, "seconds": seeded.elapsed.as_secs_f64(),
    })
}

/// Rows of each table, by owner.
pub fn run_text(run: &Run) -> String {
    let owners: BTreeMap<u16, String> = owners::of_run(run)
        .unwrap_or_default()
        .into_iter()
        .map(|owner| (owner.slot, owner.title().to_owned()))
        .collect();
    let slots: Vec<u16> = owners.keys().copied().filter(|slot| run.is_of(*slot)).collect();
    let has_triggered = run.tables.iter().any(|table| table.owner_slot.is_none());
    let mut head = vec!["table".to_owned(), "rows".to_owned()];
    head.extend(
        slots
            .iter()
            .filter(|_| slots.len() > 1)
            .map(|slot| owners[slot].clone()),
    );
    head.extend(has_triggered.then(|| "made by triggers".to_owned()));
    let mut lines = Vec::new();
    for name in run.table_names() {
        let rows_of = |is: &dyn Fn(Option<u16>) -> bool| -> u64 {
            let of_table = run
                .tables
                .iter()
                .filter(|table| table.name == name && is(table.owner_slot));
            of_table.map(|table| table.row_count).sum()
        };
        let mut line = vec![name.to_owned(), grouped(rows_of(&|slot| slot.is_some()))];
        let several = slots.iter().filter(|_| slots.len() > 1);
        line.extend(several.map(|own| grouped(rows_of(&|slot| slot == Some(*own)))));
        line.extend(has_triggered.then(|| grouped(rows_of(&|slot| slot.is_none()))));
        lines.push(line);
    }
    table::text(head, lines, 1..)
}
