//! Playwright's storage states: a browser that starts with one is signed in.
//!
//! supabase-js keeps the session in the local storage under `sb-<first label of the API's host>-auth-token`, and
//! `@supabase/ssr` in cookies of the same name, `base64-` before base64url, cut where a cookie would be too long.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use url::Url;

use super::known::Session;

/// The longest piece that `@supabase/ssr` puts into one cookie.
const COOKIE_PIECE: usize = 3180;

/// The state of a browser in which a session is open at `origin`.
pub fn of(session: &Session, api: &Url, origin: &Url) -> Value {
    let names = storage_keys(api);
    let text = session.body.to_string();
    let items: Vec<Value> = names
        .iter()
        .map(|name| json!({ "name": name, "value": text }))
        .collect();
    let cookies: Vec<Value> = names
        .iter()
        .flat_map(|name| cookies(name, &text))
        .map(|(name, value)| {
            json!({
                "name": name, "value": value, "domain": origin.host_str().unwrap_or_default(), "path": "/",
                "expires": -1, "httpOnly": false, "secure": origin.scheme() == "https", "sameSite": "Lax",
            })
        })
        .collect();
    json!({
        "cookies": cookies,
        "origins": [{ "origin": origin.origin().ascii_serialization(), "localStorage": items }],
    })
}

/// A local API is `127.0.0.1` to some and `localhost` to others.
fn storage_keys(api: &Url) -> Vec<String> {
    let host = api.host_str().unwrap_or_default();
    let labels = match host {
        "127.0.0.1" | "localhost" | "[::1]" => vec!["127", "localhost"],
        host => vec![host.split('.').next().unwrap_or_default()],
    };
    labels
        .into_iter()
        .map(|label| format!("sb-{label}-auth-token"))
        .collect()
}

fn cookies(name: &str, session: &str) -> Vec<(String, String)> {
    let value = format!("base64-{}", URL_SAFE_NO_PAD.encode(session));
    if value.len() <= COOKIE_PIECE {
        return vec![(name.to_owned(), value)];
    }
    let pieces = value.as_bytes().chunks(COOKIE_PIECE).enumerate();
    pieces
        .map(|(at, piece)| {
            (
                format!("{name}.{at}"),
                String::from_utf8_lossy(piece).into_owned(),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::users::account::Account;
    use crate::users::roles::Role;

    fn state(api: &str, origin: &str, token: &str) -> Value {
        let session = Session {
            account: Account::new(&Role::named("admin", 0), "secret"),
            id: Uuid::nil(),
            body: json!({ "access_token": token }),
        };
        of(&session, &api.parse().unwrap(), &origin.parse().unwrap())
    }

    #[test]
    fn the_session_is_where_supabase_js_looks_for_it() {
        let state = state("https://abcd.supabase.co", "https://app.example/login", "t");
        let origin = &state["origins"][0];
        assert_eq!(origin["origin"], "https://app.example");
        assert_eq!(origin["localStorage"][0]["name"], "sb-abcd-auth-token");
        assert_eq!(origin["localStorage"][0]["value"], r#"{"access_token":"t"}"#);
        let cookie = &state["cookies"][0];
        assert_eq!(
            (cookie["domain"].as_str(), cookie["secure"].as_bool()),
            (Some("app.example"), Some(true))
        );
        assert_eq!(cookie["value"], "base64-eyJhY2Nlc3NfdG9rZW4iOiJ0In0");
    }

    #[test]
    fn a_local_api_has_two_names() {
        let state = state("http://127.0.0.1:54321", "http://localhost:5173", "t");
        let names: Vec<&Value> = state["origins"][0]["localStorage"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| &item["name"])
            .collect();
        assert_eq!(names, ["sb-127-auth-token", "sb-localhost-auth-token"]);
    }

    #[test]
    fn long_sessions_are_cut_into_cookies_that_join_to_the_whole() {
        let state = state(
            "https://abcd.supabase.co",
            "https://app.example",
            &"x".repeat(5000),
        );
        let cookies = state["cookies"].as_array().unwrap();
        let names: Vec<&str> = cookies
            .iter()
            .map(|cookie| cookie["name"].as_str().unwrap())
            .collect();
        assert_eq!(
            names,
            [
                "sb-abcd-auth-token.0",
                "sb-abcd-auth-token.1",
                "sb-abcd-auth-token.2"
            ]
        );
        let whole: String = cookies
            .iter()
            .map(|cookie| cookie["value"].as_str().unwrap())
            .collect();
        let decoded = URL_SAFE_NO_PAD
            .decode(whole.strip_prefix("base64-").unwrap())
            .unwrap();
        assert_eq!(decoded.len(), 5000 + r#"{"access_token":""}"#.len());
    }
}
