//! The stack, and who has its ports.

use stack::launch::{self, StackStatus};
use stack::ports;
use stack::project::Project;
use stack::state::{Phase, ServiceStatus};

use super::Finding;
use crate::context::Context;

/// Looks at the stack and at the ports that it wants.
pub async fn examine(context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut own = Vec::new();
    match launch::status(&context.paths.home()).await {
        Ok(StackStatus::Running { state, services }) => {
            own = vec![state.ports.api, state.ports.db];
            findings.push(running(&services));
        }
        Ok(StackStatus::Stopped) => findings.push(Finding::good("stack", "not running")),
        Ok(StackStatus::Silent { .. }) => findings.push(Finding::bad(
            "stack",
            "it does not answer: it is starting or stopping, or it hangs",
            "wait a moment; `cargo xtask start` starts it anew, `cargo xtask logs` shows what it does",
        )),
        Err(error) => findings.push(Finding::from_error("stack", &error)),
    }
    let project = Project::load(&context.paths.project).unwrap_or_default();
    for (name, port, key) in [
        ("api port", project.api.port, "[api] port"),
        ("db port", project.db.port, "[db] port"),
    ] {
        findings.push(port_finding(name, port, key, own.contains(&port)));
    }
    findings
}

fn running(services: &[ServiceStatus]) -> Finding {
    let failed: Vec<_> = services
        .iter()
        .filter(|service| service.phase != Phase::Running)
        .collect();
    if failed.is_empty() {
        let names: Vec<_> = services.iter().map(|service| service.name.as_str()).collect();
        return Finding::good("stack", format!("running: {}", names.join(", ")));
    }
    let problems: Vec<_> = failed
        .iter()
        .map(|service| {
            format!(
                "`{}`: {}",
                service.name,
                service.problem.as_deref().unwrap_or("not ready")
            )
        })
        .collect();
    Finding::bad(
        "stack",
        problems.join("; "),
        format!("see `cargo xtask logs {}`", failed[0].name),
    )
}

fn port_finding(name: &str, port: u16, key: &str, is_ours: bool) -> Finding {
    if is_ours {
        return Finding::good(name, format!("{port} · this stack"));
    }
    if ports::is_free(port) {
        return Finding::good(name, format!("{port} · free"));
    }
    let owner = ports::owner(port).map_or("a process of another user".to_owned(), |owner| owner.to_string());
    Finding::notice(
        name,
        format!("{port} is taken by {owner}"),
        format!(
            "nothing to do: the stack takes another port; or stop that process, or set `{key}` in `supabase/config.toml`"
        ),
    )
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::super::Verdict;
    use super::*;

    #[test]
    fn a_taken_port_is_noticed() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let finding = port_finding("api port", port, "[api] port", false);
        assert_eq!(finding.verdict, Verdict::Notice);
        assert!(
            finding.detail.starts_with(&format!("{port} is taken by")),
            "{}",
            finding.detail
        );
        drop(listener);
        // A child that another test starts has it too, for the moment until it becomes another program.
        let is_free = || {
            let finding = port_finding("api port", port, "[api] port", false);
            std::thread::sleep(std::time::Duration::from_millis(20));
            finding.verdict == Verdict::Good
        };
        assert!((0..50).any(|_| is_free()));
    }
}
