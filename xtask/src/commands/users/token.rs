//! `users token`

use anyhow::Result;
use serde_json::json;

use crate::cli::UsersTokenArgs;
use crate::context::Context;
use crate::database::{catalog, connect};
use crate::error::Exit;
use crate::fence;
use crate::target::Target;
use crate::users::auth_api::AuthApi;
use crate::users::known::{find, sign_in};

/// Runs `users token`: a token on stdout, and nothing else.
///
/// # Errors
/// The stack does not run, there is no such test user, or it cannot sign in.
pub async fn run(context: &Context, args: UsersTokenArgs) -> Result<Exit> {
    let settings = context.settings()?;
    let target = Target::resolve(context).await?;
    // Who signs in leaves a session.
    fence::admit(&target, "users token").await?;
    let client = connect::connect(&target.database, "users").await?;
    let catalog = catalog::read(&client, &catalog::schemas(&target.project)?).await?;
    let (account, id) = find(&client, &catalog, &settings.test_users, &args.who).await?;
    let session = sign_in(&AuthApi::of(&target)?, account, id).await?;
    let token = session.text("access_token");
    let value = json!({
        "email": session.account.email, "access_token": token, "expires_at": session.body["expires_at"],
    });
    context.output.result(&value, || token.to_owned())?;
    Ok(Exit::Done)
}
