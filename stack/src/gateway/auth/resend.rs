//! `POST /resend`: the mail again that confirms a new user or another e-mail.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{Answer, AuthError};
use super::request::{Context, Params};
use super::user_object::User;
use super::{Auth, DEFAULT_AUDIENCE, audit, email};

/// What a client sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Resend {
    r#type: Option<String>,
    email: Option<String>,
    phone: Option<String>,
}

pub(super) async fn resend(
    State(auth): State<Arc<Auth>>,
    context: Context,
    Params(params): Params<Resend>,
) -> Answer {
    let kind = params.r#type.unwrap_or_default();
    let (address, phone) = (params.email.unwrap_or_default(), params.phone.unwrap_or_default());
    let refuse = |message: &str| Err(AuthError::bad_request(message));
    match (kind.as_str(), address.is_empty(), phone.is_empty()) {
        ("signup", true, _) => return refuse("Type provided requires an email address"),
        ("sms", _, true) => return refuse("Type provided requires a phone number"),
        ("signup" | "email_change" | "sms" | "phone_change", ..) => {}
        _ => return refuse("Missing one of these types: signup, email_change, sms, phone_change"),
    }
    match (address.is_empty(), phone.is_empty()) {
        (false, false) => return refuse("Only an email address or phone number should be provided."),
        (true, true) => return refuse("Missing email address or phone number"),
        (true, false) => {
            return Err(AuthError::new(
                400,
                "phone_provider_disabled",
                "Phone logins are disabled",
            ));
        }
        (false, true) if !auth.settings.email_provider => {
            return Err(AuthError::new(
                400,
                "email_provider_disabled",
                "Email logins are disabled",
            ));
        }
        (false, true) => {}
    }
    let address = email::validate(&address)?;
    let mut connection = auth.connection().await?;
    let tx = connection.transaction().await?;
    let found = User::by_email(&tx, &address, context.audience().unwrap_or(DEFAULT_AUDIENCE)).await;
    let user = found.map_err(|error| error.during("Unable to process request"))?;
    let redirect_to = auth.settings.redirects.target(&context);
    match (kind.as_str(), user) {
        ("signup", Some(mut user)) if !user.is_confirmed() => {
            audit::write(&tx, &user, "user_confirmation_requested", Value::Null).await?;
            auth.send_confirmation(&tx, &mut user, &redirect_to, false)
                .await?;
        }
        ("email_change", Some(mut user)) if !user.email_change.is_empty() => {
            let new_email = user.email_change.clone();
            auth.send_email_change(&tx, &mut user, &new_email, &redirect_to, false)
                .await?;
        }
        // Nothing to send, and nobody learns why.
        _ => {}
    }
    tx.commit().await?;
    Ok(Json(json!({})).into_response())
}
