//! `/user` and `/reauthenticate`: what people may see and change of themselves.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::error::{Answer, AuthError};
use super::pkce::{self, Challenge};
use super::request::Params;
use super::sessions::{self, Scope};
use super::user_object::{Object, User};
use super::{Auth, audit, email, password};

/// What a client sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Changes {
    email: Option<String>,
    password: Option<String>,
    data: Option<Object>,
    app_metadata: Option<Object>,
    phone: Option<String>,
    #[serde(flatten)]
    challenge: Challenge,
}

/// `GET /user`
pub(super) async fn read(State(auth): State<Arc<Auth>>, caller: Caller) -> Answer {
    let mut connection = auth.connection().await?;
    let tx = connection.transaction().await?;
    let (user, _) = caller.user(&tx).await?;
    match caller.is_for_audience() {
        true => Ok(Json(user).into_response()),
        false => Err(AuthError::bad_request(
            "Token audience doesn't match request audience",
        )),
    }
}

/// `PUT /user`
pub(super) async fn update(
    State(auth): State<Arc<Auth>>,
    caller: Caller,
    Params(changes): Params<Changes>,
) -> Answer {
    let mut connection = auth.connection().await?;
    let tx = connection.transaction().await?;
    let (mut user, session) = caller.user(&tx).await?;
    tx.commit().await?;

    let new_email = match changes.email.as_deref().unwrap_or_default() {
        "" => None,
        email => Some(email::validate(email)?).filter(|email| email != user.email()),
    };
    if changes.phone.is_some_and(|phone| !phone.is_empty()) {
        return Err(AuthError::new(
            422,
            "phone_provider_disabled",
            "Phone logins are disabled",
        ));
    }
    changes.challenge.check()?;
    let new_hash = match changes.password {
        Some(password) => Some(auth.new_hash(&user, password).await?),
        None => None,
    };
    if changes.app_metadata.is_some() && user.role != "service_role" && user.role != "supabase_admin" {
        let message = "Updating app_metadata requires admin privileges";
        return Err(AuthError::new(403, "not_admin", message));
    }

    let tx = connection.transaction().await?;
    if let Some(email) = &new_email
        && User::is_duplicate_email(&tx, email, &user.aud, Some(user.id)).await?
    {
        let message = "A user with this email address has already been registered";
        return Err(AuthError::new(422, "email_exists", message));
    }
    if let Some(hash) = new_hash {
        let stored = user.set_password(&tx, Some(hash)).await;
        stored.map_err(|error| error.during("Error during password storage"))?;
        sessions::end(&tx, user.id, session.map_or(Scope::All, Scope::AllBut)).await?;
        audit::write(&tx, &user, "user_updated_password", Value::Null).await?;
    }
    if let Some(data) = changes.data {
        user.set_user_metadata(&tx, data)
            .await
            .map_err(|error| error.during("Error updating user"))?;
    }
    if let Some(data) = changes.app_metadata {
        user.set_app_metadata(&tx, data)
            .await
            .map_err(|error| error.during("Error updating user"))?;
    }
    if let Some(email) = new_email {
        let is_pkce = pkce::begin(&tx, &changes.challenge, "email_change", "email_change", user.id).await?;
        let redirect_to = auth.settings.redirects.target(&caller.context);
        auth.send_email_change(&tx, &mut user, &email, &redirect_to, is_pkce)
            .await?;
    }
    audit::write(&tx, &user, "user_modified", Value::Null).await?;
    user.reload(&tx).await?;
    tx.commit().await?;
    Ok(Json(user).into_response())
}

impl Auth {
    /// The hash of a password that is strong enough and not the one that the user has.
    async fn new_hash(&self, user: &User, password: String) -> Result<String, AuthError> {
        self.settings.passwords.check(&password)?;
        if user.has_password() && password::verify(&password, user.encrypted_password.as_deref()).await? {
            let message = "New password should be different from the old password.";
            return Err(AuthError::new(422, "same_password", message));
        }
        password::hash(password).await
    }
}

/// `GET /reauthenticate`
pub(super) async fn reauthenticate(State(auth): State<Arc<Auth>>, caller: Caller) -> Answer {
    let mut connection = auth.connection().await?;
    let tx = connection.transaction().await?;
    let (mut user, _) = caller.user(&tx).await?;
    if user.email().is_empty() {
        let message = "Reauthentication requires the user to have an email or a phone number";
        return Err(AuthError::bad_request(message));
    }
    if !user.is_confirmed() {
        return Err(AuthError::new(
            422,
            "email_not_confirmed",
            "Please verify your email first.",
        ));
    }
    audit::write(&tx, &user, "user_reauthenticate_requested", Value::Null).await?;
    auth.send_reauthentication(&tx, &mut user).await?;
    tx.commit().await?;
    Ok(Json(json!({})).into_response())
}
