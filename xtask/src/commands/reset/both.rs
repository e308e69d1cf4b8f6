//! `reset --both`: this machine's target, then another one as its copy.

use std::sync::PoisonError;

use anyhow::Result;
use serde_json::{Value, json};
use stack::hint::mendable;

use crate::cli::{ResetArgs, SyncArgs, VerifyArgs};
use crate::commands::{sync, verify};
use crate::context::Context;
use crate::database::catalog;
use crate::database::connect::connect;
use crate::error::{Exit, message};
use crate::fence::{self, ConsentArgs, Deed};
use crate::target::Target;

/// Runs it.
///
/// # Errors
/// The other target is one of this machine or may not be written to (nothing is touched then), or a step fails.
pub(super) async fn run(context: &Context, args: ResetArgs) -> Result<Exit> {
    if !context.target.is_local() || args.onto.is_local() {
        return Err(mendable(
            format!(
                "reset both `{}` and `{}`: the first has to be of this machine, the second not",
                context.target, args.onto
            ),
            "leave `--target` away, and name the second by `--onto`",
        ));
    }
    let other = context.on(&args.onto).await?;
    let target = Target::resolve(&other).await?;
    let client = connect(&target.database, "reset").await?;
    let fence = fence::open(&target, &client, "reset").await?;
    let catalog = catalog::read(&client, &catalog::schemas(&target.project)?).await?;
    let mut deed = Deed::amid_users("reset --both", &client, &catalog).await?;
    deed.also
        .push("what goes there is told when this machine is reset".to_owned());
    // The number of rows is known then, and asked for then.
    let consent = ConsentArgs {
        foreign_rows: None,
        ..args.consent.clone()
    };
    fence.pass(context, &deed, &consent, args.dry_run).await?;
    drop(client);

    let (output, kept) = context.output.keeping();
    let here = Context {
        output: output.clone(),
        ..context.clone()
    };
    let there = Context { output, ..other };
    let syncing = SyncArgs {
        from: context.target.clone(),
        everything: args.everything,
        dry_run: args.dry_run,
        // The name that was typed is not asked for again.
        consent: ConsentArgs {
            confirm: args
                .consent
                .confirm
                .clone()
                .or_else(|| fence.mark().map(|mark| mark.name.clone())),
            ..args.consent.clone()
        },
        no_backup: false,
    };
    let comparing = VerifyArgs {
        against: Some(args.onto.clone()),
    };
    let is_rehearsal = args.dry_run;
    let alone = ResetArgs { both: false, ..args };
    let mut exit = Box::pin(super::run(&here, alone)).await?;
    if exit == Exit::Done {
        exit = match sync::run(&there, syncing).await {
            // It was looked at what is there now, and not at what the reset will make.
            Err(error) if is_rehearsal => {
                context.output.say(format!(
                    "  what sync would do is known when `{}` is reset: {}",
                    context.target,
                    message(&error)
                ));
                Exit::Done
            }
            synced => synced?,
        };
    }
    if exit == Exit::Done && !is_rehearsal {
        exit = verify::run(&here, comparing).await?;
    }
    if context.output.is_json() {
        let parts = std::mem::take(&mut *kept.lock().unwrap_or_else(PoisonError::into_inner));
        let mut parts = parts.into_iter();
        let mut next = || parts.next().unwrap_or(Value::Null);
        let value = json!({ "reset": next(), "sync": next(), "parity": next() });
        context.output.result(&value, String::new)?;
    }
    Ok(exit)
}
