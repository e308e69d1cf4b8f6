//! The tests that stand beside TypeScript: Edge Functions and the stack's own services.

use workspace_tests::{deno_test, shared};

#[test]
fn the_users_function_answers_as_its_contract_says() {
    deno_test(shared(), "supabase/functions");
}

#[test]
fn the_services_that_deno_runs_do_as_they_say() {
    deno_test(shared(), "stack/runtime");
}
