//! `status`: what runs and where.

use std::fmt::Write as _;

use owo_colors::OwoColorize;
use stack::state::{Phase, ServiceStatus};

use crate::cli::StatusArgs;
use crate::context::Context;
use crate::error::Exit;
use crate::target::{StatusReport, Target, TargetName};

/// Runs `status`; exit code 1 when the target does not run.
///
/// # Errors
/// When that cannot be found out.
pub async fn run(context: &Context, args: StatusArgs) -> anyhow::Result<Exit> {
    let report = Target::status(context).await?;
    let is_running = report.running;
    let report = if args.show_keys { report } else { report.masked() };
    context.output.result(&report, || text(&report))?;
    if !is_running {
        context.output.say(match &context.target {
            TargetName::Embedded => "`cargo xtask start` starts it".to_owned(),
            name if !name.is_local() => format!("`cargo xtask doctor --target {name}` says more"),
            name => format!("`cargo xtask start --target {name}` starts it"),
        });
        return Ok(Exit::No);
    }
    Ok(Exit::Done)
}

fn text(report: &StatusReport) -> String {
    let state = if report.running { "running" } else { "not running" };
    let mut text = format!(
        "{} stack of `{}`: {state}\n",
        report.kind,
        report.project.display()
    );
    let lines = [
        ("API", &report.api_url),
        ("database", &report.db_url),
        ("mail", &report.mail_url),
        ("publishable key", &report.publishable_key),
        ("secret key", &report.secret_key),
        ("anon key", &report.anon_key),
        ("service_role key", &report.service_role_key),
        ("problem", &report.problem),
    ];
    for (name, value) in lines {
        if let Some(value) = value {
            let _ = writeln!(text, "  {name:<17} {value}");
        }
    }
    if !report.services.is_empty() {
        text.push('\n');
    }
    report
        .services
        .iter()
        .for_each(|service| text.push_str(&line(service)));
    text
}

fn line(service: &ServiceStatus) -> String {
    let phase = format!("{:<11}", format!("{:?}", service.phase).to_lowercase());
    let phase = match service.phase {
        Phase::Running => phase.green().to_string(),
        Phase::Failed => phase.red().to_string(),
        _ => phase.yellow().to_string(),
    };
    let pid = service.pid.map_or(String::new(), |pid| format!("pid {pid}"));
    let restarts = match service.restarts {
        0 => String::new(),
        1 => "restarted once".to_owned(),
        count => format!("restarted {count} times"),
    };
    let problem = service.problem.as_deref().unwrap_or_default();
    let line = format!("  {:<17} {phase} {pid:<12} {restarts}  {problem}", service.name);
    format!("{}\n", line.trim_end())
}
