//! The embedded stack: starting, watching, stopping.

use std::net::TcpListener;

use serde_json::Value;
use workspace_tests::processes::{is_alive, kill};
use workspace_tests::{Project, eventually};

#[test]
fn a_started_stack_says_where_it_is_and_stops_without_a_trace() {
    let project = Project::reference();
    project.xtask(&["status"]).exits(1);
    project.xtask(&["start"]).exits(0);
    project.xtask(&["start"]).exits(0).says("running");

    let masked = project.xtask(&["status", "--json"]).exits(0).json();
    for field in [
        "kind",
        "api_url",
        "db_url",
        "publishable_key",
        "secret_key",
        "anon_key",
        "service_role_key",
    ] {
        assert!(masked.get(field).is_some(), "no {field} in {masked}");
    }
    let shown = project.status();
    assert!(shown["secret_key"].as_str().unwrap().starts_with("sb_secret_"));
    assert!(!masked.to_string().contains(shown["secret_key"].as_str().unwrap()));

    let pids = pids(&shown);
    assert!(pids.len() >= 3, "{shown}");
    project.xtask(&["stop"]).exits(0);
    for pid in pids {
        assert!(!is_alive(pid), "process {pid} is left");
    }
    project.xtask(&["stop"]).exits(0);
}

#[tokio::test]
async fn two_checkouts_run_side_by_side() {
    let (one, two) = (Project::reference(), Project::reference());
    one.xtask(&["start"]).exits(0);
    two.xtask(&["start"]).exits(0);
    assert_ne!(one.status()["api_url"], two.status()["api_url"]);
    // Their clusters are copies of the one that was kept.
    let identifier = async |project: &Project| -> i64 {
        let client = project.database().await;
        let asked = client.query_one("select system_identifier from pg_control_system()", &[]);
        asked.await.unwrap().get(0)
    };
    assert_eq!(identifier(&one).await, identifier(&two).await);
}

#[test]
fn a_taken_port_is_replaced_and_its_owner_named() {
    let project = Project::reference();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let config = std::fs::read_to_string(project.folder().join("supabase/config.toml")).unwrap();
    project.write(
        "supabase/config.toml",
        &config.replace("54321", &port.to_string()),
    );
    let started = project
        .xtask(&["start"])
        .exits(0)
        .says(&format!("port {port} is taken"));
    assert!(
        started.stderr.contains(&std::process::id().to_string()),
        "{}",
        started.stderr
    );
    assert!(
        !project.status()["api_url"]
            .as_str()
            .unwrap()
            .contains(&port.to_string())
    );
}

#[test]
fn each_part_that_is_killed_comes_back() {
    let project = Project::reference();
    project.xtask(&["start"]).exits(0);
    for part in ["rest", "functions", "postgres"] {
        let before = service(&project.status(), part);
        kill(pid(&before).unwrap());
        eventually(&format!("{part} comes back"), || {
            let now = service(&project.status(), part);
            now["pid"] != before["pid"] && now["phase"] == "running"
        });
    }
}

#[test]
fn a_killed_supervisor_leaves_no_process_and_the_next_start_works() {
    let project = Project::reference();
    project.xtask(&["start"]).exits(0);
    let status = project.status();
    let state: Value =
        serde_json::from_slice(&std::fs::read(project.folder().join(".seedbed/state.json")).unwrap())
            .unwrap();
    kill(pid(&state["supervisor"]).unwrap());
    project.xtask(&["start"]).exits(0);
    for pid in pids(&status) {
        eventually("what the killed one ran ends", || !is_alive(pid));
    }
}

#[test]
fn a_corrupted_state_file_is_survived() {
    let project = Project::reference();
    project.xtask(&["start"]).exits(0);
    project.write(".seedbed/state.json", "{ not json");
    project.xtask(&["start"]).exits(0);
    assert_eq!(project.status()["kind"], "embedded");
}

fn service(status: &Value, name: &str) -> Value {
    let services = status["services"].as_array().unwrap();
    services
        .iter()
        .find(|service| service["name"] == name)
        .unwrap_or_else(|| panic!("no {name}: {status}"))
        .clone()
}

fn pids(status: &Value) -> Vec<u32> {
    let services = status["services"].as_array().unwrap();
    services.iter().filter_map(pid).collect()
}

fn pid(service: &Value) -> Option<u32> {
    service["pid"].as_u64()?.try_into().ok()
}
