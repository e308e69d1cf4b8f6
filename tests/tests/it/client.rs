//! The official client against the stack; the assertions are in `tests/e2e/*.ts`.

use workspace_tests::{deno_test, shared};

#[test]
fn each_role_does_what_its_policies_say() {
    deno_test(shared(), "tests/e2e/roles.ts");
}

#[test]
fn auth_follows_its_contract() {
    deno_test(shared(), "tests/e2e/auth.ts");
}
