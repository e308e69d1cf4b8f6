//! `cargo xtask bench seed`: every way is measured, on copies that come and go beside the project's database.

use std::time::Duration;

use serde_json::Value;
use tokio_postgres::Client;
use workspace_tests::{Project, changed, content};
use xtask::database::seed_lock;

/// A project with rows of its own; not the shared one, for a copy disconnects everybody.
fn seeded() -> Project {
    let project = Project::reference();
    for step in ["start", "migrate"] {
        project.xtask(&[step]).exits(0);
    }
    project.xtask(&["seed", "--count", "5"]).exits(0);
    project
}

/// The copies that are there.
async fn copies(client: &Client) -> Vec<String> {
    let sql = "select datname::text from pg_database where datname like 'seedbed_bench%'";
    let rows = client.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_ways_are_measured_and_the_project_stays_as_it_was() {
    let project = seeded();
    let before = content(&project.database().await).await;
    let run = project.xtask(&["bench", "seed", "--rows", "2000", "--rounds", "2", "--json"]);
    let report = run.exits(0).json();

    assert!(report["machine"]["cores"].as_u64() > Some(0), "{report}");
    let comparisons = report["comparisons"].as_array().unwrap();
    let tables: Vec<&Value> = comparisons.iter().map(|one| &one["tables"]).collect();
    assert_eq!(tables, ["live", "plain"]);
    for comparison in comparisons {
        let rows = comparison["rows"].as_u64().unwrap();
        assert!((1900..2100).contains(&rows), "{comparison}");
        let candidates = comparison["candidates"].as_array().unwrap();
        let names: Vec<&Value> = candidates.iter().map(|one| &one["candidate"]).collect();
        assert_eq!(names, ["seed", "seed_beside", "copy", "insert"]);
        for one in candidates {
            let rounds = one["rounds"].as_array().unwrap();
            assert_eq!(rounds.len(), 2);
            assert!(rounds.iter().all(|round| round["rows"] == rows), "{one}");
            for ratio in ["times_copy", "times_insert"] {
                assert!(one[ratio].as_f64() > Some(0.0), "{ratio} of {one}");
            }
        }
        assert_eq!(candidates[2]["times_copy"], 1.0);
        let has_memory = candidates[0]["peak_memory_bytes"].as_u64() > Some(1 << 20);
        assert!(has_memory || !cfg!(target_os = "linux"), "{comparison}");
    }

    let client = project.database().await;
    assert_eq!(copies(&client).await, Vec::<String>::new());
    assert_eq!(changed(&before, &content(&client).await), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stopped_leaves_no_copy_and_what_cannot_be_measured_is_said() {
    let project = Project::reference();
    let bench = ["bench", "seed", "--rows", "2000", "--verbose"];
    project.xtask(&bench).exits(1).says("cargo xtask start");
    for step in ["start", "migrate"] {
        project.xtask(&[step]).exits(0);
    }

    let mut interrupted = project.spawn(&bench);
    interrupted.wait_for("round 2 of 5: seed");
    interrupted.signal(libc::SIGINT);
    interrupted
        .finish()
        .exits(130)
        .says("the copies are removed, the project's database is as it was");
    assert_eq!(copies(&project.database().await).await, Vec::<String>::new());

    let mut killed = project.spawn(&bench);
    killed.wait_for("round 1 of 5: COPY");
    killed.signal(libc::SIGKILL);
    killed.finish();
    let client = project.database().await;
    assert_ne!(copies(&client).await, Vec::<String>::new());

    seed_lock::hold(&client, Duration::ZERO, |_| ()).await.unwrap();
    project.xtask(&bench).exits(1).says("take the lock for seeding");
    drop(client);

    let client = project.database().await;
    let nothing = "drop schema public cascade; create schema public";
    client.batch_execute(nothing).await.unwrap();
    project.xtask(&bench).exits(1).says("plan the rows").says("hint:");
    assert_eq!(copies(&project.database().await).await, Vec::<String>::new());
}
