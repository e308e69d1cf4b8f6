//! Requests to Auth: good ones, spoiled here and there. Words in braces stand for what a stack gives out.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value};
use workspace_tests::WireRequest;

/// Method, path and a body that is good there; a request spoils some of it.
const ENDPOINTS: [(&str, &str, &str); 41] = [
    ("GET", "/health", ""),
    ("GET", "/settings", ""),
    ("GET", "/.well-known/jwks.json", ""),
    (
        "POST",
        "/signup",
        r#"{"email":"{fresh}","password":"{password}","data":{"a":1}}"#,
    ),
    ("POST", "/token", "{}"),
    (
        "POST",
        "/token?grant_type=password",
        r#"{"email":"{email}","password":"{password}"}"#,
    ),
    (
        "POST",
        "/token?grant_type=refresh_token",
        r#"{"refresh_token":"{refresh}"}"#,
    ),
    (
        "POST",
        "/token?grant_type=pkce",
        r#"{"auth_code":"{id}","code_verifier":"x"}"#,
    ),
    ("POST", "/logout", ""),
    ("GET", "/user", ""),
    ("PUT", "/user", r#"{"data":{"a":{"b":[1]}}}"#),
    ("PUT", "/user", r#"{"email":"{fresh}"}"#),
    ("PUT", "/user", r#"{"password":"{password}"}"#),
    ("GET", "/reauthenticate", ""),
    ("POST", "/recover", r#"{"email":"{email}"}"#),
    (
        "POST",
        "/recover",
        r#"{"email":"{email}","code_challenge":"{challenge}","code_challenge_method":"s256"}"#,
    ),
    ("POST", "/resend", r#"{"type":"signup","email":"{email}"}"#),
    ("POST", "/otp", r#"{"email":"{fresh}","create_user":true}"#),
    ("POST", "/magiclink", r#"{"email":"{email}"}"#),
    ("GET", "/verify?type=signup&token=abc", ""),
    (
        "GET",
        "/verify?type=recovery&token=abc&redirect_to=http://127.0.0.1:3000/a",
        "",
    ),
    (
        "POST",
        "/verify",
        r#"{"type":"recovery","token":"123456","email":"{email}"}"#,
    ),
    ("POST", "/verify", r#"{"type":"email","token_hash":"abc"}"#),
    ("POST", "/invite", r#"{"email":"{fresh}","data":{"a":1}}"#),
    ("GET", "/admin/users?page=1&per_page=2", ""),
    (
        "POST",
        "/admin/users",
        r#"{"email":"{fresh}","password":"{password}","email_confirm":true,"user_metadata":{"a":1}}"#,
    ),
    (
        "POST",
        "/admin/users",
        r#"{"phone":"{digits}","role":"authenticated","aud":"authenticated","ban_duration":"1h"}"#,
    ),
    (
        "POST",
        "/admin/users",
        r#"{"email":"{fresh}","password_hash":"{hash}","id":"{id}"}"#,
    ),
    ("GET", "/admin/users/{id}", ""),
    (
        "PUT",
        "/admin/users/{id}",
        r#"{"user_metadata":{"a":null},"app_metadata":{"b":[]},"role":"authenticated"}"#,
    ),
    (
        "PUT",
        "/admin/users/{id}",
        r#"{"email":"{fresh}","phone":"{digits}","email_confirm":true,"ban_duration":"none"}"#,
    ),
    ("DELETE", "/admin/users/{id}", r#"{"should_soft_delete":true}"#),
    ("GET", "/admin/users/{segment}", ""),
    ("PUT", "/admin/users/{segment}", "{}"),
    ("DELETE", "/admin/users/{segment}", "{}"),
    ("GET", "/admin/users/{segment}/factors", ""),
    (
        "POST",
        "/admin/generate_link",
        r#"{"type":"magiclink","email":"{email}","redirect_to":"http://127.0.0.1:3000"}"#,
    ),
    ("POST", "/factors/{segment}/verify", "{}"),
    ("DELETE", "/user/identities/{segment}", ""),
    ("PATCH", "/{segment}", "{}"),
    ("HEAD", "/admin/users", ""),
];

const FIELDS: [&str; 31] = [
    "email",
    "phone",
    "password",
    "password_hash",
    "id",
    "aud",
    "role",
    "data",
    "user_metadata",
    "app_metadata",
    "email_confirm",
    "phone_confirm",
    "ban_duration",
    "should_soft_delete",
    "refresh_token",
    "auth_code",
    "code_verifier",
    "code_challenge",
    "code_challenge_method",
    "type",
    "token",
    "token_hash",
    "redirect_to",
    "new_email",
    "create_user",
    "nonce",
    "gotrue_meta_security",
    "scope",
    "channel",
    "__proto__",
    "",
];

const PARAMETERS: [&str; 12] = [
    "grant_type",
    "scope",
    "type",
    "token",
    "redirect_to",
    "page",
    "per_page",
    "sort",
    "filter",
    "apikey",
    "provider",
    "x[]",
];

const HEADERS: [&str; 12] = [
    "authorization",
    "apikey",
    "x-supabase-api-version",
    "x-jwt-aud",
    "redirect_to",
    "referer",
    "user-agent",
    "x-forwarded-for",
    "x-forwarded-host",
    "cookie",
    "content-type",
    "x-client-info",
];

/// Texts that have broken programs before. Words in braces are replaced by what the stack gave out.
const TEXTS: [&str; 48] = [
    "",
    " ",
    "null",
    "{email}",
    "{EMAIL}",
    "{id}",
    "{password}",
    "{access}",
    "{refresh}",
    "{service_role}",
    "{anon}",
    "{expired}",
    "{foreign}",
    "a+b@auth.test",
    "jürgen@münchen.example",
    "a@b.c\r\nx-injected: 1",
    "a\u{0}b@auth.test",
    "' or '1'='1",
    "'; drop table auth.users; --",
    "\\",
    "%",
    "%00",
    "%ff",
    "../../../etc/passwd",
    "//evil.example/",
    "http://127.0.0.1:3000/welcome",
    "https://evil.example/\r\nset-cookie: a=b",
    "javascript:alert(1)",
    "http://[::1",
    "http://user:pass@127.0.0.1:3000@evil.example/",
    "00000000-0000-0000-0000-000000000000",
    "5eed0000-0000-8000-8000-000000000000",
    "{braced}",
    "none",
    "87600h",
    "-1h",
    "9223372036854775807ns",
    "1e9h",
    "..h",
    "18446744073709551616",
    "+1",
    "-1",
    "created_at desc",
    "created_at; drop",
    "$2b$10$WvvTPHKwdBJ3uk0Z37EMR.hLA2W6N9AEBhEgrAOljy2Ae5MtaSIUi",
    "$argon2id$v=19$m=999999999,t=999,p=999$c2FsdHNhbHQ$aGFzaA",
    "2024-01-01",
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
];

const KINDS: [&str; 9] = [
    "signup",
    "invite",
    "magiclink",
    "recovery",
    "email",
    "email_change",
    "email_change_new",
    "password",
    "s256",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(TEXTS.to_vec()).prop_map(Into::into),
        2 => select(KINDS.to_vec()).prop_map(Into::into),
        2 => "\\PC{0,30}",
        1 => any::<String>(),
        1 => "[a-z]{1,12}@[a-z.-]{1,20}",
        1 => (select(vec!["a", "ü", "\u{0}", "@", "."]), select(vec![6_usize, 73, 255, 256, 5000]))
            .prop_map(|(part, count)| part.repeat(count)),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => text().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 20, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((text(), inner), 0..4).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A body with some members in the place of, or beside, those that are good.
fn object(good: &str) -> impl Strategy<Value = Value> + use<> {
    let good: Map<_, _> = serde_json::from_str(good).unwrap_or_default();
    let own: Vec<_> = good.keys().cloned().collect();
    let any_field = select(FIELDS.to_vec()).prop_map(String::from);
    let field = match own.is_empty() {
        true => any_field.boxed(),
        false => prop_oneof![2 => select(own), 1 => any_field].boxed(),
    };
    let member = (
        field,
        prop_oneof![3 => text().prop_map(Value::from), 1 => value()],
    );
    vec(member, 0..3).prop_map(move |members| {
        let mut object = good.clone();
        object.extend(members);
        Value::Object(object)
    })
}

fn body(good: &str) -> impl Strategy<Value = Vec<u8>> + use<> {
    let spoiled = (object(good), any::<prop::sample::Index>(), vec(any::<u8>(), 0..3)).prop_map(
        |(object, place, bytes)| {
            let mut text = object.to_string().into_bytes();
            let place = place.index(text.len());
            text.splice(place..=place, bytes);
            text
        },
    );
    let deep = (
        select(vec!["[", "{\"a\":", "{\"user_metadata\":"]),
        1_usize..20_000,
    )
        .prop_map(|(open, depth)| open.repeat(depth).into_bytes());
    prop_oneof![
        1 => Just(Vec::new()),
        20 => object(good).prop_map(|object| object.to_string().into_bytes()),
        1 => value().prop_map(|value| value.to_string().into_bytes()),
        2 => spoiled,
        1 => deep,
        1 => vec(any::<u8>(), 0..200),
    ]
}

fn header() -> impl Strategy<Value = (String, Vec<u8>)> {
    let bearer = text().prop_map(|text| ("authorization".to_owned(), format!("Bearer {text}").into_bytes()));
    let printed = text().prop_map(|text| text.replace(|c: char| c.is_ascii_control(), "?").into_bytes());
    let usual = (select(HEADERS[1..].to_vec()).prop_map(Into::into), printed);
    let wild = (
        select(HEADERS.to_vec()).prop_map(Into::into),
        // A line break would end the header, and make what comes after it another request.
        vec(
            any::<u8>().prop_filter("a line break", |byte| !b"\r\n".contains(byte)),
            0..40,
        ),
    );
    prop_oneof![1 => bearer, 5 => usual, 1 => wild]
}

/// Who asks: an administrator more often than others, for whom there is more to reach.
fn caller() -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![
        8 => Just(Some("{service_role}")),
        5 => Just(Some("{access}")),
        1 => select(vec!["{anon}", "{expired}", "{foreign}", "{role_array}", "{none}"]).prop_map(Some),
        1 => Just(None),
    ]
}

/// A request to an endpoint of Auth: a good one, spoiled here and there.
pub fn request() -> impl Strategy<Value = WireRequest> {
    let parameter = (select(PARAMETERS.to_vec()), text());
    let asked = (text(), vec(parameter, 0..3), caller(), vec(header(), 0..3));
    let endpoint = select(ENDPOINTS.to_vec());
    let request = endpoint.prop_flat_map(|(method, path, good)| (Just((method, path)), body(good)));
    (request, asked).prop_map(
        |(((method, path), body), (segment, parameters, caller, headers))| {
            let segment = encoded(&segment);
            let mut target = format!("/auth/v1{}", path.replace("{segment}", &segment));
            for (name, value) in parameters {
                let joint = if target.contains('?') { '&' } else { '?' };
                target = format!("{target}{joint}{name}={}", encoded(&value));
            }
            let caller = caller.map(|token| ("authorization".to_owned(), format!("Bearer {token}").into()));
            WireRequest {
                method: method.into(),
                target: target.into(),
                headers: caller.into_iter().chain(headers).collect(),
                body: if method == "GET" { Vec::new() } else { body },
            }
        },
    )
}

/// Percent-encoded; the words in braces stay.
fn encoded(text: &str) -> String {
    let encoded = |text: &str| {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    char::from(byte).to_string()
                }
                byte => format!("%{byte:02X}"),
            })
            .collect::<String>()
    };
    match TEXTS.contains(&text) && text.starts_with('{') {
        true => text.to_owned(),
        false => encoded(text),
    }
}
