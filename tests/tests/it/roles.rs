//! `[[role]]` in `seedbed.toml`: who uses a project that is no CRM of three roles.

use serde_json::Value;
use workspace_tests::lent::MIGRATED;
use workspace_tests::{Lent, Project, workspace_root};

use crate::users::{number, users_of};

#[tokio::test(flavor = "multi_thread")]
async fn a_project_names_its_own_roles() {
    let project = Project::copy_of(&workspace_root().join("tests/fixtures/role_crm/supabase"));
    project.write(
        "seedbed.toml",
        r#"
            [[role]]
            name = "owner"
            email = "olga@warehouse.test"
            metadata = { first_name = "Olga", last_name = "Ortiz" }
            claims = { tenant = 3 }
            volume = 4

            [[role]]
            name = "picker"
            claims = { tenant = 9 }
            volume = { organizations = 2, contacts = 5 }
        "#,
    );
    let reset = project.xtask(&["reset", "--json"]).exits(0).json();
    let owns = |at: usize| users_of(&reset)[at]["owns"].clone();
    assert_eq!(
        (&owns(0)["companies"], &owns(0)["contacts"]),
        (&Value::from(4), &Value::from(4))
    );
    assert_eq!(
        (&owns(1)["companies"], &owns(1)["contacts"]),
        (&Value::from(2), &Value::from(5))
    );
    let client = project.database().await;
    let profile = "select count(*) from profiles where full_name = 'Olga Ortiz' and role = 'owner' and email = 'olga@warehouse.test'";
    assert_eq!(number(&client, profile).await, 1);
    let claims = "select count(*) from auth.users where raw_app_meta_data ->> 'tenant' = '9' and raw_app_meta_data ->> 'role' = 'picker'";
    assert_eq!(number(&client, claims).await, 1);
    project.xtask(&["users", "token", "picker"]).exits(0);
    project
        .xtask(&["users", "token", "admin"])
        .exits(1)
        .says("The roles are owner, picker");
    let env = project.xtask(&["users", "env"]).exits(0).stdout;
    assert!(env.contains("TEST_OWNER_EMAIL=olga@warehouse.test\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_was_renamed_is_noted_once() {
    let project = Lent::reference(MIGRATED);
    project.xtask(&["users", "--role", "manager"]).exits(0);
    // The project's own table takes its three roles only.
    project.write(
        "seedbed.toml",
        "[[role]]\nname = \"agent\"\nemail = \"manager@test.local\"\n",
    );
    project.xtask(&["users"]).exits(0);
    let listed = project.xtask(&["users", "list", "--json"]).exits(0).json();
    let roles: Vec<&Value> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|user| &user["role"])
        .collect();
    assert_eq!(roles, ["agent"]);
    let client = project.database().await;
    assert_eq!(
        number(&client, "select count(*) from public.test_user_metadata").await,
        0
    );
}
