use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::jwt::TokenError;
use super::{DEFAULT_JWT_SECRET, Keys, SigningKey, jwt};

fn keys() -> Keys {
    Keys::new(None, Vec::new()).unwrap()
}

fn part(token: &str, index: usize) -> String {
    let part = token.split('.').nth(index).unwrap();
    String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn in_seconds(seconds: i64) -> i64 {
    jiff::Timestamp::now().as_second() + seconds
}

fn check_refused(keys: &Keys, token: &str, expect: TokenError) {
    assert_eq!(keys.verify(token).unwrap_err(), expect, "{token}");
}

#[test]
fn legacy_keys_are_the_well_known_ones() {
    let keys = keys();
    for (key, role) in [(&keys.anon, "anon"), (&keys.service_role, "service_role")] {
        assert_eq!(part(key, 0), r#"{"alg":"HS256","typ":"JWT"}"#);
        assert_eq!(
            part(key, 1),
            format!(r#"{{"iss":"supabase-demo","role":"{role}","exp":1983812996}}"#)
        );
        assert_eq!(keys.verify(key).unwrap()["role"], role);
    }
    // The ends of the signatures that every `supabase start` prints.
    assert!(keys.anon.ends_with("CRXP1A7WOeoJeXxjNni43kdQwgnWNReilDMblYTn_I0"));
    assert!(
        keys.service_role
            .ends_with("EGIM96RAZx35lJzdJsyH-qQwv8Hdp7fsn3W0YpN81IU")
    );
}

#[test]
fn user_tokens_are_es256_and_verify() {
    let keys = keys();
    let token = keys.sign(&json!({ "sub": "x", "exp": in_seconds(60) }));
    let header: Value = serde_json::from_str(&part(&token, 0)).unwrap();
    assert_eq!(header["alg"], "ES256");
    assert_eq!(header["kid"], keys.jwks()["keys"][0]["kid"]);
    assert_eq!(keys.verify(&token).unwrap()["sub"], "x");
}

#[test]
fn the_signing_key_follows_the_secret() {
    let other = Keys::new(Some("another-secret-of-good-length"), Vec::new()).unwrap();
    assert_eq!(keys().jwks(), keys().jwks());
    assert_ne!(keys().jwks(), other.jwks());
    let token = other.sign(&json!({ "sub": "x" }));
    assert!(matches!(
        keys().verify(&token),
        Err(TokenError::UnknownKey { .. })
    ));
}

#[test]
fn jwks_have_no_private_member() {
    let jwks = keys().jwks();
    let members: Vec<_> = jwks["keys"][0].as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        ["alg", "crv", "ext", "kid", "kty", "use", "x", "y", "key_ops"]
    );
}

#[test]
fn bad_tokens_are_refused() {
    let keys = keys();
    let encode = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({ "role": "service_role" });
    let none = format!("{}.{}.", encode(json!({ "alg": "none" })), encode(claims.clone()));
    check_refused(&keys, &none, TokenError::Algorithm("none".into()));
    check_refused(
        &keys,
        "garbage",
        TokenError::Malformed("token contains an invalid number of segments"),
    );
    check_refused(
        &keys,
        "a.b.c",
        TokenError::Malformed("could not decode the header"),
    );
    check_refused(
        &keys,
        &jwt::sign_hs256("another secret", &claims),
        TokenError::Signature,
    );
    let secret = DEFAULT_JWT_SECRET;
    check_refused(
        &keys,
        &jwt::sign_hs256(secret, &json!({ "exp": in_seconds(-1) })),
        TokenError::Expired,
    );
    check_refused(
        &keys,
        &jwt::sign_hs256(secret, &json!({ "nbf": in_seconds(60) })),
        TokenError::NotYetValid,
    );
    let text_expiry = jwt::sign_hs256(secret, &json!({ "exp": "never" }));
    check_refused(
        &keys,
        &text_expiry,
        TokenError::Malformed("a time is not a number"),
    );
}

#[test]
fn a_public_key_is_no_shared_secret() {
    let keys = keys();
    let jwk = &keys.jwks()["keys"][0];
    let header = json!({ "alg": "HS256", "typ": "JWT", "kid": jwk["kid"] });
    let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!(
        "{}.{}",
        encode(&header),
        encode(&json!({ "role": "service_role" }))
    );
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, jwk["x"].as_str().unwrap().as_bytes());
    let signature = BASE64_URL_SAFE_NO_PAD.encode(ring::hmac::sign(&key, message.as_bytes()));
    check_refused(&keys, &format!("{message}.{signature}"), TokenError::Signature);
}

#[test]
fn own_signing_keys_sign_legacy_keys_too() {
    let jwk = |key: Value| match key {
        Value::Object(jwk) => jwk,
        _ => Map::new(),
    };
    // The example key of RFC 7517, appendix A.2.
    let own = SigningKey::from_jwk(jwk(json!({
        "kty": "EC", "crv": "P-256", "kid": "1",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        "d": "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE",
    })));
    let keys = Keys::new(None, vec![own.unwrap()]).unwrap();
    assert_eq!(
        part(&keys.service_role, 0),
        r#"{"alg":"ES256","typ":"JWT","kid":"1"}"#
    );
    assert_eq!(keys.verify(&keys.service_role).unwrap()["role"], "service_role");
}

#[test]
fn a_short_secret_is_refused_with_a_hint() {
    let error = Keys::new(Some("short"), Vec::new()).err().unwrap();
    assert_eq!(error.to_string(), "`[auth] jwt_secret` has 5 characters");
    assert_eq!(crate::hint::hints(&error).len(), 1);
}

proptest::proptest! {
    #[test]
    fn a_changed_token_is_refused(position in 0_usize..400, byte in b'-'..=b'z') {
        let keys = keys();
        let mut token = keys.sign(&json!({ "sub": "x" })).into_bytes();
        let position = position % token.len();
        // The last letter of a part has bits that no byte takes: a change of them must be refused too.
        if token[position] != byte {
            token[position] = byte;
            let token = String::from_utf8(token).unwrap();
            proptest::prop_assert!(keys.verify(&token).is_err(), "{}", token);
        }
    }

    #[test]
    fn no_text_passes_as_a_token(text in ".*|[A-Za-z0-9_.-]{0,80}") {
        proptest::prop_assert!(keys().verify(&text).is_err());
    }
}
