//! What a request brings: a JSON body, query parameters, who asks and where from.

use std::net::{IpAddr, SocketAddr};

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::{AUTHORIZATION, REFERER, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::error::AuthError;

/// The most that a body may hold, in bytes.
const LARGEST_BODY: usize = 1 << 20;

/// A JSON object in the body of a request. Unlike axum's own, it does not ask for a content type.
pub(super) struct Params<T>(pub(super) T);

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Params<T> {
    type Rejection = AuthError;

    async fn from_request(request: Request, _: &S) -> Result<Self, AuthError> {
        parse(&read(request.into_body()).await?).map(Self)
    }
}

/// The same, for endpoints where the body may be left out.
pub(super) struct OptionalParams<T>(pub(super) T);

impl<S: Sync, T: DeserializeOwned + Default> FromRequest<S> for OptionalParams<T> {
    type Rejection = AuthError;

    async fn from_request(request: Request, _: &S) -> Result<Self, AuthError> {
        let bytes = read(request.into_body()).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        parse(&bytes).map(Self)
    }
}

async fn read(body: Body) -> Result<bytes::Bytes, AuthError> {
    to_bytes(body, LARGEST_BODY)
        .await
        .map_err(|error| match is_too_long(&error) {
            true => AuthError::new(413, "request_entity_too_large", "Request body too large"),
            false => AuthError::new(400, "bad_json", "Could not read body"),
        })
}

fn is_too_long(error: &axum::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if error.to_string() == "length limit exceeded" {
            return true;
        }
        source = error.source();
    }
    false
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, AuthError> {
    let bad = |why: String| {
        AuthError::new(
            400,
            "bad_json",
            format!("Could not parse request body as JSON: {why}"),
        )
    };
    let value: Value = serde_json::from_slice(bytes).map_err(|error| bad(error.to_string()))?;
    let value = match value {
        Value::Object(_) => value,
        Value::Null => Value::Object(Map::new()),
        _ => return Err(bad("not an object".into())),
    };
    if has_nul(&value) {
        return Err(bad(
            "a text has the character U+0000, which PostgreSQL cannot store".into(),
        ));
    }
    T::deserialize(value).map_err(|error| bad(without_value(&error.to_string())))
}

/// What was expected, without what was sent instead: that may be a password.
fn without_value(error: &str) -> String {
    match error.rsplit_once("expected ") {
        Some((_, expected)) => format!("a member is not {expected}"),
        None => "a member has another type".into(),
    }
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}

/// The id in the path of the URL; whatever cannot be read as one names no user.
pub(super) struct UserId(pub(super) Uuid);

impl<S: Send + Sync> FromRequestParts<S> for UserId {
    type Rejection = AuthError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AuthError> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(Self(id)),
            Err(_) => Err(AuthError::new(
                404,
                "validation_failed",
                "user_id must be an UUID",
            )),
        }
    }
}

/// Where a request comes from and what it asks for besides its body.
pub(super) struct Context {
    headers: HeaderMap,
    /// The address of the caller.
    pub(super) ip: IpAddr,
    query: Query<Vec<(String, String)>>,
}

impl<S: Sync> FromRequestParts<S> for Context {
    type Rejection = AuthError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthError> {
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let query = Query::try_from_uri(&parts.uri)
            .map_err(|_| AuthError::bad_request("The query of the URL is not valid"))?;
        let context = Self {
            headers: parts.headers.clone(),
            ip: address.map_or(IpAddr::from([127, 0, 0, 1]), |ConnectInfo(address)| address.ip()),
            query,
        };
        match context.query.iter().any(|(_, value)| value.contains('\0')) {
            true => Err(AuthError::bad_request(
                "The query of the URL has the character U+0000",
            )),
            false => Ok(context),
        }
    }
}

impl Context {
    fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers
            .get(name)?
            .to_str()
            .ok()
            .filter(|text| !text.is_empty())
    }

    /// A parameter of the URL; empty ones count as absent.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let (_, value) = self.query.iter().find(|(given, _)| given == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// All parameters of the URL.
    pub(super) fn query_pairs(&self) -> &[(String, String)] {
        &self.query
    }

    /// The token of `Authorization: Bearer …`.
    pub(super) fn bearer(&self) -> Option<&str> {
        let value = self.header(&AUTHORIZATION)?;
        let token = value
            .strip_prefix("Bearer ")
            .or_else(|| value.strip_prefix("bearer "))?;
        (!token.is_empty() && !token.contains(char::is_whitespace)).then_some(token)
    }

    /// The program that asks.
    pub(super) fn user_agent(&self) -> &str {
        self.header(&USER_AGENT).unwrap_or_default()
    }

    /// The audience that the request names in `X-JWT-AUD`.
    pub(super) fn audience(&self) -> Option<&str> {
        self.header(&HeaderName::from_static("x-jwt-aud"))
    }

    /// Where the user should end up, in the order in which the places are asked.
    pub(super) fn redirects(&self) -> impl Iterator<Item = &str> {
        let named = self
            .header(&HeaderName::from_static("redirect_to"))
            .or_else(|| self.query("redirect_to"));
        named.into_iter().chain(self.header(&REFERER))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Example {
        email: Option<String>,
    }

    fn check(body: &str, expect: Option<&str>) {
        let parsed = parse::<Example>(body.as_bytes());
        match expect {
            Some(email) => assert_eq!(parsed.unwrap().email.unwrap_or_default(), email, "{body}"),
            None => assert_eq!(parsed.unwrap_err().code(), "bad_json", "{body}"),
        }
    }

    #[test]
    fn bodies_are_objects() {
        check(r#"{"email":"a@b.c","other":[1]}"#, Some("a@b.c"));
        check(r#"{"email":null}"#, Some(""));
        check(r#"{"email":"a","email":"b"}"#, Some("b"));
        check("null", Some(""));
        check("", None);
        check("{", None);
        check("[]", None);
        check("\"text\"", None);
        check(r#"{"email":5}"#, None);
        check(r#"{"email":"a\u0000b"}"#, None);
        check(r#"{"other":{"deep":["\u0000"]}}"#, None);
        check(&format!("{}1{}", "[".repeat(5000), "]".repeat(5000)), None);
    }

    #[test]
    fn a_refusal_does_not_repeat_what_was_sent() {
        let refusal = |body: &str| {
            parse::<super::super::pkce::Exchange>(body.as_bytes())
                .unwrap_err()
                .message()
                .to_owned()
        };
        let told = "Could not parse request body as JSON: a member is not a string";
        assert_eq!(refusal(r#"{"code_verifier":5001}"#), told);
        assert_eq!(
            refusal(r#"{"code_verifier":["secret, expected to stay one"]}"#),
            told
        );
        assert!(!refusal(r#"{"code_verifier":"secret"#).contains("secret"));
    }

    /// What a request with these headers and this query brings.
    async fn context(headers: &[(HeaderName, Vec<u8>)], query: &str) -> Option<Result<Context, AuthError>> {
        let mut request = Request::builder().uri(format!("/user?{query}"));
        for (name, value) in headers {
            request = request.header(name, value.as_slice());
        }
        // What HTTP does not allow is refused before.
        let (mut parts, ()) = request.body(()).ok()?.into_parts();
        Some(Context::from_request_parts(&mut parts, &()).await)
    }

    fn headers() -> impl proptest::strategy::Strategy<Value = Vec<(HeaderName, Vec<u8>)>> {
        use proptest::prelude::*;
        let names = [
            AUTHORIZATION,
            REFERER,
            USER_AGENT,
            HeaderName::from_static("redirect_to"),
        ];
        let bearer = "(B|b|)earer [ -~]{0,20}".prop_map(String::into_bytes);
        let value = prop_oneof![bearer, proptest::collection::vec(any::<u8>(), 0..30)];
        proptest::collection::vec((proptest::sample::select(names.to_vec()), value), 0..4)
    }

    proptest::proptest! {
        #[test]
        fn every_head_is_read_or_refused(headers in headers(), query in "([a-z]{0,4}=?(%[0-9a-fA-F]{2}|[!-~]){0,6}&?){0,4}") {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            match runtime.block_on(context(&headers, &query.replace('#', ""))) {
                None => {}
                Some(Err(error)) => {
                    proptest::prop_assert_eq!((error.status().as_u16(), error.code()), (400, "validation_failed"));
                }
                Some(Ok(context)) => {
                    let bearer = context.bearer().unwrap_or("x");
                    proptest::prop_assert!(!bearer.is_empty() && !bearer.contains(char::is_whitespace));
                    let values = context.query_pairs().iter().map(|(_, value)| value.as_str());
                    proptest::prop_assert!(values.chain(context.redirects()).all(|text| !text.contains('\0')));
                }
            }
        }

        #[test]
        fn every_body_is_read_or_refused_as_bad_json(body: Vec<u8>, text in r#"[\[\]{}",:0-9a-z\\]{0,60}"#) {
            for bytes in [body.as_slice(), text.as_bytes()] {
                if let Err(error) = parse::<Example>(bytes) {
                    proptest::prop_assert_eq!((error.status().as_u16(), error.code()), (400, "bad_json"));
                }
            }
        }
    }
}
