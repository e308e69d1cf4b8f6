//! Secrets of a target that is not of this machine stand nowhere but where README says.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use workspace_tests::lent::RESET;
use workspace_tests::{Lent, Project, Run};

use crate::auth_secrets::written;
use crate::secrets::command_lines_until;

const DATABASE_PASSWORD: &str = "Quiet-River/42@#";
const ENCODED_PASSWORD: &str = "Quiet-River%2F42%40%23";
const ACCESS_TOKEN: &str = concat!("sbp_", "0123456789abcdef0123456789abcdef01234567");

/// Runs every command that has to do with the target, those that fail too.
fn all_commands(project: &Project) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut run = |args: &[&str]| runs.push(project.xtask(args));
    let backup = project.folder().join("mine.sql");
    let backup = backup.to_str().unwrap();
    for args in [
        &["env", "show"][..],
        &["env", "mark", "development"],
        &["status", "--json"],
        &["doctor", "--verbose"],
        &["doctor", "--json"],
        &["users", "list", "--json"],
        &["users", "doctor", "--json"],
        &["migrate", "--dry-run", "--verbose"],
        &["migrate"],
        &["backup", "--out", backup, "--verbose", "--json"],
        &["backup", "--out", backup],
        &["restore", backup, "--dry-run", "--json"],
        &["restore", backup, "--confirm", "acme-staging", "--verbose"],
        &["sync", "--dry-run", "--json"],
        &["sync", "--verbose"],
        &["sync", "--confirm", "acme-staging", "--verbose"],
        &["reset", "--confirm", "acme-staging", "--verbose"],
        &["seed", "--dry-run", "--verbose"],
        &["policies", "--only", "tasks", "--json"],
        &["clean", "--all-seeded", "--confirm", "acme-staging", "--json"],
        &["deploy", "--dry-run", "--json"],
        &["deploy", "--confirm", "acme-staging", "--verbose"],
    ] {
        run(&[args, &["--target", "cloud"]].concat());
    }
    run(&["verify", "--against", "cloud", "--json", "--verbose"]);
    run(&["backup", "list", "--json"]);
    run(&["backup", "prune", "--keep", "5", "--dry-run"]);
    // What is wrong quotes more than what is well.
    project.write(
        "supabase/migrations/20990101000000_break.sql",
        "select * from nowhere;",
    );
    run(&[
        "deploy",
        "--target",
        "cloud",
        "--confirm",
        "acme-staging",
        "--verbose",
    ]);
    run(&[
        "migrate",
        "--target",
        "cloud",
        "--confirm",
        "acme-staging",
        "--verbose",
    ]);
    let address = std::fs::read_to_string(project.folder().join(".env.production")).unwrap();
    for (right, wrong) in [
        ("127.0.0.1", "nowhere.invalid"),
        ("postgresql://", "mysql://"),
        ("/postgres", "/no-such"),
    ] {
        project.write(".env.production", &address.replacen(right, wrong, 1));
        for args in [
            &["env", "show"][..],
            &["doctor"],
            &["sync"],
            &["backup", "--json"],
        ] {
            run(&[args, &["--target", "cloud"]].concat());
        }
    }
    runs
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_hosted_target_is_told_or_written_down() {
    let (project, cloud) = (Lent::reference(RESET), Lent::reference(RESET));
    project.has_cloud(&cloud, "acme-staging");
    let keys = cloud.status();
    let key = |name: &str| keys[name].as_str().unwrap().to_owned();
    let file = std::fs::read_to_string(project.folder().join(".env.production")).unwrap();
    let file = file.replacen("postgres:postgres@", &format!("postgres:{ENCODED_PASSWORD}@"), 1);
    project.write(
        ".env.production",
        &format!("{file}SUPABASE_ACCESS_TOKEN={ACCESS_TOKEN}\n"),
    );
    project.write(
        "seedbed.toml",
        "[target.cloud]\nproject_ref = \"abcdefghijklmnopqrst\"\n",
    );
    let client = cloud.database().await;
    let password = |password: &str| format!("alter role postgres password '{password}'");
    client.batch_execute(&password(DATABASE_PASSWORD)).await.unwrap();
    let hashes = "select encrypted_password from auth.users";
    let hashes = client.query(hashes, &[]).await.unwrap();
    let mut secrets: Vec<String> = [DATABASE_PASSWORD, ENCODED_PASSWORD, ACCESS_TOKEN, "TestPass123!"]
        .map(str::to_owned)
        .to_vec();
    secrets.extend(hashes.iter().map(|row| row.get::<_, String>(0)));
    secrets.extend([key("service_role_key"), key("secret_key")]);

    let is_done = AtomicBool::new(false);
    let (runs, command_lines): (Vec<Run>, BTreeSet<String>) = thread::scope(|scope| {
        let sampled = scope.spawn(|| command_lines_until(&is_done));
        let runs = all_commands(&project);
        is_done.store(true, Ordering::Relaxed);
        (runs, sampled.join().unwrap())
    });
    client.batch_execute(&password("postgres")).await.unwrap();
    let went_well = runs.iter().filter(|run| run.code == Some(0)).count();
    assert!(went_well >= 15, "only {went_well} commands went well");
    assert!(
        command_lines.iter().any(|line| line.contains("db push")),
        "the CLI was not seen"
    );

    let headers = header(&project.folder().join("mine.sql"));
    assert!(
        headers.contains("acme-staging") && headers.contains("encrypted_password"),
        "{headers}"
    );
    for secret in &secrets {
        for run in &runs {
            // The table at the end of a reset names the default password, which everybody knows.
            let is_shown = secret == "TestPass123!" && run.stderr.contains("verify");
            let both = format!("{}\n{}", run.stdout, run.stderr);
            assert!(
                is_shown || !both.contains(secret.as_str()),
                "`{secret}` in {both}"
            );
        }
        // The keys of a local stack are the same on every machine: who tries another stack by hand may show them.
        for line in command_lines.iter().filter(|line| !line.starts_with("curl ")) {
            assert!(!line.contains(secret.as_str()), "`{secret}` in {line}");
        }
        assert!(!headers.contains(secret.as_str()), "`{secret}` in the header");
        for file in written(&project.folder().join(".seedbed")) {
            let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
            assert!(
                !text.contains(secret.as_str()),
                "`{secret}` in {}",
                file.display()
            );
        }
    }
}

/// What stands in a backup before its first row.
fn header(path: &Path) -> String {
    let mut text = String::new();
    std::fs::File::open(path)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    let first = text.find("\nCOPY ").or_else(|| text.find("\ncopy ")).unwrap();
    let line = text[first + 1..].find('\n').unwrap();
    text[..=first + line].to_owned()
}
