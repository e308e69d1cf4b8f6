//! `--target supabase`, `native` and `local`: the Supabase CLI's own stack, by a stand-in of the CLI that starts an
//! embedded one.

use std::fs;

use serde_json::Value;
use workspace_tests::lent::{RESET, UNSEEDED};
use workspace_tests::{Lent, Project, Run, SupabaseCli};

/// Runs `xtask` on a target.
fn on(cli: &SupabaseCli, project: &Project, target: &str, args: &[&str]) -> Run {
    cli.xtask(project, &[args, &["--target", target]].concat())
}

/// What `local` is in this project.
#[track_caller]
fn local(cli: &SupabaseCli, project: &Project) -> String {
    let status = on(cli, project, "local", &["status", "--json"]).json();
    status["kind"].as_str().expect("a kind").to_owned()
}

/// The rows of a run and the users, as `reset --json` tells them.
#[track_caller]
fn complete(reset: &Value, target: &str) {
    assert_eq!(reset["target"], target);
    assert_eq!(reset["from_template"], false);
    assert_eq!(reset["verify"]["failed"], 0, "{reset}");
    let users = reset["users"].as_array().expect("users");
    assert!(
        users.len() == 3 && users.iter().all(|user| user["signed_in"] == true),
        "{reset}"
    );
}

#[tokio::test]
async fn what_the_cli_starts_is_worked_on_as_the_embedded_stack_is() {
    let (project, stack) = (Project::reference(), Lent::reference(UNSEEDED));
    let cli = SupabaseCli::stand_in();
    cli.leads_to(&stack);
    cli.is_old();
    let docker = |args: &[&str]| on(&cli, &project, "supabase", args);

    let started = docker(&["start", "--json"]).exits(0).json();
    assert_eq!(started["already_running"], false);
    assert!(fs::read_to_string(project.folder().join(".seedbed/.gitignore")).is_ok_and(|text| text == "*\n"));
    let again = docker(&["start", "--json"]).exits(0).json();
    assert_eq!(again["already_running"], true);
    let (status, real) = (
        docker(&["status", "--json", "--show-keys"]).exits(0).json(),
        stack.status(),
    );
    assert_eq!(status["kind"], "supabase");
    for field in ["api_url", "db_url", "mail_url", "anon_key", "service_role_key"] {
        assert_eq!(status[field], real[field], "{field}");
    }
    assert_eq!(
        (&status["publishable_key"], &status["secret_key"]),
        (&real["anon_key"], &real["service_role_key"])
    );
    let masked = docker(&["status", "--json"]).exits(0).stdout;
    for secret in ["postgres:postgres@", real["service_role_key"].as_str().unwrap()] {
        assert!(!masked.contains(secret), "{masked}");
    }

    // What runs goes before what could, and before what ran yesterday.
    cli.has_docker(0);
    assert_eq!(local(&cli, &project), "supabase");
    let data = stack::postgres::data_folder(project.folder(), &project.folder().join(".seedbed"));
    fs::create_dir_all(&data).unwrap();
    assert_eq!(local(&cli, &project), "supabase");
    assert_eq!(local(&cli, &stack), "embedded");

    let client = stack.database().await;
    let rows = async || -> i64 {
        let sql = "select count(*) from public.organizations";
        client.query_one(sql, &[]).await.expect(sql).get(0)
    };
    let mark = "create table public.of_yesterday ()";
    client.batch_execute(mark).await.unwrap();
    complete(&docker(&["reset", "--json"]).exits(0).json(), "supabase");
    let left = "select to_regclass('public.of_yesterday') is null";
    assert!(client.query_one(left, &[]).await.unwrap().get::<_, bool>(0));
    assert_eq!(rows().await, 100);
    docker(&["clean"]).exits(0);
    assert_eq!(rows().await, 0);
    docker(&["seed"]).exits(0);
    assert_eq!(rows().await, 100);
    let users = docker(&["users", "--json"]).exits(0).json();
    assert!(users.to_string().contains("director@test.local"), "{users}");
    docker(&["migrate"]).exits(0).says("nothing is pending");

    let cloud = Lent::reference(RESET);
    project.has_cloud(&cloud, "acme");
    // Rows of the seed file, which come back, are nobody's loss.
    let consent = ["--confirm", "acme"];
    let words = ["sync", "--from", "supabase", "--target", "cloud"];
    cli.xtask(&project, &[&words[..], &consent].concat()).exits(0);
    docker(&["verify", "--against", "cloud"]).exits(0);

    let stopped = docker(&["stop", "--delete-data", "--yes", "--json"])
        .exits(0)
        .json();
    assert_eq!(stopped["was_running"], true);
    assert!(!cli.is_running() && !cli.has_data());
    docker(&["verify"])
        .exits(1)
        .says("cargo xtask start --target supabase");

    cli.leads_to(&stack);
    let native = |args: &[&str]| on(&cli, &project, "native", args);
    assert_eq!(native(&["status", "--json"]).exits(1).json()["running"], false);
    native(&["start"]).exits(0);
    let status = native(&["status", "--json", "--show-keys"]).exits(0).json();
    assert_eq!(status["kind"], "native");
    assert_eq!(status["secret_key"], real["secret_key"]);
    let bad = "supabase/migrations/20200101000000_bad.sql";
    project.write(bad, "select nope");
    native(&["reset"])
        .exits(1)
        .says("\"nope\" does not exist")
        .says("hint: mend");
    fs::remove_file(project.folder().join(bad)).unwrap();
    complete(&native(&["reset", "--json"]).exits(0).json(), "native");
    // It keeps its data when it is merely stopped, and there is none to be deleted twice.
    let stopped = native(&["stop", "--json"]).exits(0).json();
    assert!(stopped["was_running"] == true && cli.has_data(), "{stopped}");
    for _ in 0..2 {
        native(&["stop", "--delete-data", "--yes"]).exits(0);
        assert!(!cli.has_data());
    }
}

#[test]
fn what_a_machine_lacks_is_said_and_local_is_what_it_has() {
    let project = Project::reference();
    let cli = SupabaseCli::stand_in();
    cli.has_docker(1);
    cli.lacks("no_docker");
    assert_eq!(local(&cli, &project), "embedded");
    let daemon = "Cannot connect to the Docker daemon";
    let docker = |args: &[&str]| on(&cli, &project, "supabase", args);
    assert_eq!(docker(&["status", "--json"]).exits(1).json()["running"], false);
    for args in [&["start"][..], &["reset"], &["stop", "--delete-data", "--yes"]] {
        docker(args)
            .exits(1)
            .says(daemon)
            .says("hint: see whether Docker runs");
    }
    docker(&["stop"]).exits(0);

    cli.has_docker(0);
    cli.lacks_no_longer("no_docker");
    assert_eq!(local(&cli, &project), "supabase");
    // Docker may be there for other things than this project.
    let data = stack::postgres::data_folder(project.folder(), &project.folder().join(".seedbed"));
    fs::create_dir_all(&data).unwrap();
    assert_eq!(local(&cli, &project), "embedded");

    cli.lacks("no_artifacts");
    let native = |args: &[&str]| on(&cli, &project, "native", args);
    native(&["stop", "--delete-data", "--yes"]).exits(0);
    native(&["start"])
        .exits(1)
        .says("Unable to prepare database artifact")
        .says("leave `--target native` away");
    assert!(cli.asked().contains("start --runtime native"), "{}", cli.asked());
    let doctor = native(&["doctor", "--json"]).json();
    assert!(!doctor.to_string().contains("\"docker\""), "{doctor}");
}
