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
    let user = authenticate(user, &password).await?;

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

/// The user, if the password is theirs. A password is compared with something even where there is no user, so that
/// the time of an answer does not tell who is known.
async fn authenticate(user: Option<User>, password: &str) -> Result<User, AuthError> {
    if user.as_ref().is_some_and(User::is_banned) {
        return Err(AuthError::new(400, "user_banned", "User is banned"));
    }
    let hash = user.as_ref().and_then(|user| user.encrypted_password.as_deref());
    let is_right = password::verify(password, hash).await?;
    let user = user
        .filter(|_| is_right)
        .ok_or_else(|| AuthError::new(400, "invalid_credentials", "Invalid login credentials"))?;
    match user.is_confirmed() {
        true => Ok(user),
        false => Err(AuthError::new(400, "email_not_confirmed", "Email not confirmed")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::signup::disguised;
    use super::super::stored_hash::StoredHash;
    use super::*;

    /// The answer to a sign-in, and the costs of the hashes that were compared on the way.
    async fn attempt(user: Option<User>, password: &str) -> (String, Vec<String>) {
        let answer = authenticate(user, password).await;
        let compared = password::COMPARED.take();
        let costs = compared.into_iter().map(|hash| match hash {
            StoredHash::Bcrypt(text) => text.split('$').nth(2).unwrap_or_default().to_owned(),
            other => format!("{other:?}"),
        });
        let code = answer.map_or_else(|error| error.code().to_owned(), |user| user.email().to_owned());
        (code, costs.collect())
    }

    #[tokio::test]
    async fn an_unknown_user_costs_what_a_wrong_password_costs() {
        let known = User {
            encrypted_password: Some(password::hash("TestPass123!".into()).await.unwrap()),
            email_confirmed_at: Some(jiff::Timestamp::now()),
            ..disguised("known@auth.test", DEFAULT_AUDIENCE.into(), Default::default())
        };
        let right = attempt(Some(known.clone()), "TestPass123!").await;
        assert_eq!(right, ("known@auth.test".into(), vec!["10".into()]));
        let refused = ("invalid_credentials".to_owned(), vec!["10".to_owned()]);
        assert_eq!(attempt(Some(known.clone()), "wrong").await, refused);
        assert_eq!(attempt(None, "wrong").await, refused);
        let without_password = User {
            encrypted_password: None,
            ..known
        };
        assert_eq!(attempt(Some(without_password), "wrong").await, refused);
    }
}
