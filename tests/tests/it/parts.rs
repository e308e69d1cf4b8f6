//! `cargo xtask seed --part K/N` and `--jobs N`: several transactions, one run, the same rows.

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde_json::json;
use tokio_postgres::Client;
use workspace_tests::lent::UNSEEDED;
use workspace_tests::{Lent, Project, content};

const DAY: &str = "2026-11-22";

/// A project with users and no rows but tags: these stay when others go, so they are there before.
fn unseeded(fixture: &'static str) -> Lent {
    let project = match fixture {
        "reference" => Lent::reference(UNSEEDED),
        name => Lent::fixture(name, UNSEEDED),
    };
    if fixture != "trigger_crm" {
        project.xtask(&["seed", "--tables", "tags"]).exits(0);
        project.xtask(&["clean", "--all-seeded"]).exits(0);
    }
    project
}

async fn number(client: &Client, what: &str) -> i64 {
    let row = client.query_one(&format!("select ({what})::bigint"), &[]).await;
    row.expect(what).get(0)
}

/// Every row of the project's tables but those of tags, which stay when others are taken back, and what every sequence
/// would give next.
async fn rows(client: &Client) -> BTreeMap<String, String> {
    let mut rows = content(client).await;
    // Rows that triggers made say when that was, and have their numbers by who came first.
    let by_triggers = Regex::new(r#"\(\d+,(\d+,,"Say hello",[^)]*),"[^"]*"\)"#).unwrap();
    for text in rows.values_mut().filter(|text| by_triggers.is_match(text)) {
        let plain = by_triggers.replace_all(text, "($1)");
        let mut rows: Vec<&str> = plain.split(") (").collect();
        rows.sort_unstable();
        *text = rows.join(") (");
    }
    let is_kept = |name: &String| {
        ["auth.", "seedbed.", "public.tags"]
            .iter()
            .any(|own| name.starts_with(own))
    };
    rows.retain(|name, _| !is_kept(name));
    rows
}

/// Takes back what there is, and seeds in parts beside each other, the last first.
async fn seed_in_parts(project: &Project, of: u32) {
    project.xtask(&["clean", "--all-seeded"]).exits(0);
    let seed = |number: u32| {
        let part = format!("{number}/{of}");
        project.spawn(&["seed", "--as-of", DAY, "--part", &part, "--json"])
    };
    let running: Vec<_> = (1..=of).rev().map(seed).collect();
    for part in running {
        part.finish().exits(0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_joined_are_the_whole() {
    for (fixture, counts) in [
        ("reference", &[1, 2, 3, 7, 16][..]),
        ("atomic_crm", &[3]),
        ("trigger_crm", &[3]),
    ] {
        let project = unseeded(fixture);
        let client = project.database().await;
        project.xtask(&["seed", "--as-of", DAY]).exits(0);
        let whole = rows(&client).await;
        let whole_run = project.xtask(&["runs", "--json"]).exits(0).json();
        for &of in counts {
            seed_in_parts(&project, of).await;
            let parts = rows(&client).await;
            assert_eq!(
                workspace_tests::changed(&whole, &parts),
                [""; 0],
                "{fixture} in {of} parts"
            );
            let run = project.xtask(&["runs", "--json"]).exits(0).json();
            assert_eq!(run["runs"].as_array().unwrap().len(), 1, "{run}");
            assert_eq!(
                run["runs"][0]["rows"], whole_run["runs"][0]["rows"],
                "{fixture} in {of} parts"
            );
            project.xtask(&["verify"]).exits(0);
        }
        project
            .xtask(&["seed", "--as-of", DAY, "--part", "1/3"])
            .exits(0)
            .says("it is there already");
        project.xtask(&["add", "--contacts", "10"]).exits(0);
        project.xtask(&["clean", "--all-seeded"]).exits(0);
        assert_eq!(
            number(&client, "select count(*) from seedbed.runs").await,
            0,
            "{fixture}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_is_killed_is_repeated_and_others_wait_for_it() {
    let project = unseeded("reference");
    let client = project.database().await;
    project.xtask(&["seed", "--as-of", DAY]).exits(0);
    let whole = rows(&client).await;
    project.xtask(&["clean", "--all-seeded"]).exits(0);

    project
        .xtask(&["seed", "--as-of", DAY, "--part", "2/3", "--wait", "0"])
        .exits(1)
        .says("write part 2/3: its rows point at rows of part 1, which did not come")
        .says("cargo xtask seed --part N/3");
    project.xtask(&["seed", "--as-of", DAY, "--part", "1/3"]).exits(0);

    let guard = project.database().await;
    guard
        .batch_execute("begin; lock table activities in share row exclusive mode")
        .await
        .unwrap();
    let mut second = project.spawn(&["seed", "--part", "2/3", "--verbose"]);
    second.wait_for("rows of activities");
    // The third needs the second.
    let mut third = project.spawn(&["seed", "--part", "3/3"]);
    third.wait_for("part 3/3 waits for part 2");
    second.signal(libc::SIGKILL);
    assert_eq!(second.finish().code, None);
    guard.batch_execute("rollback").await.unwrap();

    // A run that is not whole is in everybody's way, and says so.
    project
        .xtask(&["seed", "--as-of", DAY, "--part", "2/4"])
        .exits(1)
        .says("it is being written in 3 parts")
        .says("--part 2/3");
    for command in [&["seed", "--seed", "7"][..], &["add"]] {
        project
            .xtask(command)
            .exits(1)
            .says("another run is not whole")
            .says("1 of its 3 parts");
    }
    let verified = project.xtask(&["verify"]).exits(1);
    assert!(verified.stdout.contains("1 of 3 parts"), "{verified:?}");
    let runs = project.xtask(&["runs", "--json"]).exits(0).json();
    assert_eq!(
        (&runs["runs"][0]["parts"], &runs["runs"][0]["parts_written"]),
        (&json!(3), &json!([1]))
    );
    assert_eq!(number(&client, "select count(*) from activities").await, 0);

    let again = project
        .xtask(&["seed", "--part", "2/3", "--json"])
        .exits(0)
        .json();
    assert_eq!(
        (&again["part"], &again["parts"], &again["written"]),
        (&json!(2), &json!(3), &json!(true))
    );
    third.finish().exits(0).says("the run is whole");
    assert_eq!(workspace_tests::changed(&whole, &rows(&client).await), [""; 0]);

    // The same for one who does not ask for parts: what is missing is written.
    project.xtask(&["clean", "--all-seeded"]).exits(0);
    project.xtask(&["seed", "--as-of", DAY, "--part", "1/3"]).exits(0);
    let rest = project.xtask(&["seed", "--json"]).exits(0).json();
    assert_eq!(rest["parts_written"], json!([1, 2, 3]));
    assert_eq!(workspace_tests::changed(&whole, &rows(&client).await), [""; 0]);

    // And what is there of one goes as a whole does.
    project.xtask(&["clean", "--all-seeded"]).exits(0);
    project
        .xtask(&["seed", "--as-of", DAY, "--part", "1/16"])
        .exits(0);
    project.xtask(&["clean"]).exits(0);
    assert_eq!(number(&client, "select count(*) from organizations").await, 0);
    assert_eq!(number(&client, "select count(*) from seedbed.runs").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_connections_write_the_same_rows_or_none() {
    let project = unseeded("reference");
    let client = project.database().await;
    let many = ["seed", "--as-of", DAY, "--count", "2000", "--tags", "20"];
    project.xtask(&many).exits(0);
    let whole = rows(&client).await;
    project.xtask(&["clean", "--all-seeded"]).exits(0);
    let before = rows(&client).await;

    let beside = [&many[..], &["--jobs", "2"]].concat();
    let run = project
        .xtask(&[&beside[..], &["--json"]].concat())
        .exits(0)
        .json();
    assert!(run["parts"].as_u64() > Some(2), "{run}");
    assert_eq!(workspace_tests::changed(&whole, &rows(&client).await), [""; 0]);
    let runs = project.xtask(&["runs", "--json"]).exits(0).json();
    assert_eq!(runs["runs"].as_array().unwrap().len(), 1, "{runs}");
    project.xtask(&["verify"]).exits(0);
    project.xtask(&beside).exits(0).says("are there already");
    project.xtask(&["clean", "--all-seeded"]).exits(0);

    // A row that the database refuses, late in the run.
    let refuse = "create function public.refuse() returns trigger language plpgsql as
            $$ begin if (select count(*) from public.tasks) > 100 then raise 'enough tasks'; end if; return null; end $$;
        create trigger refuse after insert on public.tasks for each statement execute function public.refuse()";
    client.batch_execute(refuse).await.unwrap();
    project.xtask(&beside).exits(2).says("enough tasks");
    assert_eq!(workspace_tests::changed(&before, &rows(&client).await), [""; 0]);
    assert_eq!(number(&client, "select count(*) from seedbed.runs").await, 0);
    client
        .batch_execute("drop function public.refuse() cascade")
        .await
        .unwrap();

    // An interrupt in the middle.
    let guard = project.database().await;
    guard
        .batch_execute("begin; lock table tasks in share row exclusive mode")
        .await
        .unwrap();
    let mut seed = project.spawn(&[&beside[..], &["--verbose"]].concat());
    seed.wait_for("rows of tasks");
    seed.signal(libc::SIGINT);
    guard.batch_execute("rollback").await.unwrap();
    seed.finish()
        .exits(130)
        .says("interrupted during seed: the parts of the rows that were written are taken back");
    assert_eq!(workspace_tests::changed(&before, &rows(&client).await), [""; 0]);
    assert_eq!(number(&client, "select count(*) from seedbed.runs").await, 0);

    // Killed, it says what is missing, and goes on when it is asked again.
    guard
        .batch_execute("begin; lock table tasks in share row exclusive mode")
        .await
        .unwrap();
    let mut seed = project.spawn(&[&beside[..], &["--verbose"]].concat());
    seed.wait_for("rows of tasks");
    seed.signal(libc::SIGKILL);
    assert_eq!(seed.finish().code, None);
    guard.batch_execute("rollback").await.unwrap();
    project.xtask(&["verify"]).exits(1);
    project.xtask(&beside).exits(0);
    assert_eq!(workspace_tests::changed(&whole, &rows(&client).await), [""; 0]);
}

#[test]
fn what_is_no_part_is_refused_before_anything_is_written() {
    let project = workspace_tests::shared();
    for (flags, said) in [
        (&["--part", "17/16"][..], "there is no part 17 of 16"),
        (&["--part", "0/16"], "there is no part 0 of 16"),
        (&["--part", "3"], "as in 3/16"),
        (&["--part", "1/100000"], "from 1 to 10000 parts"),
        (&["--part", "1/2", "--jobs", "2"], "cannot be used with"),
        (&["--jobs", "0"], "--jobs"),
        // What is taken back first would stay away where one of several transactions fails.
        (&["--jobs", "2", "--clean"], "cannot be used with"),
        (&["--wait", "3"], "--part"),
    ] {
        project.xtask(&[&["seed"], flags].concat()).exits(1).says(said);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_share_a_database_that_is_marked_as_theirs() {
    const PASSWORD: &str = "a/b@c";
    let project = workspace_tests::shared();
    let stack = project.database().await;
    for sql in [
        "drop database if exists lone with (force)",
        "drop role if exists lone",
        &format!("create role lone login password '{PASSWORD}'"),
        "grant lone to postgres",
        "create database lone owner lone",
    ] {
        stack.batch_execute(sql).await.unwrap();
    }
    let url = project.status()["db_url"].as_str().unwrap().to_owned();
    let port = url.rsplit_once(':').unwrap().1.split('/').next().unwrap();
    let url = format!("postgresql://lone:a%2Fb%40c@127.0.0.1:{port}/lone");
    let (lone, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    lone.batch_execute(
        "create table public.companies (id bigint generated by default as identity primary key, name text not null);
         create table public.contacts (id uuid primary key, first_name text not null,
             company_id bigint not null references public.companies)",
    )
    .await
    .unwrap();
    let xtask = |args: &[&str]| {
        let run = project.xtask_with("DATABASE_URL", &url, &[args, &["--target", "database"]].concat());
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(!said.contains(PASSWORD) && !said.contains("a%2Fb"), "{said}");
        run
    };
    xtask(&["seed"])
        .exits(1)
        .says("carries no mark")
        .says("env mark staging --name NAME --target database");
    xtask(&["verify"]).exits(1).says("a PostgreSQL alone");
    xtask(&["env", "mark", "staging", "--name", "pool"]).exits(0);
    xtask(&["env", "mark", "development"])
        .exits(1)
        .says("--confirm pool");
    for part in ["1/2", "2/2"] {
        xtask(&["seed", "--as-of", DAY, "--count", "30", "--part", part]).exits(0);
    }
    assert_eq!(
        number(
            &lone,
            "select count(*) from companies join contacts on company_id = companies.id"
        )
        .await,
        30
    );
    xtask(&["clean"]).exits(1).says("--confirm pool");
    xtask(&["clean", "--confirm", "pool"]).exits(0);
    assert_eq!(
        number(
            &lone,
            "(select count(*) from companies) + (select count(*) from contacts)"
        )
        .await,
        0
    );
    lone.batch_execute("update seedbed.environment set kind = 'production'")
        .await
        .unwrap();
    xtask(&["seed"]).exits(1).says("marked as production");
    project
        .xtask_with("DATABASE_URL", "http://x", &["runs", "--target", "database"])
        .exits(1)
        .says("no address");
    stack
        .batch_execute("drop database lone with (force)")
        .await
        .unwrap();
    stack.batch_execute("drop role lone").await.unwrap();
}
