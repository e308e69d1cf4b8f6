//! Making one user: by the project's function for as long as that can be relied on, else by the Auth admin API.

use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};
use stack::hint::mendable;
use uuid::Uuid;

use super::account::Account;
use super::auth_api::{AuthApi, AuthUser, SignIn};
use super::edge_function::{self, Problem};
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

/// The way by the project's function, as the result names it.
pub const BY_FUNCTION: &str = "users function";
/// The other way.
pub const BY_ADMIN_API: &str = "Auth admin API";

/// Brings the metadata of an existing user in line.
///
/// # Errors
/// Auth refuses.
pub async fn align_metadata(api: &AuthApi, account: &Account, user: &AuthUser) -> Result<Vec<String>> {
    let mut fields = Map::new();
    for (name, is, wanted) in [
        ("user_metadata", &user.user_metadata, account.user_metadata()),
        ("app_metadata", &user.app_metadata, account.app_metadata()),
    ] {
        if !contains(is.as_ref(), &wanted) {
            fields.insert(name.to_owned(), wanted.into());
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

fn contains(is: Option<&Map<String, Value>>, wanted: &Map<String, Value>) -> bool {
    wanted
        .iter()
        .all(|(key, value)| is.and_then(|is| is.get(key)) == Some(value))
}

/// Makes users.
pub struct Maker<'a> {
    /// Where they are made.
    pub api: &'a AuthApi,
    /// Only this way, else the function first.
    pub via: Option<Via>,
    /// How long the function may take.
    pub patience: Duration,
    /// Someone who administers and can sign in, once there is one.
    pub administrator: Option<Account>,
    /// What is known of the function.
    pub function: Function,
    /// Columns that the function asks for and the database lacks.
    pub missing_columns: Vec<String>,
    /// Gets a sentence for each thing that did not go the usual way.
    pub talk: &'a mut dyn FnMut(String),
}

/// What is known of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Function {
    /// It takes the service key, as far as is known.
    Open,
    /// It refused the service key; an administrator is still to be made.
    WantsAdministrator(Problem),
    /// It takes this token of an administrator, and not the service key.
    TakesToken(String),
    /// It is not asked any more.
    GivenUp(Problem),
}

impl Maker<'_> {
    /// Makes a user by the function, or by the admin API where the function cannot be relied on.
    ///
    /// # Errors
    /// Auth refuses, or the only way that was asked for does not work.
    pub async fn make(&mut self, account: &Account) -> Result<Ready> {
        if self.via == Some(Via::Admin) || matches!(self.function, Function::GivenUp(_)) {
            return Ok(self.by_admin_api(account).await?.0);
        }
        let problem = match self.by_function(account).await? {
            Ok(user) => return Ok(user),
            Err(problem) => problem,
        };
        let waits = problem.is_refusal()
            && self.function == Function::Open
            && account.role.is_administrator
            && self.via.is_none();
        if waits {
            // The first administrator comes by the other way; the function may take its token for the others.
            self.function = Function::WantsAdministrator(problem);
            return Ok(self.by_admin_api(account).await?.0);
        }
        if self.via == Some(Via::Edge) {
            bail!(mendable(
                format!(
                    "make the test user `{}`: {problem}{}",
                    account.email,
                    self.clue(&problem)
                ),
                format!(
                    "{}, or leave `--via edge` out to fall back to the Auth admin API",
                    problem.remedy()
                ),
            ));
        }
        let (user, was_there) = self.by_admin_api(account).await?;
        let although = if was_there {
            " although it had made the user"
        } else {
            ""
        };
        let to_whom = match self.function {
            Function::WantsAdministrator(_) | Function::TakesToken(_) => {
                " to the service key and to an administrator"
            }
            _ => "",
        };
        let clue = self.clue(&problem);
        (self.talk)(format!(
            "{problem}{to_whom}{although}{clue}: going by the Auth admin API instead; {}",
            remedy(&problem, was_there, !clue.is_empty())
        ));
        self.function = Function::GivenUp(problem);
        Ok(user)
    }

    /// Says what is left to say when all users are made.
    pub fn finish(self) {
        if let Function::WantsAdministrator(problem) = &self.function {
            let clue = self.clue(problem);
            (self.talk)(format!(
                "{problem} to the service key{clue}: the administrator was made through the Auth admin API; {}",
                remedy(problem, false, !clue.is_empty())
            ));
        }
    }

    async fn by_function(&mut self, account: &Account) -> Result<Result<Ready, Problem>> {
        let token = match &self.function {
            Function::TakesToken(token) => Some(token.clone()),
            _ => None,
        };
        let mut answered = match &self.function {
            Function::WantsAdministrator(refusal) => Err(refusal.clone()),
            _ => edge_function::create(self.api, account, token.as_deref(), self.patience).await,
        };
        if let Err(refusal) = &answered
            && refusal.is_refusal()
            && token.is_none()
            && let Some(token) = self.token_of_administrator().await?
        {
            let refusal = refusal.clone();
            answered = edge_function::create(self.api, account, Some(&token), self.patience).await;
            if answered.is_ok() {
                let instead = match self.function {
                    Function::WantsAdministrator(_) => {
                        "the administrator was made through the Auth admin API, the others by the function with the \
                         administrator's token"
                    }
                    _ => "it was asked with an administrator's token instead",
                };
                (self.talk)(format!(
                    "{refusal} to the service key: {instead}; {}",
                    refusal.remedy()
                ));
                self.function = Function::TakesToken(token);
            } else {
                self.function = Function::WantsAdministrator(refusal);
            }
        }
        match answered {
            Err(problem) => return Ok(Err(problem)),
            Ok(answered) => {
                if let Some(waited) = answered.booted_for {
                    (self.talk)(format!(
                        "the users function answered 503 for {waited:.1?} until it had booted; fewer and pinned imports \
                         let it start faster"
                    ));
                }
            }
        }
        let Some(user) = self.api.user_with(&account.email).await? else {
            return Ok(Err(Problem::MadeNobody));
        };
        align_metadata(self.api, account, &user).await?;
        Ok(Ok(Ready {
            id: user.id,
            made: Some(BY_FUNCTION),
            changes: Vec::new(),
        }))
    }

    async fn token_of_administrator(&self) -> Result<Option<String>> {
        let Some(administrator) = &self.administrator else {
            return Ok(None);
        };
        Ok(match self.api.sign_in(administrator).await? {
            SignIn::Done { access_token, .. } => Some(access_token),
            SignIn::Refused { .. } => None,
        })
    }

    /// Makes the user, and says whether a function that failed half-way had made it already.
    async fn by_admin_api(&self, account: &Account) -> Result<(Ready, bool)> {
        let there = match self.via {
            Some(Via::Admin) => None,
            _ => self.api.user_with(&account.email).await?,
        };
        let was_there = there.is_some();
        let id = match there {
            None => self.api.create(account).await?,
            Some(user) => {
                let fields = json!({
                    "password": account.password,
                    "email_confirm": true,
                    "user_metadata": account.user_metadata(),
                    "app_metadata": account.app_metadata(),
                });
                self.api.update(user.id, &account.email, &fields).await?;
                user.id
            }
        };
        let user = Ready {
            id,
            made: Some(BY_ADMIN_API),
            changes: Vec::new(),
        };
        Ok((user, was_there))
    }

    /// What the source of the function says of its failure.
    fn clue(&self, problem: &Problem) -> String {
        match (problem, self.missing_columns.as_slice()) {
            (_, []) => String::new(),
            (Problem::Status { .. }, columns) => {
                format!(
                    ", and it reads `{}`, which the database lacks",
                    columns.join("`, `")
                )
            }
            _ => String::new(),
        }
    }
}

fn remedy(problem: &Problem, had_made_the_user: bool, reads_missing_columns: bool) -> &'static str {
    match (had_made_the_user, reads_missing_columns) {
        (true, _) => {
            "what it does after `auth.admin.createUser` fails, as an invitation of a user who is confirmed does: leave that out"
        }
        (false, true) => {
            "let it read the columns that are there, or add a migration that makes the missing one"
        }
        (false, false) => problem.remedy(),
    }
}

#[cfg(test)]
mod tests;
