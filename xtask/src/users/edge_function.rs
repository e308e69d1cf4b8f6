//! The project's `users` Edge Function, which may be anything: absent, closed to the service key, broken or silent.

use std::fmt;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::auth_api::{AuthApi, send};
use super::roles::Account;

/// How long the function may take, its cold start included.
pub const PATIENCE: Duration = Duration::from_secs(15);

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
    /// It answered with a success, but not with a JSON object.
    Garbage,
    /// It closed the connection, or was not reached.
    Silence,
    /// It did not answer in time.
    TimedOut(Duration),
    /// It answered with a success, but there is no such user in Auth.
    MadeNobody,
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
            Problem::Garbage => write!(f, "the users function answered with what is not JSON"),
            Problem::Silence => write!(f, "the users function closed the connection without an answer"),
            Problem::TimedOut(patience) => {
                write!(f, "the users function did not answer within {:.0?}", patience)
            }
            Problem::MadeNobody => write!(f, "the users function reported success but made no user"),
        }
    }
}

/// Asks the function to make a user.
///
/// # Errors
/// What came instead of a success.
pub async fn create(api: &AuthApi, account: &Account, patience: Duration) -> Result<(), Problem> {
    let body = json!({
        "email": account.email,
        "password": account.password,
        "first_name": account.first_name(),
        "last_name": account.last_name(),
        "role": account.role.label(),
        "administrator": account.is_administrator(),
        "disabled": false,
    });
    let request = api
        .as_service(Method::POST, "/functions/v1/users")
        .timeout(patience)
        .json(&body);
    let answer = match send(request).await {
        Ok(answer) => answer,
        Err(error) => {
            let timed_out = error
                .downcast_ref::<reqwest::Error>()
                .is_some_and(reqwest::Error::is_timeout);
            return Err(if timed_out {
                Problem::TimedOut(patience)
            } else {
                Problem::Silence
            });
        }
    };
    match answer.status.as_u16() {
        200..300 if matches!(answer.body, Value::Object(_)) => Ok(()),
        200..300 => Err(Problem::Garbage),
        404 => Err(Problem::Missing),
        status => Err(Problem::Status {
            status,
            message: answer.message(),
        }),
    }
}
