//! `reset` of a target that is not of this machine: the schema stays, rows and users are made anew.

use anyhow::{Context as _, Result};
use serde_json::json;
use stack::hint::mendable;
use tokio_postgres::Client;

use super::steps::Steps;
use super::{HOMELESS, Outcome, Report, seed, tell, users, verify};
use crate::backup;
use crate::cli::ResetArgs;
use crate::commands::verify::Policies;
use crate::context::Context;
use crate::database::connect::connect;
use crate::database::name::short;
use crate::database::{bookkeeping, ledger, session};
use crate::doctor::Verdict;
use crate::doctor::hosted::migrations as hosted_migrations;
use crate::error::Exit;
use crate::fence::{self, Deed, Removal, foreign};
use crate::seeding::choice::Choice;
use crate::seeding::clean::Cleaned;
use crate::seeding::destination::Destination;
use crate::seeding::job::{Cleans, Request};
use crate::seeding::prepare::has_home;
use crate::seeding::{everything, write};
use crate::settings::Settings;
use crate::target::Target;
use crate::users::account::Account;
use crate::users::auth_api::AuthApi;
use crate::users::edge_function::PATIENCE;
use crate::users::ensure::Wish;

/// Runs it.
///
/// # Errors
/// The fence does not let it pass, or a step fails: rows are removed and made in one transaction.
pub(super) async fn run(
    context: &Context,
    args: &ResetArgs,
    settings: &Settings,
    choice: Choice,
) -> Result<Exit> {
    let target = Target::resolve(context).await?;
    let mut client = connect(&target.database, "reset").await?;
    let fence = fence::open(&target, &client, "reset").await?;
    AuthApi::of(&target)?;
    let destination = Destination::read(&client, &target.project).await?;
    if !has_home(&destination, &choice) {
        return Err(mendable(
            format!("reset `{}`: {HOMELESS}", target.name),
            format!(
                "`cargo xtask deploy --target {}` brings the migrations there",
                target.name
            ),
        ));
    }
    let behind = hosted_migrations::examine(context, &client).await?;
    if behind.verdict > Verdict::Good {
        let hint = behind.hint.unwrap_or_default();
        context
            .output
            .warn(format!("migrations are {}: {hint}", behind.detail));
    }
    let cleans = match args.everything {
        true => Cleans::Everything,
        false => Cleans::Seeded,
    };
    let deed = deed(context, &mut client, &destination, cleans).await?;
    fence.pass(context, &deed, &args.consent, args.dry_run).await?;
    if args.dry_run {
        let value = json!({ "dry_run": true, "target": target.name.to_string(), "deed": deed });
        context.output.result(&value, String::new)?;
        return Ok(Exit::Done);
    }
    backup::take(&context.output, &target).await?;
    let mut steps = Steps::default();
    let wish = Wish {
        via: args.via,
        adopts: false,
        patience: PATIENCE,
    };
    let accounts = Account::all(&settings.test_users);
    let made = users::make(context, &target, &settings.test_users, &accounts, wish);
    let made = steps
        .keep("users", made, |made| users::summary(&made.users))
        .await?;
    let request = Request {
        cleans,
        ..Request::seed(choice, &settings.test_users)
    };
    let seeded = seed::write(context, &target, &request);
    steps.keep("seed", seeded, seed::summary).await?;
    let verified = verify::step(context, &target, settings, Policies::Tried);
    let report = steps.keep("verify", verified, Report::summary).await?;
    let is_good = report.failed == 0;
    let outcome = Outcome {
        steps,
        notes: made.notes,
        is_kept: false,
        report,
    };
    tell(context, &target, settings, &outcome).await?;
    Ok(if is_good { Exit::Done } else { Exit::No })
}

/// What would go, found by doing it in a transaction that is undone.
async fn deed(
    context: &Context,
    client: &mut Client,
    destination: &Destination,
    cleans: Cleans,
) -> Result<Deed> {
    let step = context.output.step("plan");
    step.leaves("everything is as it was");
    bookkeeping::prepare(client).await?;
    let transaction = client.transaction().await.context("begin the rehearsal")?;
    session::set_up(&transaction).await?;
    let catalog = &destination.catalog;
    let mut removes = Vec::new();
    let mut also = Vec::new();
    if cleans == Cleans::Everything {
        let runs = ledger::runs(&transaction).await?;
        let ours = foreign::our_users(&transaction, catalog).await?;
        for live in everything::tables(destination) {
            let (rows, foreign) = foreign::rows(&transaction, &runs, live, &ours).await?;
            removes.push(Removal {
                table: short(&live.schema, &live.name),
                rows,
                foreign,
            });
        }
    } else {
        let cleaned = write::clear(&transaction, destination, cleans, |detail| step.update(detail)).await?;
        removes.extend(cleaned.tables.iter().map(|table| Removal {
            table: short(&table.schema, &table.table),
            rows: table.removed,
            foreign: 0,
        }));
        also.extend(changed(&cleaned));
    }
    let foreign_users = foreign::users(&transaction, catalog).await?;
    transaction.rollback().await.context("undo the rehearsal")?;
    also.push("the test users and their rows are made anew; users who are not ours stay".to_owned());
    let deed = Deed {
        verb: "reset",
        removes,
        foreign_users,
        also,
        ..Deed::default()
    };
    step.done(format!("{} rows would go", deed.rows()));
    Ok(deed)
}

fn changed(cleaned: &Cleaned) -> Option<String> {
    let changed: u64 = cleaned.tables.iter().map(|table| table.changed).sum();
    (changed > 0).then(|| format!("{changed} of these rows were changed by people since they were seeded"))
}
