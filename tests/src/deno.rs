//! Tests written in TypeScript, run by the pinned Deno against a stack.

use std::process::Command;

use crate::project::Project;
use crate::tools::tools;
use crate::xtask::workspace_root;

/// Runs `deno test` on a file or folder of the workspace, with the project's URL and keys in the environment.
#[track_caller]
pub fn deno_test(project: &Project, path: &str) {
    deno_test_with(project, path, &[]);
}

/// Runs `deno test` as [`deno_test`] does, with more variables.
#[track_caller]
pub fn deno_test_with(project: &Project, path: &str, variables: &[(&str, &str)]) {
    let status = project.status();
    let value = |name: &str| {
        status[name]
            .as_str()
            .unwrap_or_else(|| panic!("status has no {name}"))
            .to_owned()
    };
    let output = Command::new(&tools().deno.path)
        .args(["test", "--quiet", "--no-check", "--allow-all", "--no-lock"])
        .arg(path)
        .current_dir(workspace_root())
        .env("NO_COLOR", "1")
        .envs(variables.iter().copied())
        .env("SUPABASE_URL", value("api_url"))
        .env("SUPABASE_DB_URL", value("db_url"))
        .env("SUPABASE_ANON_KEY", value("anon_key"))
        .env("SUPABASE_SERVICE_ROLE_KEY", value("service_role_key"))
        .env("SUPABASE_PUBLISHABLE_KEY", value("publishable_key"))
        .env("SUPABASE_SECRET_KEY", value("secret_key"))
        .output()
        .expect("run deno");
    assert!(
        output.status.success(),
        "deno test {path}\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
