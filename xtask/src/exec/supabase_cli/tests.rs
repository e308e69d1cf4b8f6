//! The recorded answers are those of the CLI 3.1.0 and 2.122.1.

use super::*;
use crate::exec::runner::RecordedRunner;

const TARGET: &str = r#""target":{"kind":"db-url","host":"127.0.0.1","port":5}"#;

fn finished(code: i32, stdout: &str, stderr: &str) -> Finished {
    Finished {
        code: Some(code),
        stdout: stdout.into(),
        stderr: stderr.into(),
    }
}

fn work() -> WorkFolder {
    let root = tempfile::tempdir().unwrap();
    WorkFolder::write(&root.path().join("work"), root.path(), &Default::default()).unwrap()
}

async fn push(version: &str, answer: Finished) -> (anyhow::Result<Result<Pushed, PushFailure>>, CommandLine) {
    let cli = SupabaseCli::new(RecordedRunner::new([answer]), Path::new("supabase"), version);
    let url = "postgresql://postgres:hunter2@127.0.0.1:5/postgres";
    let database = Address::parse(url, Path::new("/")).unwrap();
    let result = cli
        .db_push(&work(), &database, PushOptions::default(), |_| ())
        .await;
    (result, cli.runner.asked().remove(0))
}

#[tokio::test]
async fn what_was_pushed_is_read_and_the_password_is_no_argument() {
    let answer = format!(
        r#"{{"upToDate":false,"dryRun":false,"migrations":["1_a.sql"],"seeds":["supabase/seed.sql"],"roles":[],{TARGET}}}"#
    );
    for (version, flag) in [("3.1.0", "--remote="), ("2.122.1", "--db-url=")] {
        let (pushed, asked) = push(version, finished(0, &answer, "Applying migration 1_a.sql...\n")).await;
        let pushed = pushed.unwrap().unwrap();
        assert_eq!(pushed.migrations, ["1_a.sql"]);
        assert_eq!(pushed.seeds, ["supabase/seed.sql"]);
        let words: Vec<String> = asked
            .args
            .iter()
            .map(|arg| arg.to_string_lossy().into_owned())
            .collect();
        assert!(
            words.contains(&format!("{flag}postgresql://postgres@127.0.0.1:5/postgres")),
            "{words:?}"
        );
        assert!(!words.join(" ").contains("hunter2"));
        assert!(asked.envs.contains(&("PGPASSWORD".into(), "hunter2".into())));
    }
}

#[tokio::test]
async fn a_failure_names_the_file_that_it_was_at() {
    let check = async |stderr: &str, file: PushedFile, applied: &[&str]| {
        let answer = format!(
            r#"{{{TARGET},"_tag":"Error","error":{{"code":"DbPushApplyError","message":"ERROR: x (SQLSTATE 42601)"}}}}"#
        );
        let (result, _) = push("3.1.0", finished(1, &answer, stderr)).await;
        let failure = result.unwrap().unwrap_err();
        assert_eq!(
            (failure.file, failure.code.as_str()),
            (Some(file), "DbPushApplyError")
        );
        assert_eq!(failure.applied, applied);
    };
    let talk = "Target: custom Postgres\nApplying migration 1_a.sql...\nApplying migration 2_b.sql...\n";
    check(talk, PushedFile::Migration("2_b.sql".into()), &["1_a.sql"]).await;
    let seed = format!("{talk}Seeding data from supabase/seed.sql...\n");
    check(
        &seed,
        PushedFile::Seed("supabase/seed.sql".into()),
        &["1_a.sql", "2_b.sql"],
    )
    .await;
    check("Seeding globals from roles.sql...\n", PushedFile::Roles, &[]).await;
}

#[tokio::test]
async fn a_suggestion_is_kept() {
    let answer = r#"{"_tag":"Error","error":{"code":"DbPushMissingLocalError","message":"Remote migration versions not found in local migrations directory.","suggestion":"\nRun x.\n"}}"#;
    let (result, _) = push("3.1.0", finished(1, answer, "")).await;
    let failure = result.unwrap().unwrap_err();
    assert_eq!(
        (failure.file, failure.suggestion.as_deref()),
        (None, Some("Run x."))
    );
}

#[tokio::test]
async fn a_crash_of_the_cli_is_quoted() {
    let (result, _) = push("3.1.0", finished(1, "", "error: PermissionDenied\n")).await;
    let error = result.unwrap_err().to_string();
    assert!(
        error.ends_with("exit code 1:\n  error: PermissionDenied"),
        "{error}"
    );
}

#[tokio::test]
async fn the_status_of_both_versions_is_read() {
    let check = async |answers: Vec<Finished>, expect: Option<(&str, Option<&str>)>| {
        let cli = SupabaseCli::new(RecordedRunner::new(answers), Path::new("supabase"), "3.1.0");
        let status = cli.status(Path::new(".")).await.unwrap();
        let actual = status
            .as_ref()
            .map(|status| (status.api_url.as_str(), status.publishable_key.as_deref()));
        assert_eq!(actual, expect);
    };
    let url = r#""API_URL":"http://127.0.0.1:54321","DB_URL":"postgresql://postgres:postgres@127.0.0.1:54322/postgres""#;
    let flat =
        format!(r#"{{{url},"INBUCKET_URL":"http://127.0.0.1:54324","PUBLISHABLE_KEY":"sb_publishable_x"}}"#);
    check(
        vec![finished(0, &flat, "Stopped services: []\n")],
        Some(("http://127.0.0.1:54321", Some("sb_publishable_x"))),
    )
    .await;
    let old = format!(r#"{{{url},"ANON_KEY":"a","SERVICE_ROLE_KEY":"s"}}"#);
    check(
        vec![finished(0, &old, "")],
        Some(("http://127.0.0.1:54321", None)),
    )
    .await;
    let nested = format!(r#"{{"env":{{{url}}}}}"#);
    let refused = finished(1, "", "--output json is not supported by the stack backend\n");
    check(
        vec![refused, finished(0, &nested, "")],
        Some(("http://127.0.0.1:54321", None)),
    )
    .await;
    check(
        vec![finished(
            1,
            "",
            "failed to inspect container health: No such container\n",
        )],
        None,
    )
    .await;
}
