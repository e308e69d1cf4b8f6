//! Who asks: a signed-in user, or the holder of an administrator's token.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use deadpool_postgres::Transaction;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::Auth;
use super::audit::Actor;
use super::database::optional;
use super::error::AuthError;
use super::request::Context;
use super::user_object::User;

const ADMIN_ROLES: [&str; 2] = ["service_role", "supabase_admin"];
const NO_SESSION: &str = "00000000-0000-0000-0000-000000000000";

/// A request with a token that one of our keys signed.
pub(super) struct Caller {
    pub(super) context: Context,
    claims: Claims,
}

/// What a token says, as far as it is asked for. A claim of another type makes the whole token malformed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Claims {
    sub: Option<String>,
    aud: Option<Audience>,
    role: Option<String>,
    session_id: Option<String>,
}

/// One audience, or several, of which the first counts.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Claims {
    /// Those of a token that one of our keys signed.
    fn of(claims: serde_json::Map<String, Value>) -> Result<Self, AuthError> {
        Self::deserialize(Value::Object(claims)).map_err(|error| {
            malformed(format!(
                "token is malformed: could not JSON decode claim: {error}"
            ))
        })
    }

    fn sub(&self) -> &str {
        self.sub.as_deref().unwrap_or_default()
    }

    fn aud(&self) -> &str {
        match &self.aud {
            None => "",
            Some(Audience::One(aud)) => aud,
            Some(Audience::Several(all)) => all.first().map_or("", String::as_str),
        }
    }

    fn role(&self) -> &str {
        self.role.as_deref().unwrap_or_default()
    }

    /// The session, if the token has one: the nil UUID stands for none.
    fn session_id(&self) -> &str {
        let id = self.session_id.as_deref().unwrap_or_default();
        if id == NO_SESSION { "" } else { id }
    }
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
        let claims = auth.keys.verify(token).map_err(malformed)?;
        let claims = Claims::of(claims)?;
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
        let role = caller.claims.role().to_owned();
        if !ADMIN_ROLES.contains(&role.as_str()) {
            return Err(AuthError::new(403, "not_admin", "User not allowed"));
        }
        if !caller.claims.session_id().is_empty() {
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
    /// The audience of the request: as the header says, else as the token says.
    pub(super) fn audience(&self) -> String {
        let of_token = Some(self.claims.aud()).filter(|aud| !aud.is_empty());
        self.context
            .audience()
            .or(of_token)
            .unwrap_or(super::DEFAULT_AUDIENCE)
            .to_owned()
    }

    /// Whether the token is for the audience of the request.
    pub(super) fn is_for_audience(&self) -> bool {
        self.context.audience().is_none_or(|aud| aud == self.claims.aud())
    }

    /// The user of the token and its session, both of which must still exist.
    pub(super) async fn user(&self, tx: &Transaction<'_>) -> Result<(User, Option<Uuid>), AuthError> {
        if self.claims.sub().is_empty() {
            return Err(bad_jwt("invalid claim: missing sub claim"));
        }
        let id = Uuid::parse_str(self.claims.sub())
            .map_err(|_| AuthError::new(400, "bad_jwt", "invalid claim: sub claim must be a UUID"))?;
        let user = User::by_id(tx, id).await?.ok_or_else(|| {
            AuthError::new(403, "user_not_found", "User from sub claim in JWT does not exist")
        })?;
        if user.is_banned() {
            return Err(AuthError::new(403, "user_banned", "User is banned"));
        }
        let session = match self.claims.session_id() {
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

fn malformed(error: impl std::fmt::Display) -> AuthError {
    bad_jwt(format!(
        "invalid JWT: unable to parse or verify signature, {error}"
    ))
}

fn bad_jwt(message: impl Into<String>) -> AuthError {
    AuthError::new(403, "bad_jwt", message)
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn check(claims: Value, expect: Option<(&str, &str, &str)>) {
        let Value::Object(given) = claims.clone() else {
            panic!("claims are an object");
        };
        match (Claims::of(given), expect) {
            (Ok(of), Some(expect)) => assert_eq!((of.role(), of.aud(), of.session_id()), expect, "{claims}"),
            (Err(error), None) => assert_eq!((error.status().as_u16(), error.code()), (403, "bad_jwt")),
            (of, _) => panic!("{claims}: {:?}", of.map(|_| "taken")),
        }
    }

    #[test]
    fn claims_have_their_type_or_the_token_has_none() {
        check(json!({}), Some(("", "", "")));
        check(
            json!({ "role": null, "aud": null, "session_id": null }),
            Some(("", "", "")),
        );
        check(json!({ "role": "x", "aud": ["a", "b"] }), Some(("x", "a", "")));
        check(json!({ "aud": [], "session_id": NO_SESSION }), Some(("", "", "")));
        for name in ["role", "sub", "session_id"] {
            for value in [json!(1), json!(["service_role"]), json!({}), json!(true)] {
                check(json!({ name: value }), None);
            }
        }
        check(json!({ "aud": [1] }), None);
        check(json!({ "aud": {} }), None);
    }

    proptest::proptest! {
        #[test]
        fn every_claim_is_read_or_refused(name in "role|aud|sub|session_id|exp", text in ".*", number: f64, depth in 0_usize..100) {
            for leaf in [json!(text), json!(number)] {
                let value = (0..depth).fold(leaf, |inner, _| json!([inner]));
                if let Err(error) = Claims::of(Map::from_iter([(name.clone(), value)])) {
                    proptest::prop_assert_eq!((error.status().as_u16(), error.code()), (403, "bad_jwt"));
                }
            }
        }
    }
}
