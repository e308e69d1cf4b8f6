//! A project folder of a test's own, and the one that tests share.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio_postgres::error::SqlState;

use crate::at_exit;
use crate::processes;
use crate::running::{DEADLINE, Running};
use crate::xtask::{Run, workspace_root, xtask_binary};

/// Variables of the machine that would change what a command does.
const CLEARED_PREFIXES: [&str; 7] = [
    "SEED",
    "OPPORTUNITY_",
    "SUPABASE_",
    "VITE_",
    "TEST_",
    "DATABASE_URL",
    "PG",
];

/// A project in a temporary folder, stopped and removed when dropped; nothing of it may be left then.
pub struct Project {
    folder: PathBuf,
    _owned: TempDir,
}

impl Project {
    /// A copy of the reference project; its path has a space in it, as people's paths do.
    pub fn reference() -> Project {
        Project::copy_of(&workspace_root().join("supabase"))
    }

    /// A project with the files of `supabase`, a folder, as its `supabase/`.
    pub fn copy_of(supabase: &Path) -> Project {
        let owned = tempfile::Builder::new()
            .prefix("seedbed test ")
            .tempdir()
            .expect("make a folder");
        copy_folder(supabase, &owned.path().join("supabase"));
        Project {
            folder: owned.path().to_path_buf(),
            _owned: owned,
        }
    }

    /// Puts the files of `supabase` in the place of all its files; the state of the stack stays.
    pub(crate) fn renew(&self, supabase: &Path) {
        for entry in fs::read_dir(&self.folder).expect("read the folder") {
            let path = entry.expect("read an entry").path();
            if path.ends_with(".seedbed") {
                continue;
            }
            let removed = match path.is_dir() {
                true => fs::remove_dir_all(&path),
                false => fs::remove_file(&path),
            };
            removed.expect("remove what a test has written");
        }
        copy_folder(supabase, &self.folder.join("supabase"));
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes `text` to `path` in it, over what is there.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("make the folder");
        fs::write(path, text).expect("write the file");
    }

    /// Puts `new` in the place of the first `old` in the file at `path`.
    #[track_caller]
    pub fn change(&self, path: &str, old: &str, new: &str) {
        let text = fs::read_to_string(self.folder.join(path)).expect("read the file");
        assert!(text.contains(old), "`{old}` is not in `{path}`");
        self.write(path, &text.replacen(old, new, 1));
    }

    /// `xtask` with `--project` set and the machine's own settings cleared, to be refined before it runs.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(xtask_binary());
        for (name, _) in std::env::vars().filter(|(name, _)| is_cleared(name)) {
            command.env_remove(name);
        }
        // Whoever runs the tests: what they run is run by a person.
        for name in xtask::fence::agent::variables() {
            command.env_remove(name);
        }
        command
            .args(args)
            .env("SEEDBED_PROJECT", &self.folder)
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        command
    }

    /// Runs `xtask` to its end.
    pub fn xtask(&self, args: &[&str]) -> Run {
        self.command(args).output().expect("run xtask").into()
    }

    /// Runs `xtask` with a variable set.
    pub fn xtask_with(&self, name: &str, value: &str, args: &[&str]) -> Run {
        self.command(args)
            .env(name, value)
            .output()
            .expect("run xtask")
            .into()
    }

    /// Starts `xtask`, to be followed while it works.
    pub fn spawn(&self, args: &[&str]) -> Running {
        Running::start(self.command(args))
    }

    /// `status --json --show-keys` of its running stack.
    #[track_caller]
    pub fn status(&self) -> serde_json::Value {
        self.xtask(&["status", "--json", "--show-keys"]).exits(0).json()
    }

    /// Makes the stack of another project this one's target `cloud`, marked as `staging`.
    #[track_caller]
    pub fn has_cloud(&self, cloud: &Project, name: &str) {
        self.leads_to(cloud);
        let mark = ["env", "mark", "staging", "--name", name, "--target", "cloud"];
        self.xtask(&mark).exits(0);
    }

    /// Makes the stack of another project this one's target `cloud`.
    #[track_caller]
    pub fn leads_to(&self, cloud: &Project) {
        let status = cloud.status();
        let value = |field: &str| status[field].as_str().expect("a value").to_owned();
        self.write(
            ".env.production",
            &format!(
                "DATABASE_URL_PRODUCTION={}\nVITE_SUPABASE_URL={}\nSUPABASE_SERVICE_ROLE_KEY={}\nVITE_SUPABASE_ANON_KEY={}\n",
                value("db_url"),
                value("api_url"),
                value("service_role_key"),
                value("anon_key"),
            ),
        );
    }

    /// A connection to its database as `postgres`.
    pub async fn database(&self) -> tokio_postgres::Client {
        let url = self.status()["db_url"]
            .as_str()
            .expect("a database URL")
            .to_owned();
        let deadline = Instant::now() + DEADLINE;
        let connected = loop {
            match tokio_postgres::connect(&url, tokio_postgres::NoTls).await {
                // It reads its log after a crash.
                Err(error)
                    if error.code() == Some(&SqlState::CANNOT_CONNECT_NOW) && Instant::now() < deadline =>
                {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                connected => break connected,
            }
        };
        let (client, connection) = connected.expect("connect");
        tokio::spawn(connection);
        client
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        if self.folder.join(".seedbed").exists() {
            let stopped = self.xtask(&["stop", "--delete-data"]);
            if std::thread::panicking() {
                return;
            }
            stopped.exits(0);
            let left = processes::of_project(self);
            assert!(left.is_empty(), "processes are left: {left:?}");
            let data = processes::data_folder(self);
            assert!(!data.exists(), "{} is left", data.display());
        }
    }
}

/// The reference project after one `reset`, for all tests of the run; add rows of your own, change no others.
pub fn shared() -> &'static Project {
    static SHARED: OnceLock<Project> = OnceLock::new();
    SHARED.get_or_init(|| {
        let project = Project::reference();
        project.xtask(&["reset"]).exits(0);
        at_exit::stop(&project);
        project
    })
}

fn is_cleared(name: &str) -> bool {
    CLEARED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("make a folder");
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("read {}: {error}", from.display())) {
        let entry = entry.expect("read an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copy a file");
        }
    }
}
