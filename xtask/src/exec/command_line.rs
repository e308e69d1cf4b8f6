//! What to run, as data.

use std::ffi::{OsStr, OsString};
use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::output::masked;

/// A program with its arguments, environment, folder and deadline.
///
/// Passwords go by the environment, which is never printed; a password in a URL is masked in the printed form.
///
/// ```
/// use xtask::exec::command_line::CommandLine;
/// let push = CommandLine::new("supabase").args(["db", "push"]).env("PGPASSWORD", "secret");
/// assert_eq!(push.to_string(), "supabase db push");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// The program, by path or by name.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Variables on top of ours.
    pub envs: Vec<(OsString, OsString)>,
    /// Folder to run it in; ours where there is none.
    pub folder: Option<PathBuf>,
    /// When it is killed.
    pub deadline: Duration,
}

impl CommandLine {
    /// A program without arguments and with a deadline of a minute.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        let deadline = Duration::from_secs(60);
        Self {
            program: program.into(),
            args: Vec::new(),
            envs: Vec::new(),
            folder: None,
            deadline,
        }
    }

    /// Adds arguments.
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.args
            .extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Adds one argument.
    pub fn arg(self, arg: impl AsRef<OsStr>) -> Self {
        self.args([arg])
    }

    /// Sets a variable.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.envs
            .push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Sets several variables.
    pub fn envs<N: AsRef<OsStr>, V: AsRef<OsStr>>(self, variables: impl IntoIterator<Item = (N, V)>) -> Self {
        variables
            .into_iter()
            .fold(self, |command, (name, value)| command.env(name, value))
    }

    /// Sets the folder to run in.
    pub fn folder(mut self, folder: impl AsRef<Path>) -> Self {
        self.folder = Some(folder.as_ref().to_owned());
        self
    }

    /// Sets when it is killed.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }
}

impl Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.program.file_name().unwrap_or(self.program.as_os_str());
        let words = std::iter::once(name).chain(self.args.iter().map(OsString::as_os_str));
        let quoted = words.map(|word| {
            let word = word.to_string_lossy();
            match word.is_empty() || word.contains(char::is_whitespace) {
                true => format!("'{word}'"),
                false => word.into_owned(),
            }
        });
        f.write_str(&masked(&quoted.collect::<Vec<_>>().join(" ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_form_can_be_pasted_and_hides_passwords() {
        let check = |command: CommandLine, expect: &str| assert_eq!(command.to_string(), expect);
        check(
            CommandLine::new("/opt/a b/deno").args(["run", "my file.ts"]),
            "deno run 'my file.ts'",
        );
        let url = "--remote=postgresql://postgres:hunter2@127.0.0.1:5/postgres";
        check(
            CommandLine::new("supabase")
                .args([url])
                .env("PGPASSWORD", "hunter2"),
            "supabase --remote=postgresql://postgres:****@127.0.0.1:5/postgres",
        );
    }
}
