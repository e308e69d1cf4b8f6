//! `seed`

use std::fmt::Write;

use anyhow::Result;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::SeedArgs;
use crate::commands::reset::summary::grouped;
use crate::context::Context;
use crate::database::bookkeeping;
use crate::database::connect::connect;
use crate::database::ledger::{self, Run};
use crate::error::Exit;
use crate::seeding::choice::Choice;
use crate::seeding::industry::Packs;
use crate::seeding::run::{Prepared, Seeded, prepare};
use crate::settings::TestUsers;
use crate::target::Target;

/// Rows of each table that `--dry-run --verbose` shows.
const SAMPLE_ROWS: u64 = 3;

/// Runs `seed`.
///
/// # Errors
/// The stack does not run, the rows do not fit the tables, or the database has another seed.
pub async fn run(context: &Context, args: SeedArgs) -> Result<Exit> {
    let settings = context.settings()?;
    let packs = Packs::of(&context.paths);
    let mut choice = Choice::resolve(&args.options, &settings, &packs, Timestamp::now())?;
    let target = Target::resolve(context).await?;
    let client = connect(&target.database, "seed").await?;
    if args.options.as_of.is_none()
        && bookkeeping::is_prepared(&client).await?
        && let Some(run) = ledger::latest(&client).await?
    {
        // The same command on another day asks for the same seed.
        choice.as_of = run.as_of;
    }
    if args.dry_run {
        let prepared = prepare(&client, &target.project, &settings.test_users, choice).await?;
        let is_verbose = context.output.is_verbose();
        context.output.result(&plan_json(&prepared, is_verbose), || {
            plan_text(&prepared, is_verbose)
        })?;
        return Ok(Exit::Done);
    }
    let run = write(context, &target, &settings.test_users, choice).await?;
    context.output.result(&run_json(&run), || run_text(&run))?;
    Ok(Exit::Done)
}

/// The step `seed`.
///
/// # Errors
/// The rows do not fit the tables, the database has another seed, or refuses a row.
pub async fn write(context: &Context, target: &Target, users: &TestUsers, choice: Choice) -> Result<Seeded> {
    let step = context.output.step("seed");
    step.leaves("the rows that were on their way are undone");
    let mut client = connect(&target.database, "seed").await?;
    let prepared = prepare(&client, &target.project, users, choice).await?;
    let seeded = prepared.write(&mut client, |detail| step.update(detail)).await?;
    step.done(summary(&seeded));
    Ok(seeded)
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
    if seeded.is_new {
        format!("{title} · {rows} rows")
    } else {
        format!("{title} · its {rows} rows are there already")
    }
}

/// The ledger's entry as JSON.
pub fn run_json(seeded: &Seeded) -> Value {
    let run = &seeded.run;
    let tables: Vec<Value> = run
        .tables
        .iter()
        .map(|table| {
            json!({
                "schema": table.schema, "table": table.name, "owner_slot": table.owner_slot,
                "rows": table.row_count, "digest": table.digest,
            })
        })
        .collect();
    json!({
        "run": run.id, "written": seeded.is_new, "industry": run.industry, "seed": run.seed, "as_of": run.as_of,
        "rows": run.row_count(), "owners": run.owners, "tables": tables,
    })
}

/// Rows of each table, all owners together.
fn run_text(seeded: &Seeded) -> String {
    let mut text = String::new();
    for name in seeded.run.table_names() {
        let rows = seeded
            .run
            .tables
            .iter()
            .filter(|table| table.name == name)
            .map(|table| table.row_count);
        let _ = writeln!(text, "{name:<24} {:>9}", grouped(rows.sum()));
    }
    text
}

fn plan_json(prepared: &Prepared, is_verbose: bool) -> Value {
    let tables: Vec<Value> = prepared
        .plan
        .tables()
        .iter()
        .map(|table| {
            let columns = table.binding().columns.iter();
            let columns: Vec<Value> =
                columns.map(|column| json!({ "column": column.name, "field": column.field.name() })).collect();
            let sample = if is_verbose { table.sample(SAMPLE_ROWS) } else { Vec::new() };
            json!({
                "schema": table.schema(), "table": table.name(), "rows": table.row_count(), "columns": columns,
                "sample": sample,
            })
        })
        .collect();
    let left_alone = prepared.plan.unplaced().iter();
    let left_alone: Vec<Value> = left_alone
        .map(|one| json!({ "schema": one.schema, "table": one.table, "column": one.column, "why": one.why }))
        .collect();
    json!({
        "seed": prepared.choice.seed, "industry": prepared.choice.industry, "as_of": prepared.choice.as_of,
        "rows": prepared.plan.row_count(), "owners": prepared.owners, "tables": tables, "left_alone": left_alone,
    })
}

fn plan_text(prepared: &Prepared, is_verbose: bool) -> String {
    let owners: Vec<&str> = prepared.owners.iter().map(|owner| owner.title()).collect();
    let rows = grouped(prepared.plan.row_count());
    let mut text = format!("{}: {rows} rows for {}\n", prepared.title(), owners.join(", "));
    for table in prepared.plan.tables() {
        let columns = table
            .binding()
            .columns
            .iter()
            .map(|column| match column.field.name() {
                field if field == column.name => column.name.clone(),
                field => format!("{} ← {field}", column.name),
            });
        let _ = writeln!(text, "\n{}: {} rows", table.name(), grouped(table.row_count()));
        let _ = writeln!(text, "  fills {}", columns.collect::<Vec<_>>().join(", "));
        for row in table.sample(if is_verbose { SAMPLE_ROWS } else { 0 }) {
            let values = table.binding().columns.iter().zip(row);
            let values = values.filter_map(|(column, value)| Some(format!("{}: {}", column.name, value?)));
            let _ = writeln!(text, "  · {}", values.collect::<Vec<_>>().join("\n    "));
        }
    }
    text += "\nleft alone\n";
    for one in prepared.plan.unplaced() {
        let place = one
            .column
            .as_ref()
            .map_or(one.table.clone(), |column| format!("{}.{column}", one.table));
        let _ = writeln!(text, "  {place}: {}", one.why);
    }
    text
}
