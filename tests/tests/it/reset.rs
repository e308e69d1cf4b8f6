//! `cargo xtask reset`, the main job.

use workspace_tests::Project;

/// Every business row as one text, so that two databases can be compared.
const CONTENT: &str = "select string_agg(t.line, E'\\n' order by t.line) from (
    select 'organizations ' || o::text as line from organizations o
    union all select 'opportunities ' || o::text from opportunities o
    union all select 'activities ' || a::text from activities a) t";

#[test]
fn json_is_one_value_that_names_every_step_and_user() {
    let project = Project::reference();
    let reset = project
        .xtask(&["reset", "--json", "--as-of", "2026-11-22"])
        .exits(0)
        .json();
    let steps: Vec<_> = reset["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["name"].clone())
        .collect();
    for step in ["tools", "stack", "migrations", "users", "seed", "verify"] {
        assert!(steps.contains(&step.into()), "{step} is not in {steps:?}");
    }
    let users = reset["users"].as_array().unwrap();
    assert_eq!(users.len(), 3);
    for user in users {
        assert_eq!(user["signed_in"], true, "{user}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_reset_gives_the_first_one_back() {
    let project = Project::reference();
    project.xtask(&["reset", "--as-of", "2026-11-22"]).exits(0);
    let first: String = project
        .database()
        .await
        .query_one(CONTENT, &[])
        .await
        .unwrap()
        .get(0);

    project
        .database()
        .await
        .batch_execute("insert into organizations (name) values ('made by hand'); delete from activities")
        .await
        .unwrap();
    project
        .xtask(&["reset", "--as-of", "2026-11-22"])
        .exits(0)
        .says("template");
    let second: String = project
        .database()
        .await
        .query_one(CONTENT, &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(first, second);

    project
        .xtask(&["reset", "--as-of", "2026-11-22", "--seed", "7"])
        .exits(0);
    let other: String = project
        .database()
        .await
        .query_one(CONTENT, &[])
        .await
        .unwrap()
        .get(0);
    assert_ne!(first, other);
}

#[test]
fn a_dry_run_changes_nothing() {
    let project = Project::reference();
    project.xtask(&["reset", "--dry-run"]).exits(0);
    project.xtask(&["status"]).exits(1);
}
