//! `--target supabase`, against a stand-in for the Supabase CLI: what it is asked, and what is made of its answers.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Notes what it is asked; `start` and `stop` make and remove a file, which `status` goes by.
const SHIM: &str = r#"#!/bin/sh
echo "$@" >> "$SHIM/asked"
case "$1" in
  --version) echo 2.122.1 ;;
  start)
    [ -f "$SHIM/no_docker" ] && { echo "Cannot connect to the Docker daemon. Is the docker daemon running?" >&2; exit 1; }
    touch "$SHIM/running" ;;
  stop) rm -f "$SHIM/running" ;;
  status)
    [ -f "$SHIM/running" ] || { echo "failed to inspect container health: No such container" >&2; exit 1; }
    echo "Stopped services: [supabase_imgproxy]" >&2
    echo '{"API_URL":"http://127.0.0.1:54321","DB_URL":"postgresql://postgres:hidden@127.0.0.1:54322/postgres",'
    echo '"INBUCKET_URL":"http://127.0.0.1:54324","ANON_KEY":"legacy-anon","SERVICE_ROLE_KEY":"legacy-service"}' ;;
esac
"#;

struct Project {
    folder: TempDir,
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("docker target ")
            .tempdir()
            .unwrap();
        fs::create_dir_all(folder.path().join("supabase/migrations")).unwrap();
        let shim = folder.path().join("supabase-shim/supabase");
        fs::create_dir_all(shim.parent().unwrap()).unwrap();
        fs::write(&shim, SHIM).unwrap();
        fs::set_permissions(&shim, fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    fn shim(&self) -> std::path::PathBuf {
        self.folder.path().join("supabase-shim")
    }

    fn xtask(&self, args: &[&str]) -> Output {
        let path = format!("{}:{}", self.shim().display(), std::env::var("PATH").unwrap());
        Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(args)
            .args(["--target", "supabase", "--project"])
            .arg(self.folder.path())
            .env("PATH", path)
            .env("SHIM", self.shim())
            .env("SEEDBED_TOOLS", "path")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn asked(&self) -> String {
        fs::read_to_string(self.shim().join("asked")).unwrap_or_default()
    }
}

#[track_caller]
fn check(output: &Output, code: i32) -> Value {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[test]
fn start_status_and_stop_go_through_the_cli() {
    let project = Project::new();
    assert_eq!(check(&project.xtask(&["status", "--json"]), 1)["running"], false);

    let started = check(&project.xtask(&["start", "--json"]), 0);
    assert_eq!(started["already_running"], false);
    assert_eq!(
        check(&project.xtask(&["start", "--json"]), 0)["already_running"],
        true
    );

    let status = check(&project.xtask(&["status", "--json", "--show-keys"]), 0);
    assert_eq!(status["kind"], "supabase");
    assert_eq!(status["api_url"], "http://127.0.0.1:54321");
    assert_eq!(status["mail_url"], "http://127.0.0.1:54324");
    assert_eq!(status["secret_key"], "legacy-service");
    let masked = check(&project.xtask(&["status", "--json"]), 0).to_string();
    assert!(
        !masked.contains("hidden") && !masked.contains("legacy-service"),
        "{masked}"
    );

    assert_eq!(
        check(&project.xtask(&["stop", "--delete-data", "--yes", "--json"]), 0)["was_running"],
        true
    );
    assert!(
        project.asked().contains("stop --no-backup --workdir"),
        "{}",
        project.asked()
    );
    assert_eq!(
        check(&project.xtask(&["stop", "--json"]), 0)["was_running"],
        false
    );
}

#[test]
fn the_clis_own_words_are_shown_when_it_cannot_start() {
    let project = Project::new();
    fs::write(project.shim().join("no_docker"), "").unwrap();
    let failed = project.xtask(&["start"]);
    assert_eq!(failed.status.code(), Some(1));
    let text = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert!(
        text.contains("Is the docker daemon running?") && text.contains("hint:"),
        "{text}"
    );
}

#[test]
fn nothing_of_ours_is_left_for_git_to_see() {
    let project = Project::new();
    project.xtask(&["start"]);
    let home = project.folder.path().join(".seedbed");
    assert!(!home.exists() || has_ignore(&home), "{home:?} is seen by git");
}

fn has_ignore(home: &Path) -> bool {
    fs::read_to_string(home.join(".gitignore")).is_ok_and(|text| text == "*\n")
}
