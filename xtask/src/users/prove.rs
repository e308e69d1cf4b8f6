//! Signing in, which is the proof that a user can.

use anyhow::Result;
use serde_json::{Value, json};
use stack::hint::mendable;
use uuid::Uuid;

use super::account::Account;
use super::answer::{self, ASK_THE_DOCTOR};
use super::auth_api::{AuthApi, SignIn};

/// That a user can sign in, and what had to be changed for it.
pub struct Proof {
    /// Bearer token for the other APIs.
    pub access_token: String,
    /// What was in the way.
    pub repairs: Vec<&'static str>,
}

const LOOK_AT_AUTH: &str =
    "see what Auth says in `cargo xtask logs gateway`, or make it all anew with `cargo xtask reset --fresh`";
const NO_EMAIL_LOGINS: &str = "`enable_signup = false` under `[auth.email]` in `supabase/config.toml` turns off \
                               signing in, too: set it to true (`enable_signup = false` under `[auth]` is enough to \
                               keep others from signing up)";

/// Signs in; mends what Auth names as the reason why not.
///
/// # Errors
/// Auth refuses for another reason, or still after that.
pub async fn prove(api: &AuthApi, account: &Account, id: Uuid) -> Result<Proof> {
    let mut repairs = Vec::new();
    loop {
        let (code, message) = match api.sign_in(account).await? {
            SignIn::Done { access_token, .. } => {
                return Ok(Proof {
                    access_token,
                    repairs,
                });
            }
            SignIn::Refused { code, message } => (code, message),
        };
        let (what, fields) = match code.as_str() {
            "email_not_confirmed" => ("confirmation", json!({ "email_confirm": true })),
            "invalid_credentials" => ("password", json!({ "password": account.password })),
            "user_banned" => ("ban", json!({ "ban_duration": "none" })),
            _ => ("", Value::Null),
        };
        if what.is_empty() || repairs.contains(&what) {
            let hint = match code.as_str() {
                "email_provider_disabled" => NO_EMAIL_LOGINS,
                _ if answer::is_of_a_damaged_row(&message) => ASK_THE_DOCTOR,
                _ => LOOK_AT_AUTH,
            };
            return Err(mendable(
                format!("sign in as `{}`: {message} ({code})", account.email),
                hint,
            ));
        }
        api.update(id, &account.email, &fields).await?;
        repairs.push(what);
    }
}

/// What would mend the function that made a user who could not sign in for this reason.
pub fn remedy(repair: &str) -> &'static str {
    match repair {
        "confirmation" => "let it pass `email_confirm: true` to `auth.admin.createUser`",
        "password" => "let it pass the `password` of the request to `auth.admin.createUser`",
        _ => "let it make users who are not banned",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::roles::Role;
    use crate::users::stub::{Function, Stub};

    #[tokio::test]
    async fn another_password_is_brought_in_line() {
        let account = Account::new(&Role::named("admin", 0), "TestPass123!");
        let (stub, api) = Stub::start(Function::Works).await;
        let id = stub.add("admin@test.local", "OldPass123!", true);
        assert_eq!(prove(&api, &account, id).await.unwrap().repairs, ["password"]);
        assert!(prove(&api, &account, id).await.unwrap().repairs.is_empty());
    }
}
