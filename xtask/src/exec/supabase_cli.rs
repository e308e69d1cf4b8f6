//! The Supabase CLI as typed functions.
//!
//! It is asked for JSON. The password goes by `PGPASSWORD`, never by an argument that `ps` shows.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::Value;

use crate::database::address::Address;
use crate::exec::command_line::CommandLine;
use crate::exec::runner::{Finished, Runner};
use crate::exec::work_folder::WorkFolder;

/// Long migrations of large projects take minutes.
const PUSH_DEADLINE: Duration = Duration::from_secs(30 * 60);
/// The first `supabase start` downloads container images.
const START_DEADLINE: Duration = Duration::from_secs(60 * 60);
/// Bundles are made and sent one after the other.
const DEPLOY_DEADLINE: Duration = Duration::from_secs(10 * 60);
const STOP_DEADLINE: Duration = Duration::from_secs(5 * 60);
/// What the CLI says where a stack without Docker was never made, or is destroyed.
const NO_STACK: &str = "No managed stack was found";

/// The CLI.
#[derive(Debug)]
pub struct SupabaseCli<R> {
    runner: R,
    program: PathBuf,
    major: u32,
    is_native: bool,
}

/// What `db push` is to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PushOptions {
    /// Only say what would be done.
    pub dry_run: bool,
    /// Run `roles.sql` first.
    pub include_roles: bool,
    /// Run the seed files last.
    pub include_seed: bool,
}

/// What `db push` did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Pushed {
    /// File names of migrations, in their order.
    pub migrations: Vec<String>,
    /// Seed files, relative to the work folder.
    pub seeds: Vec<String>,
    /// Files of roles.
    pub roles: Vec<String>,
}

/// Why `db push` failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushFailure {
    /// The CLI's own code, as `DbPushApplyError`.
    pub code: String,
    /// Its message.
    pub message: String,
    /// What it suggests.
    pub suggestion: Option<String>,
    /// The file that it was at.
    pub file: Option<PushedFile>,
    /// The migrations that it had applied before.
    pub applied: Vec<String>,
}

/// A file that `db push` runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushedFile {
    /// `roles.sql`.
    Roles,
    /// A file of `supabase/migrations`, by name.
    Migration(String),
    /// A seed file, as the CLI names it: `supabase/seed.sql`.
    Seed(String),
}

/// The local stack of the CLI, as `supabase status` tells it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct DockerStatus {
    /// Address of the API.
    pub api_url: String,
    /// Address of the database, with the password.
    pub db_url: String,
    /// `sb_publishable_…`
    pub publishable_key: Option<String>,
    /// `sb_secret_…`
    pub secret_key: Option<String>,
    /// Legacy key.
    pub anon_key: Option<String>,
    /// Legacy key.
    pub service_role_key: Option<String>,
    /// Shows mail; `INBUCKET_URL` before CLI 3.
    #[serde(alias = "INBUCKET_URL")]
    pub mailpit_url: Option<String>,
}

impl<R: Runner> SupabaseCli<R> {
    /// The CLI at `program`, whose version is known.
    pub fn new(runner: R, program: &Path, version: &str) -> Self {
        Self {
            runner,
            program: program.to_owned(),
            major: crate::tools::major(version),
            is_native: false,
        }
    }

    /// The same CLI, whose own stack is made of programs of this machine, in place of containers.
    pub fn native(self) -> Self {
        Self {
            is_native: true,
            ..self
        }
    }

    /// Applies what is pending, with the seed files; `on_file` hears of each file as its turn comes.
    ///
    /// # Errors
    /// When the CLI cannot be run. That it ran and failed is the inner result.
    pub async fn db_push(
        &self,
        work: &WorkFolder,
        database: &Address,
        options: PushOptions,
        mut on_file: impl FnMut(&PushedFile) + Send,
    ) -> anyhow::Result<Result<Pushed, PushFailure>> {
        let mut command = self.on_database(work, database, &["db", "push"])?;
        command = command.args(["--include-all", "--yes"]).deadline(PUSH_DEADLINE);
        if options.include_seed {
            command = command.args(["--include-seed"]);
        }
        if options.include_roles {
            command = command.args(["--include-roles"]);
        }
        if options.dry_run {
            command = command.args(["--dry-run"]);
        }
        let mut files = Vec::new();
        let finished = self.runner.run(&command, |line| {
            if let Some(file) = pushed_file(line) {
                on_file(&file);
                files.push(file);
            }
        });
        let finished = finished.await?;
        match answer(&finished) {
            Some(Answer::Failure { error }) => Ok(Err(failure(error, files))),
            Some(Answer::Success(value)) if finished.code == Some(0) => {
                let pushed = serde_json::from_value(value)
                    .with_context(|| format!("read the answer of `{command}`"))?;
                Ok(Ok(pushed))
            }
            _ => {
                finished.successful(&command)?;
                bail!("run `{command}`: it did not answer in JSON")
            }
        }
    }

    /// The local Docker stack of the project in `folder`; `None` where it does not run.
    ///
    /// # Errors
    /// When the CLI cannot be run or answers in a form that is not known.
    pub async fn status(&self, folder: &Path) -> anyhow::Result<Option<DockerStatus>> {
        let forms: [&[&str]; 2] = [
            &["status", "--output", "json"],
            &["status", "--env", "--output-format", "json"],
        ];
        for form in forms {
            let command = self.in_project(folder, form);
            let finished = self.runner.run(&command, |_| ()).await?;
            if finished.code == Some(0)
                && let Some(status) = docker_status(&finished.stdout)
            {
                return Ok(Some(status));
            }
            // Only the stack without Docker (`SUPABASE_EXPERIMENTAL_STACK`) wants the second form.
            if !finished.stderr.contains("--output") {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// Starts the Docker stack of the project in `folder`.
    ///
    /// # Errors
    /// When the CLI fails: its own words are quoted.
    pub async fn start(&self, folder: &Path, on_line: impl FnMut(&str) + Send) -> anyhow::Result<()> {
        let runtime: &[&str] = match self.is_native {
            true => &["start", "--runtime", "native"],
            false => &["start"],
        };
        let command = self.in_project(folder, runtime).deadline(START_DEADLINE);
        self.runner.run(&command, on_line).await?.successful(&command)?;
        Ok(())
    }

    /// Stops the CLI's stack of the project in `folder`; that there is none is no error.
    ///
    /// # Errors
    /// When the CLI fails: its own words are quoted.
    pub async fn stop(&self, folder: &Path, delete_data: bool) -> anyhow::Result<()> {
        let args: &[&str] = match (delete_data, self.is_native) {
            (false, _) => &["stop"],
            (true, false) => &["stop", "--no-backup"],
            // Without Docker `stop` always keeps the data, and does not know the flag.
            (true, true) => &["stack", "destroy", "--yes"],
        };
        let command = self.in_project(folder, args).deadline(STOP_DEADLINE);
        let finished = self.runner.run(&command, |_| ()).await?;
        if !finished.stderr.contains(NO_STACK) {
            finished.successful(&command)?;
        }
        Ok(())
    }

    /// Makes the local database anew, migrated and seeded, as `supabase db reset` does.
    ///
    /// # Errors
    /// When the CLI fails: its own words are quoted.
    pub async fn db_reset(&self, folder: &Path, on_line: impl FnMut(&str) + Send) -> anyhow::Result<()> {
        let command = self
            .in_project(folder, &["db", "reset", "--yes"])
            .deadline(PUSH_DEADLINE);
        self.runner.run(&command, on_line).await?.successful(&command)?;
        Ok(())
    }

    /// Puts the Edge Functions of the project in `folder` in the place of those of a hosted project, without Docker.
    ///
    /// # Errors
    /// When the CLI fails: its own words are quoted.
    pub async fn functions_deploy(
        &self,
        folder: &Path,
        project_ref: &str,
        access_token: Option<&str>,
        on_line: impl FnMut(&str) + Send,
    ) -> anyhow::Result<()> {
        let command = self
            .in_project(
                folder,
                &["functions", "deploy", "--use-api", "--project-ref", project_ref],
            )
            .envs(access_token.map(|token| ("SUPABASE_ACCESS_TOKEN", token)))
            .deadline(DEPLOY_DEADLINE);
        self.runner.run(&command, on_line).await?.successful(&command)?;
        Ok(())
    }

    fn in_project(&self, folder: &Path, args: &[&str]) -> CommandLine {
        let command = CommandLine::new(&self.program)
            .args(args)
            .arg("--workdir")
            .arg(folder)
            .folder(folder)
            .env("SUPABASE_NO_UPDATE_NOTIFIER", "1");
        match self.is_native {
            true => command.env("SUPABASE_EXPERIMENTAL_STACK", "1"),
            false => command,
        }
    }

    fn on_database(
        &self,
        work: &WorkFolder,
        database: &Address,
        args: &[&str],
    ) -> anyhow::Result<CommandLine> {
        let url = address(database);
        let target = if self.major >= 3 {
            format!("--remote={url}")
        } else {
            format!("--db-url={url}")
        };
        let root = database.root.as_ref();
        let root = root.map(|file| ("PGSSLROOTCERT", file.display().to_string()));
        let password = String::from_utf8_lossy(database.get_password().unwrap_or_default()).into_owned();
        Ok(self
            .in_project(work.path(), args)
            .args([target.as_str(), "--output-format", "json"])
            .env("PGPASSWORD", password)
            .env("PGSSLMODE", database.tls.word())
            .envs(root)
            .env("DO_NOT_TRACK", "1")
            .env("SUPABASE_HOME", work.cli_home()))
    }
}

/// The address of a database, without its password.
fn address(database: &Address) -> String {
    format!(
        "postgresql://{}@{database}",
        database.get_user().unwrap_or("postgres")
    )
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Failure { error: AnswerError },
    Success(Value),
}

#[derive(Deserialize)]
struct AnswerError {
    code: String,
    message: String,
    suggestion: Option<String>,
}

/// The last line of stdout that is a JSON object.
fn answer(finished: &Finished) -> Option<Answer> {
    finished
        .stdout
        .lines()
        .rev()
        .find(|line| line.starts_with('{'))
        .and_then(|line| serde_json::from_str(line).ok())
}

fn failure(error: AnswerError, mut files: Vec<PushedFile>) -> PushFailure {
    let file = files.pop();
    let applied = files.into_iter().filter_map(|file| match file {
        PushedFile::Migration(name) => Some(name),
        PushedFile::Roles | PushedFile::Seed(_) => None,
    });
    let applied = match &file {
        // A seed file comes after all migrations, which are applied then.
        Some(PushedFile::Roles) => Vec::new(),
        _ => applied.collect(),
    };
    let suggestion = error
        .suggestion
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty());
    PushFailure {
        code: error.code,
        message: error.message,
        suggestion,
        file,
        applied,
    }
}

/// The file that a line of the CLI's talk is about.
fn pushed_file(line: &str) -> Option<PushedFile> {
    let name = |rest: &str| rest.trim_end_matches('.').to_owned();
    if let Some(rest) = line.strip_prefix("Applying migration ") {
        return Some(PushedFile::Migration(name(rest)));
    }
    if let Some(rest) = line.strip_prefix("Seeding data from ") {
        return Some(PushedFile::Seed(name(rest)));
    }
    line.starts_with("Seeding globals from ")
        .then_some(PushedFile::Roles)
}

/// Reads `supabase status`; some versions put the values one level down.
fn docker_status(stdout: &str) -> Option<DockerStatus> {
    let start = stdout.find('{')?;
    let value: Value = serde_json::from_str(&stdout[start..]).ok()?;
    let inner = value
        .as_object()?
        .values()
        .find(|inner| inner.get("API_URL").is_some())
        .cloned();
    serde_json::from_value(inner.unwrap_or(value)).ok()
}

#[cfg(test)]
mod tests;
