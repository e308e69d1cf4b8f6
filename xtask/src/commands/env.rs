//! `env`: what the target's database is for.

use anyhow::Result;
use serde_json::json;
use stack::hint::mendable;
use tokio_postgres::Client;

use crate::cli::{EnvCommand, EnvMarkArgs};
use crate::context::Context;
use crate::database::bookkeeping;
use crate::database::connect::connect;
use crate::database::environment::{self, Kind, Mark};
use crate::env_vars::SEEDBED_CONSENT;
use crate::error::Exit;
use crate::fence::{self, Deed, agent};
use crate::target::Target;

/// Runs `env show` or `env mark`.
///
/// # Errors
/// The database is not reached, or the mark that it carries may not be changed so.
pub async fn run(context: &Context, command: EnvCommand) -> Result<Exit> {
    let target = Target::resolve(context).await?;
    let client = connect(&target.database, "env").await?;
    if let EnvCommand::Mark(args) = command {
        mark(context, &target, &client, args).await?;
    }
    let mark = environment::read(&client).await?;
    let address = target.database.to_string();
    let value = json!({ "target": target.name.to_string(), "database": address, "mark": mark });
    context.output.result(&value, || match &mark {
        Some(mark) => format!("{address}: {}, `{}`\n", mark.kind, mark.name),
        None => format!("{address}: not marked\n"),
    })?;
    Ok(Exit::Done)
}

async fn mark(context: &Context, target: &Target, client: &Client, args: EnvMarkArgs) -> Result<()> {
    let EnvMarkArgs {
        kind,
        name,
        dry_run,
        consent,
    } = args;
    let was = environment::read(client).await?;
    let name = name
        .or_else(|| was.as_ref().map(|was| was.name.clone()))
        .unwrap_or_else(|| usual_name(target));
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        return Err(mendable(
            "mark the database: the name is empty, or has signs that nobody can type",
            "give one that people know it by, as `--name acme-staging`",
        ));
    }
    let wanted = Mark {
        kind: kind.to_string(),
        name,
    };
    if was.as_ref() == Some(&wanted) {
        return Ok(());
    }
    // Without a mark nothing is written there: any but `production` opens the fence.
    if was.is_none()
        && kind != Kind::Production
        && !target.name.is_local()
        && let Some(who) = agent::without_consent(&wanted.name)
    {
        return Err(mendable(
            format!(
                "mark {} as {kind}: {who}, who may not say what it is for unless a person has said so before",
                target.database
            ),
            format!(
                "a person sets `{SEEDBED_CONSENT}={}` in the environment",
                wanted.name
            ),
        ));
    }
    if was.as_ref().is_some_and(|was| !is_careful(was, &wanted)) {
        // It opens the fence wider, so it is one of the deeds that the fence is for.
        let deed = Deed {
            verb: "env mark",
            also: vec![format!("the mark becomes {kind}, `{}`", wanted.name)],
            ..Deed::default()
        };
        fence::open(target, client, "env mark")
            .await?
            .pass(context, &deed, &consent, dry_run)
            .await?;
    }
    if dry_run {
        context.output.say(format!(
            "would mark {} as {kind}, `{}`",
            target.database, wanted.name
        ));
        return Ok(());
    }
    bookkeeping::prepare(client).await?;
    match &was {
        Some(was) => environment::mark_again(client, was, kind, &wanted.name).await,
        None => environment::mark(client, kind, &wanted.name).await,
    }
}

/// A name that tells the database from others: most hosted ones are called `postgres`.
fn usual_name(target: &Target) -> String {
    let of_platform = target.hosting.as_ref().map(|hosting| hosting.project_ref.clone());
    of_platform.unwrap_or_else(|| match target.database.get_dbname() {
        Some(name) if name != "postgres" => name.to_owned(),
        _ => target.database.host(),
    })
}

/// Whether a mark allows no more than the one before. Consent is given to a name, so another name comes with a mark that
/// allows less, and from a person.
fn is_careful(was: &Mark, wanted: &Mark) -> bool {
    let kinds = [Kind::Development, Kind::Staging, Kind::Production];
    let place = |mark: &Mark| kinds.iter().position(|kind| kind.to_string() == mark.kind);
    if was.is_production() {
        return false;
    }
    match was.name == wanted.name {
        true => place(wanted) >= place(was),
        false => place(wanted) > place(was) && agent::without_consent(&was.name).is_none(),
    }
}
