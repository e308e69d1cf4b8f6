//! Projects of other people, unchanged: `--project DIR`.

use std::process::Command;

use workspace_tests::lent::MIGRATED;
use workspace_tests::{Lent, Project, deno_test, workspace_root};

fn legacy_crm() -> Project {
    Project::copy_of(&workspace_root().join("tests/fixtures/legacy_crm/supabase"))
}

fn odd_crm() -> Project {
    Project::copy_of(&workspace_root().join("tests/fixtures/odd_crm/supabase"))
}

#[test]
fn a_project_of_an_older_cli_runs_unchanged() {
    let project = Lent::fixture("legacy_crm", MIGRATED);
    deno_test(&project, "tests/e2e/legacy.ts");
}

#[test]
fn test_users_can_sign_in_where_there_is_no_users_function() {
    let project = Lent::fixture("legacy_crm", MIGRATED);
    let users = project.xtask(&["users", "--json"]).exits(0).json();
    assert!(
        users["users"]
            .as_array()
            .unwrap()
            .iter()
            .all(|user| user["signed_in"] == true),
        "{users}"
    );
}

#[test]
fn a_signing_key_of_the_project_signs_the_tokens() {
    let project = legacy_crm();
    let with_keys = "signing_keys_path = \"./signing_keys.json\"\nenable_signup = true";
    project.change("supabase/config.toml", "enable_signup = true", with_keys);
    project.write("supabase/signing_keys.json", &generated_signing_keys());
    project.xtask(&["start"]).exits(0);
    project.xtask(&["migrate"]).exits(0);
    deno_test(&project, "tests/e2e/signing_keys.ts");
}

/// A fresh ES256 key pair as a JWK set of one: no key stands in the repository.
fn generated_signing_keys() -> String {
    let script = "import { generateKeyPairSync } from 'node:crypto';
        const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        const jwk = { ...privateKey.export({ format: 'jwk' }), kid: 'own-key', alg: 'ES256', use: 'sig', key_ops: ['sign', 'verify'] };
        console.log(JSON.stringify([jwk]));";
    let output = Command::new("node")
        .args(["--input-type=module", "-e", script])
        .output()
        .expect("run node");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn a_project_that_uses_what_supabase_adds_is_reset() {
    let project = odd_crm();
    project
        .xtask(&["reset"])
        .exits(0)
        .says("Auth of the embedded stack calls no hooks: `[auth.hook.custom_access_token]`");
    let database = project.database().await;
    let holds = async |what: &str| {
        let row = database.query_one(&format!("select {what}"), &[]).await;
        assert!(row.expect(what).get::<_, bool>(0), "not so: {what}");
    };
    holds("(select relrowsecurity from pg_class where oid = 'public.uploads'::regclass)").await;
    holds("(select puballtables from pg_publication where pubname = 'everything')").await;
    holds("exists (select from cron.job where jobname = 'nightly')").await;
    holds("exists (select from vault.decrypted_secrets where name = 'odd_secret' and decrypted_secret = 's3cret')").await;
    holds("(select indisvalid from pg_index where indexrelid = 'crm.contacts_by_name'::regclass)").await;
    holds("exists (select from crm.companies where name = 'From the first seed')").await;
    holds("exists (select from storage.objects where name = 'not noted') and not exists (select from public.uploads)").await;
    holds(
        "exists (select from storage.buckets where id = 'avatars' and public and file_size_limit = 2097152
           and allowed_mime_types = '{image/png}')",
    )
    .await;
    holds("(select count(*) = 200 from crm.contacts where sales_id is not null and company_id is not null)")
        .await;
    holds("(select count(*) > 0 from crm.\"contactNotes\")").await;
    holds("(select array_agg(distinct type::text order by type::text) = '{Call,Other}' from crm.tasks)")
        .await;
}

#[test]
fn a_column_that_nobody_can_fill_costs_the_rows_and_nothing_else() {
    let project = odd_crm();
    project.write(
        "supabase/migrations/20250104000000_add_machines.sql",
        "alter table crm.tasks add column machine macaddr not null;",
    );
    project
        .xtask(&["reset"])
        .exits(1)
        .says("only rows are missing")
        .says("column `machine` of `crm.tasks` (`not null`): no field of tasks is called so, and values of its type macaddr cannot be made up")
        .says("SEED_TASK_COUNT=0");
    let users = project.xtask(&["users", "--json"]).exits(0).json();
    assert_eq!(users["users"][0]["signed_in"], true, "{users}");
    let rows = project
        .xtask_with("SEED_TASK_COUNT", "0", &["seed", "--json"])
        .exits(0)
        .json();
    let tables = rows["tables"].as_array().unwrap();
    assert!(tables.iter().any(|table| table["table"] == "contactNotes"));
    assert!(tables.iter().all(|table| table["table"] != "tasks"), "{rows}");
    project.xtask(&["verify"]).exits(0);
}

#[test]
fn what_the_supabase_cli_would_refuse_too_is_said_with_the_way_out() {
    let project = legacy_crm();
    project.write(
        "supabase/seed.sql",
        "select 1;\n\\copy public.companies (name) from 'companies.csv' with csv\n",
    );
    project.xtask(&["start"]).exits(0);
    project
        .xtask(&["migrate"])
        .exits(1)
        .says("apply `supabase/seed.sql:2`")
        .says("only psql understands");

    project.write("supabase/seed.sql", "select 1;\n");
    project.change(
        "supabase/config.toml",
        "[auth.email]\nenable_signup = true",
        "[auth.email]\nenable_signup = false",
    );
    project.xtask(&["start"]).exits(0);
    project.xtask(&["migrate"]).exits(0);
    project
        .xtask(&["users"])
        .exits(1)
        .says("(email_provider_disabled)")
        .says("`enable_signup = false` under `[auth.email]`");
}

#[test]
fn a_project_with_nothing_to_seed_is_reset_all_the_same() {
    let project = Project::copy_of(&workspace_root().join("tests/fixtures/blog/supabase"));
    project.write(
        "seedbed.toml",
        "[[role]]\nname = \"editor\"\n[[role]]\nname = \"reader\"\n",
    );
    let reset = project
        .xtask(&["reset", "--json"])
        .exits(0)
        .says("no table of the database holds what can be seeded")
        .json();
    assert_eq!(reset["seed"], serde_json::Value::Null);
    let users = reset["users"].as_array().unwrap();
    assert!(
        users.len() == 2 && users.iter().all(|user| user["signed_in"] == true),
        "{users:?}"
    );
    let checks = reset["verify"]["checks"].to_string();
    assert!(checks.contains("its policies work for each role"), "{checks}");
    project
        .xtask(&["reset"])
        .exits(0)
        .says("copied from the template");
}
