//! `POST /recover`: a link to choose another password. Nobody learns whether the e-mail is known.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{Answer, AuthError};
use super::mailer::RecoveryKind;
use super::pkce::{self, Challenge};
use super::request::{Context, Params};
use super::user_object::User;
use super::{Auth, DEFAULT_AUDIENCE, audit, email};

/// What a client sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Recover {
    email: Option<String>,
    #[serde(flatten)]
    challenge: Challenge,
}

pub(super) async fn recover(
    State(auth): State<Arc<Auth>>,
    context: Context,
    Params(params): Params<Recover>,
) -> Answer {
    if !auth.settings.email_provider {
        return Err(AuthError::new(
            400,
            "email_provider_disabled",
            "Email logins are disabled",
        ));
    }
    let email = params.email.unwrap_or_default();
    if email.is_empty() {
        return Err(AuthError::bad_request("Password recovery requires an email"));
    }
    let email = email::validate(&email)?;
    params.challenge.check()?;
    let aud = context.audience().unwrap_or(DEFAULT_AUDIENCE);
    let mut connection = auth.connection().await?;
    let tx = connection.transaction().await?;
    let found = User::by_email(&tx, &email, aud).await;
    let Some(mut user) = found.map_err(|error| error.during("Unable to process request"))? else {
        return Ok(Json(json!({})).into_response());
    };
    let is_pkce = pkce::begin(&tx, &params.challenge, "recovery", "recovery", user.id).await?;
    audit::write(&tx, &user, "user_recovery_requested", Value::Null).await?;
    let redirect_to = auth.settings.redirects.target(&context);
    auth.send_recovery(&tx, &mut user, RecoveryKind::Recovery, &redirect_to, is_pkce)
        .await?;
    tx.commit().await?;
    Ok(Json(json!({})).into_response())
}
