//! Keys and passwords stay where they belong: in no output, no log, no list of processes.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use stack::keys::Keys;
use workspace_tests::Project;

use crate::auth_secrets::written;

const PASSWORD: &str = "Seldom-Heard-Of-9";
const JWT_SECRET: &str = "a-secret-of-the-project-with-more-than-32-characters";

#[test]
fn secrets_stand_in_no_output_no_file_and_no_command_line() {
    let project = Project::reference();
    let config = std::fs::read_to_string(project.folder().join("supabase/config.toml")).unwrap();
    project.write(
        "supabase/config.toml",
        &config.replacen("[auth]", &format!("[auth]\njwt_secret = \"{JWT_SECRET}\""), 1),
    );
    let own = stack::project::Project::load(project.folder()).unwrap();
    let keys = Keys::for_project(&own).unwrap();
    let secrets = [
        &keys.secret,
        &keys.service_role,
        &keys.jwt_secret,
        PASSWORD,
        ":postgres@",
    ];
    assert_eq!(keys.jwt_secret, JWT_SECRET);

    let is_done = AtomicBool::new(false);
    let (runs, command_lines) = thread::scope(|scope| {
        let sampled = scope.spawn(|| command_lines_until(&is_done));
        let run = |args: &[&str]| project.xtask_with("TEST_USER_PASSWORD", PASSWORD, args);
        let mut runs = vec![run(&["reset", "--verbose"]).exits(0)];
        runs.push(run(&["reset", "--json"]).exits(0));
        // What fails quotes more than what goes well.
        project.write(
            "supabase/functions/users/index.ts",
            "Deno.serve(async (request) => new Response(await request.text(), { status: 500 }));",
        );
        project.write(
            "supabase/migrations/20990101000000_break.sql",
            "select * from nowhere;",
        );
        runs.push(run(&["reset", "--verbose"]).exits(1));
        std::fs::remove_file(
            project
                .folder()
                .join("supabase/migrations/20990101000000_break.sql"),
        )
        .unwrap();
        runs.push(run(&["reset", "--verbose"]).exits(0).says("users function"));
        for args in [
            &["status"][..],
            &["status", "--json"],
            &["doctor"],
            &["users", "--verbose"],
            &["users", "list", "--json"],
            &["users", "doctor", "--dry-run"],
            &["users", "remove", "--dry-run"],
            &["policies", "--sql", "--json"],
            &["logs"],
        ] {
            runs.push(run(args));
        }
        is_done.store(true, Ordering::Relaxed);
        (runs, sampled.join().unwrap())
    });

    assert!(
        command_lines.iter().any(|line| line.contains("supabase")),
        "the CLI was not seen"
    );
    for secret in secrets {
        for run in &runs {
            assert!(!run.stdout.contains(secret), "`{secret}` in {}", run.stdout);
            assert!(!run.stderr.contains(secret), "`{secret}` in {}", run.stderr);
        }
        for line in &command_lines {
            assert!(!line.contains(secret), "`{secret}` in {line}");
        }
        for file in written(&project.folder().join(".seedbed")) {
            let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
            let found = text.lines().find(|line| line.contains(secret));
            assert_eq!(found, None, "`{secret}` in {}", file.display());
        }
    }
}

/// Every command line that `ps` would have shown in the meantime.
pub fn command_lines_until(is_done: &AtomicBool) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    while !is_done.load(Ordering::Relaxed) {
        seen.extend(stack::process::all().into_iter().map(|(_, args)| args.join(" ")));
        thread::sleep(std::time::Duration::from_millis(5));
    }
    seen
}
