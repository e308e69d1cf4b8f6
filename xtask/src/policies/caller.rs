//! Those who try: nobody, and each test user who can sign in.

use anyhow::{Context, Result};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use seed_core::catalog::Catalog;
use serde_json::{Map, Value, json};
use tokio_postgres::GenericClient;
use uuid::Uuid;

use super::matrix::Actor;
use crate::database::name::literal;
use crate::users::profile::ProfileTable;
use crate::verify::access::SignedIn;
use crate::verify::names::OwnerColumn;

/// What PostgREST calls those who come without a token.
const ANON: &str = "anon";
/// What Auth makes of those who come with one.
const AUTHENTICATED: &str = "authenticated";

/// Someone who tries. Its debug form would show the token, so it has none.
#[derive(Clone)]
pub struct Caller {
    /// As the matrix names it.
    pub actor: Actor,
    /// Its bearer token; `None` for `anon`.
    pub token: Option<String>,
    /// What the token says.
    pub claims: Value,
    /// The role of the database that its statements run as.
    pub role: String,
    /// Its id in Auth.
    pub user_id: Option<Uuid>,
    /// The key of its profile, as text.
    pub profile_key: Option<String>,
    /// Whether it administers the others.
    pub is_administrator: bool,
}

/// `anon`, then each of `users` who has a token, in their order.
///
/// # Errors
/// The database refuses, or a token is none.
pub async fn find(client: &impl GenericClient, catalog: &Catalog, users: &[SignedIn]) -> Result<Vec<Caller>> {
    let profiles = ProfileTable::find(catalog);
    let mut callers = vec![Caller::anon()];
    for user in users {
        let Some(token) = &user.access_token else { continue };
        let doing = || format!("read the token of `{}`", user.account.email);
        let claims = claims(token).with_context(doing)?;
        let user_id = claims["sub"].as_str().and_then(|id| id.parse().ok());
        let profile_key = match (&profiles, user_id) {
            (Some(profiles), Some(id)) => profiles.key_of(client, id).await?,
            _ => None,
        };
        callers.push(Caller {
            actor: Actor {
                name: user.account.role.name.clone(),
                email: Some(user.account.email.clone()),
            },
            token: Some(token.clone()),
            role: claims["role"].as_str().unwrap_or(AUTHENTICATED).to_owned(),
            claims,
            user_id,
            profile_key,
            is_administrator: user.account.role.is_administrator,
        });
    }
    Ok(callers)
}

/// What a token says, which Auth has signed a moment ago.
fn claims(token: &str) -> Result<Value> {
    let payload = token.split('.').nth(1).context("it has no payload")?;
    let text = BASE64_URL_SAFE_NO_PAD
        .decode(payload)
        .context("its payload is not Base64")?;
    let claims: Map<String, Value> = serde_json::from_slice(&text).context("its payload is not JSON")?;
    Ok(claims.into())
}

impl Caller {
    fn anon() -> Caller {
        Caller {
            actor: Actor {
                name: ANON.to_owned(),
                email: None,
            },
            token: None,
            claims: json!({ "role": ANON }),
            role: ANON.to_owned(),
            user_id: None,
            profile_key: None,
            is_administrator: false,
        }
    }

    /// What an owner column holds in this caller's rows.
    pub fn key(&self, column: &OwnerColumn) -> Option<String> {
        match column.is_user_id {
            true => self.user_id.map(|id| id.to_string()),
            false => self.profile_key.clone(),
        }
    }

    /// Makes what follows in a transaction run as PostgREST would run it for this caller.
    pub fn session(&self, schema: &str) -> String {
        format!(
            "select set_config('search_path', {}, true), set_config('request.jwt.claims', {}, true),
               set_config('role', {}, true)",
            literal(&format!(
                "\"{}\", public, extensions",
                schema.replace('"', "\"\"")
            )),
            literal(&self.claims.to_string()),
            literal(&self.role),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_gives_its_claims() {
        let payload = BASE64_URL_SAFE_NO_PAD.encode(r#"{"sub":"x","role":"authenticated"}"#);
        let read = claims(&format!("head.{payload}.signature")).unwrap();
        assert_eq!(read["role"], "authenticated");
        assert!(claims("no token").is_err());
    }
}
