//! Stdout for data, stderr for talk.
//!
//! On a terminal a step shows a spinner while it runs; in a pipe or in CI it is one plain line when it ends. With
//! `--json` stdout carries exactly one JSON value. Colours follow `NO_COLOR` and whether the stream is a terminal.

use std::io::{self, BufRead, IsTerminal};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anstream::{eprint, eprintln, println};
use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use owo_colors::OwoColorize;
use serde::Serialize;
use serde_json::Value;
use stack::hint::mendable;

const NAME_WIDTH: usize = 11;
const DETAIL_WIDTH: usize = 58;

/// How much is said on stderr.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// One line per step.
    #[default]
    Normal,
    /// Also what the steps consist of.
    Verbose,
}

/// What the flags say about output.
#[derive(Debug, Clone, Copy, Default)]
pub struct OutputOptions {
    /// One JSON value on stdout.
    pub json: bool,
    /// How much to say on stderr.
    pub verbosity: Verbosity,
}

/// Where a command writes to. Cheap to clone; clones share the steps that are under way.
#[derive(Debug, Clone)]
pub struct Output {
    options: OutputOptions,
    has_spinner: bool,
    under_way: Arc<Mutex<Vec<UnderWay>>>,
    is_interrupted: Arc<AtomicBool>,
    /// Where JSON goes that another command prints as a part of its own.
    kept: Option<Arc<Mutex<Vec<Value>>>>,
}

#[derive(Debug)]
struct UnderWay {
    id: u64,
    name: String,
    leaves: Option<String>,
}

impl Output {
    /// Output by the flags, the environment and the kind of stderr.
    pub fn new(options: OutputOptions) -> Self {
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let is_ci = std::env::var_os("CI").is_some_and(|ci| !ci.is_empty() && ci != "false");
        let has_spinner =
            io::stderr().is_terminal() && !is_dumb && !is_ci && options.verbosity != Verbosity::Quiet;
        Self {
            options,
            has_spinner,
            under_way: Arc::default(),
            is_interrupted: Arc::default(),
            kept: None,
        }
    }

    /// The same for commands that are parts of another one: their JSON is kept, in their order, in place of printed.
    pub fn keeping(&self) -> (Self, Arc<Mutex<Vec<Value>>>) {
        let kept = Arc::default();
        let part = Self {
            kept: Some(Arc::clone(&kept)),
            ..self.clone()
        };
        (part, kept)
    }

    /// Whether stdout is for one JSON value.
    pub fn is_json(&self) -> bool {
        self.options.json
    }

    /// Whether `--verbose` was given.
    pub fn is_verbose(&self) -> bool {
        self.options.verbosity == Verbosity::Verbose
    }

    /// Prints the command's result: `value` with `--json`, else `text`. Call it once per command.
    ///
    /// # Errors
    /// When `value` cannot be written as JSON.
    pub fn result(&self, value: &impl Serialize, text: impl FnOnce() -> String) -> anyhow::Result<()> {
        if self.options.json {
            let value = serde_json::to_value(value).context("write the result as JSON")?;
            match &self.kept {
                Some(kept) => kept.lock().unwrap_or_else(PoisonError::into_inner).push(value),
                None => println!("{value:#}"),
            }
            return Ok(());
        }
        let text = text();
        if !text.is_empty() {
            println!("{}", text.trim_end_matches('\n'));
        }
        Ok(())
    }

    /// Says something on stderr, unless `--quiet`.
    pub fn say(&self, text: impl AsRef<str>) {
        if self.options.verbosity >= Verbosity::Normal {
            eprintln!("{}", text.as_ref());
        }
    }

    /// Says something on stderr with `--verbose` only.
    pub fn say_verbose(&self, text: impl AsRef<str>) {
        if self.is_verbose() {
            eprintln!("{}", text.as_ref().dimmed());
        }
    }

    /// Warns on stderr, unless `--quiet`.
    pub fn warn(&self, text: impl AsRef<str>) {
        self.say(format!("{} {}", "warning:".yellow().bold(), text.as_ref()));
    }

    /// Begins a step of the work. It ends with [`Step::done`]; dropped before, it is shown as failed.
    ///
    /// ```
    /// use xtask::output::Output;
    /// let output = Output::new(Default::default());
    /// let step = output.step("migrations");
    /// step.update("applying 20260101000000_init.sql");
    /// step.done("1 applied");
    /// ```
    pub fn step(&self, name: &str) -> Step {
        let id = self
            .under_way
            .lock()
            .expect("no panic under the lock")
            .last()
            .map_or(0, |last| last.id + 1);
        let entry = UnderWay {
            id,
            name: name.to_owned(),
            leaves: None,
        };
        self.under_way
            .lock()
            .expect("no panic under the lock")
            .push(entry);
        let spinner = self.has_spinner.then(|| {
            let style = ProgressStyle::with_template("{spinner} {prefix} {msg}  {elapsed}")
                .expect("a valid template");
            let bar = ProgressBar::new_spinner().with_style(style);
            bar.set_prefix(format!("{name:<NAME_WIDTH$}"));
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Step {
            output: self.clone(),
            id,
            name: name.to_owned(),
            started: Instant::now(),
            spinner,
            said: Mutex::default(),
            has_ended: false,
        }
    }

    /// Asks for a yes. `--yes` answers at once; without a terminal nothing waits for an answer.
    ///
    /// # Errors
    /// When there is no terminal to ask on, with the hint to pass `--yes`.
    pub async fn confirm(&self, question: &str, assume_yes: bool) -> anyhow::Result<bool> {
        if assume_yes {
            return Ok(true);
        }
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Err(mendable(
                format!("{question} There is no terminal to answer on"),
                "pass `--yes` to answer every question with yes",
            ));
        }
        eprint!("{question} [y/N] ");
        let answer = tokio::task::spawn_blocking(|| {
            let mut answer = String::new();
            io::stdin().lock().read_line(&mut answer).map(|_| answer)
        });
        let answer = answer
            .await
            .context("wait for the answer")?
            .context("read the answer")?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Notes that the user interrupts, so that steps end as interrupted, and tells what is left behind.
    pub fn interrupt(&self) -> String {
        self.is_interrupted.store(true, Ordering::Relaxed);
        match self.under_way.lock().expect("no panic under the lock").last() {
            Some(UnderWay {
                name,
                leaves: Some(leaves),
                ..
            }) => format!("interrupted during {name}: {leaves}"),
            Some(UnderWay {
                name, leaves: None, ..
            }) => {
                format!("interrupted during {name}: nothing was changed by it")
            }
            None => "interrupted: nothing was left half done".to_owned(),
        }
    }
}

/// One step of the work, with how long it took.
#[must_use = "a step that is dropped is shown as failed"]
#[derive(Debug)]
pub struct Step {
    output: Output,
    id: u64,
    name: String,
    started: Instant,
    spinner: Option<ProgressBar>,
    said: Mutex<String>,
    has_ended: bool,
}

impl Step {
    /// Says what the step does right now; seen on a terminal, and with `--verbose`. Saying it twice says it once.
    pub fn update(&self, detail: impl AsRef<str>) {
        let detail = detail.as_ref();
        let mut said = self.said.lock().expect("no panic under the lock");
        if *said == detail {
            return;
        }
        detail.clone_into(&mut said);
        match &self.spinner {
            Some(spinner) => spinner.set_message(detail.to_owned()),
            None => self
                .output
                .say_verbose(format!("  {:<NAME_WIDTH$} {detail}", self.name)),
        }
    }

    /// Says what everybody should know while the step goes on: a line of its own.
    pub fn say(&self, text: impl AsRef<str>) {
        let line = format!("  {}", text.as_ref());
        match &self.spinner {
            Some(spinner) => spinner.suspend(|| self.output.say(line)),
            None => self.output.say(line),
        }
    }

    /// Shows how far the step is, where it is seen as it goes: on a terminal.
    pub fn progress(&self, detail: String) {
        if let Some(spinner) = &self.spinner {
            spinner.set_message(detail);
        }
    }

    /// Sets the sentence that tells what an interrupt from here on leaves behind.
    pub fn leaves(&self, what: impl Into<String>) {
        let mut under_way = self.output.under_way.lock().expect("no panic under the lock");
        if let Some(entry) = under_way.iter_mut().find(|entry| entry.id == self.id) {
            entry.leaves = Some(what.into());
        }
    }

    /// Ends the step: `✔ name  detail  0.9 s`.
    pub fn done(mut self, detail: impl AsRef<str>) {
        let seconds = format!("{:.1} s", self.started.elapsed().as_secs_f64());
        self.end(format!(
            "{} {:<NAME_WIDTH$} {:<DETAIL_WIDTH$} {}",
            "✔".green(),
            self.name,
            detail.as_ref(),
            seconds.dimmed()
        ));
    }

    /// Ends the step as one whose answer is no: `✘ name  detail  0.9 s`.
    pub fn failed(mut self, detail: impl AsRef<str>) {
        let seconds = format!("{:.1} s", self.started.elapsed().as_secs_f64());
        self.end(format!(
            "{} {:<NAME_WIDTH$} {:<DETAIL_WIDTH$} {}",
            "✘".red(),
            self.name,
            detail.as_ref(),
            seconds.dimmed()
        ));
    }

    fn end(&mut self, line: String) {
        self.has_ended = true;
        if let Some(spinner) = self.spinner.take() {
            spinner.finish_and_clear();
        }
        self.output
            .under_way
            .lock()
            .expect("no panic under the lock")
            .retain(|entry| entry.id != self.id);
        self.output.say(line);
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if !self.has_ended {
            let how = if self.output.is_interrupted.load(Ordering::Relaxed) {
                "interrupted"
            } else {
                "failed"
            };
            self.end(format!("{} {:<NAME_WIDTH$} {how}", "✘".red(), self.name));
        }
    }
}

/// `text` without what must not be shown: passwords in URLs, secret keys, tokens.
pub fn masked(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let (before, after) = rest.split_at(start + "://".len());
        shown.push_str(before);
        let authority = &after[..after
            .find(['/', '?', '#', ' ', '`', '\n', '"', '\''])
            .unwrap_or(after.len())];
        rest = match authority
            .rsplit_once('@')
            .and_then(|(user, host)| Some((user.split_once(':')?.0, host)))
        {
            Some((user, host)) => {
                shown.push_str(&format!("{user}:****@{host}"));
                &after[authority.len()..]
            }
            None => after,
        };
    }
    shown.push_str(rest);
    // An address keeps its `=` and `&`, but for what stands between them.
    let is_end = |c: char| c.is_whitespace() || "`\"',;()[]{}<>=&:".contains(c);
    shown
        .split_inclusive(is_end)
        .map(|word| {
            let token = word.trim_end_matches(is_end);
            let is_jwt = token.starts_with("eyJ") && token.matches('.').count() == 2;
            match is_jwt || token.starts_with("sb_secret_") {
                true => word.replacen(token, "****", 1),
                false => word.to_owned(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        let check = |text: &str, expect: &str| assert_eq!(masked(text), expect);
        check("postgres://u:p@h:1/d", "postgres://u:****@h:1/d");
        check(
            "at `postgresql://u:p@ss@h/d?x=y`, and http://a/b",
            "at `postgresql://u:****@h/d?x=y`, and http://a/b",
        );
        check("http://127.0.0.1:54321/auth/v1", "http://127.0.0.1:54321/auth/v1");
        check("key `sb_secret_abc` refused", "key `****` refused");
        check("token eyJh.eyJi.sig\n", "token ****\n");
        check("?apikey=eyJh.eyJi.sig&x=1", "?apikey=****&x=1");
        check("{key:sb_secret_abc}", "{key:****}");
        check("sb_publishable_x stays", "sb_publishable_x stays");
    }

    #[test]
    fn an_interrupt_tells_what_the_step_under_way_leaves() {
        let output = Output::new(OutputOptions {
            json: false,
            verbosity: Verbosity::Quiet,
        });
        let outer = output.step("reset");
        let inner = output.step("migrations");
        inner.leaves("applied migrations stay");
        assert_eq!(
            output.interrupt(),
            "interrupted during migrations: applied migrations stay"
        );
        inner.done("");
        assert_eq!(
            output.interrupt(),
            "interrupted during reset: nothing was changed by it"
        );
        drop(outer);
        assert_eq!(output.interrupt(), "interrupted: nothing was left half done");
    }

    #[tokio::test]
    async fn yes_is_assumed_without_asking() {
        let output = Output::new(OutputOptions::default());
        assert!(output.confirm("Delete it?", true).await.unwrap());
    }
}
