//! The PKCE flow: a link leads to a code, and the program that asked for the link exchanges it for a session.

use std::sync::Arc;

use axum::Json;
use axum::response::IntoResponse;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use deadpool_postgres::Transaction;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::Auth;
use super::audit;
use super::database::{execute, optional};
use super::error::{Answer, AuthError};
use super::request::Context;
use super::sessions::{self, Method};
use super::user_object::User;

/// What a program sends that will exchange the code.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Challenge {
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

impl Challenge {
    /// Both parts or none, in the form that RFC 7636 asks for.
    pub(super) fn check(&self) -> Result<(), AuthError> {
        let (challenge, method) = (self.challenge(), self.method());
        if challenge.is_empty() != method.is_empty() {
            let message = "PKCE flow requires code_challenge_method and code_challenge";
            return Err(AuthError::bad_request(message));
        }
        let is_letter = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        let is_legal = (43..=128).contains(&challenge.len()) && challenge.bytes().all(is_letter);
        if !challenge.is_empty() && !is_legal {
            let message =
                "code challenge has to be between 43 and 128 characters of the alphabet of base64url";
            return Err(AuthError::bad_request(message));
        }
        match method.to_lowercase().as_str() {
            "" | "s256" | "plain" => Ok(()),
            _ => Err(AuthError::bad_request(
                "code challenge method must be s256 or plain",
            )),
        }
    }

    fn challenge(&self) -> &str {
        self.code_challenge.as_deref().unwrap_or_default()
    }

    fn method(&self) -> &str {
        self.code_challenge_method.as_deref().unwrap_or_default()
    }
}

/// Remembers a challenge until its link is followed; tells whether there is one.
pub(super) async fn begin(
    tx: &Transaction<'_>,
    challenge: &Challenge,
    provider: &str,
    method: &str,
    user_id: Uuid,
) -> Result<bool, AuthError> {
    if challenge.challenge().is_empty() {
        return Ok(false);
    }
    let sql = "insert into auth.flow_state (id, user_id, auth_code, code_challenge_method, code_challenge,
            provider_type, authentication_method, created_at, updated_at)
        values ($1, $2, $3, $4::text::auth.code_challenge_method, $5, $6, $7, now(), now())";
    let code = Uuid::new_v4().to_string();
    let code_method = challenge.method().to_lowercase();
    execute(
        tx,
        sql,
        &[
            &Uuid::new_v4(),
            &user_id,
            &code,
            &code_method,
            &challenge.challenge(),
            &provider,
            &method,
        ],
    )
    .await?;
    Ok(true)
}

/// The code of the latest challenge for a user.
pub(super) async fn code(tx: &Transaction<'_>, user_id: Uuid, method: &str) -> Result<String, AuthError> {
    let sql = "update auth.flow_state set auth_code_issued_at = now(), updated_at = now() where id = (
            select id from auth.flow_state where user_id = $1 and authentication_method = $2
            order by created_at desc limit 1)
        returning auth_code";
    match optional(tx, sql, &[&user_id, &method]).await? {
        Some(row) => Ok(row.try_get(0)?),
        None => Err(AuthError::new(
            400,
            "flow_state_not_found",
            "No associated flow state found.",
        )),
    }
}

/// What `POST /token?grant_type=pkce` is sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Exchange {
    auth_code: Option<String>,
    code_verifier: Option<String>,
}

/// Exchanges a code for a session.
pub(super) async fn exchange(auth: &Arc<Auth>, context: &Context, params: Exchange) -> Answer {
    let (Some(code), Some(verifier)) = (params.auth_code, params.code_verifier) else {
        return Err(AuthError::bad_request(
            "invalid request: both auth code and code verifier should be non-empty",
        ));
    };
    let mut connection = auth.connection().await?;
    let tx = connection.transaction().await?;
    let sql = "delete from auth.flow_state where auth_code = $1
        returning user_id, code_challenge_method::text, code_challenge,
            coalesce(auth_code_issued_at < now() - interval '5 minutes', true)";
    let row = optional(&tx, sql, &[&code]).await?.ok_or_else(|| {
        AuthError::new(
            404,
            "flow_state_not_found",
            "invalid flow state, no valid flow state found",
        )
    })?;
    let (user_id, method, challenge, expired): (Option<Uuid>, Option<String>, Option<String>, bool) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
    if expired {
        return Err(AuthError::new(
            403,
            "flow_state_expired",
            "invalid flow state, flow state has expired",
        ));
    }
    if !fits(method.as_deref(), challenge.as_deref(), &verifier) {
        let message = "code challenge does not match previously saved code verifier";
        return Err(AuthError::new(400, "bad_code_verifier", message));
    }
    let user = match user_id {
        Some(id) => User::by_id(&tx, id).await?,
        None => None,
    };
    let user = user.ok_or_else(|| AuthError::new(404, "user_not_found", "User not found"))?;
    audit::write(
        &tx,
        &user,
        "login",
        serde_json::json!({ "provider_type": "email" }),
    )
    .await?;
    let token = sessions::open(auth, &tx, context, user, Method::Otp).await?;
    tx.commit().await?;
    Ok(Json(token).into_response())
}

fn fits(method: Option<&str>, challenge: Option<&str>, verifier: &str) -> bool {
    let Some(challenge) = challenge.filter(|challenge| !challenge.is_empty()) else {
        return false;
    };
    match method {
        Some("s256") => challenge == BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)),
        Some("plain") => challenge == verifier,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifiers_fit_their_challenge() {
        // Appendix B of RFC 7636.
        let (verifier, challenge) = (
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        );
        assert!(fits(Some("s256"), Some(challenge), verifier));
        assert!(!fits(Some("plain"), Some(challenge), verifier));
        assert!(fits(Some("plain"), Some("same"), "same"));
        assert!(!fits(Some("plain"), Some(""), ""));
        assert!(!fits(None, Some("same"), "same"));
    }

    fn check(challenge: &str, method: &str, expect: bool) {
        let given = Challenge {
            code_challenge: Some(challenge.into()),
            code_challenge_method: Some(method.into()),
        };
        assert_eq!(given.check().is_ok(), expect, "{challenge} {method}");
    }

    #[test]
    fn a_challenge_is_complete_or_absent() {
        let good = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        check("", "", true);
        check(good, "s256", true);
        check(good, "S256", true);
        check(good, "", false);
        check("", "s256", false);
        check(good, "md5", false);
        check("short", "plain", false);
    }

    proptest::proptest! {
        #[test]
        fn every_challenge_is_taken_or_refused(
            challenge in "[A-Za-z0-9._~-]{40,130}|.*",
            method in "(s256|S256|plain|md5)?|.*",
            verifier in ".*",
        ) {
            let given = Challenge { code_challenge: Some(challenge.clone()), code_challenge_method: Some(method.clone()) };
            match given.check() {
                Ok(()) => proptest::prop_assert!(challenge.is_empty() == method.is_empty()),
                Err(error) => proptest::prop_assert_eq!(error.code(), "validation_failed"),
            }
            let is_plain = method == "plain" && challenge == verifier;
            proptest::prop_assert!(is_plain || !fits(Some(&method), Some(&challenge), &verifier));
        }
    }
}
