//! `/verify`: what a link or a one-time password from a mail is exchanged for.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use deadpool_postgres::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{Answer, AuthError};
use super::request::{Context, Params};
use super::sessions::{self, Method, Scope, TokenResponse};
use super::user_object::User;
use super::{Auth, DEFAULT_AUDIENCE, audit, email, one_time_token, password, pkce, redirect};

const HALF_CONFIRMED: &str =
    "Confirmation link accepted. Please proceed to confirm link sent to the other email";
const CONFIRMATION: &[&str] = &["confirmation_token"];
const RECOVERY: &[&str] = &["recovery_token"];
const EMAIL_CHANGE: &[&str] = &["email_change_token_current", "email_change_token_new"];
const EITHER: &[&str] = &["confirmation_token", "recovery_token"];

/// What a client sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Verification {
    r#type: Option<String>,
    token: Option<String>,
    token_hash: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    redirect_to: Option<String>,
}

/// What a good token is good for.
enum Outcome {
    /// Its user signs in.
    SignIn(Box<User>),
    /// The change of e-mail waits for the other link.
    HalfConfirmed,
}

/// `GET /verify`: the link of a mail; leads on to the project's site with a session or with what went wrong.
pub(super) async fn follow_link(State(auth): State<Arc<Auth>>, context: Context) -> Answer {
    let kind = context
        .query("type")
        .ok_or_else(|| AuthError::bad_request("Verify requires a verification type"))?;
    let token = context
        .query("token")
        .ok_or_else(|| AuthError::bad_request("Verify requires a token or a token hash"))?;
    let target = auth.settings.redirects.target(&context);
    let is_pkce = token.starts_with("pkce_");
    let location = match auth.follow(&context, kind, token, &target, is_pkce).await {
        Ok(location) => location,
        Err(error) => redirect::with_error(&target, &error, is_pkce),
    };
    Ok((StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response())
}

impl Auth {
    async fn follow(
        &self,
        context: &Context,
        kind: &str,
        token: &str,
        target: &str,
        is_pkce: bool,
    ) -> Result<String, AuthError> {
        let mut connection = self.connection().await?;
        let tx = connection.transaction().await?;
        let (user, used) = find_by_hash(&tx, kind, token).await?;
        let location = match self.apply(&tx, used, user, token).await? {
            Outcome::HalfConfirmed => redirect::with_message(target, HALF_CONFIRMED),
            Outcome::SignIn(user) if is_pkce => {
                let method = if used == "signup" { "email/signup" } else { used };
                redirect::with_code(target, &pkce::code(&tx, user.id, method).await?)
            }
            Outcome::SignIn(user) => {
                let session = self.sign_in_verified(&tx, context, *user).await?;
                redirect::with_session(target, used, &session)
            }
        };
        tx.commit().await?;
        Ok(location)
    }

    async fn sign_in_verified(
        &self,
        tx: &Transaction<'_>,
        context: &Context,
        mut user: User,
    ) -> Result<TokenResponse, AuthError> {
        user.note_providers(tx).await?;
        user.reload(tx).await?;
        sessions::open(self, tx, context, user, Method::Otp).await
    }

    async fn apply(
        &self,
        tx: &Transaction<'_>,
        kind: &str,
        mut user: User,
        hash: &str,
    ) -> Result<Outcome, AuthError> {
        match kind {
            "signup" | "invite" => self.confirm_sign_up(tx, &mut user).await?,
            "recovery" | "magiclink" => {
                let recovered = recover(tx, &mut user).await;
                recovered.map_err(|error| error.during("Database error updating user"))?;
            }
            "email_change" => return self.change_email(tx, user, hash).await,
            _ => return Err(AuthError::bad_request("Unsupported verification type")),
        }
        Ok(Outcome::SignIn(Box::new(user)))
    }

    async fn confirm_sign_up(&self, tx: &Transaction<'_>, user: &mut User) -> Result<(), AuthError> {
        if !user.has_password() && user.invited_at.is_some() {
            let hash = password::hash(password::random()).await?;
            let stored = user.set_password(tx, Some(hash)).await;
            stored.map_err(|error| error.during("Error storing password"))?;
            sessions::end(tx, user.id, Scope::All).await?;
        }
        audit::write(tx, &*user, "user_signedup", json!({ "provider": "email" })).await?;
        user.confirm(tx)
            .await
            .map_err(|error| error.during("Error confirming user"))?;
        let is_same =
            |identity: &super::user_object::Identity| identity.email.as_deref() == user.email.as_deref();
        if user
            .identities
            .iter()
            .flatten()
            .any(|identity| identity.provider == "email" && is_same(identity))
        {
            let verified = [("email_verified".to_owned(), true.into())];
            user.set_identity(tx, "email", verified.into_iter().collect())
                .await?;
        }
        Ok(())
    }

    async fn change_email(
        &self,
        tx: &Transaction<'_>,
        mut user: User,
        hash: &str,
    ) -> Result<Outcome, AuthError> {
        let needs_both = !self.settings.autoconfirm && !user.email().is_empty();
        if needs_both && user.email_change_confirm_status == 0 {
            let is = |sent: &str| sent == hash || sent.strip_prefix("pkce_") == Some(hash);
            let (column, kind) = match is(&user.email_change_token_current) {
                true => ("email_change_token_current", "email_change_token_current"),
                false => ("email_change_token_new", "email_change_token_new"),
            };
            one_time_token::clear_kind(tx, user.id, kind).await?;
            user.update(
                tx,
                &format!("email_change_confirm_status = 1, {column} = ''"),
                &[],
            )
            .await?;
            return Ok(Outcome::HalfConfirmed);
        }
        audit::write(tx, &user, "user_modified", Value::Null).await?;
        let new_email = std::mem::take(&mut user.email_change);
        let claims = [
            ("email".to_owned(), new_email.clone().into()),
            ("email_verified".to_owned(), true.into()),
        ];
        user.set_identity(tx, "email", claims.into_iter().collect())
            .await?;
        let assignments = "email = $2, email_change = '', email_change_token_current = '',
            email_change_token_new = '', email_change_confirm_status = 0";
        user.email = Some(new_email);
        let changed = user.update(tx, assignments, &[&user.email]).await;
        changed.map_err(|error| error.during("Error confirm email"))?;
        one_time_token::clear(tx, user.id).await?;
        if !user.is_confirmed() {
            user.confirm(tx).await?;
        }
        Ok(Outcome::SignIn(Box::new(user)))
    }
}

async fn recover(tx: &Transaction<'_>, user: &mut User) -> Result<(), AuthError> {
    user.recovery_token.clear();
    user.update(tx, "recovery_token = ''", &[]).await?;
    one_time_token::clear(tx, user.id).await?;
    if user.is_confirmed() {
        return audit::write(tx, &*user, "login", Value::Null).await;
    }
    audit::write(tx, &*user, "user_signedup", json!({ "provider": "email" })).await?;
    user.confirm(tx).await
}

/// `POST /verify`
pub(super) async fn verify(
    State(auth): State<Arc<Auth>>,
    context: Context,
    Params(params): Params<Verification>,
) -> Answer {
    let kind = params.r#type.unwrap_or_default();
    if kind.is_empty() {
        return Err(AuthError::bad_request("Verify requires a verification type"));
    }
    let (token, hash) = (
        params.token.unwrap_or_default(),
        params.token_hash.unwrap_or_default(),
    );
    let (address, phone) = (params.email.unwrap_or_default(), params.phone.unwrap_or_default());
    if token.is_empty() == hash.is_empty() {
        return Err(AuthError::bad_request(
            "Verify requires either a token or a token hash",
        ));
    }
    let has_redirect = params.redirect_to.is_some_and(|target| !target.is_empty());
    if !hash.is_empty() && (!address.is_empty() || !phone.is_empty() || has_redirect) {
        return Err(AuthError::bad_request(
            "Only the token_hash and type should be provided",
        ));
    }
    let address = match (hash.is_empty(), address.is_empty(), phone.is_empty()) {
        (false, ..) => None,
        (true, false, true) => Some(
            email::validate(&address)
                .map_err(|_| AuthError::new(422, "validation_failed", "Invalid email format"))?,
        ),
        (true, true, false) => return Err(expired("Token has expired or is invalid")),
        (true, ..) => {
            let message = "Only an email address or phone number should be provided on verify";
            return Err(AuthError::bad_request(message));
        }
    };
    let mut connection = auth.connection().await?;
    let tx = connection.transaction().await?;
    let (user, used, hash) = match address {
        Some(address) => {
            let hash = one_time_token::hash(&address, &token);
            let aud = context.audience().unwrap_or(DEFAULT_AUDIENCE);
            let (user, used) = find_by_address(&tx, &kind, &address, aud, &hash).await?;
            (user, used, hash)
        }
        None => {
            let (user, used) = find_by_hash(&tx, &kind, &hash).await?;
            (user, used, hash)
        }
    };
    let answer = match auth.apply(&tx, used, user, &hash).await? {
        Outcome::HalfConfirmed => Json(json!({ "code": "200", "msg": HALF_CONFIRMED })).into_response(),
        Outcome::SignIn(user) => Json(auth.sign_in_verified(&tx, &context, *user).await?).into_response(),
    };
    tx.commit().await?;
    Ok(answer)
}

/// The user of a link, and what kind of link it is.
async fn find_by_hash<'a>(
    tx: &Transaction<'_>,
    kind: &'a str,
    hash: &str,
) -> Result<(User, &'a str), AuthError> {
    let tokens = match kind {
        "email" => EITHER,
        "signup" | "invite" => CONFIRMATION,
        "recovery" | "magiclink" => RECOVERY,
        "email_change" => EMAIL_CHANGE,
        _ => return Err(AuthError::bad_request("Invalid email verification type")),
    };
    let message = "Email link is invalid or has expired";
    let id = one_time_token::owner(tx, hash, tokens)
        .await?
        .ok_or_else(|| expired(message))?;
    let user = User::by_id(tx, id).await?.ok_or_else(|| expired(message))?;
    if user.is_banned() {
        return Err(AuthError::new(403, "user_banned", "User is banned"));
    }
    let (kind, sent_at) = match kind {
        "email" if user.recovery_token == hash => ("magiclink", user.recovery_sent_at),
        "email" => ("signup", user.confirmation_sent_at),
        "signup" | "invite" => (kind, user.confirmation_sent_at),
        "recovery" | "magiclink" => (kind, user.recovery_sent_at),
        _ => (kind, user.email_change_sent_at),
    };
    match one_time_token::is_expired(sent_at) {
        true => Err(expired(message)),
        false => Ok((user, kind)),
    }
}

/// The user who typed in a one-time password, and what kind of mail it came from.
async fn find_by_address<'a>(
    tx: &Transaction<'_>,
    kind: &'a str,
    address: &str,
    aud: &str,
    hash: &str,
) -> Result<(User, &'a str), AuthError> {
    let message = "Token has expired or is invalid";
    let user = match kind {
        "email_change" => match one_time_token::owner(tx, hash, EMAIL_CHANGE).await? {
            Some(id) => User::by_id(tx, id).await?,
            None => None,
        },
        _ => User::by_email(tx, address, aud).await?,
    };
    let user = user.ok_or_else(|| expired(message))?;
    if user.is_banned() {
        return Err(AuthError::new(403, "user_banned", "User is banned"));
    }
    let is_valid = |token: &str, sent_at| one_time_token::is_valid(hash, token, sent_at);
    let confirms = is_valid(&user.confirmation_token, user.confirmation_sent_at);
    let recovers = is_valid(&user.recovery_token, user.recovery_sent_at);
    let changes = is_valid(&user.email_change_token_current, user.email_change_sent_at)
        || is_valid(&user.email_change_token_new, user.email_change_sent_at);
    match kind {
        "email" if confirms => Ok((user, "signup")),
        "email" if recovers => Ok((user, "magiclink")),
        "signup" | "invite" if confirms => Ok((user, kind)),
        "recovery" | "magiclink" if recovers => Ok((user, kind)),
        "email_change" if changes => Ok((user, kind)),
        _ => Err(expired(message)),
    }
}

fn expired(message: &str) -> AuthError {
    AuthError::new(403, "otp_expired", message)
}
