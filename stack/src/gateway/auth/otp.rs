//! `POST /otp` and `/magiclink`: signing in by a link or a number instead of a password.

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
use super::signup::{SignUp, SignedUp};
use super::user_object::{Object, User};
use super::{Auth, DEFAULT_AUDIENCE, audit, email, password};

/// What a client sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Request {
    email: Option<String>,
    phone: Option<String>,
    create_user: Option<bool>,
    data: Option<Object>,
    #[serde(flatten)]
    challenge: Challenge,
}

/// `POST /otp`
pub(super) async fn otp(
    State(auth): State<Arc<Auth>>,
    context: Context,
    Params(params): Params<Request>,
) -> Answer {
    let is_given = |address: &Option<String>| address.as_deref().is_some_and(|address| !address.is_empty());
    if is_given(&params.email) && is_given(&params.phone) {
        let message = "Only an email address or phone number should be provided";
        return Err(AuthError::bad_request(message));
    }
    if is_given(&params.phone) {
        return Err(AuthError::new(
            400,
            "phone_provider_disabled",
            "Unsupported phone provider",
        ));
    }
    if !is_given(&params.email) {
        return Err(AuthError::new(
            400,
            "validation_failed",
            "One of email or phone must be set",
        ));
    }
    send_link(&auth, &context, params).await
}

/// `POST /magiclink`
pub(super) async fn magic_link(
    State(auth): State<Arc<Auth>>,
    context: Context,
    Params(params): Params<Request>,
) -> Answer {
    send_link(
        &auth,
        &context,
        Request {
            create_user: None,
            ..params
        },
    )
    .await
}

async fn send_link(auth: &Auth, context: &Context, params: Request) -> Answer {
    if !auth.settings.email_provider {
        return Err(AuthError::new(
            422,
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
    let mut user = User::by_email(&tx, &email, aud).await?;
    tx.commit().await?;
    if user.is_none() && params.create_user == Some(false) {
        return Err(AuthError::new(422, "otp_disabled", "Signups not allowed for otp"));
    }
    if !user.as_ref().is_some_and(User::is_confirmed) {
        // Nobody, or somebody who never came: signed up with a password that nobody knows.
        let sign_up = SignUp {
            email: Some(email),
            password: Some(password::random()),
            data: params.data,
            challenge: params.challenge.clone(),
            ..SignUp::default()
        };
        match auth.register(&mut connection, context, sign_up).await? {
            // The mail that confirms the user holds a link that signs in.
            SignedUp::Waiting(_) => return Ok(Json(json!({})).into_response()),
            SignedUp::Confirmed(new) => user = Some(new),
        }
    }
    let mut user = user.ok_or_else(|| AuthError::internal("Database error finding user"))?;
    let tx = connection.transaction().await?;
    audit::write(&tx, &user, "user_recovery_requested", Value::Null).await?;
    let is_pkce = pkce::begin(&tx, &params.challenge, "magiclink", "magiclink", user.id).await?;
    let redirect_to = auth.settings.redirects.target(context);
    auth.send_recovery(&tx, &mut user, RecoveryKind::MagicLink, &redirect_to, is_pkce)
        .await?;
    tx.commit().await?;
    Ok(Json(json!({})).into_response())
}
