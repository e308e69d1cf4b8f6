//! The test users of both sides, and whether they get in.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde::Serialize;

use crate::database::environment::Mark;
use crate::error::message;
use crate::settings::TestUsers;
use crate::target::Target;
use crate::users::account::Account;
use crate::users::auth_api::{AuthApi, SignIn};
use crate::users::metadata::TestUser;

/// A test user of either side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserReport {
    /// Its e-mail.
    pub email: String,
    /// What it is here; none where it is missing.
    pub here: Option<Standing>,
    /// What it is there.
    pub there: Option<Standing>,
}

/// What a test user is on a side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Its role.
    pub role: String,
    /// Whether it gets in with the password of the settings; none where that was not tried.
    pub signs_in: Option<bool>,
    /// What kept it from getting in, or from being tried.
    pub why: Option<String>,
}

impl UserReport {
    /// In what the two sides differ, if they do, or who does not get in.
    pub fn problem(&self) -> Option<String> {
        let email = &self.email;
        let (here, there) = match (&self.here, &self.there) {
            (Some(here), Some(there)) => (here, there),
            (Some(_), None) => return Some(format!("test user {email}: only here")),
            _ => return Some(format!("test user {email}: only there")),
        };
        if here.role != there.role {
            return Some(format!(
                "test user {email}: {} here, {} there",
                here.role, there.role
            ));
        }
        let kept_out: Vec<String> = [("here", here), ("there", there)]
            .into_iter()
            .filter(|(_, standing)| standing.signs_in == Some(false))
            .map(|(side, standing)| {
                format!(
                    "cannot sign in {side}: {}",
                    standing.why.as_deref().unwrap_or("no reason is given")
                )
            })
            .collect();
        (!kept_out.is_empty()).then(|| format!("test user {email}: {}", kept_out.join(", ")))
    }
}

/// A target, what it is marked as, and its test users.
pub type Users<'a> = (&'a Target, Option<Mark>, Vec<TestUser>);

/// Compares the test users of both sides. The one of each role signs in on both, as `verify` does it.
pub async fn compare(here: Users<'_>, there: Users<'_>, accounts: &TestUsers) -> Vec<UserReport> {
    let accounts = Account::all(accounts);
    let (mut here, mut there) = tokio::join!(standings(here, &accounts), standings(there, &accounts));
    let mut emails: Vec<String> = here.keys().chain(there.keys()).cloned().collect();
    emails.sort();
    emails.dedup();
    let report = |email: String| UserReport {
        here: here.remove(&email),
        there: there.remove(&email),
        email,
    };
    emails.into_iter().map(report).collect()
}

async fn standings((target, mark, users): Users<'_>, accounts: &[Account]) -> BTreeMap<String, Standing> {
    // Signing in leaves a session behind, and nothing is ever written to production.
    let api = match mark.is_some_and(|mark| mark.is_production()) {
        true => Err("nothing is written to production, and signing in leaves a session".to_owned()),
        false => AuthApi::of(target).map_err(|error| message(&error)),
    };
    let standing = async |user: TestUser| {
        let account = accounts.iter().find(|account| account.email == user.email);
        let (signs_in, why) = match (account, &api) {
            (None, _) => (None, Some("it is not the one of its role".to_owned())),
            (Some(_), Err(why)) => (None, Some(why.clone())),
            (Some(account), Ok(api)) => match api.sign_in(account).await {
                Ok(SignIn::Done { .. }) => (Some(true), None),
                Ok(SignIn::Refused { code, message }) => (Some(false), Some(format!("{message} ({code})"))),
                Err(error) => (Some(false), Some(message(&error))),
            },
        };
        let role = user.role;
        (user.email, Standing { role, signs_in, why })
    };
    join_all(users.into_iter().map(standing))
        .await
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(role: &str, signs_in: Option<bool>) -> Option<Standing> {
        let (role, why) = (role.to_owned(), signs_in.map(|_| "banned".to_owned()));
        Some(Standing { role, signs_in, why })
    }

    #[track_caller]
    fn check(here: Option<Standing>, there: Option<Standing>, expected: Option<&str>) {
        let email = "a@test.local".to_owned();
        let problem = UserReport { email, here, there }.problem();
        assert_eq!(problem.as_deref(), expected);
    }

    #[test]
    fn a_user_is_a_problem_who_is_missing_has_another_role_or_is_kept_out() {
        let admin = |signs_in| standing("admin", signs_in);
        check(admin(Some(true)), admin(Some(true)), None);
        check(admin(Some(true)), admin(None), None);
        check(admin(Some(true)), None, Some("test user a@test.local: only here"));
        check(None, admin(None), Some("test user a@test.local: only there"));
        let other = standing("warehouse", Some(true));
        check(
            admin(Some(true)),
            other,
            Some("test user a@test.local: admin here, warehouse there"),
        );
        let kept_out = "test user a@test.local: cannot sign in there: banned";
        check(admin(Some(true)), admin(Some(false)), Some(kept_out));
    }
}
