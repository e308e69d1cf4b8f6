//! A command that is still at work: followed line by line, interrupted, waited for.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::xtask::Run;

/// How long anything may take; generous, for machines that do other things too.
pub const DEADLINE: Duration = Duration::from_secs(120);

/// A child of the test, killed when dropped before its end.
pub struct Running {
    child: Child,
    stdout: Option<JoinHandle<String>>,
    lines: Receiver<String>,
    stderr: String,
}

impl Running {
    /// Starts `command`.
    pub fn start(mut command: Command) -> Running {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("run xtask");
        let stdout = child.stdout.take().expect("stdout is piped");
        let stderr = child.stderr.take().expect("stderr is piped");
        let (send, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                // An error means that nobody waits any more.
                let _ = send.send(line);
            }
        });
        Running {
            child,
            stdout: Some(thread::spawn(move || read_all(stdout))),
            lines,
            stderr: String::new(),
        }
    }

    /// Its process number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until a line of stderr has `text` in it.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) {
        let deadline = Instant::now() + DEADLINE;
        while let Some(line) = self.next_line(deadline) {
            if line.contains(text) {
                return;
            }
        }
        panic!("`{text}` did not come:\n{}", self.stderr);
    }

    /// Whether it has not ended yet; a stopped one has not.
    pub fn is_at_work(&mut self) -> bool {
        self.child.try_wait().expect("ask for the child").is_none()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: i32) {
        // SAFETY: the child was not waited for yet, so the number is still its own.
        unsafe { libc::kill(self.child.id() as i32, signal) };
    }

    /// Waits for its end.
    #[track_caller]
    pub fn finish(mut self) -> Run {
        let deadline = Instant::now() + DEADLINE;
        while self.next_line(deadline).is_some() {}
        assert!(
            Instant::now() < deadline,
            "it does not come to its end:\n{}",
            self.stderr
        );
        let status = self.child.wait().expect("wait for the child");
        let stdout = self.stdout.take().expect("it is read once");
        Run {
            code: status.code(),
            stdout: stdout.join().expect("read stdout"),
            stderr: std::mem::take(&mut self.stderr),
        }
    }

    /// The next line of stderr; none at its end or at the deadline.
    fn next_line(&mut self, deadline: Instant) -> Option<String> {
        let patience = deadline.saturating_duration_since(Instant::now());
        match self.lines.recv_timeout(patience) {
            Ok(line) => {
                self.stderr.push_str(&line);
                self.stderr.push('\n');
                Some(line)
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => None,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail where it has come to its end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_all(mut stdout: ChildStdout) -> String {
    let mut bytes = Vec::new();
    // What a killed child wrote before is all there is.
    let _ = stdout.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Waits until `condition` holds; `what` says what was waited for.
#[track_caller]
pub fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !condition() {
        assert!(Instant::now() < deadline, "{what}: not within {DEADLINE:?}");
        thread::sleep(Duration::from_millis(50));
    }
}
