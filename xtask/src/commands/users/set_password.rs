//! `users set-password`

use std::io::{IsTerminal, Read};

use anyhow::{Context as _, Result};
use serde_json::json;
use stack::hint::mendable;

use crate::cli::UsersSetPasswordArgs;
use crate::context::Context;
use crate::database::{catalog, connect};
use crate::env_vars::TEST_USER_PASSWORD;
use crate::error::Exit;
use crate::fence;
use crate::target::Target;
use crate::users::account::Account;
use crate::users::auth_api::AuthApi;
use crate::users::known::{find, sign_in};

/// Runs `users set-password`.
///
/// # Errors
/// The stack does not run, there is no such test user, or Auth refuses the password.
pub async fn run(context: &Context, args: UsersSetPasswordArgs) -> Result<Exit> {
    let settings = context.settings()?;
    let target = Target::resolve(context).await?;
    let client = connect::connect(&target.database, "users").await?;
    fence::open(&target, &client, "users set-password").await?;
    let catalog = catalog::read(&client, &catalog::schemas(&target.project)?).await?;
    let (account, id) = find(&client, &catalog, &settings.test_users, &args.who).await?;
    let password = read_password(&account.email)?;
    let step = context.output.step("password");
    let api = AuthApi::of(&target)?;
    api.set_password(id, &account.email, &password).await?;
    let email = account.email.clone();
    sign_in(
        &api,
        Account {
            password: password.clone(),
            ..account
        },
        id,
    )
    .await?;
    step.done(format!("`{email}` signs in with the new one"));
    if password != settings.test_users.password {
        context.output.say(format!(
            "  `cargo xtask users` sets it back to `{TEST_USER_PASSWORD}`: set that in `.env` to keep the new one"
        ));
    }
    context
        .output
        .result(&json!({ "email": email, "id": id }), String::new)?;
    Ok(Exit::Done)
}

/// What Auth compares of a password; it refuses longer ones.
const MOST_BYTES: usize = 72;

/// The first line of stdin; on a terminal it is not shown. A flag would be seen in `ps`.
fn read_password(email: &str) -> Result<String> {
    let doing = "read the new password from stdin";
    let text = if std::io::stdin().is_terminal() {
        rpassword::prompt_password(format!("New password of {email}: ")).context(doing)?
    } else {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context(doing)?;
        text
    };
    let password = text.lines().next().unwrap_or_default();
    check(password)?;
    Ok(password.to_owned())
}

/// Refuses what no project takes, before Auth is asked.
fn check(password: &str) -> Result<()> {
    let doing = "read the new password from stdin";
    if password.is_empty() {
        return Err(mendable(
            format!("{doing}: it is empty"),
            "type it, or pipe it: `printf '%s' \"$NEW_PASSWORD\" | cargo xtask users set-password ROLE`",
        ));
    }
    if password.len() > MOST_BYTES {
        return Err(mendable(
            format!(
                "{doing}: it has {} bytes, and Auth takes at most {MOST_BYTES}",
                password.len()
            ),
            "choose a shorter one",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_auth_cannot_take_is_refused_before_it_is_asked() {
        assert!(check(&"x".repeat(72)).is_ok());
        // Bytes count, and not letters.
        for wrong in ["", &"x".repeat(73), &"ä".repeat(37)] {
            let error = check(wrong).unwrap_err();
            assert_eq!(stack::hint::hints(&error).len(), 1, "{error}");
        }
    }
}
