//! Whatever is sent to Auth, it answers as its contract says: nothing panics, no failure is our own, and a refusal
//! is JSON with a code and a message.
//!
//! `PROPTEST_CASES=100000 cargo test -p workspace-tests --test it auth_fuzz` looks longer.

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Map, Value, json};
use stack::keys::{Keys, jwt};
use workspace_tests::{Project, WireAnswer, WireRequest, workspace_root};

const PASSWORD: &str = "TestPass123!";
/// After so many requests the user that they are about is made anew, if one of them has spoiled it.
const RENEW_EVERY: usize = 25;

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

fn request() -> impl Strategy<Value = WireRequest> {
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

/// The stack, and a user of it who is signed in.
struct World {
    port: u16,
    keys: Keys,
    email: String,
    /// What stands for a word in braces.
    words: Vec<(String, String)>,
}

impl World {
    fn new(project: &Project) -> Self {
        let own = stack::project::Project::load(project.folder()).unwrap();
        let api_url = project.status()["api_url"].as_str().unwrap().to_owned();
        let mut world = Self {
            port: api_url.rsplit_once(':').unwrap().1.parse().unwrap(),
            keys: Keys::for_project(&own).unwrap(),
            email: "known@auth.test".into(),
            words: Vec::new(),
        };
        world.renew();
        world
    }

    /// Makes the user again where it cannot sign in any more.
    fn renew(&mut self) {
        let credentials = json!({ "email": self.email, "password": PASSWORD, "email_confirm": true });
        let sign_in = || self.post("/auth/v1/token?grant_type=password", &credentials);
        let mut session = sign_in();
        if session.status != 200 {
            let listed = WireRequest::new("GET", &format!("/auth/v1/admin/users?filter={}", self.email))
                .header("apikey", &self.keys.secret)
                .send(self.port);
            for user in listed.unwrap().json()["users"].as_array().into_iter().flatten() {
                let path = format!("/auth/v1/admin/users/{}", user["id"].as_str().unwrap());
                let deleted = WireRequest::new("DELETE", &path).header("apikey", &self.keys.secret);
                assert_eq!(deleted.send(self.port).unwrap().status, 200);
            }
            let made = self.post("/auth/v1/admin/users", &credentials);
            assert_eq!(made.status, 200, "{made:?}");
            session = sign_in();
        }
        let session = session.json();
        let text = |value: &Value| value.as_str().expect("a session has it").to_owned();
        let claims = json!({ "role": "service_role", "sub": session["user"]["id"] });
        let with = |name: &str, value: Value| {
            let mut claims = claims.clone();
            claims[name] = value;
            claims
        };
        self.words = [
            ("email", self.email.clone()),
            ("EMAIL", self.email.to_uppercase()),
            ("password", PASSWORD.into()),
            ("id", text(&session["user"]["id"])),
            ("braced", format!("{{{}}}", text(&session["user"]["id"]))),
            ("access", text(&session["access_token"])),
            ("refresh", text(&session["refresh_token"])),
            ("service_role", self.keys.service_role.clone()),
            ("anon", self.keys.anon.clone()),
            ("expired", self.keys.sign(&with("exp", 1.into()))),
            ("foreign", jwt::sign_hs256("a secret of somebody else", &claims)),
            (
                "role_array",
                self.keys.sign(&with("role", json!(["service_role"]))),
            ),
            ("challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into()),
            (
                "hash",
                "$2b$10$WvvTPHKwdBJ3uk0Z37EMR.hLA2W6N9AEBhEgrAOljy2Ae5MtaSIUi".into(),
            ),
            ("none", format!("eyJhbGciOiJub25lIn0.{}.", "e30")),
        ]
        .map(|(name, value)| (format!("{{{name}}}"), value))
        .into();
    }

    fn post(&self, path: &str, body: &Value) -> WireAnswer {
        let request = WireRequest::new("POST", path).header("apikey", &self.keys.secret);
        request.json(body).send(self.port).unwrap()
    }

    /// The request with what the stack gave out in the place of the words for it.
    fn filled(&self, request: &WireRequest, number: usize) -> WireRequest {
        let own = [
            ("{fresh}".to_owned(), format!("fuzz-{number}@auth.test")),
            ("{digits}".to_owned(), format!("1555{number:07}")),
        ];
        let fill = |bytes: &[u8]| -> Vec<u8> {
            let Ok(mut text) = String::from_utf8(bytes.to_vec()) else {
                return bytes.to_vec();
            };
            for (word, value) in self.words.iter().chain(&own) {
                text = text.replace(word, value);
            }
            text.into_bytes()
        };
        WireRequest {
            method: request.method.clone(),
            target: fill(&request.target),
            headers: request
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), fill(value)))
                .collect(),
            body: fill(&request.body),
        }
    }
}

/// What HTTP itself forbids is refused before Auth sees it, without a word.
fn is_http(request: &WireRequest) -> bool {
    let is_text = |byte: &u8| matches!(byte, b'\t' | b' '..=b'~' | 0x80..);
    request.headers.iter().all(|(_, value)| value.iter().all(is_text)) && request.head().len() < 60_000
}

/// Whether a failure is one that the contract has: what the database refuses to an administrator, and users who
/// exist already for an audience that nobody looks them up by.
fn is_of_contract(request: &WireRequest, body: &Value) -> bool {
    let words = body["msg"]
        .as_str()
        .or(body["message"].as_str())
        .unwrap_or_default();
    let is_constraint = body["code"].as_str().is_some_and(|code| code.starts_with("23"));
    let has_audience = request.headers.iter().any(|(name, _)| name == "x-jwt-aud");
    let failures: &[&str] = match request.target.starts_with(b"/auth/v1/admin/users") {
        true => &[
            "Internal Server Error",
            "Error creating user",
            "Error updating user",
            "Database error creating new user",
        ],
        false if has_audience => &["Database error saving new user"],
        false => return false,
    };
    is_constraint || failures.contains(&words)
}

fn check(request: &WireRequest, answer: &WireAnswer) -> Result<(), String> {
    let is_bare = |status| match status {
        404 => answer.body == "404 page not found\n" || answer.body.contains("no Route matched"),
        405 => answer.body.is_empty(),
        _ => false,
    };
    if answer.header("x-injected").is_some() || answer.header("set-cookie").is_some() {
        return Err("a header was injected".into());
    }
    if answer.status < 400 || is_bare(answer.status) || request.method == "HEAD" {
        return (answer.status < 500).then_some(()).ok_or("HEAD fails".into());
    }
    if !is_http(request) && matches!(answer.status, 400 | 414 | 431) && answer.body.is_empty() {
        return Ok(());
    }
    let body = answer.json();
    let is_told = ["message", "msg", "error_description"]
        .iter()
        .any(|name| body[name].is_string())
        && ["code", "error_code", "error"]
            .iter()
            .any(|name| !body[name].is_null());
    if !is_told {
        return Err("the refusal has no code and message".into());
    }
    match answer.status {
        ..500 => Ok(()),
        500 if is_of_contract(request, &body) => Ok(()),
        _ => Err("a failure of our own".into()),
    }
}

#[test]
fn auth_answers_every_request_as_its_contract_says() {
    let project = Project::copy_of(&workspace_root().join("tests/fixtures/open_signup/supabase"));
    project.xtask(&["start"]).exits(0);
    let services = project.status()["services"].clone();
    let world = RefCell::new((World::new(&project), 0_usize));
    let answers = RefCell::new(BTreeMap::<(u16, String), usize>::new());
    let config = Config {
        failure_persistence: None,
        max_shrink_time: 30_000,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&request(), |request| {
        let mut world = world.borrow_mut();
        world.1 += 1;
        if world.1 % RENEW_EVERY == 0 {
            world.0.renew();
        }
        let request = world.0.filled(&request, world.1);
        let told = |why: String| TestCaseError::fail(format!("{why}\n{request:?}"));
        let answer = request
            .send(world.0.port)
            .map_err(|error| told(error.to_string()))?;
        let code = answer.header("x-sb-error-code").unwrap_or_default().to_owned();
        *answers.borrow_mut().entry((answer.status, code)).or_default() += 1;
        check(&request, &answer).map_err(|why| told(format!("{why}: {answer:?}")))
    });
    println!("{:?}", answers.borrow());
    if let Err(error) = outcome {
        panic!("{error}");
    }
    assert_eq!(project.status()["services"], services);
    for log in std::fs::read_dir(project.folder().join(".seedbed/logs")).unwrap() {
        let log = log.unwrap().path();
        let text = String::from_utf8_lossy(&std::fs::read(&log).unwrap()).into_owned();
        assert!(!text.contains("panicked"), "{}:\n{text}", log.display());
    }
}
