//! `bench`

use std::time::{Duration, Instant};

use anyhow::Result;
use jiff::Timestamp;
use seed_core::plan::Plan;
use stack::hint::mendable;
use stack::postgres::template::scratch;

use crate::bench::backup;
use crate::bench::candidate::{self, Candidate, Round};
use crate::bench::machine::{Machine, peak_memory};
use crate::bench::ready::{self, ReadyTable};
use crate::bench::report::{Comparison, Report, Tables};
use crate::bench::workbench::{self, Workbench};
use crate::cli::{BenchBackupArgs, BenchCommand, BenchRunArgs, BenchSeedArgs, SeedOptions};
use crate::commands::reset::summary::grouped;
use crate::context::Context;
use crate::database::connect::connect;
use crate::database::seed_lock;
use crate::error::Exit;
use crate::seeding::choice::Choice;
use crate::seeding::industry::Packs;
use crate::seeding::job::{Request, Way};
use crate::seeding::prepare::{Prepared, prepare};
use crate::seeding::write;
use crate::target::{Target, TargetName};

/// Runs `bench`.
///
/// # Errors
/// The stack does not run, its tables cannot be seeded, or the server cannot copy its database.
pub async fn run(context: &Context, command: BenchCommand) -> Result<Exit> {
    match command {
        BenchCommand::Seed(args) => compare_all(context, &args).await,
        BenchCommand::Backup(args) => compare_backups(context, &args).await,
        BenchCommand::Run(args) => seed_copy(context, args).await,
    }
}

async fn compare_all(context: &Context, args: &BenchSeedArgs) -> Result<Exit> {
    if context.target != TargetName::Embedded {
        return Err(mendable(
            format!(
                "measure on the target `{}`: it copies no databases",
                context.target
            ),
            "measure on the embedded stack: `--target embedded`",
        ));
    }
    let request = request(context, &SeedOptions::default())?;
    let target = Target::resolve(context).await?;
    let _lock = context.lock()?;
    let step = context.output.step("copy");
    step.leaves(LEAVES);
    let client = connect(&target.database, "bench").await?;
    seed_lock::hold(&client, Duration::ZERO, |_| ()).await?;
    let machine = Machine::look(&client).await?;
    drop(client);
    let workbench = Workbench::set_up(&target, &request).await?;
    let request = request.with_counts(workbench.counts(&request, args.rows).await?);
    step.done("the project's database, with empty tables");
    if !machine.is_optimised {
        context.output.warn(DEBUG);
    }

    let prepared = workbench.prepare(&request).await?;
    let ready = make_ready(context, &prepared.plan).await?;
    let mut comparisons = Vec::new();
    for tables in [Tables::Live, Tables::Plain] {
        let compared = compare(context, &workbench, &prepared, &ready, tables, args.rounds);
        comparisons.push(compared.await?);
    }
    workbench.remove().await?;
    let report = Report {
        machine,
        rounds: args.rounds,
        comparisons,
    };
    context.output.result(&report, || report.text())?;
    Ok(Exit::Done)
}

async fn compare_backups(context: &Context, args: &BenchBackupArgs) -> Result<Exit> {
    let target = Target::resolve(context).await?;
    let step = context.output.step("backup");
    let report = backup::compare(&target, args.rounds, &step).await?;
    step.done(report.summary());
    if let Some(why) = &report.without_pg_dump {
        context.output.warn(format!("nothing to compare with: {why}"));
    }
    if !report.machine.is_optimised {
        context.output.warn(DEBUG);
    }
    context.output.result(&report, || report.text())?;
    Ok(Exit::Done)
}

/// What an interrupt leaves.
const LEAVES: &str = "the copies are removed, the project's database is as it was";

/// Said of the usual build.
const DEBUG: &str =
    "this is a debug build, which is slow: `cargo run --release -p xtask -- bench …` measures what it can do";

/// The step `rows`.
async fn make_ready(context: &Context, plan: &Plan) -> Result<Vec<ReadyTable>> {
    let step = context.output.step("rows");
    step.leaves(LEAVES);
    let ready = ready::make(plan, |table| step.update(table)).await?;
    step.done(format!(
        "{} made ready for COPY and INSERT",
        grouped(plan.row_count())
    ));
    Ok(ready)
}

/// The step `live` or `plain`: all candidates by turns.
async fn compare(
    context: &Context,
    workbench: &Workbench<'_>,
    prepared: &Prepared,
    ready: &[ReadyTable],
    tables: Tables,
    rounds: u32,
) -> Result<Comparison> {
    let step = context.output.step(tables.word());
    step.leaves(LEAVES);
    let mut measured = Candidate::ALL.map(|candidate| (candidate, Vec::new()));
    for round in 1..=rounds {
        for (candidate, measured) in &mut measured {
            step.update(format!("round {round} of {rounds}: {}", candidate.name()));
            let database = workbench.renew(&prepared.plan, tables).await?;
            measured.push(match candidate {
                Candidate::Seed => candidate::seed(context, &prepared.choice, tables, 1).await?,
                Candidate::SeedBeside => candidate::seed(context, &prepared.choice, tables, 2).await?,
                how => candidate::write_ready(*how, &database, ready).await?,
            });
        }
        // Nobody is always the first.
        measured.rotate_left(1);
    }
    measured.sort_by_key(|(candidate, _)| Candidate::ALL.iter().position(|one| one == candidate));
    let bytes = ready.iter().map(|table| table.binary.bytes()).sum();
    let comparison = Comparison::new(tables, prepared.plan.row_count(), bytes, measured.into());
    step.done(comparison.summary());
    Ok(comparison)
}

/// `bench run`: what `cargo xtask seed` does, into the copy.
async fn seed_copy(context: &Context, args: BenchRunArgs) -> Result<Exit> {
    let request = Request {
        way: match args.jobs {
            1 => Way::AtOnce,
            jobs => Way::Beside(jobs),
        },
        ..request(context, &args.options)?
    };
    let target = Target::resolve(context).await?;
    let copy = workbench::database(&target, scratch::SCRATCH);
    let step = context.output.step("seed");
    let started = Instant::now();
    let run = match args.tables {
        Tables::Live => write::write(&copy, &target.project, &request, &step).await?.run,
        Tables::Plain => {
            // What rows mean is read off keys, which plain tables have none of: those that they are copies of have.
            let start = connect(&workbench::database(&target, scratch::START), "bench").await?;
            let prepared = prepare(&start, &target.project, &request).await?;
            write::write_planned(&copy, &target.project, &prepared, args.jobs, &step).await?
        }
    };
    let round = Round {
        seconds: started.elapsed().as_secs_f64(),
        rows: run.row_count(),
        peak_memory_bytes: peak_memory(),
    };
    step.done(format!("{} rows", grouped(round.rows)));
    context.output.result(&round, || format!("{round:?}"))?;
    Ok(Exit::Done)
}

fn request(context: &Context, options: &SeedOptions) -> Result<Request> {
    let settings = context.settings()?;
    let packs = Packs::of(&context.paths);
    let choice = Choice::resolve(options, &settings, &packs, Timestamp::now())?;
    Ok(Request::seed(choice, &settings.test_users))
}
