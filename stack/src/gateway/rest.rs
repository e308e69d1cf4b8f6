//! `/rest/v1` and `/storage/v1`: the caller's token is checked here, and the service gets its claims in a token
//! that only the stack can sign.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::proxy::Upstream;
use crate::keys::Keys;
use crate::keys::jwt::{self, TokenError};

/// What these endpoints share.
pub(super) struct Rest {
    upstream: Upstream,
    keys: Keys,
    internal_secret: String,
}

impl Rest {
    pub(super) fn new(upstream: Upstream, keys: Keys, internal_secret: String) -> Self {
        Self {
            upstream,
            keys,
            internal_secret,
        }
    }

    async fn forward(&self, mut request: Request, claims: &Map<String, Value>) -> Response {
        let token = jwt::sign_hs256(&self.internal_secret, claims);
        let headers = request.headers_mut();
        headers.remove("apikey");
        if let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {token}")) {
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str())
            .to_owned();
        self.upstream.forward(request, &path).await
    }
}

pub(super) fn router(rest: Arc<Rest>, has_storage: bool) -> Router {
    let storage = if has_storage {
        any(storage)
    } else {
        any(no_storage)
    };
    Router::new()
        .route("/rest/v1/{*path}", any(query))
        .route("/rest/v1/", any(query))
        .route("/rest/v1", any(query))
        .route("/storage/v1/{*path}", storage)
        .with_state(rest)
}

async fn query(State(rest): State<Arc<Rest>>, request: Request) -> Response {
    let Some(token) = token(request.headers()) else {
        let hint = "No `apikey` request header or url param was found.";
        let body = json!({ "message": "No API key found in request", "hint": hint });
        return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    };
    match rest.keys.verify(token) {
        Ok(claims) => rest.forward(request, &claims).await,
        Err(error) => refused(&error),
    }
}

async fn storage(State(rest): State<Arc<Rest>>, request: Request) -> Response {
    // Public objects and signed links come without a key.
    let claims = match token(request.headers()) {
        None => Ok(Map::from_iter([("role".to_owned(), "anon".into())])),
        Some(token) => rest.keys.verify(token),
    };
    match claims {
        Ok(claims) => rest.forward(request, &claims).await,
        Err(error) => {
            let body = json!({ "statusCode": "403", "error": "Unauthorized", "message": error.to_string() });
            (StatusCode::BAD_REQUEST, Json(body)).into_response()
        }
    }
}

async fn no_storage() -> Response {
    let message = "Storage is switched off: `[storage] enabled` in `supabase/config.toml`";
    let body = json!({ "statusCode": "404", "error": "not_found", "message": message });
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}

fn token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let token = value
        .strip_prefix("Bearer ")
        .or_else(|| value.strip_prefix("bearer "))?;
    Some(token.trim()).filter(|token| !token.is_empty())
}

/// A bad token, in the form of PostgREST.
fn refused(error: &TokenError) -> Response {
    let message = match error {
        TokenError::Expired => "JWT expired",
        TokenError::NotYetValid => "JWT not yet valid",
        TokenError::Signature => "JWSError JWSInvalidSignature",
        TokenError::UnknownKey { .. } | TokenError::Algorithm(_) => "No suitable key or wrong key type",
        TokenError::Malformed(_) => "JWSError (CompactDecodeError Invalid number of parts)",
    };
    let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{message}\"");
    let body = json!({ "code": "PGRST301", "details": null, "hint": null, "message": message });
    (
        StatusCode::UNAUTHORIZED,
        [(WWW_AUTHENTICATE, challenge)],
        Json(body),
    )
        .into_response()
}
