//! `env`: what the target's database is for.

use anyhow::Result;
use serde_json::json;
use stack::hint::mendable;

use crate::cli::{EnvCommand, EnvMarkArgs};
use crate::context::Context;
use crate::database::connect::{address, connect};
use crate::database::{bookkeeping, environment};
use crate::error::Exit;
use crate::target::Target;

/// Runs `env show` or `env mark`.
///
/// # Errors
/// The database is not reached, or carries another mark already.
pub async fn run(context: &Context, command: EnvCommand) -> Result<Exit> {
    let target = Target::resolve_unmarked(context).await?;
    let client = connect(&target.database, "env").await?;
    let address = address(&target.database);
    let mark = match command {
        EnvCommand::Show => environment::read(&client).await?,
        EnvCommand::Mark(EnvMarkArgs { kind, name }) => {
            let name = name.unwrap_or_else(|| {
                let name = target.database.get_dbname().unwrap_or("postgres");
                name.to_owned()
            });
            bookkeeping::prepare(&client).await?;
            let mark = environment::mark(&client, kind, &name).await?;
            if (mark.kind.as_str(), mark.name.as_str()) != (&*kind.to_string(), &*name) {
                return Err(mendable(
                    format!(
                        "mark the database at `{address}` as {kind}, `{name}`: it is marked as {}, `{}`",
                        mark.kind, mark.name
                    ),
                    "a mark is not changed by this tool: where it is wrong, delete the row of `seedbed.environment`",
                ));
            }
            Some(mark)
        }
    };
    context
        .output
        .result(&json!({ "database": address, "mark": mark }), || match &mark {
            Some(mark) => format!("{address}: {}, `{}`\n", mark.kind, mark.name),
            None => format!("{address}: not marked\n"),
        })?;
    Ok(Exit::Done)
}
