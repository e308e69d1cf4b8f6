//! The keys that clients send, made into the one thing that the services know: a bearer token.
//!
//! A bearer that is not an `sb_` key wins. Else the `apikey` header, the `?apikey=` parameter or the `sb_` key in
//! the bearer's place counts: our own `sb_` keys stand for the legacy JWT of their role, anything else is taken as
//! a JWT itself.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::middleware::Next;
use axum::response::Response;
use url::form_urlencoded;

use crate::keys::Keys;

pub(super) async fn translate(State(keys): State<Arc<Keys>>, mut request: Request, next: Next) -> Response {
    let (rest, in_query) = without_api_key(request.uri());
    if let Some(uri) = rest {
        *request.uri_mut() = uri;
    }
    if let Some(token) = bearer(request.headers(), in_query, &keys)
        && let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {token}"))
    {
        value.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    next.run(request).await
}

/// The token that stands for the caller, if it is not the bearer that was sent.
fn bearer(headers: &HeaderMap, in_query: Option<String>, keys: &Keys) -> Option<String> {
    let header = |name: &str| headers.get(name)?.to_str().ok().filter(|value| !value.is_empty());
    let sb_key = match header("authorization") {
        None => None,
        // A JWT, or another scheme that is left to the service to refuse.
        Some(value) => Some(
            value
                .strip_prefix("Bearer ")
                .filter(|token| token.starts_with("sb_"))?,
        ),
    };
    let key = header("apikey")
        .map(Into::into)
        .or(in_query)
        .or(sb_key.map(Into::into))?;
    Some(match key {
        key if key == keys.secret => keys.service_role.clone(),
        key if key == keys.publishable => keys.anon.clone(),
        key => key,
    })
}

/// The URL without `apikey`, if it has one, and the key.
fn without_api_key(uri: &Uri) -> (Option<Uri>, Option<String>) {
    let query = uri.query().unwrap_or_default();
    // A name may be percent-encoded too.
    let key_of = |part: &str| match form_urlencoded::parse(part.as_bytes()).next() {
        Some((name, value)) if name == "apikey" => Some(value.into_owned()),
        _ => None,
    };
    let Some(key) = query.split('&').find_map(key_of) else {
        return (None, None);
    };
    let rest: Vec<_> = query.split('&').filter(|part| key_of(part).is_none()).collect();
    let path = match rest.is_empty() {
        true => uri.path().to_owned(),
        false => format!("{}?{}", uri.path(), rest.join("&")),
    };
    (path.parse().ok(), Some(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        sent: &[(&'static str, &str)],
        in_query: Option<&str>,
        expect: impl Fn(&Keys) -> Option<String>,
    ) {
        let keys = Keys::for_project(&crate::project::Project::default()).unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            let value = value
                .replace("SECRET", &keys.secret)
                .replace("PUBLISHABLE", &keys.publishable);
            headers.insert(*name, HeaderValue::from_str(&value).unwrap());
        }
        assert_eq!(
            bearer(&headers, in_query.map(Into::into), &keys),
            expect(&keys),
            "{sent:?}"
        );
    }

    #[test]
    fn keys_stand_for_roles() {
        let service_role = |keys: &Keys| Some(keys.service_role.clone());
        let anon = |keys: &Keys| Some(keys.anon.clone());
        check(&[("apikey", "SECRET")], None, service_role);
        check(&[("apikey", "PUBLISHABLE")], None, anon);
        check(
            &[("apikey", "SECRET"), ("authorization", "Bearer SECRET")],
            None,
            service_role,
        );
        check(&[("authorization", "Bearer SECRET")], None, service_role);
        check(&[("apikey", "a.b.c")], None, |_| Some("a.b.c".into()));
        check(&[], Some("a.b.c"), |_| Some("a.b.c".into()));
        check(&[("apikey", "sb_secret_of_another_project")], None, |_| {
            Some("sb_secret_of_another_project".into())
        });
    }

    #[test]
    fn a_bearer_that_is_no_key_wins() {
        check(
            &[("apikey", "SECRET"), ("authorization", "Bearer a.b.c")],
            None,
            |_| None,
        );
        check(
            &[("apikey", "SECRET"), ("authorization", "Basic x")],
            None,
            |_| None,
        );
        check(&[], None, |_| None);
    }

    #[test]
    fn the_key_is_taken_out_of_the_query() {
        let check = |uri: &str, rest: Option<&str>, key: Option<&str>| {
            let (found, found_key) = without_api_key(&uri.parse().unwrap());
            assert_eq!(found.map(|uri| uri.to_string()).as_deref(), rest, "{uri}");
            assert_eq!(found_key.as_deref(), key, "{uri}");
        };
        check(
            "/rest/v1/t?select=a,b(c)&apikey=k&order=a",
            Some("/rest/v1/t?select=a,b(c)&order=a"),
            Some("k"),
        );
        check("/rest/v1/t?apikey=k", Some("/rest/v1/t"), Some("k"));
        check("/rest/v1/t?select=a", None, None);
        check("/rest/v1/t?xapikey=k", None, None);
        check("/rest/v1/t?%61pikey=k&a=b", Some("/rest/v1/t?a=b"), Some("k"));
    }

    proptest::proptest! {
        #[test]
        fn no_key_is_left_in_a_query(query in "(apikey|%61pikey|x|&|=|%[0-9a-f]{2}|[!-~]){0,12}") {
            let query = query.replace(['#', '"', '<', '>'], "");
            if let Ok(uri) = format!("/rest/v1/t?{query}").parse::<Uri>() {
                let (rest, key) = without_api_key(&uri);
                proptest::prop_assert_eq!(rest.is_some(), key.is_some());
                let left = rest.as_ref().unwrap_or(&uri).query().unwrap_or_default();
                proptest::prop_assert!(form_urlencoded::parse(left.as_bytes()).all(|(name, _)| name != "apikey"));
            }
        }
    }
}
