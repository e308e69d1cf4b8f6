//! Children that stay: started in a process group of their own, with a log file, and told apart from any
//! later process that gets the same number.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use crate::service::{CommandLine, StopPolicy};
use crate::state::ProcessId;

/// A log larger than this is set aside as `<name>.log.1` when its service starts.
const LOG_LIMIT_BYTES: u64 = 4 << 20;

/// A running child, which is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    id: ProcessId,
}

impl Process {
    /// Starts `command` with its output appended to `log`.
    ///
    /// The death signal that `stop` names is tied to the calling thread: call this from a thread that lives as long
    /// as the process, so not from a blocking task.
    ///
    /// # Errors
    /// The log cannot be opened, or the program cannot be started.
    pub fn spawn(command: &CommandLine, stop: &StopPolicy, log: &Path) -> Result<Self> {
        let output = open_log(log)?;
        let mut child = Command::new(&command.program);
        child
            .args(&command.args)
            .env_clear()
            .envs(command.env.iter().map(|(name, value)| (name, value)))
            .current_dir(&command.cwd)
            .stdin(Stdio::null())
            .stdout(
                output
                    .try_clone()
                    .context("share the log between stdout and stderr")?,
            )
            .stderr(output)
            .process_group(0)
            .kill_on_drop(true);
        if let Some(account) = command.account {
            // Leaving root this way clears the supplementary groups too.
            child.gid(account.gid).uid(account.uid);
        }
        die_with_parent(&mut child, stop.on_parent_death);
        let child = child
            .spawn()
            .with_context(|| format!("start `{}`", command.program.display()))?;
        let pid = child
            .id()
            .context("read the number of a process that has just started")?;
        // A child that is already gone has no start time; its exit is reported by `wait`.
        let id = identify(pid).unwrap_or(ProcessId {
            pid,
            started: String::new(),
        });
        Ok(Self { child, id })
    }

    /// Which process it is.
    pub fn id(&self) -> &ProcessId {
        &self.id
    }

    /// Waits until it ends; may be cancelled and called again.
    ///
    /// # Errors
    /// The operating system refuses to say.
    pub async fn wait(&mut self) -> Result<ExitStatus> {
        self.child
            .wait()
            .await
            .with_context(|| format!("wait for process {}", self.id.pid))
    }

    /// Asks it to end, waits as `policy` says, then kills its whole process group.
    pub async fn stop(mut self, policy: &StopPolicy) {
        // An error means that the group is gone, which is what is wanted.
        let _ = signal_group(self.id.pid, policy.signal);
        let _ = tokio::time::timeout(policy.grace, self.child.wait()).await;
        let _ = signal_group(self.id.pid, Signal::KILL);
        let _ = self.child.wait().await;
    }
}

/// Says which process has the number `pid` now; `None` when there is none or it is a zombie.
pub fn identify(pid: u32) -> Option<ProcessId> {
    Some(ProcessId {
        pid,
        started: start_time(pid)?,
    })
}

/// Whether this very process still runs.
pub fn is_alive(id: &ProcessId) -> bool {
    start_time(id.pid).is_some_and(|started| started == id.started)
}

/// All processes that we may look at, with their arguments.
#[cfg(target_os = "linux")]
pub fn all() -> Vec<(ProcessId, Vec<String>)> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let id = identify(entry.file_name().to_str()?.parse().ok()?)?;
            let line = std::fs::read(format!("/proc/{}/cmdline", id.pid)).ok()?;
            let args = line
                .split(|byte| *byte == 0)
                .map(|arg| String::from_utf8_lossy(arg).into_owned());
            Some((id, args.collect()))
        })
        .collect()
}

/// All processes, with their arguments. `ps` joins arguments by spaces: one that has a space in it comes in pieces.
#[cfg(not(target_os = "linux"))]
pub fn all() -> Vec<(ProcessId, Vec<String>)> {
    let ps = std::process::Command::new("ps")
        .args(["-axo", "pid=,stat=,lstart=,args="])
        .output();
    let text = ps
        .map(|ps| String::from_utf8_lossy(&ps.stdout).into_owned())
        .unwrap_or_default();
    text.lines()
        .filter_map(|line| {
            let (pid, line) = line.trim_start().split_once(' ')?;
            let id = ProcessId {
                pid: pid.parse().ok()?,
                started: parse_start(line)?,
            };
            // After the state and the five words of the date.
            Some((id, line.split_whitespace().skip(6).map(str::to_owned).collect()))
        })
        .collect()
}

/// Ends a process that is not our child: a signal, patience, SIGKILL to its group. Returns whether it is gone.
pub async fn end(id: &ProcessId, signal: Signal, grace: Duration) -> bool {
    if is_alive(id) {
        let _ = signal_group(id.pid, signal);
    }
    if !gone_within(id, grace).await {
        let _ = signal_group(id.pid, Signal::KILL);
    }
    gone_within(id, Duration::from_secs(2)).await
}

async fn gone_within(id: &ProcessId, patience: Duration) -> bool {
    let deadline = Instant::now() + patience;
    while is_alive(id) {
        if Instant::now() >= deadline {
            return false;
        }
        sleep(Duration::from_millis(10)).await;
    }
    true
}

fn signal_group(pid: u32, signal: Signal) -> rustix::io::Result<()> {
    let pid = i32::try_from(pid)
        .ok()
        .and_then(Pid::from_raw)
        .ok_or(rustix::io::Errno::SRCH)?;
    kill_process_group(pid, signal)
}

/// Opens a log to be written at its end; a large one is set aside first.
pub(crate) fn open_log(path: &Path) -> Result<File> {
    if std::fs::metadata(path).is_ok_and(|log| log.len() > LOG_LIMIT_BYTES) {
        let old = path.with_extension("log.1");
        std::fs::rename(path, &old).with_context(|| format!("set `{}` aside", path.display()))?;
    }
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .with_context(|| format!("open the log `{}`", path.display()))
}

#[cfg(target_os = "linux")]
fn die_with_parent(child: &mut Command, signal: Signal) {
    use rustix::process::{getppid, set_parent_process_death_signal};
    let parent = std::process::id();
    // SAFETY: between fork and exec it makes two system calls and allocates nothing. It runs after the change of
    // user, at which the kernel forgets the signal.
    unsafe {
        child.pre_exec(move || {
            set_parent_process_death_signal(Some(signal))?;
            match getppid() {
                Some(now) if now.as_raw_nonzero().get().unsigned_abs() == parent => Ok(()),
                _ => Err(std::io::ErrorKind::BrokenPipe.into()),
            }
        });
    }
}

#[cfg(not(target_os = "linux"))]
fn die_with_parent(_child: &mut Command, _signal: Signal) {}

/// Field 22 of `/proc/<pid>/stat`, counted from the end of the name, which may hold spaces and parentheses.
#[cfg(target_os = "linux")]
fn start_time(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?;
    (!matches!(state, "Z" | "X")).then_some(())?;
    fields.nth(18).map(str::to_owned)
}

#[cfg(not(target_os = "linux"))]
fn start_time(pid: u32) -> Option<String> {
    let ps = std::process::Command::new("ps")
        .args(["-o", "stat=,lstart=", "-p", &pid.to_string()])
        .output()
        .ok()?;
    parse_start(std::str::from_utf8(&ps.stdout).ok()?)
}

/// The start time after the state, in a line of `ps`; none of a zombie.
#[cfg(not(target_os = "linux"))]
fn parse_start(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    let is_zombie = words.next()?.starts_with('Z');
    (!is_zombie).then(|| words.take(5).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(program: &str, args: &[&str], cwd: &Path) -> CommandLine {
        CommandLine {
            program: program.into(),
            args: args.iter().map(Into::into).collect(),
            env: vec![
                ("PATH".into(), "/usr/bin:/bin".into()),
                ("WORD".into(), "from us".into()),
            ],
            cwd: cwd.into(),
            account: None,
        }
    }

    fn policy(grace_ms: u64) -> StopPolicy {
        StopPolicy {
            signal: Signal::TERM,
            grace: Duration::from_millis(grace_ms),
            on_parent_death: Signal::KILL,
        }
    }

    fn start(script: &str, folder: &Path) -> Process {
        Process::spawn(
            &command("/bin/sh", &["-c", script], folder),
            &policy(0),
            &folder.join("a.log"),
        )
        .unwrap()
    }

    #[tokio::test]
    async fn output_is_appended_and_the_environment_is_clean() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let status = start(
                "echo \"$WORD ${CARGO_MANIFEST_DIR:-nothing else}\"; exit 3",
                folder.path(),
            )
            .wait()
            .await;
            assert_eq!(status.unwrap().code(), Some(3));
        }
        let log = std::fs::read_to_string(folder.path().join("a.log")).unwrap();
        assert_eq!(log, "from us nothing else\nfrom us nothing else\n");
    }

    #[tokio::test]
    async fn a_large_log_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("a.log");
        File::create(&log).unwrap().set_len(LOG_LIMIT_BYTES + 1).unwrap();
        start("echo new", folder.path()).wait().await.unwrap();
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "new\n");
        assert_eq!(
            std::fs::metadata(folder.path().join("a.log.1")).unwrap().len(),
            LOG_LIMIT_BYTES + 1
        );
    }

    #[tokio::test]
    async fn stop_ends_one_that_ignores_the_signal_with_its_own_children() {
        let folder = tempfile::tempdir().unwrap();
        let process = start("trap '' TERM; sleep 1000 & echo $!; wait", folder.path());
        let log = folder.path().join("a.log");
        while std::fs::read_to_string(&log).unwrap().is_empty() {
            sleep(Duration::from_millis(5)).await;
        }
        let grandchild: u32 = std::fs::read_to_string(&log).unwrap().trim().parse().unwrap();
        let grandchild = identify(grandchild).unwrap();
        let id = process.id().clone();
        assert!(is_alive(&id));
        process.stop(&policy(50)).await;
        assert!(!is_alive(&id));
        assert!(gone_within(&grandchild, Duration::from_secs(30)).await);
    }

    #[tokio::test]
    async fn a_number_that_was_given_to_another_process_is_not_ours() {
        let folder = tempfile::tempdir().unwrap();
        let process = start("sleep 1000", folder.path());
        let other = ProcessId {
            pid: process.id().pid,
            started: "1".into(),
        };
        assert!(!is_alive(&other));
        assert!(end(&other, Signal::KILL, Duration::ZERO).await);
        assert!(
            is_alive(process.id()),
            "`end` must not signal a process that only has the same number"
        );
    }

    #[tokio::test]
    async fn a_zombie_is_dead() {
        let folder = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new("sleep")
            .arg("1000")
            .current_dir(&folder)
            .spawn()
            .unwrap();
        let id = identify(child.id()).unwrap();
        child.kill().unwrap();
        assert!(gone_within(&id, Duration::from_secs(30)).await);
        child.wait().unwrap();
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let error = runtime.block_on(async {
            Process::spawn(
                &command("/no/such", &[], folder.path()),
                &policy(0),
                &folder.path().join("a.log"),
            )
        });
        assert_eq!(error.unwrap_err().to_string(), "start `/no/such`");
    }
}
