//! `doctor`: what is wrong on this machine, and what to do.

use owo_colors::OwoColorize;
use serde_json::json;

use crate::cli::DoctorArgs;
use crate::context::Context;
use crate::doctor::{Finding, Verdict, examine};
use crate::error::Exit;

/// Runs `doctor`.
///
/// # Errors
/// None of its own: what is wrong is in the report, and the exit code is 1 then.
pub async fn run(context: &Context, _args: DoctorArgs) -> anyhow::Result<Exit> {
    let findings = examine(context).await;
    let is_well = findings.iter().all(|finding| finding.verdict < Verdict::Bad);
    let report = json!({"ok": is_well, "findings": findings});
    context
        .output
        .result(&report, || findings.iter().map(line).collect())?;
    Ok(if is_well { Exit::Done } else { Exit::No })
}

/// A finding, with its hint on a line of its own.
pub fn line(finding: &Finding) -> String {
    let Finding {
        name,
        verdict,
        detail,
        hint,
    } = finding;
    let sign = match verdict {
        Verdict::Good => "✔".green().to_string(),
        Verdict::Notice => "!".yellow().to_string(),
        Verdict::Bad => "✘".red().to_string(),
    };
    let hint = hint
        .as_ref()
        .map(|hint| format!("{:<13} {} {hint}\n", "", "hint:".cyan()))
        .unwrap_or_default();
    format!("{sign} {name:<11} {detail}\n{hint}")
}
