//! The pinned tools: Deno, the Supabase CLI, PostgreSQL, Supabase Lite.
//!
//! `package-lock.json` of the workspace pins them, `npm ci` puts them into `node_modules/`. npm writes
//! `node_modules/.package-lock.json` last, so an installation that was interrupted is seen and done again. Where
//! `SEEDBED_TOOLS=path`, a Deno of the pinned major version and a Supabase CLI from 2 on, found on `PATH`, go first;
//! PostgreSQL is always the pinned one.

mod install;
mod platform;

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;
use stack::hint::{WithHint, mendable};
use stack::spec::StackTools;

use crate::env_vars;
use crate::exec::command_line::CommandLine;
use crate::exec::runner::{ChildRunner, Runner};
use crate::output::Step;
use crate::paths::Paths;
use crate::tools::platform::Platform;

pub use install::is_complete as installation_is_complete;
pub use platform::{is_musl, platform};

/// The tools, found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tools {
    /// Runs Edge Functions and REST.
    pub deno: Tool,
    /// Applies migrations.
    pub supabase: Tool,
    /// The folder of the `@embedded-postgres/…` package.
    pub postgres: Tool,
}

/// One tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// The program, or the folder of the package.
    pub path: PathBuf,
    /// Its version, as `2.9.6`.
    pub version: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a tool comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// `package-lock.json` of the workspace.
    Pinned,
    /// A folder of `PATH`.
    Path,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pinned => "pinned",
            Self::Path => "PATH",
        })
    }
}

impl fmt::Display for Tools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            deno,
            supabase,
            postgres,
        } = self;
        write!(
            f,
            "supabase {} · deno {} · postgres {}",
            supabase.version, deno.version, postgres.version
        )
    }
}

impl Tools {
    /// Finds the tools, installing the pinned ones first where they are missing or out of date.
    ///
    /// # Errors
    /// When npm is missing or fails, or there is no PostgreSQL for this machine.
    pub async fn ready(paths: &Paths, step: &Step) -> anyhow::Result<Self> {
        if !install::is_complete(paths)? {
            install::install(paths, step).await?;
        }
        Self::find(paths).await
    }

    /// Finds the tools that are there.
    ///
    /// # Errors
    /// When one of them is missing.
    pub async fn find(paths: &Paths) -> anyhow::Result<Self> {
        Ok(Self {
            deno: Self::find_deno(paths).await?,
            supabase: Self::find_supabase(paths).await?,
            postgres: Self::find_postgres(paths)?,
        })
    }

    /// Deno: the pinned one, else one on `PATH`; the other way round with `SEEDBED_TOOLS=path`.
    ///
    /// # Errors
    /// When there is none.
    pub async fn find_deno(paths: &Paths) -> anyhow::Result<Tool> {
        let pinned = pinned(paths, "deno", &Platform::here()?.deno(), "deno");
        let wanted = wanted_version(paths, "deno").unwrap_or_default();
        let accepts = |version: &str| major(version) == major(&wanted) && minor(version) >= minor(&wanted);
        choose(
            "deno",
            pinned,
            accepts,
            &format!("{}.{}", major(&wanted), minor(&wanted)),
        )
        .await
    }

    /// The Supabase CLI, in the same order.
    ///
    /// # Errors
    /// When there is none.
    pub async fn find_supabase(paths: &Paths) -> anyhow::Result<Tool> {
        let pinned = pinned(paths, "supabase", &Platform::here()?.supabase(), "bin/supabase");
        choose("supabase", pinned, |version| major(version) >= 2, "2").await
    }

    /// PostgreSQL, always the pinned one.
    ///
    /// # Errors
    /// When it is not installed.
    pub fn find_postgres(paths: &Paths) -> anyhow::Result<Tool> {
        let package = Platform::here()?.postgres();
        let program = pinned(paths, &package, &package, "native/bin/postgres");
        let mut tool = program
            .with_context(|| format!("find the package `{package}`: it is not installed"))
            .with_hint(|| "run `cargo xtask start`: it installs the pinned tools".into())?;
        // `17.10.0-beta.17` is the package's number for PostgreSQL 17.10.
        tool.version = tool.version.split('.').take(2).collect::<Vec<_>>().join(".");
        tool.path = paths.node_modules().join(&package);
        Ok(tool)
    }

    /// What the embedded stack runs.
    pub fn for_stack(&self, paths: &Paths) -> StackTools {
        StackTools {
            deno: self.deno.path.clone(),
            postgres_package: self.postgres.path.clone(),
            runtime: paths.workspace.join("stack/runtime"),
        }
    }
}

/// The tool of an installed package; `main` is the package that the lock file pins it by.
fn pinned(paths: &Paths, main: &str, package: &str, program: &str) -> Option<Tool> {
    let path = paths.node_modules().join(package).join(program);
    let version = wanted_version(paths, main)?;
    path.is_file().then_some(Tool {
        path,
        version,
        origin: Origin::Pinned,
    })
}

/// The version of a package in `package-lock.json`.
fn wanted_version(paths: &Paths, package: &str) -> Option<String> {
    let lock = install::read_json(&paths.workspace.join("package-lock.json")).ok()?;
    lock["packages"][format!("node_modules/{package}")]["version"]
        .as_str()
        .map(str::to_owned)
}

async fn choose(
    name: &str,
    pinned: Option<Tool>,
    accepts: impl Fn(&str) -> bool,
    oldest: &str,
) -> anyhow::Result<Tool> {
    let prefers_path = match env::var(env_vars::SEEDBED_TOOLS).unwrap_or_default().as_str() {
        "path" => true,
        "" | "pinned" => false,
        other => {
            return Err(mendable(
                format!(
                    "read `{}` in the environment: `{other}`: there is no such choice",
                    env_vars::SEEDBED_TOOLS
                ),
                "set it to `pinned` (the default) or `path`",
            ));
        }
    };
    if let (false, Some(tool)) = (prefers_path, &pinned) {
        return Ok(tool.clone());
    }
    match on_path(name)
        .await
        .filter(|tool| accepts(&tool.version))
        .or(pinned)
    {
        Some(tool) => Ok(tool),
        None => Err(mendable(
            format!(
                "find `{name}`: it is neither installed in the workspace nor on `PATH` in version {oldest} or newer"
            ),
            format!("run `cargo xtask start`: it installs the pinned tools; or put `{name}` on `PATH`"),
        )),
    }
}

/// The program on `PATH` with what it says its version is.
async fn on_path(name: &str) -> Option<Tool> {
    let path = which::which(name).ok()?;
    let version = version_of(&path).await?;
    Some(Tool {
        path,
        version,
        origin: Origin::Path,
    })
}

/// The first number with dots in the answer to `--version`.
pub async fn version_of(program: &Path) -> Option<String> {
    let command = CommandLine::new(program)
        .args(["--version"])
        .deadline(Duration::from_secs(20));
    let answer = ChildRunner
        .run(&command, |_| ())
        .await
        .ok()?
        .successful(&command)
        .ok()?;
    first_version(&answer.stdout)
}

fn first_version(text: &str) -> Option<String> {
    let words = text.split(|c: char| c.is_whitespace() || c == '(');
    let versions = words.map(|word| word.trim_start_matches('v'));
    versions
        .filter(|word| word.contains('.'))
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        .map(str::to_owned)
}

/// The major number of a version; 0 where there is none.
pub(crate) fn major(version: &str) -> u32 {
    version
        .split('.')
        .next()
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

fn minor(version: &str) -> u32 {
    version
        .split('.')
        .nth(1)
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

/// Whether every package of the lock is installed in its version; optional ones are for other machines.
fn is_installed(lock: &Value, installed: &Value) -> bool {
    let Some(packages) = lock["packages"].as_object() else {
        return false;
    };
    packages
        .iter()
        .filter(|(path, _)| !path.is_empty())
        .all(|(path, package)| {
            let found = &installed["packages"][path]["version"];
            *found == package["version"] || (found.is_null() && package["optional"] == true)
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_say() {
        let check = |text: &str, expect: &str| assert_eq!(first_version(text).as_deref(), Some(expect));
        check("3.1.0\n", "3.1.0");
        check(
            "deno 2.9.6 (stable, release, x86_64-unknown-linux-gnu)\nv8 14.1\n",
            "2.9.6",
        );
        check("v20.20.2", "20.20.2");
        assert_eq!(first_version("no version"), None);
        assert_eq!((major("3.1.0"), minor("3.1.0"), major("x")), (3, 1, 0));
    }

    #[test]
    fn an_installation_is_complete_when_it_is_what_the_lock_says() {
        let lock = json!({"packages": {
            "": {"name": "tools"},
            "node_modules/deno": {"version": "2.9.6"},
            "node_modules/@deno/darwin-arm64": {"version": "2.9.6", "optional": true},
        }});
        let check = |installed: Value, expect| {
            assert_eq!(is_installed(&lock, &json!({"packages": installed})), expect)
        };
        check(json!({"node_modules/deno": {"version": "2.9.6"}}), true);
        check(json!({"node_modules/deno": {"version": "2.9.5"}}), false);
        check(json!({}), false);
        let other = json!({"node_modules/deno": {"version": "2.9.6"}, "node_modules/@deno/darwin-arm64": {"version": "1.0.0"}});
        check(other, false);
    }
}
