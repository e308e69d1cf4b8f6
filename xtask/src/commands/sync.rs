//! `sync`

use std::time::Instant;

use anyhow::{Context as _, Result};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use stack::hint::{hints, mendable};
use tokio_postgres::{Client, IsolationLevel, Transaction};

use crate::backup::{self, Written};
use crate::cli::SyncArgs;
use crate::commands::reset::summary::grouped;
use crate::context::Context;
use crate::database::connect::connect;
use crate::database::environment::{self, Kind, Mark};
use crate::database::{bookkeeping, catalog, quiet, session};
use crate::error::{Exit, message};
use crate::fence;
use crate::sync::apply;
use crate::sync::comparison::Pair;
use crate::sync::plan::Plan;
use crate::sync::side::{self, Side};
use crate::table;
use crate::target::{Target, TargetName};
use crate::users::account::Account;
use crate::users::auth_api::{AuthApi, SignIn};
use crate::users::known;
use crate::users::metadata::MetadataTable;

/// Users who sign in at once.
const AT_ONCE: usize = 4;

/// Whether a test user signs in on the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct SignedIn {
    email: String,
    signs_in: bool,
    problem: Option<String>,
}

/// Runs `sync`: the users and rows of one target in the place of another's.
///
/// # Errors
/// Either is not reached, the fence is closed, the rows do not fit, or a side goes away: the target is as it was.
pub async fn run(context: &Context, args: SyncArgs) -> Result<Exit> {
    let started = Instant::now();
    let settings = context.settings()?;
    let target = Target::resolve(context).await?;
    let mut onto = connect(&target.database, "sync").await?;
    let fence = fence::open(&target, &onto, "sync").await?;
    if args.no_backup {
        refuse_no_backup(&target.name, fence.mark())?;
    }
    side::refuse_read_only(&onto, &target.name.to_string()).await?;
    let source = Target::resolve(&context.on(&args.from).await?).await?;
    let mut from = connect(&source.database, "sync").await?;
    side::refuse_one_database(&from, &onto).await?;
    side::set_up(&from).await?;
    side::set_up(&onto).await?;

    let step = context.output.step("compare");
    let schemas = catalog::schemas(&context.paths.project)?;
    let is_production = environment::read(&from)
        .await?
        .is_some_and(|mark| mark.is_production());
    let snapshot = snapshot_of(&mut from).await?;
    let of_source = Side::read(&snapshot, &schemas).await?;
    side::refuse_unfinished(&of_source, &source.name.to_string())?;
    let rehearsal = onto.transaction().await.context("begin the transaction")?;
    session::set_up(&rehearsal).await?;
    let of_target = Side::read(&rehearsal, &schemas).await?;
    let on_table = |name: &str| step.update(format!("rows of {name}"));
    let (from_source, from_target) = ((&snapshot, &of_source), (&rehearsal, &of_target));
    let plan = Plan::make(from_source, from_target, args.everything, on_table).await?;
    rehearsal.rollback().await.context("undo the rehearsal")?;
    step.done(summary(&plan));
    tell(context, &plan);

    let mut kept_in = None;
    if !plan.is_nothing() {
        let is_allowed = plan.refuse_foreign_rows(args.everything);
        match (is_allowed, args.dry_run) {
            (Err(error), true) => {
                fence.pass(context, &plan.deed, &args.consent, true).await?;
                context.output.say(format!("  {}", message(&error)));
                for hint in hints(&error) {
                    context.output.say(format!("  to do it: {hint}"));
                }
            }
            (is_allowed, is_rehearsal) => {
                is_allowed?;
                fence
                    .pass(context, &plan.deed, &args.consent, is_rehearsal)
                    .await?;
            }
        }
    }
    if !plan.is_nothing() && !args.dry_run {
        bookkeeping::prepare(&onto).await?;
        let metadata = MetadataTable::of(&of_target.catalog);
        let step = context.output.step("sync");
        step.leaves("the target is as it was");
        let held = apply::hold(&mut onto, &plan, &step).await?;
        if !args.no_backup {
            kept_in = Some(backup::take(&context.output, &target).await?);
        }
        let at = Timestamp::now();
        let name = source.name.to_string();
        let copying = Instant::now();
        let filled = held.fill(&snapshot, &plan, &name, &metadata, at, &step).await;
        filled.with_context(|| format!("sync `{name}` to `{}`, which is as it was", target.name))?;
        held.commit().await?;
        let speed = plan.rows() as f64 / copying.elapsed().as_secs_f64();
        step.done(format!(
            "{} rows on `{}`, {} rows/s",
            grouped(plan.rows()),
            target.name,
            grouped(speed as u64)
        ));
        // What follows changes nothing of what was done.
        drop(snapshot);
        if !is_production
            && let Err(error) = note(&mut from, &MetadataTable::of(&of_source.catalog), at).await
        {
            context.output.warn(format!(
                "the source does not know when it was synced: {}",
                message(&error)
            ));
        }
    }

    let users = match args.dry_run {
        true => Vec::new(),
        false => {
            let catalog = &of_target.catalog;
            let accounts = known::named(&onto, catalog, &settings.test_users).await?;
            let accounts = accounts.into_iter().map(|(account, _)| account).collect();
            sign_in(context, &target, accounts).await?
        }
    };
    tell_result(
        context,
        &source.name,
        &plan,
        args.dry_run,
        kept_in,
        &users,
        started,
    )?;
    let all_sign_in = users.iter().all(|user| user.signs_in);
    Ok(if all_sign_in { Exit::Done } else { Exit::No })
}

fn refuse_no_backup(target: &TargetName, mark: Option<&Mark>) -> Result<()> {
    let may = match mark {
        Some(mark) => mark.kind == Kind::Development.to_string(),
        None => target.is_local(),
    };
    if may {
        return Ok(());
    }
    Err(mendable(
        format!("sync to target `{target}` without a backup: it is not marked as development"),
        "leave `--no-backup` away",
    ))
}

/// The source as it is at this moment.
async fn snapshot_of(client: &mut Client) -> Result<Transaction<'_>> {
    let snapshot = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await;
    snapshot.context("begin to read the source")
}

/// Notes on the source when it was synced.
async fn note(source: &mut Client, metadata: &MetadataTable, at: Timestamp) -> Result<()> {
    let doing = "note the sync on the source";
    let transaction = source.transaction().await.context(doing)?;
    session::set_up(&transaction).await?;
    quiet::keep_triggers_from_firing(&transaction).await?;
    metadata.record_sync(&transaction, at).await?;
    transaction.commit().await.context(doing)
}

/// Signs in as each test user on the target: what it was all for.
async fn sign_in(context: &Context, target: &Target, accounts: Vec<Account>) -> Result<Vec<SignedIn>> {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    if !target.has_api() {
        context.output.warn(format!(
            "nobody has signed in on `{}`: it has no API that this tool knows of",
            target.name
        ));
        return Ok(Vec::new());
    }
    let step = context.output.step("sign in");
    let api = AuthApi::of(target)?;
    let tries = accounts.into_iter().map(|account| {
        let api = &api;
        async move {
            let problem = match api.sign_in(&account).await {
                Ok(SignIn::Done { .. }) => None,
                Ok(SignIn::Refused { code, message }) => Some(format!("{message} ({code})")),
                Err(error) => Some(message(&error)),
            };
            SignedIn {
                email: account.email,
                signs_in: problem.is_none(),
                problem,
            }
        }
    });
    let users: Vec<SignedIn> = stream::iter(tries).buffered(AT_ONCE).collect().await;
    let failed: Vec<&SignedIn> = users.iter().filter(|user| !user.signs_in).collect();
    if failed.is_empty() {
        step.done(format!("{} test users", users.len()));
        return Ok(users);
    }
    step.failed(format!("{} of {} test users cannot", failed.len(), users.len()));
    for user in failed {
        let problem = user.problem.as_deref().unwrap_or_default();
        context
            .output
            .warn(format!("{} does not sign in: {problem}", user.email));
    }
    context.output.say(format!(
        "  the rows are there all the same; `cargo xtask users doctor --target {}` tells what keeps users from signing in, \
         `TEST_USER_PASSWORD` is the password that was tried",
        target.name
    ));
    Ok(users)
}

fn summary(plan: &Plan) -> String {
    let differing = plan.pairs.iter().filter(|pair| !pair.is_equal()).count();
    match plan.is_nothing() {
        true => format!("{} tables, equal on both sides", plan.pairs.len()),
        false => format!("{differing} of {} tables differ", plan.pairs.len()),
    }
}

/// Says what is not carried although it is there.
fn tell(context: &Context, plan: &Plan) {
    if !plan.left_out.is_empty() {
        context.output.warn(format!(
            "the target's Auth is of another version and has no {}: what they hold is left out",
            plan.left_out.join(", ")
        ));
    }
}

fn tell_result(
    context: &Context,
    source: &TargetName,
    plan: &Plan,
    is_rehearsal: bool,
    backup: Option<Written>,
    users: &[SignedIn],
    started: Instant,
) -> Result<()> {
    let tables: Vec<_> = plan
        .pairs
        .iter()
        .map(|pair| {
            json!({
                "table": pair.table.title(),
                "rows": pair.source.rows,
                "sum": pair.source.sum,
                "was": pair.target,
                "is_carried": pair.is_carried,
            })
        })
        .collect();
    let value = json!({
        "dry_run": is_rehearsal,
        "source": source.to_string(),
        "target": context.target.to_string(),
        "plan": plan.deed,
        "backup": backup.map(|written| written.path),
        "tables": tables,
        "users": users,
        "seconds": (started.elapsed().as_secs_f64() * 1000.0).round() / 1000.0,
    });
    context.output.result(&value, || text(&plan.pairs, is_rehearsal))
}

/// The tables that differ.
fn text(pairs: &[Pair], is_rehearsal: bool) -> String {
    let shown = pairs
        .iter()
        .filter(|pair| !pair.is_equal() && pair.table.schema != "seedbed");
    let rows: Vec<Vec<String>> = shown
        .map(|pair| {
            vec![
                pair.table.title(),
                grouped(pair.target.rows),
                grouped(pair.source.rows),
            ]
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let last = if is_rehearsal { "would be" } else { "is" };
    let head = ["table", "was", last].map(str::to_owned);
    table::text(head.into(), rows, 1..)
}
