//! Who is at work: a person, or a program that acts for one.

use std::env;

/// Variables that coding agents set for the commands that they run, each with whose it is.
const AGENTS: [(&str, &str); 10] = [
    ("AI_AGENT", "an AI agent"),
    ("CLAUDECODE", "Claude Code"),
    ("CURSOR_AGENT", "Cursor"),
    ("CURSOR_TRACE_ID", "Cursor"),
    ("GEMINI_CLI", "Gemini CLI"),
    ("CODEX_SANDBOX", "Codex"),
    ("CODEX_THREAD_ID", "Codex"),
    ("OPENCODE", "opencode"),
    ("AUGMENT_AGENT", "Augment"),
    ("REPL_ID", "Replit"),
];

/// `this is run by Claude Code`, or by CI; `None` where nothing says so.
pub(super) fn at_work() -> Option<String> {
    let is_set = |name: &str| {
        env::var_os(name).is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
    };
    let agent = AGENTS.iter().find(|(name, _)| is_set(name));
    match agent {
        Some((name, who)) => Some(format!("this is run by {who} (`{name}` is set)")),
        None => is_set("CI").then(|| "this is run by CI (`CI` is set)".to_owned()),
    }
}
