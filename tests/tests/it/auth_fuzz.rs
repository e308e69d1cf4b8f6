//! Whatever is sent to Auth, it answers as its contract says: nothing panics, no failure is our own, and a refusal
//! is JSON with a code and a message.
//!
//! `PROPTEST_CASES=40000 cargo test -p workspace-tests --test it auth_fuzz -- --nocapture` looks for ten minutes, and
//! says what was answered how often.

mod request;
mod world;

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::Value;
use workspace_tests::{Project, WireAnswer, WireRequest, workspace_root};

use request::request;
use world::World;

/// After so many requests the user that they are about is made anew, if one of them has spoiled it.
const RENEW_EVERY: usize = 25;

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
    let world = RefCell::new(World::new(&project));
    let answers = RefCell::new(BTreeMap::<(u16, String), usize>::new());
    let config = Config {
        failure_persistence: None,
        max_shrink_time: 30_000,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&request(), |request| {
        let mut world = world.borrow_mut();
        world.requests += 1;
        if world.requests.is_multiple_of(RENEW_EVERY) {
            world.renew();
        }
        let request = world.filled(&request);
        let told = |why: String| TestCaseError::fail(format!("{why}\n{request:?}"));
        let answer = request
            .send(world.port)
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
