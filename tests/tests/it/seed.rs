//! `cargo xtask seed`: all rows or none, the same ones every time.

use tokio_postgres::Client;
use workspace_tests::lent::UNSEEDED;
use workspace_tests::processes::kill;
use workspace_tests::{Lent, Project, Running};

const DAY: &str = "2026-11-22";
/// Rows that a seed writes into the first and the last of its tables.
const ROWS: &str = "select (select count(*) from organizations) + (select count(*) from tasks)
    + (select count(*) from seedbed.runs)";

async fn number(client: &Client, sql: &str) -> i64 {
    client.query_one(sql, &[]).await.unwrap().get(0)
}

/// Seeds until all tables but the last are written, lets `stop` end it there, and expects no row of it.
async fn is_undone_when(
    project: &Project,
    stop: impl AsyncFnOnce(&Running, &Client),
) -> workspace_tests::Run {
    let guard = project.database().await;
    guard
        .batch_execute("begin; lock table tasks in share row exclusive mode")
        .await
        .unwrap();
    let mut seed = project.spawn(&["seed", "--verbose"]);
    seed.wait_for("rows of tasks");
    stop(&seed, &guard).await;
    let run = seed.finish();
    // Where the server ended all sessions, the lock has gone with this one.
    let _ = guard.batch_execute("rollback").await;
    let client = project.database().await;
    let sessions = "select count(*) from pg_stat_activity where application_name = 'cargo xtask seed'";
    while number(&client, sessions).await > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(number(&client, ROWS).await, 0, "{run:?}");
    run
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_that_is_stopped_leaves_no_row() {
    let project = Lent::reference(UNSEEDED);
    let interrupted = is_undone_when(&project, async |seed, _| seed.signal(libc::SIGINT)).await;
    interrupted
        .exits(130)
        .says("interrupted during seed: the rows that were on their way are undone");

    let killed = is_undone_when(&project, async |seed, _| seed.signal(libc::SIGKILL)).await;
    assert_eq!(killed.code, None);

    let terminate =
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cargo xtask seed'";
    let dropped = is_undone_when(&project, async |_, guard| {
        guard.batch_execute(terminate).await.unwrap()
    })
    .await;
    dropped.exits(1).says("hint: the server closed the connection");

    // The server ends all sessions and reads its log where one of its processes is killed.
    let crashed = is_undone_when(&project, async |_, guard| {
        let pid = "select pid from pg_stat_activity where application_name = 'cargo xtask seed'";
        let pid: i32 = guard.query_one(pid, &[]).await.unwrap().get(0);
        kill(pid.try_into().unwrap());
        while guard.batch_execute("select 1").await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    });
    crashed.await.exits(1).says("hint:");

    project.xtask(&["seed"]).exits(0);
    project.xtask(&["verify"]).exits(0);
    let again = project.xtask(&["seed", "--json"]).exits(0).json();
    assert_eq!(again["written"], false, "{again}");
    project
        .xtask(&["seed", "--seed", "7"])
        .exits(1)
        .says("has another seed already")
        .says("hint:");
    project.xtask(&["verify"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_gives_the_same_bytes_on_another_stack() {
    let seeded = || {
        let project = Project::reference();
        let reset = project
            .xtask(&["reset", "--json", "--as-of", DAY])
            .exits(0)
            .json();
        let digests: Vec<_> = reset["seed"]["tables"]
            .as_array()
            .unwrap()
            .iter()
            .map(|table| table["digest"].clone())
            .collect();
        (project, digests)
    };
    let ((one, first), (two, second)) = (seeded(), seeded());
    assert!(first.len() > 9, "{first:?}");
    assert_eq!(first, second);
    let (one, two) = (one.database().await, two.database().await);
    for table in [
        "organizations",
        "contacts",
        "products",
        "opportunities",
        "activities",
        "contact_notes",
        "tasks",
    ] {
        let content = format!("select string_agg(t::text, E'\\n' order by t.id) from {table} t");
        let text =
            async |client: &Client| -> String { client.query_one(&content, &[]).await.unwrap().get(0) };
        assert_eq!(text(&one).await, text(&two).await, "{table}");
    }
}
