//! What this server does not have: answered as Supabase Auth answers where a project has it switched off.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, delete, get, post};

use super::Auth;
use super::caller::{Admin, Caller};
use super::error::{Answer, AuthError};

/// Sign-in by other providers, second factors, single sign-on, linked identities.
pub(super) fn router() -> Router<Arc<Auth>> {
    Router::new()
        .route("/authorize", get(no_provider))
        .route("/callback", any(no_provider))
        .route("/user/identities/authorize", get(no_linking))
        .route("/user/identities/{id}", delete(no_linking))
        .route("/factors", post(no_enrolment))
        .route("/factors/{*rest}", any(no_factor))
        .route("/sso", post(no_saml))
        .route("/sso/{*rest}", any(no_saml))
        .route("/admin/users/{id}/factors", get(no_factors))
}

async fn no_provider() -> Answer {
    Err(AuthError::bad_request(
        "Unsupported provider: provider is not enabled",
    ))
}

async fn no_linking(_: Caller) -> Answer {
    Err(AuthError::new(
        404,
        "manual_linking_disabled",
        "Manual linking is disabled",
    ))
}

async fn no_enrolment(_: Caller) -> Answer {
    Err(AuthError::new(
        422,
        "mfa_totp_enroll_not_enabled",
        "MFA enroll is disabled for TOTP",
    ))
}

async fn no_factor(_: Caller) -> Answer {
    Err(AuthError::new(404, "mfa_factor_not_found", "Factor not found"))
}

async fn no_factors(_: Admin) -> Response {
    axum::Json(serde_json::json!([])).into_response()
}

async fn no_saml() -> Answer {
    Err(AuthError::new(
        404,
        "saml_provider_disabled",
        "SAML 2.0 is disabled",
    ))
}

/// Any other path.
pub(super) async fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "404 page not found\n").into_response()
}
