//! Refusals and failures in the two forms that Supabase Auth has for them.

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use uuid::Uuid;

/// A client that sends this header with this date or a later one gets `{code, message}`.
const API_VERSION: HeaderName = HeaderName::from_static("x-supabase-api-version");
const API_VERSION_2024: &str = "2024-01-01";
const ERROR_CODE: HeaderName = HeaderName::from_static("x-sb-error-code");

/// What an endpoint answers with.
pub(super) type Answer = Result<Response, AuthError>;

/// A request that was refused or that failed.
#[derive(Debug, Clone)]
pub(super) struct AuthError {
    status: StatusCode,
    code: &'static str,
    message: String,
    form: Form,
    /// What PostgreSQL said, for the log.
    cause: Option<Box<PostgresError>>,
}

#[derive(Debug, Clone)]
enum Form {
    /// The body that all errors have.
    Usual,
    /// The same, except that the old form shows PostgreSQL's own words where they are meant for users.
    Database,
    /// With the reasons why a password is too weak.
    WeakPassword(Vec<&'static str>),
    /// `{error, error_description}`, as OAuth has it.
    OAuth(&'static str),
}

#[derive(Debug, Clone)]
struct PostgresError {
    code: String,
    message: String,
    hint: Option<String>,
    detail: Option<String>,
}

impl AuthError {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self {
            status,
            code,
            message: message.into(),
            form: Form::Usual,
            cause: None,
        }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "validation_failed", message)
    }

    pub(super) fn weak_password(message: String, reasons: Vec<&'static str>) -> Self {
        Self {
            form: Form::WeakPassword(reasons),
            ..Self::new(422, "weak_password", message)
        }
    }

    pub(super) fn oauth(error: &'static str, description: &str) -> Self {
        Self {
            form: Form::OAuth(error),
            ..Self::new(400, "validation_failed", description)
        }
    }

    /// A failure inside, told in the words of the operation that failed.
    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "unexpected_failure", message)
    }

    /// The same failure, told in the words of the operation that it spoiled; a refusal stays what it is.
    pub(super) fn during(self, operation: &str) -> Self {
        match self.cause {
            Some(_) => Self {
                form: Form::Database,
                ..Self {
                    cause: self.cause,
                    ..Self::internal(operation)
                }
            },
            None => self,
        }
    }

    /// What it is called, as in the header `x-sb-error-code`.
    pub(super) fn code(&self) -> &'static str {
        self.code
    }

    /// What it says.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// Its HTTP status.
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    fn render(mut self, version_2024: bool) -> Response {
        let public = match self.form {
            Form::Database if !version_2024 => self.cause.as_ref().and_then(|cause| cause.public()),
            _ => None,
        };
        let (status, body) = match public {
            Some((status, body)) => (status, body),
            None => (self.status, self.body(version_2024)),
        };
        self.log();
        let mut response = (status, Json(body)).into_response();
        response
            .headers_mut()
            .insert(ERROR_CODE, HeaderValue::from_static(self.code));
        if version_2024 {
            response
                .headers_mut()
                .insert(API_VERSION, HeaderValue::from_static(API_VERSION_2024));
        }
        response
    }

    fn body(&mut self, version_2024: bool) -> Value {
        if let Form::OAuth(error) = self.form {
            return json!({ "error": error, "error_description": self.message });
        }
        let mut body = match version_2024 {
            true => json!({ "code": self.code, "message": self.message }),
            false => json!({ "code": self.status.as_u16(), "error_code": self.code, "msg": self.message }),
        };
        if let Form::WeakPassword(reasons) = &self.form {
            body["weak_password"] = json!({ "reasons": reasons });
        }
        if self.status.is_server_error() && !version_2024 {
            body["error_id"] = Uuid::new_v4().to_string().into();
        }
        body
    }

    fn log(&self) {
        if let Some(cause) = &self.cause {
            println!("auth: {}: {} ({})", self.message, cause.message, cause.code);
        }
    }
}

impl PostgresError {
    /// Status and body, if the error is one that a project's own constraints and triggers raise.
    fn public(&self) -> Option<(StatusCode, Value)> {
        let status = match self.code.as_str() {
            "P0001" | "23000" | "23001" | "23502" | "23503" | "23505" | "23514" | "23P01" => 500,
            code => code
                .strip_prefix("PT")?
                .parse()
                .ok()
                .filter(|status| *status > 0)?,
        };
        let mut body = json!({ "code": self.code, "message": self.message });
        for (name, text) in [("hint", &self.hint), ("detail", &self.detail)] {
            if let Some(text) = text {
                body[name] = text.as_str().into();
            }
        }
        // A trigger may raise PT007, which is no status, or PT100, which no answer can end with.
        let status = StatusCode::from_u16(status)
            .ok()
            .filter(|status| !status.is_informational());
        Some((status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body))
    }
}

impl From<tokio_postgres::Error> for AuthError {
    fn from(error: tokio_postgres::Error) -> Self {
        let cause = match error.as_db_error() {
            Some(error) => PostgresError {
                code: error.code().code().into(),
                message: error.message().into(),
                hint: error.hint().map(Into::into),
                detail: error.detail().map(Into::into),
            },
            None => PostgresError {
                code: "-----".into(),
                message: error.to_string(),
                hint: None,
                detail: None,
            },
        };
        let message = "Unexpected failure, please check server logs for more information";
        Self {
            cause: Some(Box::new(cause)),
            ..Self::internal(message)
        }
    }
}

impl IntoResponse for AuthError {
    /// Leaves the form to [`render_errors`], which knows the request.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives every error of the endpoints below it the form that the request asks for.
pub(super) async fn render_errors(request: Request, next: Next) -> Response {
    let version_2024 = wants_2024(request.headers());
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<AuthError>() {
        Some(error) => error.render(version_2024),
        None => response,
    }
}

fn wants_2024(headers: &HeaderMap) -> bool {
    let version = headers
        .get(API_VERSION)
        .and_then(|version| version.to_str().ok())
        .unwrap_or_default();
    let is_date = version.parse::<jiff::civil::Date>().is_ok();
    is_date && version >= API_VERSION_2024
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(error: AuthError, version_2024: bool, status: u16, expect: Value) {
        let code = error.code();
        let response = error.render(version_2024);
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()[ERROR_CODE], code);
        let bytes = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        let mut body: Value = serde_json::from_slice(&bytes).unwrap();
        body.as_object_mut().unwrap().remove("error_id");
        assert_eq!(body, expect);
    }

    fn postgres(code: &str) -> AuthError {
        let cause = PostgresError {
            code: code.into(),
            message: "no".into(),
            hint: Some("try".into()),
            detail: None,
        };
        AuthError {
            cause: Some(Box::new(cause)),
            ..AuthError::internal("Unexpected failure")
        }
    }

    #[tokio::test]
    async fn both_versions_have_their_body() {
        let error = || AuthError::new(422, "email_exists", "taken");
        check(
            error(),
            false,
            422,
            json!({ "code": 422, "error_code": "email_exists", "msg": "taken" }),
        )
        .await;
        check(
            error(),
            true,
            422,
            json!({ "code": "email_exists", "message": "taken" }),
        )
        .await;
    }

    #[tokio::test]
    async fn weak_passwords_come_with_reasons() {
        let error = AuthError::weak_password("short".into(), vec!["length"]);
        let reasons = json!({ "reasons": ["length"] });
        check(
            error,
            true,
            422,
            json!({ "code": "weak_password", "message": "short", "weak_password": reasons }),
        )
        .await;
    }

    #[tokio::test]
    async fn a_constraint_speaks_for_itself_in_the_old_version_only() {
        let error = || postgres("23505").during("Database error creating new user");
        check(
            error(),
            false,
            500,
            json!({ "code": "23505", "message": "no", "hint": "try" }),
        )
        .await;
        let told = json!({ "code": "unexpected_failure", "message": "Database error creating new user" });
        check(error(), true, 500, told).await;
        check(
            postgres("PT402").during("x"),
            false,
            402,
            json!({ "code": "PT402", "message": "no", "hint": "try" }),
        )
        .await;
    }

    #[tokio::test]
    async fn a_status_that_is_none_is_a_failure() {
        for (code, status) in [("PT204", 204), ("PT999", 999), ("PT100", 500), ("PT007", 500)] {
            let told = json!({ "code": code, "message": "no", "hint": "try" });
            check(postgres(code).during("x"), false, status, told).await;
        }
        let told = json!({ "code": 500, "error_code": "unexpected_failure", "msg": "x" });
        check(postgres("PT000").during("x"), false, 500, told).await;
    }

    #[tokio::test]
    async fn other_database_errors_stay_inside() {
        let told = json!({ "code": 500, "error_code": "unexpected_failure", "msg": "Error updating user" });
        check(postgres("42501").during("Error updating user"), false, 500, told).await;
    }

    #[test]
    fn a_refusal_is_not_retold() {
        let error = AuthError::bad_request("why").during("Error updating user");
        assert_eq!((error.code(), error.message()), ("validation_failed", "why"));
    }

    #[test]
    fn versions_are_dates() {
        let check = |version: &'static str, expect| {
            let headers = HeaderMap::from_iter([(API_VERSION, HeaderValue::from_static(version))]);
            assert_eq!(wants_2024(&headers), expect, "{version}");
        };
        check("2024-01-01", true);
        check("2025-06-30", true);
        check("2023-12-31", false);
        check("latest", false);
    }
}
