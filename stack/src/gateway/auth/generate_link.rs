//! `POST /admin/generate_link`: the link of a mail, without the mail.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use deadpool_postgres::Transaction;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::caller::Admin;
use super::error::{Answer, AuthError};
use super::mailer::{Secret, keep_confirmation, keep_email_change, keep_invitation, keep_recovery};
use super::request::Params;
use super::signup::sign_up_new;
use super::user_object::{Object, User};
use super::users::identity_claims;
use super::{Auth, audit, email, password};

/// What a client sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Order {
    r#type: Option<String>,
    email: Option<String>,
    new_email: Option<String>,
    password: Option<String>,
    data: Option<Object>,
    redirect_to: Option<String>,
}

/// A user with the link.
#[derive(Serialize)]
struct Link {
    #[serde(flatten)]
    user: User,
    action_link: String,
    email_otp: String,
    hashed_token: String,
    verification_type: String,
    redirect_to: String,
}

pub(super) async fn generate(
    State(auth): State<Arc<Auth>>,
    admin: Admin,
    Params(order): Params<Order>,
) -> Answer {
    let email = email::validate(order.email.as_deref().unwrap_or_default())?;
    let wanted = order
        .redirect_to
        .as_deref()
        .into_iter()
        .chain(admin.context.redirects());
    let redirect_to = auth.settings.redirects.first(wanted);
    let mut connection = auth.connection().await?;
    let tx = connection.transaction().await?;
    let found = User::by_email(&tx, &email, &admin.aud).await;
    let existing = found.map_err(|error| error.during("Database error finding user"))?;
    tx.commit().await?;

    let mut kind = order.r#type.unwrap_or_default();
    let mut password = order.password;
    if existing.is_none() {
        match kind.as_str() {
            "magiclink" => {
                kind = "signup".into();
                password = Some(password::random());
            }
            "recovery" | "email_change_current" | "email_change_new" => {
                return Err(AuthError::new(
                    404,
                    "user_not_found",
                    "User with this email not found",
                ));
            }
            _ => {}
        }
    }
    let hash = match (kind.as_str(), &existing) {
        ("signup", None) => auth.sign_up_hash(password.unwrap_or_default()).await?,
        _ => String::new(),
    };

    let tx = connection.transaction().await?;
    let data = order.data.unwrap_or_default();
    let mut user = match (kind.as_str(), existing) {
        ("signup" | "invite", Some(user)) if user.is_confirmed() => return Err(email_exists()),
        ("signup", Some(mut user)) => {
            let merged = user.set_user_metadata(&tx, data).await;
            merged.map_err(|error| error.during("Database error updating user"))?;
            user
        }
        ("signup" | "invite", None) => {
            let mut user = sign_up_new(&tx, email.clone(), admin.aud.clone(), hash, data).await?;
            let claims = identity_claims(user.id, user.email());
            user.add_identity(&tx, "email", claims).await?;
            user
        }
        ("invite" | "magiclink" | "recovery" | "email_change_current" | "email_change_new", Some(user)) => {
            user
        }
        (other, _) => {
            let message = format!("Invalid email action link type requested: {other}");
            return Err(AuthError::bad_request(message));
        }
    };
    let new_email = order.new_email.unwrap_or_default();
    let secret = keep(&tx, &admin, &kind, &email, &new_email, &mut user).await?;
    user.reload(&tx).await?;
    tx.commit().await?;
    let link_kind = if kind.starts_with("email_change") {
        "email_change"
    } else {
        &kind
    };
    let action_link = auth.action_link(&secret.token, link_kind, &redirect_to);
    let (email_otp, hashed_token) = (secret.otp, secret.token);
    let link = Link {
        user,
        action_link,
        email_otp,
        hashed_token,
        verification_type: kind,
        redirect_to,
    };
    Ok(Json(link).into_response())
}

impl Auth {
    async fn sign_up_hash(&self, password: String) -> Result<String, AuthError> {
        if password.is_empty() {
            return Err(AuthError::bad_request("Signup requires a valid password"));
        }
        self.settings.passwords.check(&password)?;
        password::hash(password).await
    }
}

/// Keeps the token that the link will carry.
async fn keep(
    tx: &Transaction<'_>,
    admin: &Admin,
    kind: &str,
    email: &str,
    new_email: &str,
    user: &mut User,
) -> Result<Secret, AuthError> {
    match kind {
        "magiclink" | "recovery" => {
            audit::write(tx, &*user, "user_recovery_requested", Value::Null).await?;
            let secret = Secret::new(email, false);
            keep_recovery(tx, user, &secret).await.map(|()| secret)
        }
        "invite" => {
            let traits = json!({ "user_id": user.id, "user_email": user.email() });
            audit::write(tx, admin.actor(), "user_invited", traits).await?;
            let secret = Secret::new(email, false);
            keep_invitation(tx, user, &secret).await.map(|()| secret)
        }
        "signup" => {
            let secret = Secret::new(email, false);
            keep_confirmation(tx, user, &secret).await.map(|()| secret)
        }
        _ => {
            let new_email = email::validate(new_email)?;
            if User::is_duplicate_email(tx, &new_email, &user.aud, Some(user.id)).await? {
                return Err(email_exists());
            }
            let (secret, new, current);
            if kind == "email_change_new" {
                secret = Secret::new(&new_email, false);
                (new, current) = (Some(&secret), None);
            } else {
                secret = Secret::new(email, false);
                (new, current) = (None, Some(&secret));
            }
            keep_email_change(tx, user, &new_email, new, current)
                .await
                .map(|()| secret)
        }
    }
}

fn email_exists() -> AuthError {
    AuthError::new(
        422,
        "email_exists",
        "A user with this email address has already been registered",
    )
}
