//! `/functions/v1`: `verify_jwt` before a function is called, with the answers of the real runtime.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, AUTHORIZATION,
};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, Router};
use serde_json::json;

use super::proxy::Upstream;
use crate::keys::Keys;
use crate::keys::jwt;
use crate::project::{FunctionConfig, Project};
use crate::spec::StackSpec;

const PREFIX: &str = "/functions/v1";
const ERROR_CODE: HeaderName = HeaderName::from_static("sb-error-code");

/// What these endpoints share.
pub(super) struct Functions {
    upstream: Upstream,
    keys: Keys,
    configured: BTreeMap<String, FunctionConfig>,
    /// `supabase/functions`
    folder: PathBuf,
}

impl Functions {
    pub(super) fn new(upstream: Upstream, keys: Keys, project: &Project, spec: &StackSpec) -> Self {
        let folder = spec.project.join("supabase/functions");
        Self {
            upstream,
            keys,
            configured: project.functions.clone(),
            folder,
        }
    }

    /// The settings of a function, if there is one of this name. Folders are looked for at each call: a
    /// function can be added while the stack runs.
    async fn config(&self, slug: &str) -> Option<FunctionConfig> {
        let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if slug.is_empty() || !slug.bytes().all(is_name) {
            return None;
        }
        match self.configured.get(slug) {
            Some(config) => config.enabled.then(|| config.clone()),
            None => {
                let is_there = tokio::fs::try_exists(self.folder.join(slug)).await;
                is_there.unwrap_or_default().then(FunctionConfig::default)
            }
        }
    }
}

pub(super) fn router(functions: Arc<Functions>) -> Router {
    Router::new()
        .route("/functions/v1/{*path}", any(call))
        .with_state(functions)
}

async fn call(State(functions): State<Arc<Functions>>, request: Request) -> Response {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let path = path.strip_prefix(PREFIX).unwrap_or(path).to_owned();
    let slug = path[1..].split(['/', '?']).next().unwrap_or_default();
    let Some(config) = functions.config(slug).await else {
        return (StatusCode::NOT_FOUND, cors(), "Function not found").into_response();
    };
    if config.verify_jwt
        && request.method() != Method::OPTIONS
        && let Err(refusal) = check(request.headers(), &functions.keys)
    {
        return refusal.into_response();
    }
    functions.upstream.forward(request, &path).await
}

/// Why a call is refused.
#[derive(Debug, PartialEq)]
struct Refusal {
    code: &'static str,
    message: String,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({ "code": self.code, "message": self.message, "msg": self.message });
        (
            StatusCode::UNAUTHORIZED,
            cors(),
            [(ERROR_CODE, self.code)],
            Json(body),
        )
            .into_response()
    }
}

fn cors() -> [(HeaderName, &'static str); 3] {
    [
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (
            ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, x-client-info, apikey",
        ),
        (ACCESS_CONTROL_EXPOSE_HEADERS, "sb-error-code"),
    ]
}

fn check(headers: &HeaderMap, keys: &Keys) -> Result<(), Refusal> {
    let refuse = |code, message: &str| {
        Err(Refusal {
            code,
            message: message.into(),
        })
    };
    let Some(value) = headers.get(AUTHORIZATION) else {
        return refuse("UNAUTHORIZED_NO_AUTH_HEADER", "Missing authorization header");
    };
    let token = value
        .to_str()
        .ok()
        .and_then(|value| value.strip_prefix("Bearer "));
    let Some((token, (header, _))) = token.and_then(|token| Some(token).zip(jwt::decode(token).ok())) else {
        return refuse("UNAUTHORIZED_INVALID_JWT_FORMAT", "Invalid JWT format");
    };
    let code = match header.alg.as_str() {
        "HS256" => "UNAUTHORIZED_JWT",
        "ES256" | "RS256" => "UNAUTHORIZED_ASYMMETRIC_JWT",
        "" => return refuse("UNAUTHORIZED_INVALID_JWT_FORMAT", "Invalid JWT format"),
        alg => {
            let message = format!("Unsupported JWT algorithm {alg}");
            return refuse("UNAUTHORIZED_UNSUPPORTED_TOKEN_ALGORITHM", &message);
        }
    };
    match keys.verify(token) {
        Ok(_) => Ok(()),
        Err(_) => refuse(code, "Invalid JWT"),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    use super::*;

    fn refusal(authorization: Option<&str>, keys: &Keys) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        if let Some(value) = authorization {
            headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        check(&headers, keys).err().map(|refusal| refusal.code)
    }

    #[test]
    fn only_our_tokens_pass() {
        let keys = Keys::for_project(&Project::default()).unwrap();
        let bearer = |token: &str| format!("Bearer {token}");
        let check = |authorization: Option<String>, expect| {
            assert_eq!(
                refusal(authorization.as_deref(), &keys),
                expect,
                "{authorization:?}"
            );
        };
        check(None, Some("UNAUTHORIZED_NO_AUTH_HEADER"));
        check(Some("Basic x".into()), Some("UNAUTHORIZED_INVALID_JWT_FORMAT"));
        check(
            Some("Bearer garbage".into()),
            Some("UNAUTHORIZED_INVALID_JWT_FORMAT"),
        );
        check(
            Some(bearer("sb_secret_of_nobody")),
            Some("UNAUTHORIZED_INVALID_JWT_FORMAT"),
        );
        check(Some(bearer(&keys.anon)), None);
        check(Some(bearer(&keys.sign(&json!({ "sub": "x" })))), None);
        check(
            Some(bearer(&jwt::sign_hs256("another secret", &json!({})))),
            Some("UNAUTHORIZED_JWT"),
        );
        check(
            Some(bearer(&keys.sign(&json!({ "exp": 1 })))),
            Some("UNAUTHORIZED_ASYMMETRIC_JWT"),
        );
        let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        let none = format!("{}.{}.", encode(r#"{"alg":"none"}"#), encode("{}"));
        check(
            Some(bearer(&none)),
            Some("UNAUTHORIZED_UNSUPPORTED_TOKEN_ALGORITHM"),
        );
    }
}
