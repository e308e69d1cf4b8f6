//! What every command is handed.

use std::fs;
use std::io::IsTerminal;

use anyhow::Context as _;
use stack::hint::WithHint;
use stack::launch::{self, Lock};

use crate::cli::GlobalArgs;
use crate::output::Output;
use crate::paths::Paths;
use crate::project_file::ProjectFile;
use crate::settings::Settings;
use crate::target::{self, TargetName};

/// The flags that all commands share, resolved once.
#[derive(Debug, Clone)]
pub struct Context {
    /// Where things are.
    pub paths: Paths,
    /// Which Supabase to work on.
    pub target: TargetName,
    /// Where to write to.
    pub output: Output,
    /// Whether every question is answered with yes.
    pub assume_yes: bool,
}

impl Context {
    /// Finds the project and takes over the flags.
    ///
    /// # Errors
    /// When there is no such project.
    pub fn resolve(args: &GlobalArgs, output: &Output) -> anyhow::Result<Self> {
        let here = std::env::current_dir()?;
        Ok(Self {
            paths: Paths::resolve(args.project.as_deref(), &here)?,
            target: args.target.clone(),
            output: output.clone(),
            assume_yes: args.yes,
        })
    }

    /// The same for another target.
    ///
    /// # Errors
    /// When it cannot be found out what `local` is.
    pub async fn on(&self, target: &TargetName) -> anyhow::Result<Self> {
        let mut other = Self {
            target: target.clone(),
            ..self.clone()
        };
        target::settle(&mut other).await?;
        Ok(other)
    }

    /// Whether somebody can answer a question.
    pub fn is_interactive(&self) -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// Keeps other commands from changing the same stack; let go when dropped.
    ///
    /// # Errors
    /// Another command is at work: it is named.
    pub fn lock(&self) -> anyhow::Result<Lock> {
        let home = self.paths.home();
        let make = || {
            fs::create_dir_all(&home)?;
            // A folder that ignores itself needs no line in the project's own `.gitignore`.
            fs::write(home.join(".gitignore"), "*\n")
        };
        make()
            .with_context(|| format!("make the folder `{}`", home.display()))
            .with_hint(|| format!("make `{}` writable for you", self.paths.project.display()))?;
        launch::lock(&home)
    }

    /// The variables of the environment and of the project's `.env`, and the roles of its `seedbed.toml`. Read on demand, so that `stop` works
    /// although the `.env` is broken.
    ///
    /// # Errors
    /// When `.env` or `seedbed.toml` cannot be read or a value makes no sense.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        let roles = ProjectFile::load(&self.paths.project)?.roles();
        Settings::load(&self.paths.dotenv(), roles)
    }
}
