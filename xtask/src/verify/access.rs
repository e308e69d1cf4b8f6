//! Who gets in.

use futures_util::future::join_all;

use super::check::{Check, Outcome};
use crate::users::account::Account;
use crate::users::auth_api::{AuthApi, SignIn};

/// The account of a test user, and its token where it can sign in.
pub struct SignedIn {
    /// As whom.
    pub account: Account,
    /// Bearer token; `None` where signing in failed.
    pub access_token: Option<String>,
}

/// The check where nobody may sign in.
pub fn skipped(why: &str) -> Check {
    let why = why.to_owned();
    Check::new("users", "all test users sign in", Outcome::Skipped { why })
}

/// Signs in as each account, all at once.
pub async fn sign_in(api: &AuthApi, accounts: Vec<Account>) -> (Vec<Check>, Vec<SignedIn>) {
    let answers = join_all(accounts.iter().map(|account| api.sign_in(account))).await;
    let mut checks = Vec::new();
    let mut signed_in = Vec::new();
    for (account, answer) in accounts.into_iter().zip(answers) {
        let (problem, access_token) = match answer {
            Ok(SignIn::Done { access_token, .. }) => (None, Some(access_token)),
            Ok(SignIn::Refused { code, message }) => (Some(format!("{message} ({code})")), None),
            Err(error) => (Some(format!("{error:#}")), None),
        };
        checks.push(Check::new(
            "users",
            format!("{} signs in", account.email),
            Outcome::of(problem),
        ));
        signed_in.push(SignedIn {
            account,
            access_token,
        });
    }
    (checks, signed_in)
}

/// What holds for a user who can sign in.
pub fn sign_in_rule(email: &str) -> String {
    format!("{email} signs in")
}
