//! Who asks: a signed-in user, or the holder of an administrator's token.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use deadpool_postgres::Transaction;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Auth;
use super::audit::Actor;
use super::database::optional;
use super::error::AuthError;
use super::request::Context;
use super::user_object::User;

const ADMIN_ROLES: [&str; 2] = ["service_role", "supabase_admin"];

/// A request with a token that one of our keys signed.
pub(super) struct Caller {
    pub(super) context: Context,
    claims: Map<String, Value>,
}

impl FromRequestParts<Arc<Auth>> for Caller {
    type Rejection = AuthError;

    async fn from_request_parts(parts: &mut Parts, auth: &Arc<Auth>) -> Result<Self, AuthError> {
        let context = Context::from_request_parts(parts, auth).await?;
        let token = context.bearer().ok_or_else(|| {
            AuthError::new(
                401,
                "no_authorization",
                "This endpoint requires a valid Bearer token",
            )
        })?;
        let claims = auth.keys.verify(token).map_err(|error| {
            bad_jwt(format!(
                "invalid JWT: unable to parse or verify signature, {error}"
            ))
        })?;
        Ok(Self { context, claims })
    }
}

/// A request by somebody who may do everything.
pub(super) struct Admin {
    pub(super) context: Context,
    role: String,
    /// The audience that the request is about.
    pub(super) aud: String,
}

impl FromRequestParts<Arc<Auth>> for Admin {
    type Rejection = AuthError;

    async fn from_request_parts(parts: &mut Parts, auth: &Arc<Auth>) -> Result<Self, AuthError> {
        let caller = Caller::from_request_parts(parts, auth).await?;
        let role = caller.claim("role").to_owned();
        if !ADMIN_ROLES.contains(&role.as_str()) {
            return Err(AuthError::new(403, "not_admin", "User not allowed"));
        }
        if !caller.claim("session_id").is_empty() {
            let mut connection = auth.connection().await?;
            caller.user(&connection.transaction().await?).await?;
        }
        let aud = caller.audience();
        Ok(Self {
            context: caller.context,
            role,
            aud,
        })
    }
}

impl Admin {
    /// As the audit log knows them.
    pub(super) fn actor(&self) -> Actor {
        Actor::role(&self.role)
    }
}

impl Caller {
    fn claim(&self, name: &str) -> &str {
        self.claims.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The audience of the request: as the header says, else as the token says.
    pub(super) fn audience(&self) -> String {
        let of_token = Some(self.claim("aud")).filter(|aud| !aud.is_empty());
        self.context
            .audience()
            .or(of_token)
            .unwrap_or(super::DEFAULT_AUDIENCE)
            .to_owned()
    }

    /// Whether the token is for the audience of the request.
    pub(super) fn is_for_audience(&self) -> bool {
        self.context.audience().is_none_or(|aud| aud == self.claim("aud"))
    }

    /// The user of the token and its session, both of which must still exist.
    pub(super) async fn user(&self, tx: &Transaction<'_>) -> Result<(User, Option<Uuid>), AuthError> {
        if self.claim("sub").is_empty() {
            return Err(bad_jwt("invalid claim: missing sub claim"));
        }
        let id = Uuid::parse_str(self.claim("sub"))
            .map_err(|_| AuthError::new(400, "bad_jwt", "invalid claim: sub claim must be a UUID"))?;
        let user = User::by_id(tx, id).await?.ok_or_else(|| {
            AuthError::new(403, "user_not_found", "User from sub claim in JWT does not exist")
        })?;
        if user.is_banned() {
            return Err(AuthError::new(403, "user_banned", "User is banned"));
        }
        let session = match self.claim("session_id") {
            "" => None,
            text => Some(self.session(tx, text).await?),
        };
        Ok((user, session))
    }

    async fn session(&self, tx: &Transaction<'_>, text: &str) -> Result<Uuid, AuthError> {
        let id =
            Uuid::parse_str(text).map_err(|_| bad_jwt("invalid claim: session_id claim must be a UUID"))?;
        let sql = "select coalesce(not_after < now(), false) from auth.sessions where id = $1";
        let row = optional(tx, sql, &[&id]).await?.ok_or_else(|| {
            AuthError::new(
                403,
                "session_not_found",
                "Session from session_id claim in JWT does not exist",
            )
        })?;
        match row.try_get(0)? {
            true => Err(AuthError::new(
                403,
                "session_expired",
                "Session from session_id claim in JWT has expired",
            )),
            false => Ok(id),
        }
    }
}

fn bad_jwt(message: impl Into<String>) -> AuthError {
    AuthError::new(403, "bad_jwt", message)
}
