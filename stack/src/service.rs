//! A service as data: what to run, what it needs, when it is ready, how it is stopped.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::Signal;

use crate::postgres;
use crate::probe::Probe;

/// A child of the supervisor that stays.
#[derive(Debug, Clone)]
pub struct ServiceSpec {
    /// Its name in `status`, and of its log file.
    pub name: &'static str,
    /// What to run.
    pub command: CommandLine,
    /// Services that must be ready before this one is started.
    pub depends_on: Vec<&'static str>,
    /// When it counts as ready.
    pub ready: Probe,
    /// What is done once it answers and before it counts as ready.
    pub set_up: Option<SetUp>,
    /// How long it may take to answer.
    pub start_timeout: Duration,
    /// How it is stopped.
    pub stop: StopPolicy,
}

/// A step between the first answer of a service and its being ready.
#[derive(Debug, Clone, Copy)]
pub enum SetUp {
    /// [`postgres::bootstrap`]
    Bootstrap {
        /// The server's port.
        port: u16,
        /// Whether new tables in `public` are open to the API roles.
        expose: bool,
    },
}

impl SetUp {
    /// Does it; nothing, where it was done before.
    ///
    /// # Errors
    /// As those of the step.
    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Bootstrap { port, expose } => postgres::bootstrap(port, expose).await,
        }
    }
}

/// A program with all that it is given; it inherits nothing from the environment of its parent.
#[derive(Debug, Clone)]
pub struct CommandLine {
    /// The program's file.
    pub program: PathBuf,
    /// Its arguments; never a secret, for every user can read them.
    pub args: Vec<OsString>,
    /// Its whole environment.
    pub env: Vec<(String, OsString)>,
    /// The folder it runs in.
    pub cwd: PathBuf,
    /// The user that it runs as, where that is not ours.
    pub account: Option<Account>,
}

/// A user and a group of the operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// The user's number.
    pub uid: u32,
    /// The group's number.
    pub gid: u32,
}

/// A signal, then patience, then SIGKILL.
#[derive(Debug, Clone, Copy)]
pub struct StopPolicy {
    /// What asks it to end.
    pub signal: Signal,
    /// How long it may take.
    pub grace: Duration,
    /// What the kernel sends it when the supervisor dies (Linux only).
    pub on_parent_death: Signal,
}
