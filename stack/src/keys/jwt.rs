//! JSON Web Tokens: signing, and checking in the order and words of the library that Supabase Auth uses.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::hmac;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use thiserror::Error;

use super::signing_key::SigningKey;

/// Why a token is refused. The texts are those of golang-jwt, which end up in the answers of Supabase Auth.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TokenError {
    /// It is not three parts of base64url, or not JSON.
    #[error("token is malformed: {0}")]
    Malformed(&'static str),
    /// No key of ours has the id that it names.
    #[error(
        "token is unverifiable: error while executing keyfunc: unrecognized JWT kid {kid} for algorithm {alg}"
    )]
    UnknownKey {
        /// The id.
        kid: String,
        /// The algorithm.
        alg: String,
    },
    /// It is signed by an algorithm that is not accepted, `none` above all.
    #[error("token signature is invalid: signing method {0} is invalid")]
    Algorithm(String),
    /// The signature does not fit.
    #[error("token signature is invalid: signature is invalid")]
    Signature,
    /// `exp` has passed.
    #[error("token has invalid claims: token is expired")]
    Expired,
    /// `nbf` is to come.
    #[error("token has invalid claims: token is not valid yet")]
    NotYetValid,
}

/// The header of a token.
#[derive(Debug, Deserialize)]
pub(crate) struct Header {
    /// How it is signed.
    #[serde(default)]
    pub(crate) alg: String,
    /// Which key signed it.
    pub(crate) kid: Option<String>,
}

/// A token signed with a shared secret.
pub fn sign_hs256(secret: &str, claims: &impl Serialize) -> String {
    let message = message(&json!({ "alg": "HS256", "typ": "JWT" }), claims);
    let signature = hmac::sign(&hmac_key(secret), message.as_bytes());
    format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

/// A token signed with a private key.
pub(super) fn sign(key: &SigningKey, claims: &impl Serialize) -> String {
    let mut header = json!({ "alg": key.alg(), "typ": "JWT" });
    if let Some(kid) = key.kid() {
        header["kid"] = kid.into();
    }
    let message = message(&header, claims);
    let signature = key.sign(message.as_bytes());
    format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

fn message(header: &Value, claims: &impl Serialize) -> String {
    let claims = serde_json::to_vec(claims).expect("claims are plain data");
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    format!("{}.{}", encode(header.to_string().as_bytes()), encode(&claims))
}

/// Header and claims of a token, before anything of it is known to be true.
///
/// # Errors
/// If it is malformed.
pub(crate) fn decode(token: &str) -> Result<(Header, Map<String, Value>), TokenError> {
    let parts: Vec<_> = token.split('.').collect();
    let [header, claims, _] = parts[..] else {
        return Err(TokenError::Malformed(
            "token contains an invalid number of segments",
        ));
    };
    let header = part(header).ok_or(TokenError::Malformed("could not decode the header"))?;
    let claims = part(claims).ok_or(TokenError::Malformed("could not decode the claims"))?;
    Ok((header, claims))
}

fn part<T: for<'de> Deserialize<'de>>(encoded: &str) -> Option<T> {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()
}

/// Checks the signature of a token against a shared secret.
pub(super) fn check_hs256(secret: &str, token: &str) -> Result<(), TokenError> {
    let (message, signature) = split_signature(token)?;
    hmac::verify(&hmac_key(secret), message, &signature).map_err(|_| TokenError::Signature)
}

/// Checks the signature of a token against the public half of a key.
pub(super) fn check(key: &SigningKey, token: &str) -> Result<(), TokenError> {
    let (message, signature) = split_signature(token)?;
    key.verify(message, &signature)
        .then_some(())
        .ok_or(TokenError::Signature)
}

fn split_signature(token: &str) -> Result<(&[u8], Vec<u8>), TokenError> {
    let malformed = || TokenError::Malformed("could not decode the signature");
    let (message, signature) = token.rsplit_once('.').ok_or_else(malformed)?;
    let signature = BASE64_URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|_| malformed())?;
    Ok((message.as_bytes(), signature))
}

/// Checks `exp` and `nbf`, where a token has them.
pub(super) fn check_times(claims: &Map<String, Value>) -> Result<(), TokenError> {
    let time = |name: &str| match claims.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value
            .as_f64()
            .map(Some)
            .ok_or(TokenError::Malformed("a time is not a number")),
    };
    let now = Timestamp::now().as_millisecond() as f64 / 1000.0;
    if time("exp")?.is_some_and(|expiry| now >= expiry) {
        return Err(TokenError::Expired);
    }
    if time("nbf")?.is_some_and(|start| now < start) {
        return Err(TokenError::NotYetValid);
    }
    Ok(())
}

fn hmac_key(secret: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())
}
