//! The Edge Functions of a project, and how they get to a hosted one.

use std::fs;

use anyhow::{Context as _, Result};
use stack::hint::WithHint;

use crate::context::Context;
use crate::exec::runner::ChildRunner;
use crate::exec::supabase_cli::SupabaseCli;
use crate::output::Step;
use crate::target::Target;
use crate::tools::Tools;

/// The names of the functions in `supabase/functions`, in their order: folders that do not begin with `_` or `.`.
pub fn names(context: &Context) -> Vec<String> {
    let folder = context.paths.supabase().join("functions");
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            let is_function = entry.path().is_dir() && !name.starts_with(['_', '.']);
            is_function.then_some(name)
        })
        .collect();
    names.sort();
    names
}

/// Sends them, where there are any and the target is hosted; says in a line what was done, or why not.
///
/// # Errors
/// The Supabase CLI fails: the functions before the one that failed are sent.
pub async fn deploy(
    context: &Context,
    target: &Target,
    tools: &Tools,
    names: &[String],
    step: &Step,
) -> Result<Deployed> {
    if names.is_empty() {
        return Ok(Deployed::Not("the project has none".to_owned()));
    }
    let Some(hosting) = &target.hosting else {
        return Ok(Deployed::Not(format!(
            "no platform hosts `{}` that this tool knows of: `project_ref` of `[target.{}]` in `seedbed.toml` names it",
            target.name, target.name
        )));
    };
    let cli = SupabaseCli::new(ChildRunner, &tools.supabase.path, &tools.supabase.version);
    let sent = cli.functions_deploy(
        &context.paths.project,
        &hosting.project_ref,
        hosting.access_token.as_deref(),
        |line| step.update(line),
    );
    sent.await.context("deploy the Edge Functions").with_hint(|| {
        "set `SUPABASE_ACCESS_TOKEN`, or sign in with `supabase login`; migrations are applied, `cargo xtask deploy` goes on"
            .to_owned()
    })?;
    Ok(Deployed::All)
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deployed {
    /// All were sent.
    All,
    /// None was, and why.
    Not(String),
}
