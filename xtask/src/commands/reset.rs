//! `reset`: all of the other commands in one go, or a copy of what they gave the last time.

mod both;
mod hosted;
mod key;
mod steps;
pub mod summary;

use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use serde_json::json;
use stack::postgres::template;
use terminal_size::{Width, terminal_size_of};
use tokio_postgres::Client;
use uuid::Uuid;

use self::steps::Steps;
use self::summary::UserSummary;
use crate::cli::ResetArgs;
use crate::commands::verify::Policies;
use crate::commands::{migrate, seed, start, users, verify};
use crate::context::Context;
use crate::database::connect::connect;
use crate::database::environment::{self, Kind};
use crate::database::ledger::Run;
use crate::database::{bookkeeping, catalog, ledger};
use crate::error::Exit;
use crate::fence;
use crate::policies::expectation::Expectation;
use crate::project_file::ProjectFile;
use crate::seeding::choice::Choice;
use crate::seeding::destination::Destination;
use crate::seeding::industry::Packs;
use crate::seeding::job::Request;
use crate::seeding::owners;
use crate::seeding::prepare::has_home;
use crate::seeding::write::Seeded;
use crate::settings::Settings;
use crate::target::{Target, TargetName};
use crate::tools::Tools;
use crate::users::account::Account;
use crate::users::edge_function::PATIENCE;
use crate::users::ensure::Wish;
use crate::users::metadata::MetadataTable;
use crate::users::roles::Role;
use crate::verify::Report;

/// Runs `reset`.
///
/// # Errors
/// What was asked for makes no sense (nothing is touched then), or a step fails.
pub async fn run(context: &Context, args: ResetArgs) -> Result<Exit> {
    let settings = context.settings()?;
    let packs = Packs::of(&context.paths);
    let choice = Choice::resolve(&args.options, &settings, &packs, Timestamp::now())?;
    let file = ProjectFile::load(&context.paths.project)?;
    Expectation::find(&context.paths)?;
    if args.both {
        return both::run(context, args).await;
    }
    if !context.target.is_local() {
        return hosted::run(context, &args, &settings, choice).await;
    }
    if args.dry_run {
        return dry_run(context, &settings, &choice);
    }
    let mut steps = Steps::default();
    let tools = steps
        .keep("tools", start::ready_tools(context), Tools::to_string)
        .await?;
    let _lock = context.lock()?;
    let started = start::bring_up(context, &tools);
    let (target, started) = steps
        .keep("stack", started, |(target, _)| target.api_url.clone())
        .await?;
    let mut notes = started.notes;

    let key = key::of(&context.paths.supabase(), &file, &choice, &settings.test_users)?;
    let port = target.database_port();
    let is_kept = target.name == TargetName::Embedded && !args.fresh && template::exists(port, &key).await?;
    if is_kept {
        steps
            .keep("database", copy_kept(context, &target, &key), |()| {
                COPIED.to_owned()
            })
            .await?;
    } else {
        notes.extend(make_all(context, &target, &tools, &settings, choice, &args, &mut steps).await?);
    }
    let of_policies = if is_kept {
        Policies::OfTemplate
    } else {
        Policies::Tried
    };
    let report = steps
        .keep(
            "verify",
            verify::step(context, &target, &settings, of_policies),
            Report::summary,
        )
        .await?;
    let is_good = report.failed == 0;
    if is_good && !is_kept && target.name == TargetName::Embedded {
        steps
            .keep("template", keep(context, port, &key), |()| KEPT.to_owned())
            .await?;
    }
    let outcome = Outcome {
        steps,
        notes,
        is_kept,
        report,
    };
    tell(context, &target, &settings, &outcome).await?;
    if !context.output.is_json() {
        context.output.say(
            "\n`cargo xtask status --show-keys` shows addresses and keys, `cargo xtask stop` stops the stack",
        );
    }
    Ok(if is_good { Exit::Done } else { Exit::No })
}

/// What a reset came to.
struct Outcome {
    steps: Steps,
    /// Sentences about what did not go the usual way.
    notes: Vec<String>,
    /// Whether it is a copy of what an earlier one made.
    is_kept: bool,
    report: Report,
}

/// Prints what a reset came to: who can sign in and what each owns, and which checks failed.
async fn tell(context: &Context, target: &Target, settings: &Settings, outcome: &Outcome) -> Result<()> {
    let Outcome {
        steps,
        notes,
        is_kept,
        report,
    } = outcome;
    let client = connect(&target.database, "reset").await?;
    let run = ledger::runs(&client).await?.pop();
    let summaries = user_summaries(&client, target, settings, run.as_ref(), report).await?;
    let seeded = run.map(|run| Seeded {
        part: None,
        run,
        is_new: !is_kept,
        cleaned: None,
        elapsed: Duration::ZERO,
    });
    let password = &settings.test_users.password;
    let value = json!({
        "steps": &steps.0, "notes": notes, "from_template": is_kept, "users": summaries,
        "seed": seeded.as_ref().map(seed::run_json), "verify": report, "target": target.name.to_string(), "api_url": target.api_url,
    });
    context.output.result(&value, || {
        // A blank line between talk and data is talk.
        context.output.say("");
        verify::lines(report, verify::Detail::Failed)
            + &summary::table(&summaries, password, terminal_width())
    })
}

const COPIED: &str = "copied from the template that an earlier reset kept";
const KEPT: &str = "kept: the next reset copies it";

/// Said where there is nothing to seed.
const HOMELESS: &str = "no table of the database holds what can be seeded, so that there are no rows: `record` in \
                        `seedbed.toml` says what a table holds, if it does";

/// Said before a seed's error.
const UNSEEDED: &str = "the stack runs with all migrations and its users can sign in, only rows are missing: `cargo xtask seed` tries again";

/// The columns of the terminal that stdout is, if it is one.
fn terminal_width() -> Option<usize> {
    let (Width(columns), _) = terminal_size_of(std::io::stdout())?;
    Some(columns.into())
}

/// The step `database` where a reset with the same key has kept what it made.
async fn copy_kept(context: &Context, target: &Target, key: &str) -> Result<()> {
    let step = context.output.step("database");
    step.leaves("the database is as it was before");
    refuse_production(target).await?;
    template::reset_to(target.database_port(), key).await?;
    step.done(COPIED);
    Ok(())
}

/// Nothing is dropped that is marked as production, wherever it is. A database that is broken or not there is what a
/// reset is for.
async fn refuse_production(target: &Target) -> Result<()> {
    match connect(&target.database, "reset").await {
        Ok(client) => fence::open(target, &client, "reset").await.map(drop),
        Err(_) => Ok(()),
    }
}

/// The step `template`.
async fn keep(context: &Context, port: u16, key: &str) -> Result<()> {
    let step = context.output.step("template");
    step.leaves("the database is complete, the next reset does all of it again");
    template::keep(port, key).await?;
    step.done(KEPT);
    Ok(())
}

/// Everything from an empty database on; gives sentences about what did not go the usual way.
async fn make_all(
    context: &Context,
    target: &Target,
    tools: &Tools,
    settings: &Settings,
    choice: Choice,
    args: &ResetArgs,
    steps: &mut Steps,
) -> Result<Vec<String>> {
    steps
        .keep("database", make_anew(context, target, tools), |()| {
            "made anew".to_owned()
        })
        .await?;
    let migrated = migrate::apply(context, target, tools, false);
    steps
        .keep("migrations", migrated, |pushed| migrate::summary(pushed, false))
        .await?;
    // Nobody's own users are in a database that was made a moment ago: who is there comes from the project's seed.
    let wish = Wish {
        via: args.via,
        adopts: true,
        patience: PATIENCE,
    };
    let accounts = Account::all(&settings.test_users);
    let made = users::make(context, target, &settings.test_users, &accounts, wish);
    let mut made = steps
        .keep("users", made, |made| users::summary(&made.users))
        .await?;
    let client = connect(&target.database, "reset").await?;
    let (test_users, note) = owners::without_missing(&client, &settings.test_users).await?;
    if let Some(note) = note {
        context.output.warn(&note);
        made.notes.push(note);
    }
    if !has_home(&Destination::read(&client, &target.project).await?, &choice) {
        let step = context.output.step("seed");
        step.done("no rows");
        context.output.warn(HOMELESS);
        made.notes.push(HOMELESS.to_owned());
        return Ok(made.notes);
    }
    let request = Request::seed(choice, &test_users);
    let seeded = seed::write(context, target, &request);
    let seeded = steps.keep("seed", seeded, seed::summary).await;
    if seeded.is_err() {
        context.output.warn(UNSEEDED);
    }
    seeded?;
    Ok(made.notes)
}

/// The step `database` where there is nothing to copy.
async fn make_anew(context: &Context, target: &Target, tools: &Tools) -> Result<()> {
    let step = context.output.step("database");
    step.leaves("the database is empty; the next reset fills it");
    refuse_production(target).await?;
    target.recreate(tools, &step).await?;
    let client = connect(&target.database, "reset").await?;
    bookkeeping::prepare(&client).await?;
    let name = target
        .project
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    environment::mark(&client, Kind::Development, &name).await?;
    step.done("made anew");
    Ok(())
}

/// The test users with what each owns.
async fn user_summaries(
    client: &Client,
    target: &Target,
    settings: &Settings,
    run: Option<&Run>,
    report: &Report,
) -> Result<Vec<UserSummary>> {
    let catalog = catalog::read(client, &catalog::schemas(&target.project)?).await?;
    let accounts = MetadataTable::of(&catalog)
        .accounts(client, &settings.test_users)
        .await?;
    let owners = run.map_or_else(|| Ok(Vec::new()), owners::of_run)?;
    let tables = run.map(Run::table_names).unwrap_or_default();
    let tables: Vec<String> = tables.into_iter().map(str::to_owned).collect();
    let summary = |(account, id): (Account, Uuid)| {
        let slot = owners
            .iter()
            .find(|owner| owner.user_id == Some(id))
            .map(|owner| owner.slot);
        UserSummary {
            role: account.role.name,
            id,
            signed_in: report.has_signed_in(&account.email),
            owns: run
                .zip(slot)
                .map(|(run, slot)| run.counts_of(slot))
                .unwrap_or_default(),
            tables: tables.clone(),
            email: account.email,
        }
    };
    Ok(accounts.into_iter().map(summary).collect())
}

/// Says what a reset would do, from what needs no database.
fn dry_run(context: &Context, settings: &Settings, choice: &Choice) -> Result<Exit> {
    let roles: Vec<String> = settings.test_users.roles.iter().map(Role::title).collect();
    let key_words = format!(
        "{} · seed {} · as of {}",
        choice.industry,
        choice.seed,
        choice.as_of_day()
    );
    let steps = [
        ("tools", "installed where they are missing".to_owned()),
        ("stack", "started where it does not run".to_owned()),
        (
            "database",
            format!(
                "dropped, with everything in it, and made anew for `{}`",
                context.paths.project.display()
            ),
        ),
        (
            "migrations",
            "all in `supabase/migrations`, then the seed files".to_owned(),
        ),
        ("users", roles.join(", ")),
        ("seed", key_words),
        ("verify", "all checks".to_owned()),
    ];
    let value: Vec<_> = steps
        .iter()
        .map(|(name, detail)| json!({ "name": name, "detail": detail }))
        .collect();
    context
        .output
        .result(&json!({ "dry_run": true, "steps": value }), || {
            steps
                .iter()
                .map(|(name, detail)| format!("{name:<11} {detail}\n"))
                .collect()
        })?;
    Ok(Exit::Done)
}
