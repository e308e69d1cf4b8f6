//! The official client against the stack; the assertions are in `tests/e2e/*.ts`.

use workspace_tests::{Project, deno_test, shared, workspace_root};

#[test]
fn each_role_does_what_its_policies_say() {
    deno_test(shared(), "tests/e2e/roles.ts");
}

#[test]
fn auth_follows_its_contract() {
    deno_test(shared(), "tests/e2e/auth.ts");
}

#[test]
fn auth_refuses_as_its_contract_says() {
    deno_test(shared(), "tests/e2e/auth_refusals.ts");
}

#[test]
fn people_sign_up_where_that_is_open() {
    let project = open_signup();
    project.xtask(&["start"]).exits(0);
    deno_test(&project, "tests/e2e/auth_open.ts");

    project.xtask(&["stop"]).exits(0);
    let (open, closed) = (
        "[auth.email]\nenable_signup = true",
        "[auth.email]\nenable_signup = false",
    );
    project.change("supabase/config.toml", open, closed);
    project.xtask(&["start"]).exits(0);
    deno_test(&project, "tests/e2e/auth_closed.ts");
}

#[test]
fn auth_keeps_every_sentence_of_the_contract_with_gotrue() {
    let project = open_signup();
    project.xtask(&["start"]).exits(0);
    deno_test(&project, "tests/e2e/gotrue");
}

fn open_signup() -> Project {
    Project::copy_of(&workspace_root().join("tests/fixtures/open_signup/supabase"))
}
