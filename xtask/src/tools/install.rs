//! `npm ci`, once, whoever asks first.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use fs2::FileExt;
use serde_json::Value;
use stack::hint::{WithHint, mendable};

use super::is_installed;
use crate::exec::command_line::CommandLine;
use crate::exec::runner::{ChildRunner, Runner};
use crate::output::Step;
use crate::paths::Paths;
use crate::tools::platform::Platform;

/// Some 450 MB, over a slow line too.
const DEADLINE: Duration = Duration::from_secs(30 * 60);

/// Whether `node_modules/` is what `package-lock.json` says and has the programs for this machine.
///
/// # Errors
/// When `package-lock.json` cannot be read.
pub fn is_complete(paths: &Paths) -> anyhow::Result<bool> {
    let lock = read_json(&paths.workspace.join("package-lock.json"))?;
    // A missing or half-written file means that npm has not come to its end.
    let Ok(installed) = read_json(&paths.node_modules().join(".package-lock.json")) else {
        return Ok(false);
    };
    Ok(is_installed(&lock, &installed) && has_packages(paths, &installed) && has_programs(paths)?)
}

/// Installs the pinned tools, unless another command does it right now: then it waits for that one.
///
/// # Errors
/// When npm is not there or fails.
pub async fn install(paths: &Paths, step: &Step) -> anyhow::Result<()> {
    let _lock = lock(paths, step).await?;
    if is_complete(paths)? {
        return Ok(());
    }
    let npm = which::which("npm").map_err(|_| {
        mendable(
            "install the pinned tools: `npm` is not on `PATH`",
            "install Node.js 20 or newer, which brings npm (https://nodejs.org)",
        )
    })?;
    step.leaves("half-installed tools; the next command installs them again");
    step.update("installing the pinned tools with npm (about 450 MB)");
    let ci = CommandLine::new(npm)
        .args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ])
        .folder(&paths.workspace)
        .deadline(DEADLINE);
    let finished = ChildRunner.run(&ci, |_| ()).await?;
    finished.successful(&ci).context("install the pinned tools").with_hint(|| {
        "see what npm says: check the network, the registry (`npm config get registry`) and the space on the disk, \
         then run the command again"
            .into()
    })?;
    Ok(())
}

/// Whether what npm noted as installed is still there.
fn has_packages(paths: &Paths, installed: &Value) -> bool {
    let packages = installed["packages"].as_object().into_iter().flatten();
    packages
        .filter(|(path, _)| !path.is_empty())
        .all(|(path, _)| paths.workspace.join(path).join("package.json").is_file())
}

/// Whether the programs for this machine are there.
fn has_programs(paths: &Paths) -> anyhow::Result<bool> {
    let platform = Platform::here()?;
    let needed = [
        (platform.deno(), "deno"),
        (platform.supabase(), "bin/supabase"),
        (platform.postgres(), "native/bin/postgres"),
        ("@supabase/lite".to_owned(), "package.json"),
    ];
    Ok(needed
        .into_iter()
        .all(|(package, file)| paths.node_modules().join(package).join(file).is_file()))
}

/// Waits until nobody else installs into the workspace; the lock ends with the file.
async fn lock(paths: &Paths, step: &Step) -> anyhow::Result<File> {
    let folder = paths.workspace.join(".seedbed");
    let path = folder.join("install.lock");
    let file = fs::create_dir_all(&folder)
        .and_then(|()| File::create(&path))
        .with_context(|| format!("install the pinned tools: write `{}`", path.display()))
        .with_hint(|| {
            "install them as a user who may write into the workspace, with `npm ci --ignore-scripts`".into()
        })?;
    loop {
        match file.try_lock_exclusive() {
            Err(error) if error.kind() == fs2::lock_contended_error().kind() => {
                step.update("waiting for another command that installs the tools");
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
            result => {
                return result
                    .map(|()| file)
                    .with_context(|| format!("lock `{}`", path.display()));
            }
        }
    }
}

/// A JSON file.
pub(super) fn read_json(path: &Path) -> anyhow::Result<Value> {
    let text = fs::read(path).with_context(|| format!("read `{}`", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("read `{}`", path.display()))
}
