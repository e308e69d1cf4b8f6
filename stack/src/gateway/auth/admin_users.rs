//! `/admin/users` and `/admin/users/{id}`: users made, read, changed and deleted by an administrator.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use deadpool_postgres::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::caller::Admin;
use super::database::{execute, rows};
use super::error::{Answer, AuthError};
use super::request::{OptionalParams, Params, UserId};
use super::sessions::{self, Scope};
use super::stored_hash::StoredHash;
use super::user_object::{Object, User};
use super::users::{DEFAULT_ROLE, NewUser, identity_claims};
use super::{Auth, audit, duration, email, password};

/// What an administrator sends; an empty text counts as absent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct UserParams {
    id: Option<String>,
    aud: Option<String>,
    role: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    password: Option<String>,
    password_hash: Option<String>,
    email_confirm: Option<bool>,
    phone_confirm: Option<bool>,
    user_metadata: Option<Object>,
    app_metadata: Option<Object>,
    ban_duration: Option<String>,
}

/// How a user is deleted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Deletion {
    should_soft_delete: Option<bool>,
}

fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// A ban in nanoseconds; 0 lifts it.
fn ban(text: Option<String>) -> Result<Option<i64>, AuthError> {
    match given(text).as_deref() {
        None => Ok(None),
        Some("none") => Ok(Some(0)),
        Some(text) => duration::parse(text)
            .map(Some)
            .map_err(|error| AuthError::bad_request(format!("invalid format for ban duration: {error}"))),
    }
}

/// `POST /admin/users`
pub(super) async fn create(
    State(auth): State<Arc<Auth>>,
    admin: Admin,
    Params(params): Params<UserParams>,
) -> Answer {
    let aud = given(params.aud).unwrap_or_else(|| admin.aud.clone());
    let (address, phone) = (given(params.email), given(params.phone));
    if address.is_none() && phone.is_none() {
        return Err(AuthError::bad_request(
            "Cannot create a user without either an email or phone",
        ));
    }
    let address = address.map(|address| email::validate(&address)).transpose()?;
    let phone = phone.map(|phone| email::validate_phone(&phone)).transpose()?;
    let mut connection = auth.connection().await?;
    let tx = connection.transaction().await?;
    if let Some(address) = &address
        && User::is_duplicate_email(&tx, address, &aud, None).await?
    {
        let message = "A user with this email address has already been registered";
        return Err(AuthError::new(422, "email_exists", message));
    }
    if let Some(phone) = &phone
        && User::is_duplicate_phone(&tx, phone, &aud).await?
    {
        let message = "Phone number already registered by another user";
        return Err(AuthError::new(422, "phone_exists", message));
    }
    tx.commit().await?;
    let given_hash = given(params.password_hash);
    if params.password.is_some() && given_hash.is_some() {
        let message = "Only a password or a password hash should be provided";
        return Err(AuthError::bad_request(message));
    }
    let is_given_hash = given_hash.is_some();
    let encrypted_password = match given_hash {
        Some(hash) if StoredHash::parse(&hash).is_some() => hash,
        Some(_) => return Err(AuthError::internal("Error creating user")),
        None => password::hash(given(params.password).unwrap_or_else(password::random)).await?,
    };
    let id = match given(params.id) {
        None => Uuid::new_v4(),
        Some(text) => match Uuid::parse_str(&text) {
            Ok(id) if !id.is_nil() => id,
            Ok(_) => return Err(AuthError::bad_request("ID cannot be a nil uuid")),
            Err(_) => return Err(AuthError::bad_request("ID must conform to the uuid v4 format")),
        },
    };
    let ban = ban(params.ban_duration)?;
    let providers: Vec<_> = [address.as_ref().map(|_| "email"), phone.as_ref().map(|_| "phone")]
        .into_iter()
        .flatten()
        .collect();
    // With a hash, metadata that is left out is stored as JSON `null`, as in production.
    let user_metadata = match is_given_hash {
        true => params.user_metadata,
        false => Some(params.user_metadata.unwrap_or_default()),
    };
    let new = NewUser {
        id,
        aud,
        email: address,
        phone,
        encrypted_password,
        user_metadata,
        providers,
    };
    let changes = Changes {
        role: given(params.role).unwrap_or_else(|| DEFAULT_ROLE.into()),
        app_metadata: params.app_metadata,
        email_confirm: params.email_confirm.unwrap_or_default(),
        phone_confirm: params.phone_confirm.unwrap_or_default(),
        ban,
    };
    let tx = connection.transaction().await?;
    let made = insert(&tx, &admin, new, changes).await;
    let user = made.map_err(|error| error.during("Database error creating new user"))?;
    tx.commit().await?;
    Ok(Json(user).into_response())
}

/// What happens to a new user after the row is there.
struct Changes {
    role: String,
    app_metadata: Option<Object>,
    email_confirm: bool,
    phone_confirm: bool,
    ban: Option<i64>,
}

async fn insert(
    tx: &Transaction<'_>,
    admin: &Admin,
    new: NewUser,
    changes: Changes,
) -> Result<User, AuthError> {
    let provider = new.providers.first().copied().unwrap_or_default();
    let mut user = User::insert(tx, new).await?;
    if !user.email().is_empty() {
        let claims = identity_claims(user.id, user.email());
        user.add_identity(tx, "email", claims).await?;
    }
    if let Some(phone) = user.phone.clone() {
        let mut claims = identity_claims(user.id, "");
        claims.insert("phone".into(), phone.into());
        user.add_identity(tx, "phone", claims).await?;
    }
    let mut traits = audit::subject(&user);
    traits["provider"] = provider.into();
    audit::write(tx, admin.actor(), "user_signedup", traits).await?;
    user.set_role(tx, &changes.role).await?;
    if let Some(metadata) = changes.app_metadata {
        user.set_app_metadata(tx, metadata).await?;
    }
    if changes.email_confirm {
        user.confirm(tx).await?;
    }
    if changes.phone_confirm {
        user.confirm_phone(tx).await?;
    }
    if let Some(ban) = changes.ban {
        user.ban(tx, ban).await?;
    }
    user.reload(tx).await?;
    Ok(user)
}

/// The user that the URL names.
async fn find(tx: &Transaction<'_>, id: Uuid) -> Result<User, AuthError> {
    let found = User::by_id(tx, id)
        .await
        .map_err(|error| error.during("Database error loading user"))?;
    found.ok_or_else(|| AuthError::new(404, "user_not_found", "User not found"))
}

/// `GET /admin/users/{id}`
pub(super) async fn read(State(auth): State<Arc<Auth>>, _: Admin, UserId(id): UserId) -> Answer {
    let mut connection = auth.connection().await?;
    let tx = connection.transaction().await?;
    Ok(Json(find(&tx, id).await?).into_response())
}

/// `PUT /admin/users/{id}`. The user is looked for before the body is looked at.
pub(super) async fn update(
    State(auth): State<Arc<Auth>>,
    admin: Admin,
    UserId(id): UserId,
    params: Result<Params<UserParams>, AuthError>,
) -> Answer {
    let mut connection = auth.connection().await?;
    let tx = connection.transaction().await?;
    let mut user = find(&tx, id).await?;
    tx.commit().await?;
    let Params(mut params) = params?;
    let (address, phone) = (given(params.email), given(params.phone));
    params.email = address.map(|address| email::validate(&address)).transpose()?;
    params.phone = phone.map(|phone| email::validate_phone(&phone)).transpose()?;
    let ban = ban(params.ban_duration.take())?;
    let hash = match &params.password {
        Some(password) => {
            auth.settings.passwords.check(password)?;
            Some(password::hash(password.clone()).await?)
        }
        None => None,
    };
    let tx = connection.transaction().await?;
    let updated = apply(&tx, &admin, &mut user, params, ban, hash).await;
    updated.map_err(|error| error.during("Error updating user"))?;
    tx.commit().await?;
    Ok(Json(user).into_response())
}

async fn apply(
    tx: &Transaction<'_>,
    admin: &Admin,
    user: &mut User,
    params: UserParams,
    ban: Option<i64>,
    hash: Option<String>,
) -> Result<(), AuthError> {
    let (email_confirm, phone_confirm) = (
        params.email_confirm.unwrap_or_default(),
        params.phone_confirm.unwrap_or_default(),
    );
    if let Some(role) = given(params.role) {
        user.set_role(tx, &role).await?;
    }
    if email_confirm {
        user.confirm(tx).await?;
    }
    if phone_confirm {
        user.confirm_phone(tx).await?;
    }
    if hash.is_some() {
        user.set_password(tx, hash).await?;
        sessions::end(tx, user.id, Scope::All).await?;
    }
    let has_new_address = params.email.is_some() || params.phone.is_some();
    if let Some(address) = params.email {
        let claims = [
            ("email".to_owned(), address.clone().into()),
            ("email_verified".to_owned(), email_confirm.into()),
        ];
        user.set_identity(tx, "email", claims.into_iter().collect())
            .await?;
        user.email = Some(address);
        user.update(tx, "email = $2", &[&user.email]).await?;
    }
    if let Some(phone) = params.phone {
        let claims = [
            ("phone".to_owned(), phone.clone().into()),
            ("phone_verified".to_owned(), phone_confirm.into()),
        ];
        user.set_identity(tx, "phone", claims.into_iter().collect())
            .await?;
        user.phone = Some(phone);
        user.update(tx, "phone = $2", &[&user.phone]).await?;
    }
    if has_new_address {
        user.clear_pending_tokens(tx).await?;
    }
    if let Some(metadata) = params.app_metadata {
        user.set_app_metadata(tx, metadata).await?;
    }
    if let Some(metadata) = params.user_metadata {
        user.set_user_metadata(tx, metadata).await?;
    }
    if let Some(ban) = ban {
        user.ban(tx, ban).await?;
    }
    audit::write(tx, admin.actor(), "user_modified", audit::subject(user)).await?;
    user.reload(tx).await
}

/// `DELETE /admin/users/{id}`
pub(super) async fn delete(
    State(auth): State<Arc<Auth>>,
    admin: Admin,
    UserId(id): UserId,
    params: Result<OptionalParams<Deletion>, AuthError>,
) -> Answer {
    let mut connection = auth.connection().await?;
    let tx = connection.transaction().await?;
    let user = find(&tx, id).await?;
    let OptionalParams(params) = params?;
    let written = audit::write(&tx, admin.actor(), "user_deleted", audit::subject(&user)).await;
    written.map_err(|error| error.during("Error recording audit log entry"))?;
    if params.should_soft_delete.unwrap_or_default() {
        soft_delete(&tx, &user)
            .await
            .map_err(|error| error.during("Error soft deleting user"))?;
    } else {
        let deleted = execute(&tx, "delete from auth.users where id = $1", &[&user.id]).await;
        deleted.map_err(|error| error.during("Database error deleting user"))?;
    }
    tx.commit().await?;
    Ok(Json(json!({})).into_response())
}

/// Empties a user whose row must stay.
async fn soft_delete(tx: &Transaction<'_>, user: &User) -> Result<(), AuthError> {
    if user.deleted_at.is_some() {
        return Ok(());
    }
    let obfuscate = |text: &str| base64_sha256(&format!("{}{text}", user.id));
    let (email, phone) = (
        user.email.as_deref().map(obfuscate),
        user.phone.as_deref().map(obfuscate),
    );
    let assignments = "email = $2, phone = $3, encrypted_password = null, raw_user_meta_data = '{}',
        raw_app_meta_data = '{}', email_change = '', phone_change = '', confirmation_token = '', recovery_token = '',
        email_change_token_current = '', email_change_token_new = '', phone_change_token = '',
        reauthentication_token = '', deleted_at = now()";
    user.update(tx, assignments, &[&email, &phone]).await?;
    let sql = "select id, provider_id from auth.identities where user_id = $1";
    for row in rows(tx, sql, &[&user.id]).await? {
        let (id, provider_id): (Uuid, String) = (row.try_get(0)?, row.try_get(1)?);
        let sql = "update auth.identities set provider_id = $2, identity_data = $3, updated_at = now() where id = $1";
        execute(
            tx,
            sql,
            &[&id, &obfuscate(&provider_id), &Value::Object(Object::new())],
        )
        .await?;
    }
    execute(tx, "delete from auth.mfa_factors where user_id = $1", &[&user.id]).await?;
    execute(
        tx,
        "delete from auth.one_time_tokens where user_id = $1",
        &[&user.id],
    )
    .await?;
    sessions::end(tx, user.id, Scope::All).await
}

fn base64_sha256(text: &str) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}
