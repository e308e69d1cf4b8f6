//! What the server says of itself.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::Auth;

const OFF: [&str; 25] = [
    "anonymous_users",
    "apple",
    "azure",
    "bitbucket",
    "discord",
    "facebook",
    "figma",
    "fly",
    "github",
    "gitlab",
    "google",
    "keycloak",
    "kakao",
    "linkedin",
    "linkedin_oidc",
    "notion",
    "phone",
    "slack",
    "slack_oidc",
    "snapchat",
    "spotify",
    "twitch",
    "twitter",
    "workos",
    "zoom",
];

/// `GET /health`
pub(super) async fn health() -> Json<Value> {
    Json(json!({
        "version": concat!("seedbed-", env!("CARGO_PKG_VERSION")),
        "name": "GoTrue",
        "description": "GoTrue is a user registration and authentication API",
    }))
}

/// `GET /settings`
pub(super) async fn settings(State(auth): State<Arc<Auth>>) -> Json<Value> {
    let mut external: serde_json::Map<_, _> = OFF
        .map(|name| (name.to_owned(), Value::Bool(false)))
        .into_iter()
        .collect();
    external.insert("email".into(), auth.settings.email_provider.into());
    Json(json!({
        "external": external,
        "disable_signup": !auth.settings.signups,
        "mailer_autoconfirm": auth.settings.autoconfirm,
        "phone_autoconfirm": false,
        "sms_provider": "",
        "saml_enabled": false,
    }))
}

/// `GET /.well-known/jwks.json`
pub(super) async fn jwks(State(auth): State<Arc<Auth>>) -> impl IntoResponse {
    ([(CACHE_CONTROL, "public, max-age=600")], Json(auth.keys.jwks()))
}
