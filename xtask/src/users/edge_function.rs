//! The project's `users` Edge Function, which may be anything: absent, closed to the service key, broken or silent.

use std::fmt;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::account::Account;
use super::answer::send;
use super::auth_api::AuthApi;

/// How long the function may take, its cold start included.
pub const PATIENCE: Duration = Duration::from_secs(15);
/// How long to wait before a function that was booting is asked again.
const PAUSE: Duration = Duration::from_millis(250);

/// Why the function cannot be relied on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// 404: there is no such function.
    Missing,
    /// It answered with a status that is no success.
    Status {
        /// As in 401.
        status: u16,
        /// What it said.
        message: String,
    },
    /// 503 for as long as one can wait: it does not boot.
    NoBoot(Duration),
    /// It answered with a success, but not with a JSON object.
    Garbage,
    /// It closed the connection, or was not reached.
    Silence,
    /// It did not answer in time.
    TimedOut(Duration),
    /// It answered with a success, but there is no such user in Auth.
    MadeNobody,
}

/// What came of a call that made a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
    /// How long it answered 503 before, as functions do that boot; `None` where it never did.
    pub booted_for: Option<Duration>,
}

impl Problem {
    /// Whether it did not take the token for one that may make users.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Problem::Status {
                status: 401 | 403,
                ..
            }
        )
    }

    /// What would mend the function.
    pub fn remedy(&self) -> &'static str {
        match self {
            Problem::Missing => "the one in Seedbed's `supabase/functions/users` can be copied",
            Problem::Status {
                status: 401 | 403, ..
            } => "let it take the service key, as the one in Seedbed's `supabase/functions/users` does",
            Problem::Status { .. } => "`cargo xtask logs functions` shows where it failed",
            Problem::NoBoot(_) => "`cargo xtask logs functions` shows what keeps it from booting",
            Problem::Garbage => "let it answer with JSON, as in `{ \"data\": … }`",
            Problem::Silence => "`cargo xtask logs functions` shows how it ended",
            Problem::TimedOut(_) => {
                "let it answer every request; `cargo xtask logs functions` shows what it waits for"
            }
            Problem::MadeNobody => {
                "let it call `auth.admin.createUser`, and answer with an error when that fails"
            }
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Missing => write!(f, "the project has no users function"),
            Problem::Status { status, message } if message.is_empty() => {
                write!(f, "the users function answered {status}")
            }
            Problem::Status { status, message } => {
                write!(f, "the users function answered {status} ({message})")
            }
            Problem::NoBoot(patience) => {
                write!(f, "the users function answered 503 for {patience:.0?}")
            }
            Problem::Garbage => write!(f, "the users function answered with what is not JSON"),
            Problem::Silence => write!(f, "the users function closed the connection without an answer"),
            Problem::TimedOut(patience) => {
                write!(f, "the users function did not answer within {patience:.0?}")
            }
            Problem::MadeNobody => write!(f, "the users function reported success but made no user"),
        }
    }
}

/// Asks the function to make a user, with an administrator's token or with the service key.
///
/// A function that is booting (503) is asked again: nothing of it has run by then.
///
/// # Errors
/// What came instead of a success.
pub async fn create(
    api: &AuthApi,
    account: &Account,
    administrator: Option<&str>,
    patience: Duration,
) -> Result<Answered, Problem> {
    let start = Instant::now();
    let mut booted_for = None;
    loop {
        match ask(api, account, administrator, patience).await {
            Ok(()) => return Ok(Answered { booted_for }),
            Err(Problem::Status { status: 503, .. }) if start.elapsed() + PAUSE < patience => {
                tokio::time::sleep(PAUSE).await;
                booted_for = Some(start.elapsed());
            }
            Err(Problem::Status { status: 503, .. }) => return Err(Problem::NoBoot(patience)),
            Err(problem) => return Err(problem),
        }
    }
}

async fn ask(
    api: &AuthApi,
    account: &Account,
    administrator: Option<&str>,
    patience: Duration,
) -> Result<(), Problem> {
    let body = json!({
        "email": account.email,
        "password": account.password,
        "first_name": account.first_name(),
        "last_name": account.last_name(),
        "role": account.role.name,
        "administrator": account.role.is_administrator,
        "disabled": false,
    });
    let path = "/functions/v1/users";
    let request = match administrator {
        Some(token) => api.as_user(Method::POST, path, Some(token)),
        None => api.as_service(Method::POST, path),
    };
    let answer = match send(request.timeout(patience).json(&body)).await {
        Ok(answer) => answer,
        Err(error) => {
            let error = error.downcast_ref::<reqwest::Error>();
            return Err(match error.is_some_and(reqwest::Error::is_timeout) {
                true => Problem::TimedOut(patience),
                false => Problem::Silence,
            });
        }
    };
    match answer.status.as_u16() {
        200..300 if matches!(answer.body, Value::Object(_)) => Ok(()),
        200..300 => Err(Problem::Garbage),
        404 => Err(Problem::Missing),
        status => Err(Problem::Status {
            status,
            message: answer.message(&[&[account.password.as_str()], api.secrets().as_slice()].concat()),
        }),
    }
}
