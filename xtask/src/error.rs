//! How errors are shown, and which exit code they give.

use std::process::ExitCode;

use anstream::{eprint, eprintln, println};
use anyhow::Error;
use owo_colors::OwoColorize;
use serde_json::{Value, json};
use stack::hint::hints;

use crate::database::failure;
use crate::output::{Output, masked};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done: exit code 0.
    Done,
    /// The answer is no, or the user can mend what went wrong: exit code 1.
    No,
    /// Unexpected error: exit code 2.
    Unexpected,
    /// Ctrl-C: exit code 130.
    Interrupted,
    /// SIGTERM: exit code 143.
    Terminated,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::No => 1,
            Exit::Unexpected => 2,
            Exit::Interrupted => 130,
            Exit::Terminated => 143,
        })
    }
}

/// Prints an error: for people on stderr, and with `--json` as one JSON value on stdout.
pub fn report(output: &Output, error: &Error) -> Exit {
    let message = message(error);
    let mut hints: Vec<String> = hints(error).into_iter().map(masked).collect();
    if hints.is_empty() {
        hints.extend(hint_of_cause(error).map(str::to_owned));
    }
    if output.is_json() {
        println!("{}", json!({"error": {"message": message, "hints": hints}}));
    }
    eprintln!("{} {message}", "error:".red().bold());
    for hint in &hints {
        eprintln!("{} {hint}", "hint:".cyan().bold());
    }
    if hints.is_empty() {
        Exit::Unexpected
    } else {
        Exit::No
    }
}

/// What to do about a cause that any command may meet.
fn hint_of_cause(error: &Error) -> Option<&'static str> {
    let is_full = error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::StorageFull)
    });
    match is_full {
        true => Some("make room on the disk; `cargo xtask doctor` says how much there is"),
        false => failure::hint(error),
    }
}

/// Prints that the user interrupted, and what is left behind.
pub fn report_interruption(output: &Output, left: &str) {
    if output.is_json() {
        println!("{}", json!({"error": {"message": left, "hints": []}}));
    }
    eprintln!("{} {left}", "error:".red().bold());
}

/// Prints what clap found wrong with the command line, or the help text that was asked for.
pub fn report_usage(error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        anstream::print!("{}", error.render().ansi());
        return Exit::Done;
    }
    if std::env::args().any(|arg| arg == "--json") {
        println!("{}", usage_json(&error.render().to_string()));
    }
    eprint!("{}", error.render().ansi());
    Exit::No
}

/// What clap says as JSON: its first paragraph is the message, its tips are hints.
fn usage_json(text: &str) -> Value {
    let paragraph: Vec<&str> = text
        .lines()
        .take_while(|line| !line.is_empty())
        .map(str::trim)
        .collect();
    let message = paragraph.join(" ");
    let mut hints: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("tip: "))
        .collect();
    hints.push("run `cargo xtask --help`");
    json!({"error": {"message": message.trim_start_matches("error: "), "hints": hints}})
}

/// The chain of causes on one line, outermost first; a cause that its parent already quotes is left out.
pub fn message(error: &Error) -> String {
    let mut message = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if message.is_empty() {
            message = cause;
        } else if !message.ends_with(&cause) {
            message = format!("{message}: {cause}");
        }
    }
    masked(&message)
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, anyhow};
    use stack::hint::{WithHint, mendable};

    use super::*;

    fn check(error: &Error, expect_message: &str, expect_exit: Exit) {
        assert_eq!(message(error), expect_message);
        let output = Output::new(Default::default());
        assert_eq!(report(&output, error), expect_exit);
    }

    #[test]
    fn the_chain_stands_on_one_line() {
        let error = anyhow!("connection refused")
            .context("connect to `127.0.0.1:5`")
            .context("apply migrations");
        check(
            &error,
            "apply migrations: connect to `127.0.0.1:5`: connection refused",
            Exit::Unexpected,
        );
    }

    #[test]
    fn a_cause_that_is_quoted_already_is_not_repeated() {
        let inner = std::io::Error::other("no space left");
        let error = Error::new(inner).context("write `a`: no space left");
        check(&error, "write `a`: no space left", Exit::Unexpected);
    }

    #[test]
    fn an_error_with_a_hint_anywhere_in_its_chain_can_be_mended() {
        let error = mendable("port 5 is taken", "stop it").context("start the stack");
        check(&error, "start the stack: port 5 is taken", Exit::No);
        let error = Err::<(), _>(anyhow!("x"))
            .with_hint(|| "y".into())
            .context("z")
            .unwrap_err();
        check(&error, "z: x", Exit::No);
    }

    #[test]
    fn a_full_disk_can_be_mended() {
        let error = Error::new(std::io::Error::from(std::io::ErrorKind::StorageFull)).context("write `a`");
        check(&error, "write `a`: no storage space", Exit::No);
    }

    #[test]
    fn a_mistake_on_the_command_line_keeps_its_tip_as_json() {
        let text = "error: unrecognized subcommand 'reste'\n\n  tip: a similar subcommand exists: 'reset'\n";
        let expected = json!({"error": {
            "message": "unrecognized subcommand 'reste'",
            "hints": ["a similar subcommand exists: 'reset'", "run `cargo xtask --help`"],
        }});
        assert_eq!(usage_json(text), expected);
        let text =
            "error: invalid value 'x' for '--target <KIND>'\n  [possible values: embedded, supabase]\n\nFor";
        let message = "invalid value 'x' for '--target <KIND>' [possible values: embedded, supabase]";
        assert_eq!(usage_json(text)["error"]["message"], message);
    }

    #[test]
    fn a_password_in_a_url_is_masked() {
        let error = anyhow!("connect to `postgresql://postgres:hunter2@127.0.0.1:5/postgres`");
        check(
            &error,
            "connect to `postgresql://postgres:****@127.0.0.1:5/postgres`",
            Exit::Unexpected,
        );
    }
}
