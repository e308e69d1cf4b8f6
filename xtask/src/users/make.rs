//! Making one user, aligning one, signing in as one.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Map, Value, json};
use stack::hint::mendable;
use uuid::Uuid;

use super::auth_api::{self, ASK_THE_DOCTOR, AuthApi, AuthUser, SignIn, app_metadata, user_metadata};
use super::edge_function::{self, Problem};
use super::roles::Account;
use crate::cli::Via;

/// A user who exists, and what was done for that.
pub struct Ready {
    /// Its id in Auth.
    pub id: Uuid,
    /// The way it was made just now.
    pub made: Option<&'static str>,
    /// What was brought in line.
    pub changes: Vec<String>,
}

/// Users by their e-mail in lower case.
pub fn by_email(users: Vec<AuthUser>) -> HashMap<String, AuthUser> {
    users
        .into_iter()
        .filter_map(|user| Some((user.email.as_ref()?.to_lowercase(), user)))
        .collect()
}

/// Brings the metadata of an existing user in line.
///
/// # Errors
/// Auth refuses.
pub async fn align_metadata(api: &AuthApi, account: &Account, user: &AuthUser) -> Result<Vec<String>> {
    let mut fields = Map::new();
    for (name, is, wanted) in [
        ("user_metadata", &user.user_metadata, user_metadata(account)),
        ("app_metadata", &user.app_metadata, app_metadata(account)),
    ] {
        if !contains(is.as_ref(), &wanted) {
            fields.insert(name.to_owned(), wanted);
        }
    }
    if fields.is_empty() {
        return Ok(Vec::new());
    }
    let changed = fields.keys().cloned().collect();
    api.update(user.id, &account.email, &Value::Object(fields))
        .await?;
    Ok(changed)
}

fn contains(is: Option<&Map<String, Value>>, wanted: &Value) -> bool {
    let wanted = wanted.as_object().into_iter().flatten();
    wanted
        .into_iter()
        .all(|(key, value)| is.and_then(|is| is.get(key)) == Some(value))
}

/// Makes users, the usual way until that fails once.
pub struct Maker<'a> {
    /// Where they are made.
    pub api: &'a AuthApi,
    /// Only this way, else the function first.
    pub via: Option<Via>,
    /// How long the function may take.
    pub patience: Duration,
    /// Why the function is not asked any more.
    pub problem: Option<Problem>,
    /// Gets a sentence for each thing that did not go the usual way.
    pub talk: &'a mut dyn FnMut(String),
}

impl Maker<'_> {
    /// Makes a user by the function, or by the admin API where the function cannot be relied on.
    ///
    /// # Errors
    /// Auth refuses, or the only way that was asked for does not work.
    pub async fn make(&mut self, account: &Account) -> Result<Ready> {
        if self.via != Some(Via::Admin) && self.problem.is_none() {
            match self.by_function(account).await? {
                Ok(user) => return Ok(user),
                Err(problem) if self.via == Some(Via::Edge) => {
                    return Err(mendable(
                        format!("make the test user `{}`: {problem}", account.email),
                        "leave `--via edge` out to fall back to the Auth admin API, or see `cargo xtask logs functions`",
                    ));
                }
                Err(problem) => {
                    (self.talk)(format!("{problem}: going by the Auth admin API instead"));
                    self.problem = Some(problem);
                }
            }
        }
        self.by_admin_api(account).await
    }

    async fn by_function(&self, account: &Account) -> Result<Result<Ready, Problem>> {
        if let Err(problem) = edge_function::create(self.api, account, self.patience).await {
            return Ok(Err(problem));
        }
        let Some(user) = by_email(self.api.users().await?).remove(&account.email) else {
            return Ok(Err(Problem::MadeNobody));
        };
        align_metadata(self.api, account, &user).await?;
        Ok(Ok(Ready {
            id: user.id,
            made: Some("users function"),
            changes: Vec::new(),
        }))
    }

    async fn by_admin_api(&self, account: &Account) -> Result<Ready> {
        let via = "Auth admin API";
        // A function that failed half-way may have made the user already.
        let made = match self.problem {
            Some(_) => by_email(self.api.users().await?).remove(&account.email),
            None => None,
        };
        let id = match made {
            None => self.api.create(account).await?,
            Some(user) => {
                let fields = json!({
                    "password": account.password,
                    "email_confirm": true,
                    "user_metadata": user_metadata(account),
                    "app_metadata": app_metadata(account),
                });
                self.api.update(user.id, &account.email, &fields).await?;
                user.id
            }
        };
        Ok(Ready {
            id,
            made: Some(via),
            changes: Vec::new(),
        })
    }
}

/// That a user can sign in, and what had to be changed for it.
pub struct Proof {
    /// Bearer token for the other APIs.
    pub access_token: String,
    /// What was in the way.
    pub repairs: Vec<String>,
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
        if what.is_empty() || repairs.iter().any(|done| done == what) {
            let hint = match code.as_str() {
                "email_provider_disabled" => NO_EMAIL_LOGINS,
                _ if auth_api::is_of_a_damaged_row(&message) => ASK_THE_DOCTOR,
                _ => LOOK_AT_AUTH,
            };
            return Err(mendable(
                format!("sign in as `{}`: {message} ({code})", account.email),
                hint,
            ));
        }
        api.update(id, &account.email, &fields).await?;
        repairs.push(what.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::roles::TestRole;
    use crate::users::stub::{Function, Stub};

    fn account() -> Account {
        Account::new(TestRole::Admin, "Admin@test.local", "TestPass123!")
    }

    /// Makes a user against a function that does `function`; gives the way, what was said, and what had to be mended.
    async fn make(function: Function, via: Option<Via>) -> Result<(&'static str, Vec<String>, Vec<String>)> {
        let (stub, api) = Stub::start(function).await;
        for other in 0..5 {
            stub.add(&format!("other{other}@test.local"), "x", true);
        }
        let mut said = Vec::new();
        let mut talk = |note| said.push(note);
        let mut maker = Maker {
            api: &api,
            via,
            patience: Duration::from_millis(200),
            problem: None,
            talk: &mut talk,
        };
        let user = maker.make(&account()).await?;
        let proof = prove(&api, &account(), user.id).await?;
        let users = stub.users.lock().unwrap();
        assert_eq!(
            users
                .iter()
                .filter(|user| user["email"] == "admin@test.local")
                .count(),
            1
        );
        Ok((user.made.unwrap(), said, proof.repairs))
    }

    async fn check(function: Function, made: &str, said: &[&str], repairs: &[&str]) {
        let (way, notes, mended) = make(function, None).await.unwrap();
        assert_eq!((way, notes.len()), (made, said.len()), "{function:?}: {notes:?}");
        for (note, expected) in notes.iter().zip(said) {
            assert!(note.contains(expected), "{function:?}: {note}");
        }
        assert_eq!(mended, repairs, "{function:?}");
    }

    #[tokio::test]
    async fn whatever_the_function_does_the_user_can_sign_in() {
        let api = "Auth admin API";
        check(Function::Works, "users function", &[], &[]).await;
        check(Function::Missing, api, &["no users function"], &[]).await;
        check(
            Function::Answers(401),
            api,
            &["answered 401 (column is missing)"],
            &[],
        )
        .await;
        check(Function::Answers(403), api, &["answered 403"], &[]).await;
        check(Function::Answers(500), api, &["answered 500"], &[]).await;
        check(Function::AnswersGarbage, api, &["not JSON"], &[]).await;
        check(Function::ClosesTheConnection, api, &["without an answer"], &[]).await;
        check(Function::Hangs, api, &["did not answer within"], &[]).await;
        check(Function::MakesNobody, api, &["made no user"], &[]).await;
        check(Function::MakesThenFails, api, &["answered 500"], &[]).await;
        check(
            Function::MakesUnconfirmed,
            "users function",
            &[],
            &["confirmation"],
        )
        .await;
    }

    #[tokio::test]
    async fn a_way_that_was_asked_for_is_the_only_one() {
        let error = make(Function::Answers(401), Some(Via::Edge)).await.unwrap_err();
        assert!(error.to_string().contains("answered 401"), "{error}");
        let (way, notes, _) = make(Function::Works, Some(Via::Admin)).await.unwrap();
        assert_eq!((way, notes.len()), ("Auth admin API", 0));
    }

    #[tokio::test]
    async fn a_function_that_failed_is_not_asked_again() {
        let (stub, api) = Stub::start(Function::Answers(500)).await;
        let mut talk = |_| {};
        let mut maker = Maker {
            api: &api,
            via: None,
            patience: Duration::from_secs(1),
            problem: None,
            talk: &mut talk,
        };
        for (role, email) in [
            (TestRole::Admin, "a@test.local"),
            (TestRole::SalesDirector, "b@test.local"),
        ] {
            maker
                .make(&Account::new(role, email, "TestPass123!"))
                .await
                .unwrap();
        }
        assert_eq!(*stub.function_calls.lock().unwrap(), 1);
    }

    #[tokio::test]
    async fn another_password_is_brought_in_line() {
        let (stub, api) = Stub::start(Function::Works).await;
        let id = stub.add("admin@test.local", "OldPass123!", true);
        assert_eq!(prove(&api, &account(), id).await.unwrap().repairs, ["password"]);
        assert!(prove(&api, &account(), id).await.unwrap().repairs.is_empty());
    }

    #[tokio::test]
    async fn metadata_is_written_only_where_it_differs() {
        let (stub, api) = Stub::start(Function::Works).await;
        stub.add("admin@test.local", "x", true);
        let mut changes = Vec::new();
        for _ in 0..2 {
            let user = by_email(api.users().await.unwrap())
                .remove("admin@test.local")
                .unwrap();
            changes.push(align_metadata(&api, &account(), &user).await.unwrap());
        }
        assert_eq!(changes, [vec!["user_metadata", "app_metadata"], vec![]]);
    }
}
