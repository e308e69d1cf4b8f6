//! Who runs a [`CommandLine`]: the operating system, or in tests a recording.

use std::io;
use std::process::{ExitStatus, Stdio};

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::exec::command_line::CommandLine;
use crate::output::masked;

/// How many lines of stderr an error quotes, from its beginning and from its end: some programs say first what is
/// wrong, some last.
const QUOTED_LINES: usize = 6;

/// How many characters of a line are quoted: a program that tried three addresses tells of each at length.
const QUOTED_CHARACTERS: usize = 300;

/// Runs programs to their end.
pub trait Runner {
    /// Runs `command`; each line that it writes to stderr is given to `on_line` as it comes. A program that ends
    /// with another code than 0 is no error here, see [`Finished::successful`].
    ///
    /// # Errors
    /// When the program is not there, cannot be run, or runs into its deadline.
    fn run(
        &self,
        command: &CommandLine,
        on_line: impl FnMut(&str) + Send,
    ) -> impl Future<Output = anyhow::Result<Finished>> + Send;
}

/// What a program gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finished {
    /// Its exit code; `None` after a signal.
    pub code: Option<i32>,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl Finished {
    /// Turns another exit code than 0 into an error that quotes the end of stderr.
    ///
    /// # Errors
    /// When the exit code is not 0.
    pub fn successful(self, command: &CommandLine) -> anyhow::Result<Self> {
        if self.code == Some(0) {
            return Ok(self);
        }
        let ending = self.code.map_or("it was killed by a signal".to_owned(), |code| {
            format!("exit code {code}")
        });
        // What is cut off could no longer be told for a secret.
        let stderr = masked(self.stderr.trim_end());
        let lines: Vec<String> = stderr.lines().map(shortened).collect();
        let quoted = match lines.len() {
            count if count <= 2 * QUOTED_LINES + 1 => lines.join("\n  "),
            count => [
                &lines[..QUOTED_LINES],
                &["…".to_owned()],
                &lines[count - QUOTED_LINES..],
            ]
            .concat()
            .join("\n  "),
        };
        match quoted.is_empty() {
            true => bail!("run `{command}`: {ending}"),
            false => bail!("run `{command}`: {ending}:\n  {quoted}"),
        }
    }
}

/// The beginning of a line that is too long to be read.
fn shortened(line: &str) -> String {
    match line.char_indices().nth(QUOTED_CHARACTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// Runs programs as children, each in a process group of its own: dropping the future (Ctrl-C, a deadline) kills
/// the child and all that it has started.
#[derive(Debug, Clone, Copy, Default)]
pub struct ChildRunner;

impl Runner for ChildRunner {
    async fn run(&self, command: &CommandLine, on_line: impl FnMut(&str) + Send) -> anyhow::Result<Finished> {
        let mut group = Group::spawn(command)?;
        let finish = group.finish(on_line);
        match tokio::time::timeout(command.deadline, finish).await {
            Ok(finished) => finished.with_context(|| format!("run `{command}`")),
            Err(_) => bail!(
                "run `{command}`: it took more than {} s",
                command.deadline.as_secs()
            ),
        }
    }
}

/// A child and its process group, killed when dropped before its end.
struct Group {
    child: Child,
    is_over: bool,
}

impl Group {
    fn spawn(command: &CommandLine) -> anyhow::Result<Self> {
        let mut child = Command::new(&command.program);
        child
            .args(&command.args)
            .envs(command.envs.iter().map(|(name, value)| (name, value)));
        child
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Some(folder) = &command.folder {
            child.current_dir(folder);
        }
        #[cfg(unix)]
        child.process_group(0);
        #[cfg(target_os = "linux")]
        // SAFETY: only asks the kernel to end the child when we are killed; it allocates nothing.
        unsafe {
            child.pre_exec(|| {
                let signal = rustix::process::Signal::TERM;
                rustix::process::set_parent_process_death_signal(Some(signal)).map_err(io::Error::from)
            });
        }
        match child.spawn() {
            Ok(child) => Ok(Self {
                child,
                is_over: false,
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                bail!("run `{command}`: command not found")
            }
            Err(error) => Err(error).with_context(|| format!("run `{command}`")),
        }
    }

    async fn finish(&mut self, mut on_line: impl FnMut(&str)) -> io::Result<Finished> {
        let mut stdout = self.child.stdout.take().expect("stdout is piped");
        let mut lines = BufReader::new(self.child.stderr.take().expect("stderr is piped"));
        let read_stdout = async {
            let mut bytes = Vec::new();
            stdout.read_to_end(&mut bytes).await.map(|_| bytes)
        };
        let read_stderr = async {
            let (mut all, mut line) = (String::new(), Vec::new());
            while lines.read_until(b'\n', &mut line).await? > 0 {
                let text = String::from_utf8_lossy(&line);
                on_line(text.trim_end());
                all.push_str(&text);
                line.clear();
            }
            Ok(all)
        };
        let (stdout, stderr, status) = tokio::try_join!(read_stdout, read_stderr, self.child.wait())?;
        self.is_over = true;
        let stdout = String::from_utf8_lossy(&stdout).into_owned();
        Ok(Finished {
            code: ExitStatus::code(&status),
            stdout,
            stderr,
        })
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let (false, Some(pid)) = (
            self.is_over,
            self.child.id().and_then(|id| i32::try_from(id).ok()),
        ) && let Some(group) = rustix::process::Pid::from_raw(pid)
        {
            // The group is gone already when the child has just ended by itself.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

/// Answers from a recording and remembers what was asked.
#[cfg(test)]
#[derive(Debug, Default)]
pub struct RecordedRunner {
    answers: std::sync::Mutex<std::collections::VecDeque<Finished>>,
    asked: std::sync::Mutex<Vec<CommandLine>>,
}

#[cfg(test)]
impl RecordedRunner {
    /// A runner that gives these answers in their order.
    pub fn new(answers: impl IntoIterator<Item = Finished>) -> Self {
        Self {
            answers: std::sync::Mutex::new(answers.into_iter().collect()),
            asked: Default::default(),
        }
    }

    /// What was run, printed.
    pub fn asked(&self) -> Vec<CommandLine> {
        self.asked.lock().unwrap().clone()
    }
}

#[cfg(test)]
impl Runner for RecordedRunner {
    async fn run(
        &self,
        command: &CommandLine,
        mut on_line: impl FnMut(&str) + Send,
    ) -> anyhow::Result<Finished> {
        self.asked.lock().unwrap().push(command.clone());
        let answer = self.answers.lock().unwrap().pop_front();
        let answer = answer.with_context(|| format!("no answer is recorded for `{command}`"))?;
        answer.stderr.lines().for_each(&mut on_line);
        Ok(answer)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn shell(script: &str) -> CommandLine {
        CommandLine::new("sh").args(["-c", script])
    }

    #[tokio::test]
    async fn output_and_code_come_back_and_lines_are_shown_as_they_come() {
        let mut lines = Vec::new();
        let command = shell("echo data; echo one >&2; echo two >&2; exit 3");
        let finished = ChildRunner
            .run(&command, |line| lines.push(line.to_owned()))
            .await
            .unwrap();
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(3), "data\n"));
        assert_eq!(lines, ["one", "two"]);
        let error = finished.successful(&shell("x")).unwrap_err().to_string();
        assert_eq!(error, "run `sh -c x`: exit code 3:\n  one\n  two");
        let long = Finished {
            stderr: (1..=20).map(|n| format!("{n}\n")).collect(),
            ..Finished::default()
        };
        let error = long.successful(&shell("x")).unwrap_err().to_string();
        assert!(
            error.ends_with("signal:\n  1\n  2\n  3\n  4\n  5\n  6\n  …\n  15\n  16\n  17\n  18\n  19\n  20"),
            "{error}"
        );
        let wide = Finished {
            stderr: "é".repeat(QUOTED_CHARACTERS + 1),
            ..Finished::default()
        };
        let error = wide.successful(&shell("x")).unwrap_err().to_string();
        assert!(error.ends_with("éé…") && error.chars().filter(|&c| c == 'é').count() == QUOTED_CHARACTERS);
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named() {
        let error = ChildRunner
            .run(&CommandLine::new("no-such-program"), |_| ())
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "run `no-such-program`: command not found");
    }

    #[tokio::test]
    async fn a_deadline_ends_the_child_and_what_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let pid_file = folder.path().join("pid");
        let command = shell("sleep 600 & echo $! > pid; wait").folder(folder.path());
        let started = Instant::now();
        let error = ChildRunner
            .run(&command.deadline(Duration::from_secs(1)), |_| ())
            .await
            .unwrap_err();
        assert!(error.to_string().contains("it took more than"), "{error}");
        assert!(started.elapsed() < Duration::from_secs(120));
        let pid = std::fs::read_to_string(pid_file).unwrap();
        for _ in 0..1000 {
            if !is_alive(pid.trim()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("process {pid} is left");
    }

    /// Whether `ps` knows the process and it is no zombie, which nobody may reap in a container.
    fn is_alive(pid: &str) -> bool {
        let shown = std::process::Command::new("ps")
            .args(["-o", "stat=", "-p", pid])
            .output()
            .unwrap();
        let state = String::from_utf8_lossy(&shown.stdout).trim().to_owned();
        !state.is_empty() && !state.starts_with('Z')
    }
}
