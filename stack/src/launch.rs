//! What a command does with a stack: start it in the background, stop it, ask how it is.
//!
//! Commands that change a stack hold [`lock`] while they do.

mod leftovers;
mod lock;
mod status;

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

pub use lock::{Lock, lock};
pub use status::{StackStatus, status};

use crate::hint::{WithHint, mendable};
use crate::keys::Keys;
use crate::ports;
use crate::postgres;
use crate::process::open_log;
use crate::project::{Project, Switch};
use crate::spec::StackSpec;
use crate::state::{Phase, ServiceStatus, StackState};

/// How long all services together may take.
const START_TIMEOUT: Duration = Duration::from_secs(90);
/// How often other ports are chosen.
const START_ATTEMPTS: u32 = 5;
const POLL_PERIOD: Duration = Duration::from_millis(15);
/// How much of a log an error shows.
const TAIL_LINES: usize = 15;

/// A stack that runs.
#[derive(Debug)]
pub struct Started {
    /// What runs.
    pub state: StackState,
    /// Whether the database cluster was made just now.
    pub cold: bool,
    /// Whether there was nothing to do.
    pub already_running: bool,
    /// Sentences for the user, such as `port 54321 is taken by …`.
    pub notes: Vec<String>,
}

/// A stack that does not run.
#[derive(Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Whether there was something to stop.
    pub was_running: bool,
}

/// Starts the stack in the background and returns when all its services are ready. One that runs as `spec` and the
/// project's settings say is left alone, another one is stopped first. Where somebody else took a port in the meantime,
/// other ports are chosen. Dropping the future stops what was started.
///
/// # Errors
/// The settings are broken, there is no room on the disk, or a service does not start; with the end of its log.
pub async fn start(spec: &StackSpec) -> Result<Started> {
    let mut spec = spec.clone();
    let cold = !postgres::has_cluster(&spec);
    let mut attempt = 1;
    loop {
        match start_once(&spec, cold).await {
            // What was started is stopped, so a port that is taken is taken by others.
            Err(_)
                if attempt < START_ATTEMPTS && spec.ports.all().iter().any(|port| !ports::is_free(*port)) =>
            {
                spec = StackSpec::resolve(&spec.project, spec.tools)?;
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

async fn start_once(spec: &StackSpec, cold: bool) -> Result<Started> {
    let project = Project::load(&spec.project)?;
    // Here rather than in the background, where nobody sees the error.
    Keys::for_project(&project)?;
    if let StackStatus::Running { state, .. } = status(&spec.home).await?
        && state.spec_hash == spec.hash()
    {
        return Ok(Started {
            state,
            cold: false,
            already_running: true,
            notes: Vec::new(),
        });
    }
    let notes = [
        ("API", project.api.port, spec.ports.api),
        ("database", project.db.port, spec.ports.db),
    ]
    .into_iter()
    .filter_map(|(what, preferred, chosen)| displaced(what, preferred, chosen))
    .chain(lacking(&project))
    .collect();
    make_home(&spec.home)?;
    stop(&spec.home).await?;
    for port in spec.ports.all() {
        if stays_taken(port).await {
            return Err(mendable(
                format!("port {port} is taken by {}", taker(port)),
                "run the command again",
            ));
        }
    }
    postgres::prepare(spec).await?;
    let state = launch(spec).await?;
    Ok(Started {
        state,
        cold,
        already_running: false,
        notes,
    })
}

/// Stops the stack in `home`, and whatever is left of one that was killed.
///
/// # Errors
/// A process does not end.
pub async fn stop(home: &Path) -> Result<Stopped> {
    let was_running = leftovers::end(&real(home)).await?;
    Ok(Stopped { was_running })
}

/// A home by the path that its own files name it by; one that is not there has no files.
fn real(home: &Path) -> PathBuf {
    fs::canonicalize(home).unwrap_or_else(|_| home.to_owned())
}

/// Whether somebody has the port for longer than it takes another stack to see whether it is free.
async fn stays_taken(port: u16) -> bool {
    for _ in 0..3 {
        if ports::is_free(port) {
            return false;
        }
        sleep(Duration::from_millis(50)).await;
    }
    true
}

/// Says who has the port that the project asked for, where that is not ours.
fn displaced(what: &str, preferred: u16, chosen: u16) -> Option<String> {
    (preferred != chosen && !ports::is_free(preferred)).then(|| {
        format!(
            "port {preferred} is taken by {}, using {chosen} for the {what}",
            taker(preferred)
        )
    })
}

/// Says what the project has turned on and Auth of this stack does not do.
fn lacking(project: &Project) -> Vec<String> {
    let on = |switches: &BTreeMap<String, Switch>| -> Vec<String> {
        let on = switches.iter().filter(|(_, switch)| switch.enabled);
        on.map(|(name, _)| name.clone()).collect()
    };
    let hooks = on(&project.auth.hook)
        .into_iter()
        .map(|name| format!("Auth of the embedded stack calls no hooks: `[auth.hook.{name}]` has no effect"));
    let others = on(&project.auth.external)
        .into_iter()
        .map(|name| format!("nobody can sign in by `[auth.external.{name}]` on the embedded stack"));
    hooks.chain(others).collect()
}

fn taker(port: u16) -> String {
    ports::owner(port).map_or_else(
        || "a process of another user".to_owned(),
        |owner| owner.to_string(),
    )
}

fn make_home(home: &Path) -> Result<()> {
    let make = || {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(home.join("logs"))?;
        fs::write(home.join(".gitignore"), "*\n")
    };
    match make() {
        Ok(()) => Ok(()),
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
            ) =>
        {
            let owner = format!(
                "make `{}` writable for you",
                home.parent().unwrap_or(home).display()
            );
            Err(error)
                .with_context(|| format!("make the folder `{}`", home.display()))
                .with_hint(|| owner)
        }
        Err(error) => Err(error).with_context(|| format!("make the folder `{}`", home.display())),
    }
}

/// The supervisor until the stack is known to run; dropped before, it is told to stop.
struct Starting {
    supervisor: Child,
    is_done: bool,
}

impl Drop for Starting {
    fn drop(&mut self) {
        if let (false, Some(pid)) = (self.is_done, self.supervisor.id()) {
            let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
            // An error means that it is gone.
            let _ = pid.map(|pid| kill_process(pid, Signal::TERM));
        }
    }
}

async fn launch(spec: &StackSpec) -> Result<StackState> {
    let file = spec.write()?;
    let mut starting = Starting {
        supervisor: spawn(spec, &file)?,
        is_done: false,
    };
    let pid = starting.supervisor.id();
    let deadline = Instant::now() + START_TIMEOUT;
    let mut last_seen = Vec::new();
    loop {
        let ended = starting
            .supervisor
            .try_wait()
            .context("wait for the supervisor")?;
        if let StackStatus::Running { state, services } = status(&spec.home).await?
            && Some(state.supervisor.pid) == pid
        {
            if services.iter().all(|service| service.phase == Phase::Running) {
                starting.is_done = true;
                return Ok(state);
            }
            last_seen = services;
        }
        let has_failed = last_seen.iter().any(|service| service.phase == Phase::Failed);
        if ended.is_some() || has_failed || Instant::now() > deadline {
            let error = failure(spec, &last_seen);
            drop(starting);
            stop(&spec.home).await?;
            return Err(error);
        }
        sleep(POLL_PERIOD).await;
    }
}

/// Starts the supervisor in a session of its own, so that it outlives the terminal. Its output is the gateway's log.
fn spawn(spec: &StackSpec, file: &Path) -> Result<Child> {
    let output = open_log(&spec.log("gateway"))?;
    let program = std::env::current_exe().context("find this program's own file")?;
    let mut command = Command::new(program);
    command
        .arg("supervise")
        .arg(file)
        .current_dir(&spec.home)
        .stdin(Stdio::null())
        .stdout(
            output
                .try_clone()
                .context("share the log between stdout and stderr")?,
        )
        .stderr(output);
    // SAFETY: one system call between fork and exec.
    unsafe {
        command.pre_exec(|| Ok(rustix::process::setsid().map(drop)?));
    }
    command.spawn().context("start the supervisor")
}

/// Why the stack did not start: the service that is not ready, what is wrong with it, the end of its log.
fn failure(spec: &StackSpec, services: &[ServiceStatus]) -> anyhow::Error {
    let culprit = services.iter().find(|service| service.problem.is_some());
    let culprit = culprit.or_else(|| services.iter().find(|service| service.phase == Phase::Starting));
    let name = culprit.map_or("gateway", |service| &service.name);
    let problem = culprit
        .and_then(|service| service.problem.as_deref())
        .unwrap_or("it did not become ready");
    let log = fs::read(spec.log(name)).unwrap_or_default();
    let tail = tail(&String::from_utf8_lossy(&log));
    let hint = match () {
        () if tail.contains("No space left on device") => {
            format!("make room on the disk of `{}`", spec.data.display())
        }
        () if tail.contains("Address already in use") || tail.contains("AddrInUse") => {
            "another program took a port while the stack started; run the command again".into()
        }
        () if tail.contains("could not find the database system") || tail.contains("PANIC") => format!(
            "the database is broken; run `cargo xtask stop`, remove `{}` and run `cargo xtask reset`",
            spec.data.join("data").display()
        ),
        () => format!("see `cargo xtask logs {name}`"),
    };
    mendable(format!("start `{name}`: {problem}\n{tail}").trim_end(), hint)
}

fn tail(log: &str) -> String {
    let lines: Vec<_> = log.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}
