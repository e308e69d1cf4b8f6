//! Bad input is refused with a message that says what to do, before anything is written.

use workspace_tests::{Project, shared};

#[test]
fn an_unknown_industry_gets_the_nearest_name() {
    let refused = shared()
        .xtask(&["reset", "--industry", "food_beverag"])
        .exits(1)
        .says("food_beverage");
    assert!(refused.stderr.contains("hint:"), "{}", refused.stderr);
}

#[test]
fn a_count_that_is_no_count_is_named_with_its_variable() {
    for (name, value) in [
        ("SEED_CONTACT_COUNT", "-5"),
        ("SEED_NOTE_COUNT", "many"),
        ("OPPORTUNITY_MAX_AMOUNT", "1e"),
    ] {
        shared()
            .xtask_with(name, value, &["seed", "--dry-run"])
            .exits(1)
            .says(name)
            .says(value);
    }
    let usage = shared().xtask(&["seed", "--count", "-5"]);
    assert!(
        matches!(usage.code, Some(1 | 2)) && usage.stderr.contains("-5"),
        "{usage:?}"
    );
    shared()
        .xtask(&["seed", "--as-of", "22.11.2026"])
        .says("--as-of")
        .says("2026");
}

#[test]
fn an_unknown_stage_is_named() {
    shared()
        .xtask_with("OPPORTUNITY_DEFAULT_STAGE", "new_laed", &["seed", "--dry-run"])
        .exits(1)
        .says("new_laed");
}

#[test]
fn a_broken_env_file_is_named_with_its_line() {
    let project = Project::reference();
    project.write(".env", "SEED_INDUSTRY=saas\nthis is not a variable\n");
    project.xtask(&["reset"]).exits(1).says(".env").says("2");
    assert!(!project.folder().join(".seedbed/state.json").exists());
}

#[test]
fn a_folder_without_supabase_is_no_project() {
    let folder = tempfile::tempdir().unwrap();
    let run = shared().xtask(&["reset", "--project", folder.path().to_str().unwrap()]);
    run.exits(1).says("supabase").says("hint:");
}
