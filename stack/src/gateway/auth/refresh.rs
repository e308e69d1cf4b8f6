//! `POST /token?grant_type=refresh_token`: every token is good for one use.
//!
//! A token that was used is answered with the one that replaced it as long as that is unused (the client lost the
//! answer), and with a new one for ten seconds (two tabs refresh at once). After that somebody else has
//! it: the whole session is revoked.

use axum::Json;
use axum::response::IntoResponse;
use deadpool_postgres::Transaction;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::database::{execute, optional};
use super::error::{Answer, AuthError};
use super::request::Context;
use super::user_object::User;
use super::{Auth, audit, sessions};

/// How long a used token may be used again, in seconds: `[auth] refresh_token_reuse_interval` of the CLI.
const REUSE_INTERVAL: f64 = 10.0;

/// What a client sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Refresh {
    refresh_token: Option<String>,
}

struct Found {
    user_id: String,
    session: Option<Uuid>,
    is_revoked: bool,
    is_expired: bool,
    /// Since the token was last changed, in seconds.
    age: f64,
}

pub(super) async fn refresh(auth: &Auth, context: &Context, params: Refresh) -> Answer {
    let given = params.refresh_token.unwrap_or_default();
    if given.is_empty() {
        return Err(AuthError::oauth("invalid_request", "refresh_token required"));
    }
    let mut connection = auth.connection().await?;
    let tx = connection.transaction().await?;
    let found = find(&tx, &given).await?.ok_or_else(not_found)?;
    let user_id = Uuid::parse_str(&found.user_id).map_err(|_| not_found())?;
    let user = User::by_id(&tx, user_id).await?.ok_or_else(not_found)?;
    if user.is_banned() {
        return Err(AuthError::new(
            400,
            "user_banned",
            "Invalid Refresh Token: User Banned",
        ));
    }
    let session = found.session.ok_or_else(|| {
        AuthError::new(
            400,
            "session_not_found",
            "Invalid Refresh Token: No Valid Session Found",
        )
    })?;
    if found.is_expired {
        return Err(AuthError::new(
            400,
            "session_expired",
            "Invalid Refresh Token: Session Expired",
        ));
    }
    let successor = match found.is_revoked {
        true => unused_successor(&tx, session, &given).await?,
        false => None,
    };
    if found.is_revoked && successor.is_none() && found.age > REUSE_INTERVAL {
        let sql = "update auth.refresh_tokens set revoked = true, updated_at = now()
            where session_id = $1 and revoked = false";
        execute(&tx, sql, &[&session]).await?;
        tx.commit().await?;
        let message = "Invalid Refresh Token: Already Used";
        return Err(AuthError::new(400, "refresh_token_already_used", message));
    }
    audit::write(&tx, &user, "token_refreshed", Value::Null).await?;
    let issued = match successor {
        Some(token) => token,
        None => swap(&tx, &user, session, &given).await?,
    };
    let sql = "update auth.sessions set refreshed_at = now() at time zone 'utc', user_agent = nullif($2, ''), ip = $3,
        updated_at = now() where id = $1";
    execute(&tx, sql, &[&session, &context.user_agent(), &context.ip]).await?;
    let token = sessions::response(auth, &tx, user, session, issued).await?;
    tx.commit().await?;
    Ok(Json(token).into_response())
}

/// Finds a token and locks it, so that two requests with it come one after the other.
async fn find(tx: &Transaction<'_>, token: &str) -> Result<Option<Found>, AuthError> {
    let sql = "select t.user_id, s.id, t.revoked, coalesce(s.not_after < now(), false),
            extract(epoch from clock_timestamp() - t.updated_at)::float8
        from auth.refresh_tokens t left join auth.sessions s on s.id = t.session_id
        where t.token = $1 for update of t";
    let Some(row) = optional(tx, sql, &[&token]).await? else {
        return Ok(None);
    };
    Ok(Some(Found {
        user_id: row.try_get(0)?,
        session: row.try_get(1)?,
        is_revoked: row.try_get(2)?,
        is_expired: row.try_get(3)?,
        age: row.try_get(4)?,
    }))
}

/// The token in use of a session, if it replaced this one.
async fn unused_successor(
    tx: &Transaction<'_>,
    session: Uuid,
    token: &str,
) -> Result<Option<String>, AuthError> {
    let sql = "select token, parent from auth.refresh_tokens where session_id = $1 and revoked = false
        order by id desc limit 1";
    let Some(row) = optional(tx, sql, &[&session]).await? else {
        return Ok(None);
    };
    let (active, parent): (String, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
    Ok((parent.as_deref() == Some(token)).then_some(active))
}

/// Revokes a token and makes the one that replaces it.
async fn swap(tx: &Transaction<'_>, user: &User, session: Uuid, token: &str) -> Result<String, AuthError> {
    audit::write(tx, user, "token_revoked", Value::Null).await?;
    let sql = "update auth.refresh_tokens set revoked = true, updated_at = now() where token = $1";
    execute(tx, sql, &[&token]).await?;
    sessions::issue_refresh_token(tx, user, session, Some(token)).await
}

fn not_found() -> AuthError {
    AuthError::new(
        400,
        "refresh_token_not_found",
        "Invalid Refresh Token: Refresh Token Not Found",
    )
}
