//! Requests that no client library sends: Auth refuses them, and nobody learns or gains anything.

use std::sync::OnceLock;

use serde_json::{Value, json};
use workspace_tests::{WireAnswer, WireRequest, shared};

/// What the stack says of itself; asked for once.
fn status(name: &str) -> &'static str {
    static STATUS: OnceLock<Value> = OnceLock::new();
    let status = STATUS.get_or_init(|| shared().status());
    status[name].as_str().expect("it has a status")
}

/// What an endpoint for administrators answers.
fn ask(change: impl Fn(WireRequest) -> WireRequest) -> WireAnswer {
    let (_, port) = status("api_url").rsplit_once(':').expect("a port");
    let request = change(WireRequest::new("GET", "/auth/v1/admin/users?per_page=1"));
    let answer = request.send(port.parse().expect("a port is a number"));
    answer.unwrap_or_else(|error| panic!("{error}: {request:?}"))
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

#[test]
fn of_two_bearers_the_first_counts() {
    let key = status("service_role_key");
    let both = |first: &str, second: &str| {
        ask(|request| {
            request
                .header("authorization", &bearer(first))
                .header("authorization", &bearer(second))
        })
    };
    assert_eq!(both(key, "x").status, 200);
    let refused = both("x", key);
    assert_eq!(
        (refused.status, refused.json()["error_code"].clone()),
        (403, json!("bad_jwt"))
    );
}

#[test]
fn line_breaks_in_headers_make_no_headers_of_ours() {
    let key = status("secret_key");
    for name in [
        "redirect_to",
        "referer",
        "x-forwarded-host",
        "x-forwarded-for",
        "x-jwt-aud",
        "user-agent",
    ] {
        for value in [
            "http://127.0.0.1:3000/\r\n set-cookie: a=b",
            "x\nset-cookie: a=b",
            "x\rset-cookie: a=b",
            "x\0y",
        ] {
            let answer = ask(|request| request.header("apikey", key).header(name, value));
            assert!(matches!(answer.status, 200 | 400), "{name} {value:?}: {answer:?}");
            assert_eq!(answer.header("set-cookie"), None, "{name} {value:?}");
        }
    }
    for value in ["\r\n x", "%0d%0aset-cookie: a=b", "\u{7f}", "ü"] {
        let answer = ask(|request| request.header("apikey", value));
        assert!(
            (400..500).contains(&answer.status),
            "apikey {value:?}: {answer:?}"
        );
        assert_eq!(answer.header("set-cookie"), None, "apikey {value:?}");
    }
}

#[test]
fn very_long_heads_are_refused() {
    for (length, status) in [(50_000, 403), (2_000_000, 431)] {
        let token = bearer(&"x".repeat(length));
        let answer = ask(|request| request.header("authorization", &token));
        assert_eq!(answer.status, status, "a bearer of {length} letters");
    }
    let many = |count: usize| {
        ask(|request| {
            (0..count).fold(request, |request, number| {
                request.header(&format!("x-{number}"), "y")
            })
        })
    };
    assert_eq!((many(50).status, many(500).status), (401, 431));
    let long_path = ask(|request| WireRequest {
        target: format!("/auth/v1/{}", "a/".repeat(40_000)).into(),
        ..request
    });
    assert_eq!(long_path.status, 414);
}

#[test]
fn paths_lead_nowhere_else() {
    let key = status("secret_key");
    for (target, status) in [
        ("/auth/v1/../../_seedbed/mail", 404),
        ("/auth/v1/%2e%2e/%2e%2e/_seedbed/mail", 404),
        ("/auth/v1/admin/users/..", 404),
        ("/auth/v1/admin/users/..%2f..%2fhealth", 404),
        ("/auth/v1/admin/users/%00", 404),
        ("/auth/v1/admin/users/%ff", 404),
        ("//auth/v1/admin/users", 404),
        ("/auth//v1/admin/users", 404),
        ("/auth/v1\\admin\\users", 404),
        ("/AUTH/V1/admin/users", 404),
        ("/auth/v1", 404),
        ("/auth/v1/", 404),
        ("http://evil.example/auth/v1/nothing", 404),
        ("*", 404),
    ] {
        let answer = ask(|request| WireRequest {
            target: target.into(),
            ..request.header("apikey", key)
        });
        assert_eq!(answer.status, status, "{target}: {answer:?}");
    }
}
