//! `POST /token`: signing in by password, and the other grants by name.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequest as _, Request, State};
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{Answer, AuthError};
use super::request::{Context, Params};
use super::sessions::{self, Method};
use super::user_object::User;
use super::{Auth, DEFAULT_AUDIENCE, audit, password, pkce, refresh};

/// What a client sends to sign in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Credentials {
    email: Option<String>,
    phone: Option<String>,
    password: Option<String>,
}

pub(super) async fn token(State(auth): State<Arc<Auth>>, context: Context, request: Request) -> Answer {
    match context.query("grant_type").unwrap_or_default() {
        "password" => {
            let Params(credentials) = Params::from_request(request, &()).await?;
            sign_in(&auth, &context, credentials).await
        }
        "refresh_token" => {
            let Params(params) = Params::from_request(request, &()).await?;
            refresh::refresh(&auth, &context, params).await
        }
        "pkce" => {
            let Params(params) = Params::from_request(request, &()).await?;
            pkce::exchange(&auth, &context, params).await
        }
        _ => Err(AuthError::new(
            400,
            "invalid_credentials",
            "unsupported_grant_type",
        )),
    }
}

async fn sign_in(auth: &Auth, context: &Context, credentials: Credentials) -> Answer {
    let password = credentials.password.unwrap_or_default();
    let (email, phone) = (
        credentials.email.unwrap_or_default(),
        credentials.phone.unwrap_or_default(),
    );
    match (email.is_empty(), phone.is_empty()) {
        (false, false) => {
            let message = "Only an email address or phone number should be provided on login.";
            return Err(AuthError::bad_request(message));
        }
        (true, true) => return Err(AuthError::bad_request("missing email or phone")),
        (true, false) => {
            return Err(AuthError::new(
                422,
                "phone_provider_disabled",
                "Phone logins are disabled",
            ));
        }
        (false, true) => {}
    }
    if !auth.settings.email_provider {
        return Err(AuthError::new(
            422,
            "email_provider_disabled",
            "Email logins are disabled",
        ));
    }
    let aud = context.audience().unwrap_or(DEFAULT_AUDIENCE);
    let mut connection = auth.connection().await?;
    let tx = connection.transaction().await?;
    let found = User::by_email(&tx, &email, aud).await;
    let user = found.map_err(|error| error.during("Database error querying schema"))?;
    tx.commit().await?;

    if user.as_ref().is_some_and(User::is_banned) {
        return Err(AuthError::new(400, "user_banned", "User is banned"));
    }
    let hash = user.as_ref().and_then(|user| user.encrypted_password.as_deref());
    let is_right = password::verify(&password, hash).await?;
    let user = user
        .filter(|_| is_right)
        .ok_or_else(|| AuthError::new(400, "invalid_credentials", "Invalid login credentials"))?;
    if !user.is_confirmed() {
        return Err(AuthError::new(400, "email_not_confirmed", "Email not confirmed"));
    }

    let tx = connection.transaction().await?;
    audit::write(&tx, &user, "login", json!({ "provider": "email" })).await?;
    let mut token = sessions::open(auth, &tx, context, user, Method::Password).await?;
    tx.commit().await?;
    token.weak_password = Some(match auth.settings.passwords.weakness(&password) {
        Some((message, reasons)) => json!({ "message": message, "reasons": reasons }),
        None => Value::Null,
    });
    Ok(Json(token).into_response())
}
