//! `policies`

use anyhow::Result;
use serde_json::json;

use crate::cli::PoliciesArgs;
use crate::context::Context;
use crate::database::catalog;
use crate::database::connect::connect;
use crate::error::Exit;
use crate::policies::findings::{self, Subject};
use crate::target::Target;
use crate::users::metadata::MetadataTable;

/// Runs `policies`.
///
/// # Errors
/// The stack does not run.
pub async fn run(context: &Context, _args: PoliciesArgs) -> Result<Exit> {
    let settings = context.settings()?;
    let target = Target::resolve(context).await?;
    let mut client = connect(&target.database, "policies").await?;
    let schemas = catalog::schemas(&target.project)?;
    let catalog = catalog::read(&client, &schemas).await?;
    let mut subjects = Vec::new();
    for (account, id) in MetadataTable::of(&catalog)
        .accounts(&client, &settings.test_users)
        .await?
    {
        if !account.is_administrator() {
            subjects.push(Subject::read(&client, account.role.label(), id).await?);
        }
    }
    let found = findings::read(&mut client, &catalog, &schemas, &subjects).await?;
    context.output.result(&json!(found), || format!("{found:#?}"))?;
    Ok(Exit::Done)
}
