//! `users` against functions as they are in the field: each a small project of its own.

use serde_json::Value;
use workspace_tests::{Project, workspace_root};

const FUNCTION: &str = "users function";
const API: &str = "Auth admin API";

/// Makes the users of a project; checks the way of each, and that the sentences say what was wrong and what mends it.
#[track_caller]
fn check(project: &str, ways: [&str; 3], wrong: &str, remedy: &str) -> Project {
    let fixtures = workspace_root().join("tests/fixtures/users_functions");
    let project = Project::copy_of(&fixtures.join(project).join("supabase"));
    project.xtask(&["start"]).exits(0);
    project.xtask(&["migrate"]).exits(0);
    let made = project.xtask(&["users", "--json"]).exits(0).json();
    let users = made["users"].as_array().unwrap();
    let via: Vec<&Value> = users.iter().map(|user| &user["via"]).collect();
    assert_eq!(via, ways, "{}", made["notes"]);
    let notes = made["notes"].as_array().unwrap();
    assert!(
        notes.iter().any(|note| {
            let note = note.as_str().unwrap();
            note.contains(wrong) && note.contains(remedy)
        }),
        "{notes:?}"
    );
    // The sentence is one, said once.
    let distinct: std::collections::BTreeSet<&str> = notes.iter().filter_map(Value::as_str).collect();
    assert_eq!(distinct.len(), notes.len(), "{notes:?}");
    for role in ["admin", "director", "manager"] {
        let token = project.xtask(&["users", "token", role]).exits(0).says("").stdout;
        assert_eq!(token.trim().split('.').count(), 3, "{role}");
    }
    let again = project.xtask(&["users", "--json"]).exits(0).json();
    for user in again["users"].as_array().unwrap() {
        assert_eq!(user["outcome"], "unchanged", "{user}");
    }
    project
}

#[test]
fn one_that_wants_an_administrators_token_gets_it() {
    let project = check(
        "wants_administrator",
        [API, FUNCTION, FUNCTION],
        "answered 401 (Unauthorized) to the service key",
        "let it take the service key",
    );
    // The administrator who is there is asked for its token, whoever is to be made.
    let more = project
        .xtask(&["users", "--role", "manager", "--count", "1", "--json"])
        .exits(0)
        .json();
    assert_eq!(more["users"][0]["via"], FUNCTION, "{more}");
}

#[test]
fn one_that_makes_unconfirmed_users_is_completed() {
    check(
        "makes_unconfirmed",
        [FUNCTION; 3],
        "made 3 users, `admin@test.local` the first of them, so that nobody could sign in",
        "`email_confirm: true`",
    );
}

#[test]
fn one_that_reads_a_missing_column_is_seen_through() {
    check(
        "reads_missing_column",
        [API; 3],
        "it reads `sales.administrator`, which the database lacks",
        "add a migration",
    );
}

#[test]
fn one_whose_invitation_fails_has_made_the_user() {
    check(
        "fails_to_invite",
        [API; 3],
        "answered 500 (Internal Server Error) although it had made the user",
        "invitation",
    );
}

#[test]
fn one_that_boots_is_waited_for() {
    check(
        "boots_slowly",
        [FUNCTION; 3],
        "answered 503 for",
        "pinned imports",
    );
}

#[test]
fn one_that_is_not_there_is_missed() {
    check(
        "has_none",
        [API; 3],
        "the project has no users function",
        "can be copied",
    );
}
