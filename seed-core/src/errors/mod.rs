//! Errors as a Supabase sends them, for tests of what a program does with them.
//!
//! Each function gives one error with its status and its body in the shape that clients see: those of PostgREST have
//! `code`, `details`, `hint` and `message` ([Errors](https://docs.postgrest.org/en/stable/references/errors.html)), those
//! of Supabase Auth (GoTrue) have `code`, `error_code` and `msg`, or `code` and `message` for clients that ask for API
//! version 2024-01-01, as supabase-js does
//! ([Error codes](https://supabase.com/docs/guides/auth/debugging/error-codes)).
//!
//! ```
//! use seed_core::errors;
//! let error = errors::unique_violation("products_sku_key", &[("sku", "CHE-7")]);
//! assert_eq!(error.status, Some(409));
//! assert_eq!(error.body["details"], "Key (sku)=(CHE-7) already exists.");
//! ```

mod auth;
mod rest;

use std::fmt;

use serde_json::{Value, json};

pub use auth::{
    email_exists, email_not_confirmed, invalid_credentials, no_authorization, rate_limited,
    user_already_exists, user_banned, validation_failed, weak_password,
};
pub use rest::{
    bad_filter, check_violation, column_not_found, foreign_key_violation, invalid_text, jwt_expired,
    jwt_invalid, no_rows, not_null_violation, permission_denied, policy_violation, server, table_not_found,
    unavailable, undefined_column, unique_violation,
};

/// An answer that is an error.
///
/// ```
/// use seed_core::errors;
/// let error = errors::policy_violation("contacts");
/// assert_eq!((error.status, error.code()), (Some(403), Some("42501")));
/// assert_eq!(
///     error.to_string(),
///     "403: new row violates row-level security policy for table \"contacts\" (42501)",
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// HTTP status; `None` where no answer came.
    pub status: Option<u16>,
    /// The JSON in the body of the answer.
    pub body: Value,
}

impl ApiError {
    /// The code of the error: a SQLSTATE, one of PostgREST such as `PGRST116`, or one of Auth such as `weak_password`.
    pub fn code(&self) -> Option<&str> {
        self.body["error_code"].as_str().or(self.body["code"].as_str())
    }

    /// What it says.
    pub fn message(&self) -> &str {
        let message = self.body["message"].as_str().or(self.body["msg"].as_str());
        message.unwrap_or_default()
    }

    /// The same with another status: a policy violation of somebody who is not signed in is a 401.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// An error of Auth as clients get it that ask for API version 2024-01-01: `code` and `message`. Other errors stay
    /// as they are.
    pub fn in_version_2024(mut self) -> Self {
        let Some(body) = self.body.as_object_mut() else {
            return self;
        };
        if let (Some(code), Some(message)) = (body.remove("error_code"), body.remove("msg")) {
            body.insert("code".into(), code);
            body.insert("message".into(), message);
        }
        self
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "{status}: {}", self.message())?,
            None => write!(f, "no answer: {}", self.message())?,
        }
        match self.code() {
            Some(code) if !code.is_empty() => write!(f, " ({code})"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for ApiError {}

/// No answer at all: what supabase-js gives its callers when the network is down, which is no status and an error
/// without a code.
///
/// ```
/// use seed_core::errors;
/// let error = errors::network();
/// assert_eq!((error.status, error.code()), (None, Some("")));
/// ```
pub fn network() -> ApiError {
    ApiError {
        status: None,
        body: json!({ "message": "TypeError: fetch failed", "details": "", "hint": "", "code": "" }),
    }
}
