//! What runs, as the supervisor writes it to `state.json`.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::private_file;
use crate::spec::Ports;

/// The version of the file's form; a file of another version is treated as a stack that must be stopped.
pub const STATE_VERSION: u32 = 1;

/// A stack that was started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StackState {
    /// [`STATE_VERSION`] of the writer.
    pub version: u32,
    /// Made anew at each start; `GET /_seedbed/health` answers with it, so a pid that was given to
    /// another process is never taken for ours.
    pub instance: String,
    /// The supervisor, which is the gateway too.
    pub supervisor: ProcessId,
    /// The project that it runs for.
    pub project: PathBuf,
    /// Where this file was written.
    pub home: PathBuf,
    /// Its ports.
    pub ports: Ports,
    /// The ports of the API and the database that the project asked for when it was started.
    pub preferred_ports: (u16, u16),
    /// The process of each service, so that what outlives a killed supervisor can be found.
    pub services: BTreeMap<String, ProcessId>,
    /// Hash of the spec and of `supabase/config.toml`: a different one means that a restart is due.
    pub spec_hash: String,
}

impl StackState {
    /// Where the state of the stack in `home` is.
    pub fn path(home: &Path) -> PathBuf {
        home.join("state.json")
    }

    /// The state in `home`. A broken file, one of another version, or one that was copied here with its folder is as
    /// good as none: it says nothing about a stack of this home.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub fn read(home: &Path) -> Result<Option<Self>> {
        let file = Self::path(home);
        let text = match fs::read(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("read `{}`", file.display())),
        };
        let state = serde_json::from_slice::<Self>(&text).ok();
        Ok(state.filter(|state| state.version == STATE_VERSION && state.home == home))
    }

    /// Writes the state to its [`home`](Self::home), whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self) -> Result<()> {
        private_file::write(&Self::path(&self.home), &serde_json::to_vec_pretty(self)?)
    }
}

/// A process that cannot be mistaken for another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessId {
    /// Its number.
    pub pid: u32,
    /// When it started, in the operating system's own unit (field 22 of `/proc/<pid>/stat`; `ps -o lstart` on macOS).
    pub started: String,
}

/// One part of the stack, as the supervisor sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceStatus {
    /// `postgres`, `rest`, `functions` or `gateway`.
    pub name: String,
    /// What it does.
    pub phase: Phase,
    /// Its process, where it has one.
    pub pid: Option<u32>,
    /// How often it was started again after it died.
    pub restarts: u32,
    /// Why it is not running, in a sentence.
    pub problem: Option<String>,
}

/// Where a part is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Waits for what it depends on.
    Waiting,
    /// Started, not ready yet.
    Starting,
    /// Its probe passes.
    Running,
    /// It died and will be started again.
    Restarting,
    /// It died too often.
    Failed,
    /// Stopped.
    Stopped,
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn state(home: &Path) -> StackState {
        StackState {
            version: STATE_VERSION,
            instance: "one".into(),
            supervisor: ProcessId {
                pid: 7,
                started: "70".into(),
            },
            project: "/project".into(),
            home: home.into(),
            ports: Ports {
                api: 1,
                db: 2,
                rest: 3,
                functions: 4,
            },
            preferred_ports: (1, 2),
            services: BTreeMap::new(),
            spec_hash: "hash".into(),
        }
    }

    #[test]
    fn what_is_written_is_read_and_private() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(StackState::read(home.path()).unwrap(), None);
        fs::write(home.path().join("state.new"), "left over").unwrap();
        state(home.path()).write().unwrap();
        assert_eq!(StackState::read(home.path()).unwrap(), Some(state(home.path())));
        let mode = fs::metadata(StackState::path(home.path()))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_state_that_says_nothing_about_this_home_is_none() {
        let home = tempfile::tempdir().unwrap();
        let file = StackState::path(home.path());
        let check = |text: String| {
            fs::write(&file, &text).unwrap();
            assert_eq!(StackState::read(home.path()).unwrap(), None, "{text}");
        };
        check("{ broken".into());
        check(serde_json::to_string(&state(Path::new("/other/home"))).unwrap());
        check(
            serde_json::to_string(&StackState {
                version: 0,
                ..state(home.path())
            })
            .unwrap(),
        );
    }
}
