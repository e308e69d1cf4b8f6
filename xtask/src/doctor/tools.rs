//! npm, the pinned tools, and with `--target supabase` Docker.

use super::Finding;
use crate::context::Context;
use crate::target::TargetName;
use crate::tools::{Tool, Tools, installation_is_complete, version_of};

/// Deno's package needs no Node.js, but npm does.
const OLDEST_NODE: u32 = 20;

/// Looks at the tools.
pub async fn examine(context: &Context) -> Vec<Finding> {
    let paths = &context.paths;
    let is_complete = installation_is_complete(paths).unwrap_or(false);
    let mut findings = vec![node(is_complete).await, npm(is_complete).await];
    findings.push(match is_complete {
        true => Finding::good("packages", "`node_modules/` is what `package-lock.json` says"),
        false => Finding::notice(
            "packages",
            "not installed, or not as `package-lock.json` says",
            "nothing to do: the next `cargo xtask start` installs them",
        ),
    });
    findings.push(tool("deno", Tools::find_deno(paths).await, is_complete));
    findings.push(tool("supabase", Tools::find_supabase(paths).await, is_complete));
    findings.push(tool("postgres", Tools::find_postgres(paths), is_complete));
    if context.target == TargetName::Supabase {
        findings.push(docker());
    }
    findings
}

/// Missing is bad only where the installation claims to be complete.
fn tool(name: &str, found: anyhow::Result<Tool>, is_complete: bool) -> Finding {
    match found {
        Ok(tool) => Finding::good(
            name,
            format!("{} · {} · `{}`", tool.version, tool.origin, tool.path.display()),
        ),
        Err(_) if !is_complete => Finding::notice(name, "not installed yet", "nothing to do: see packages"),
        Err(error) => Finding::from_error(name, &error),
    }
}

async fn node(is_complete: bool) -> Finding {
    let hint = "install Node.js 20 or newer (https://nodejs.org): it brings npm, which installs the tools";
    let Ok(path) = which::which("node") else {
        return match is_complete {
            true => Finding::notice("node", "not on `PATH`; the tools are installed already", hint),
            false => Finding::bad("node", "not on `PATH`", hint),
        };
    };
    match version_of(&path).await {
        Some(version) if crate::tools::major(&version) < OLDEST_NODE => {
            Finding::notice("node", format!("{version} · `{}`: old", path.display()), hint)
        }
        Some(version) => Finding::good("node", format!("{version} · PATH · `{}`", path.display())),
        None => Finding::bad(
            "node",
            format!("`{}` does not tell its version", path.display()),
            hint,
        ),
    }
}

async fn npm(is_complete: bool) -> Finding {
    let hint = "install Node.js 20 or newer (https://nodejs.org), which brings npm";
    match which::which("npm") {
        Ok(path) => match version_of(&path).await {
            Some(version) => Finding::good("npm", format!("{version} · PATH · `{}`", path.display())),
            None => Finding::bad(
                "npm",
                format!("`{}` does not tell its version", path.display()),
                hint,
            ),
        },
        Err(_) if is_complete => {
            Finding::notice("npm", "not on `PATH`; the tools are installed already", hint)
        }
        Err(_) => Finding::bad("npm", "not on `PATH`", hint),
    }
}

fn docker() -> Finding {
    match which::which("docker").or_else(|_| which::which("podman")) {
        Ok(path) => Finding::good("docker", format!("PATH · `{}`", path.display())),
        Err(_) => Finding::bad(
            "docker",
            "neither `docker` nor `podman` is on `PATH`",
            "install Docker, or leave `--target supabase` away: the embedded stack needs none",
        ),
    }
}
