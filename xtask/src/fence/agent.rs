//! Who is at work: a person, or a program that acts for one.
//!
//! A variable that is also set in the terminals that people use in the same program is no sign: Cursor's
//! `CURSOR_TRACE_ID` is not looked at.

use std::env;
use std::ffi::OsString;

use crate::env_vars::SEEDBED_CONSENT;

/// Variables that coding agents set for the commands that they run, each with whose it is.
const AGENTS: [(&str, &str); 14] = [
    ("AI_AGENT", "an AI agent"),
    ("CLAUDECODE", "Claude Code"),
    ("CLAUDE_CODE", "Claude Code"),
    ("CURSOR_AGENT", "Cursor"),
    ("GEMINI_CLI", "Gemini CLI"),
    ("CODEX_SANDBOX", "Codex"),
    ("CODEX_THREAD_ID", "Codex"),
    ("CODEX_CI", "Codex"),
    ("OPENCODE", "opencode"),
    ("AUGMENT_AGENT", "Augment"),
    ("JUNIE_DATA", "Junie"),
    ("CLINE_ACTIVE", "Cline"),
    ("GOOSE_TERMINAL", "goose"),
    // Its agent and its people share one shell.
    ("REPL_ID", "Replit"),
];
/// Variables that CI sets; some do not set `CI`.
const CI: [&str; 5] = [
    "CI",
    "TF_BUILD",
    "JENKINS_URL",
    "TEAMCITY_VERSION",
    "CODEBUILD_BUILD_ID",
];

/// The variables that are looked at.
pub fn variables() -> impl Iterator<Item = &'static str> {
    AGENTS.into_iter().map(|(name, _)| name).chain(CI)
}

/// `this is run by Claude Code`, or by CI, to whom nobody has left the database called `name`; `None` where nothing
/// says that a program is at work, or where a person has set [`SEEDBED_CONSENT`] to that name.
pub fn without_consent(name: &str) -> Option<String> {
    let is_left = env::var(SEEDBED_CONSENT).is_ok_and(|said| said == name);
    told(|name| env::var_os(name)).filter(|_| !is_left)
}

fn told(value: impl Fn(&str) -> Option<OsString>) -> Option<String> {
    let is_set = |name: &str| {
        value(name)
            .is_some_and(|value| !value.is_empty() && value != "0" && !value.eq_ignore_ascii_case("false"))
    };
    let by = |who: &str, name: &str| format!("this is run by {who} (`{name}` is set)");
    let agent = AGENTS.iter().find(|(name, _)| is_set(name));
    let ci = || CI.iter().find(|name| is_set(name)).map(|name| by("CI", name));
    agent.map(|(name, who)| by(who, name)).or_else(ci)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(set: &[(&str, &str)], expected: Option<&str>) {
        let value = |name: &str| {
            let found = set.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        };
        assert_eq!(told(value).as_deref(), expected);
    }

    #[test]
    fn agents_and_ci_are_told_from_people() {
        check(&[], None);
        check(&[("CI", "false"), ("CLAUDECODE", "0"), ("GEMINI_CLI", "")], None);
        check(&[("CURSOR_TRACE_ID", "x")], None);
        check(
            &[("TF_BUILD", "True")],
            Some("this is run by CI (`TF_BUILD` is set)"),
        );
        check(
            &[("CI", "true"), ("CLAUDECODE", "1")],
            Some("this is run by Claude Code (`CLAUDECODE` is set)"),
        );
    }
}
