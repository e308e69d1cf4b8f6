//! Signing in as each test user, which is the proof.

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::error;
use crate::users::account::Account;
use crate::users::auth_api::{AuthApi, SignIn};

/// Users who sign in side by side.
const AT_ONCE: usize = 8;

/// What came of signing in as one test user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// Its e-mail.
    pub email: String,
    /// Whether it can sign in.
    pub signed_in: bool,
    /// Why it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Sets the test password of those in `passwords`, and signs in as all of `accounts`.
pub async fn prove(api: &AuthApi, accounts: &[(Account, Uuid)], passwords: &BTreeSet<String>) -> Vec<Proof> {
    let proofs = accounts.iter().map(async |(account, id)| {
        let needs_password = passwords.contains(&id.to_string());
        let why = sign_in(api, account, *id, needs_password).await.err();
        Proof {
            email: account.email.clone(),
            signed_in: why.is_none(),
            why,
        }
    });
    stream::iter(proofs).buffered(AT_ONCE).collect().await
}

async fn sign_in(api: &AuthApi, account: &Account, id: Uuid, needs_password: bool) -> Result<(), String> {
    if needs_password {
        let changed = api
            .update(id, &account.email, &json!({ "password": account.password }))
            .await;
        changed.map_err(|error| error::message(&error))?;
    }
    match api.sign_in(account).await {
        Ok(SignIn::Done { user_id, .. }) if user_id == id => Ok(()),
        Ok(SignIn::Done { user_id, .. }) => Err(format!("it is the user {user_id} who was signed in")),
        Ok(SignIn::Refused { code, message }) if code == "invalid_credentials" => Err(format!(
            "{message} ({code}): its password is another one, `cargo xtask users` sets the test password"
        )),
        Ok(SignIn::Refused { code, message }) => Err(format!("{message} ({code})")),
        Err(error) => Err(error::message(&error)),
    }
}
