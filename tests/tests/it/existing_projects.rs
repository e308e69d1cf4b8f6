//! Projects of other people, unchanged: `--project DIR`.

use std::process::Command;

use workspace_tests::{Project, deno_test, workspace_root};

fn legacy_crm() -> Project {
    Project::copy_of(&workspace_root().join("tests/fixtures/legacy_crm/supabase"))
}

#[test]
fn a_project_of_an_older_cli_runs_unchanged() {
    let project = legacy_crm();
    project.xtask(&["start"]).exits(0);
    project.xtask(&["migrate"]).exits(0);
    deno_test(&project, "tests/e2e/legacy.ts");
}

#[test]
fn test_users_can_sign_in_where_there_is_no_users_function() {
    let project = legacy_crm();
    project.xtask(&["start"]).exits(0);
    project.xtask(&["migrate"]).exits(0);
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
    let config = std::fs::read_to_string(project.folder().join("supabase/config.toml")).unwrap();
    let with_keys = "signing_keys_path = \"./signing_keys.json\"\nenable_signup = true";
    project.write(
        "supabase/config.toml",
        &config.replacen("enable_signup = true", with_keys, 1),
    );
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
