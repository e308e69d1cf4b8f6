//! `clean`

use std::fmt::Write;

use anyhow::{Context as _, Result};
use serde_json::json;
use stack::hint::mendable;
use tokio_postgres::{Client, GenericClient};

use crate::cli::CleanArgs;
use crate::commands::reset::summary::grouped;
use crate::context::Context;
use crate::database::connect::connect;
use crate::database::ledger::{self, Run};
use crate::database::name::short;
use crate::error::Exit;
use crate::fence::{self, Deed, Removal};
use crate::seeding::clean::{Cleaned, CleanedTable, Hanging, Selection, take_back};
use crate::seeding::destination::Destination;
use crate::seeding::owners::RowOwner;
use crate::seeding::{owners, write};
use crate::table;
use crate::target::Target;

/// Runs `clean`: takes back what was seeded, and nothing else.
///
/// # Errors
/// The stack does not run, there is no such run or user, or the database refuses.
pub async fn run(context: &Context, args: CleanArgs) -> Result<Exit> {
    let target = Target::resolve(context).await?;
    let mut client = connect(&target.database, "clean").await?;
    let fence = fence::open(&target, &client, "clean").await?;
    let mut taken = None;
    if args.dry_run || fence.asks() {
        let (deed, would_go) = attempt(context, &target, &mut client, &args, true).await?;
        if would_go.is_some() {
            fence.pass(context, &deed, &args.consent, args.dry_run).await?;
        }
        taken = would_go;
    }
    if !args.dry_run {
        taken = attempt(context, &target, &mut client, &args, false).await?.1;
    }
    let Taken { cleaned, others } = taken.unwrap_or_default();
    tell(context, &cleaned, args.dry_run);
    if others > 0 && cleaned.kept() == 0 {
        let word = if others == 1 {
            "1 other run is"
        } else {
            "other runs are"
        };
        context.output.say(format!(
            "  {word} still there: `cargo xtask runs`, `cargo xtask clean --all-seeded`"
        ));
    }
    let value = json!({ "dry_run": args.dry_run, "taken_back": cleaned });
    context.output.result(&value, || text(&cleaned))?;
    Ok(Exit::Done)
}

/// What went.
#[derive(Default)]
struct Taken {
    cleaned: Cleaned,
    /// Runs that are still there, where one was asked for.
    others: usize,
}

/// The step `clean`, or a rehearsal of it; nothing is taken where nothing was seeded.
async fn attempt(
    context: &Context,
    target: &Target,
    client: &mut Client,
    args: &CleanArgs,
    is_rehearsal: bool,
) -> Result<(Deed, Option<Taken>)> {
    let step = context.output.step("clean");
    step.leaves("everything is as it was");
    let transaction = write::begin(client, &step).await?;
    let runs = ledger::runs(&transaction).await?;
    let Some(selection) = select(&transaction, args, &runs).await? else {
        step.done("nothing was seeded");
        return Ok((Deed::default(), None));
    };
    let destination = Destination::read(&transaction, &target.project).await?;
    let deed = Deed::amid_users("clean", &transaction, &destination.catalog).await?;
    let cleaned = take_back(&transaction, &destination, &selection, args.detach, |detail| {
        step.update(detail)
    })
    .await?;
    let others = match selection {
        Selection::Run(_) => ledger::runs(&transaction).await?.len(),
        Selection::Owners(_) | Selection::All => 0,
    };
    if is_rehearsal {
        transaction.rollback().await.context("undo the rehearsal")?;
        step.done(format!("would take back {}", summary(&cleaned)));
    } else {
        transaction.commit().await.context("commit what was taken back")?;
        step.done(summary(&cleaned));
    }
    Ok((taking(deed, &cleaned), Some(Taken { cleaned, others })))
}

/// A deed that takes rows back, for the fence.
pub fn taking(mut deed: Deed, cleaned: &Cleaned) -> Deed {
    let removal = |table: &CleanedTable| Removal {
        table: short(&table.schema, &table.table),
        rows: table.removed,
        // The ledger names each of them.
        foreign: 0,
    };
    let tables = cleaned.tables.iter().filter(|table| table.removed > 0);
    deed.removes.extend(tables.map(removal));
    let detached = cleaned.hanging.iter().filter(|hanging| hanging.detached);
    deed.also.extend(detached.map(|hanging| {
        format!(
            "{} of `{}` point nowhere in `{}`",
            rows(hanging.rows),
            hanging.table,
            hanging.columns.join("`, `")
        )
    }));
    deed
}

/// What the flags select; `None` where nothing was ever seeded.
async fn select(client: &impl GenericClient, args: &CleanArgs, runs: &[Run]) -> Result<Option<Selection>> {
    if let Some(email) = &args.user {
        let slots = slots_of(client, email, runs).await?;
        return Ok((!slots.is_empty()).then_some(Selection::Owners(slots)));
    }
    if args.all_seeded {
        return Ok((!runs.is_empty()).then_some(Selection::All));
    }
    let run = match &args.run {
        None => match runs.last() {
            Some(run) => run,
            None => return Ok(None),
        },
        Some(id) => named(runs, id)?,
    };
    let is_later = |other: &&Run| other.created_at > run.created_at;
    let goes_on = |other: &&Run| {
        let mut slots = other.own_tables().filter_map(|table| table.owner_slot);
        slots.any(|slot| other.is_of(slot) && run.is_of(slot))
    };
    if let Some(later) = runs.iter().filter(is_later).find(goes_on) {
        return Err(mendable(
            format!(
                "take back run {}: run {} goes on from it",
                run.short_id(),
                later.short_id()
            ),
            format!(
                "take that one back first with `cargo xtask clean --run {}`, or all with `--all-seeded`",
                later.short_id()
            ),
        ));
    }
    Ok(Some(Selection::Run(run.id)))
}

/// The blocks of rows of a user, whom Auth need not have any more.
async fn slots_of(client: &impl GenericClient, email: &str, runs: &[Run]) -> Result<Vec<u16>> {
    let mut owners = Vec::new();
    for run in runs {
        owners.extend(owners::of_run(run)?);
    }
    let is_called = |owner: &RowOwner| {
        owner
            .email
            .as_ref()
            .is_some_and(|own| own.eq_ignore_ascii_case(email))
    };
    let known = owners
        .iter()
        .find(|owner| is_called(owner))
        .and_then(|owner| owner.user_id);
    let id = match known {
        Some(id) => id,
        None => owners::user_of(client, email).await?,
    };
    let theirs = owners.iter().filter(|owner| owner.user_id == Some(id));
    let mut slots: Vec<u16> = theirs.map(|owner| owner.slot).collect();
    slots.sort_unstable();
    slots.dedup();
    Ok(slots)
}

/// The run whose id begins so.
fn named<'r>(runs: &'r [Run], id: &str) -> Result<&'r Run> {
    let mut found = runs
        .iter()
        .filter(|run| run.id.to_string().starts_with(&id.to_lowercase()));
    match (found.next(), found.next()) {
        (Some(run), None) => Ok(run),
        (None, _) => Err(mendable(
            format!("find run `{id}`: the ledger has none whose id begins so"),
            "`cargo xtask runs` lists them",
        )),
        _ => Err(mendable(
            format!("find run `{id}`: several begin so"),
            "give more of the id, as `cargo xtask runs --json` shows it",
        )),
    }
}

/// In a line: `1 955 rows of 9 tables, 12 stay`.
pub fn summary(cleaned: &Cleaned) -> String {
    let tables = cleaned.tables.iter().filter(|table| table.removed > 0).count();
    let mut text = format!(
        "{} of {tables} table{}",
        rows(cleaned.removed()),
        if tables == 1 { "" } else { "s" }
    );
    if cleaned.kept() > 0 {
        let _ = write!(text, ", {} stay", grouped(cleaned.kept()));
    }
    text
}

/// Says what stays and why, and what was changed before it went.
pub fn tell(context: &Context, cleaned: &Cleaned, is_rehearsal: bool) {
    for hanging in &cleaned.hanging {
        context.output.warn(hanging_line(hanging, is_rehearsal));
    }
    for table in cleaned.tables.iter().filter(|table| table.changed > 0) {
        let what = if is_rehearsal {
            "would go with the others"
        } else {
            "went with the others"
        };
        context.output.warn(format!(
            "{} of `{}` that somebody changed since the seed {what}",
            rows(table.changed),
            table.table
        ));
    }
    for table in &cleaned.missing {
        context.output.warn(format!(
            "`{table}` is not there any more, or has another name: the rows that were seeded into it are forgotten"
        ));
    }
    if cleaned.tags > 0 {
        context.output.say(format!(
            "  {} tags stay: they are everybody's",
            grouped(cleaned.tags)
        ));
    }
}

fn hanging_line(hanging: &Hanging, is_rehearsal: bool) -> String {
    let columns = hanging.columns.join("`, `");
    let points = if hanging.rows == 1 { "points" } else { "point" };
    let what = match (hanging.detached, hanging.can_be_detached) {
        (true, _) if is_rehearsal => "it would point nowhere".to_owned(),
        (true, _) => "it points nowhere now".to_owned(),
        (false, true) => "both stay; `cargo xtask clean --detach` lets it point nowhere".to_owned(),
        (false, false) => format!("both stay; `{columns}` cannot be null, so delete one of them"),
    };
    format!(
        "{} that the ledger does not name {points} from `{}` at `{}` by `{columns}`: {what}",
        rows(hanging.rows),
        hanging.table,
        hanging.on,
    )
}

fn rows(count: u64) -> String {
    format!("{} row{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// What went of each table.
pub fn text(cleaned: &Cleaned) -> String {
    let is_told = |one: &&CleanedTable| one.removed + one.kept + one.gone > 0;
    let tables: Vec<&CleanedTable> = cleaned.tables.iter().filter(is_told).collect();
    if tables.is_empty() {
        return String::new();
    }
    let head = ["table", "taken back", "stay", "were gone"].map(str::to_owned);
    let line = |one: &&CleanedTable| {
        vec![
            one.table.clone(),
            grouped(one.removed),
            grouped(one.kept),
            grouped(one.gone),
        ]
    };
    table::text(head.into(), tables.iter().map(line).collect(), 1..)
}
