//! `POST /invite`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::json;

use super::caller::Admin;
use super::error::{Answer, AuthError};
use super::request::Params;
use super::signup::sign_up_new;
use super::user_object::{Object, User};
use super::users::identity_claims;
use super::{Auth, audit, email};

/// What a client sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Invitation {
    email: Option<String>,
    data: Option<Object>,
}

pub(super) async fn invite(
    State(auth): State<Arc<Auth>>,
    admin: Admin,
    Params(params): Params<Invitation>,
) -> Answer {
    let email = email::validate(&params.email.unwrap_or_default())?;
    let mut connection = auth.connection().await?;
    let tx = connection.transaction().await?;
    let found = User::by_email(&tx, &email, &admin.aud).await;
    let mut user = match found.map_err(|error| error.during("Database error finding user"))? {
        Some(user) if user.is_confirmed() => {
            let message = "A user with this email address has already been registered";
            return Err(AuthError::new(422, "email_exists", message));
        }
        Some(user) => user,
        None => {
            let data = params.data.unwrap_or_default();
            let mut user = sign_up_new(&tx, email, admin.aud.clone(), String::new(), data).await?;
            let claims = identity_claims(user.id, user.email());
            user.add_identity(&tx, "email", claims).await?;
            user
        }
    };
    let traits = json!({ "user_id": user.id, "user_email": user.email() });
    audit::write(&tx, admin.actor(), "user_invited", traits).await?;
    let redirect_to = auth.settings.redirects.target(&admin.context);
    let sent = auth.send_invitation(&tx, &mut user, &redirect_to).await;
    sent.map_err(|error| error.during("Error inviting user"))?;
    user.reload(&tx).await?;
    tx.commit().await?;
    Ok(Json(user).into_response())
}
