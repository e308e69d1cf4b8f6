//! What a machine needs for the stack, and what a target that is there without us must be, as checks.

pub mod hosted;
mod machine;
mod ports;
mod project;
mod tools;

use serde::Serialize;

use crate::context::Context;

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub name: String,
    /// How it is.
    pub verdict: Verdict,
    /// Version, place, owner: what was found, or what is wrong.
    pub detail: String,
    /// What to do, where there is something to do.
    pub hint: Option<String>,
}

/// How a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Good,
    /// It works, with something to know.
    Notice,
    /// It does not work.
    Bad,
}

impl Finding {
    fn new(name: &str, verdict: Verdict, detail: impl Into<String>, hint: Option<String>) -> Self {
        Self {
            name: name.to_owned(),
            verdict,
            detail: detail.into(),
            hint,
        }
    }

    fn good(name: &str, detail: impl Into<String>) -> Self {
        Self::new(name, Verdict::Good, detail, None)
    }

    fn notice(name: &str, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(name, Verdict::Notice, detail, Some(hint.into()))
    }

    fn bad(name: &str, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(name, Verdict::Bad, detail, Some(hint.into()))
    }

    /// An error as a finding.
    fn from_error(name: &str, error: &anyhow::Error) -> Self {
        let hints = stack::hint::hints(error).join("; ");
        Self::new(
            name,
            Verdict::Bad,
            crate::error::message(error),
            (!hints.is_empty()).then_some(hints),
        )
    }
}

/// Looks at everything; the order is that of the report.
pub async fn examine(context: &Context) -> Vec<Finding> {
    let mut findings = machine::examine(&context.paths);
    findings.extend(tools::examine(context).await);
    findings.extend(project::examine(context));
    if !context.target.is_local() {
        findings.extend(hosted::examine(context).await);
        return findings;
    }
    findings.extend(ports::examine(context).await);
    findings
}
