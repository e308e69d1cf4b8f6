//! A `supabase` on `PATH` that does as the Supabase CLI does where there is Docker, which tests have not.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::project::Project;
use crate::tools::tools;
use crate::xtask::Run;

/// The stand-in, and beside it a `docker` where one is wished for.
pub struct SupabaseCli {
    folder: TempDir,
}

impl SupabaseCli {
    /// One without a stack: there is nothing to start.
    pub fn stand_in() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("supabase cli ")
            .tempdir()
            .expect("make a folder");
        let cli = Self { folder };
        cli.program("supabase", include_str!("supabase_cli.sh"));
        let real = &tools().supabase.path;
        cli.write("real", real.to_str().expect("the path is UTF-8"));
        cli.write("version", "3.1.0\n");
        cli
    }

    /// From now on what it starts is the stack of `project`, told as CLI 3 tells it.
    #[track_caller]
    pub fn leads_to(&self, project: &Project) {
        let status = project.status();
        self.write("db_url", status["db_url"].as_str().expect("an address"));
        let told = json!({
            "API_URL": status["api_url"],
            "DB_URL": status["db_url"],
            "MAILPIT_URL": status["mail_url"],
            "PUBLISHABLE_KEY": status["publishable_key"],
            "SECRET_KEY": status["secret_key"],
            "ANON_KEY": status["anon_key"],
            "SERVICE_ROLE_KEY": status["service_role_key"],
        });
        self.write("status.json", &told.to_string());
    }

    /// From now on it is CLI 2: no keys but the legacy ones, and another name for the mail.
    #[track_caller]
    pub fn is_old(&self) {
        let text = fs::read_to_string(self.folder.path().join("status.json")).expect("it leads to a stack");
        let mut told: Value = serde_json::from_str(&text).expect("it is JSON");
        let values = told.as_object_mut().expect("it is an object");
        let mail = values.remove("MAILPIT_URL").expect("it was there");
        values.insert("INBUCKET_URL".into(), mail);
        values.retain(|name, _| !["PUBLISHABLE_KEY", "SECRET_KEY"].contains(&name.as_str()));
        self.write("status.json", &told.to_string());
        self.write("version", "2.122.1\n");
    }

    /// Whether the stack that it starts is running, as far as it knows.
    pub fn is_running(&self) -> bool {
        self.folder.path().join("running").exists()
    }

    /// Whether the stack that it started has data.
    pub fn has_data(&self) -> bool {
        self.folder.path().join("data").exists()
    }

    /// Docker does not run on this machine: `no_docker`; the parts of the stack without it cannot be had:
    /// `no_artifacts`.
    pub fn lacks(&self, what: &str) {
        self.write(what, "");
    }

    /// It is there again.
    pub fn lacks_no_longer(&self, what: &str) {
        fs::remove_file(self.folder.path().join(what)).expect("it was lacking");
    }

    /// Puts a `docker` beside it that ends with this code.
    pub fn has_docker(&self, code: i32) {
        self.program("docker", &format!("#!/bin/sh\nexit {code}\n"));
    }

    /// What it was asked, a line each.
    pub fn asked(&self) -> String {
        fs::read_to_string(self.folder.path().join("asked")).unwrap_or_default()
    }

    /// Runs `xtask` in `project` with it in front on `PATH`.
    pub fn xtask(&self, project: &Project, args: &[&str]) -> Run {
        let path = std::env::var("PATH").unwrap_or_default();
        project
            .command(args)
            .env("PATH", format!("{}:{path}", self.folder.path().display()))
            .env("SEEDBED_TOOLS", "path")
            .output()
            .expect("run xtask")
            .into()
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.write(name, text);
        fs::set_permissions(path, PermissionsExt::from_mode(0o755)).expect("make it a program");
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path: &Path = self.folder.path();
        let path = path.join(name);
        fs::write(&path, text).expect("write the file");
        path
    }
}
