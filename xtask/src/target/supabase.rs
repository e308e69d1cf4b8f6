//! The stack of the Supabase CLI as a target: in Docker, or as programs of this machine.

use anyhow::Context as _;
use stack::hint::{WithHint, mendable};

use super::{ApiKeys, StartReport, StatusReport, Target, TargetName};
use crate::context::Context;
use crate::database::address;
use crate::exec::runner::ChildRunner;
use crate::exec::supabase_cli::{DockerStatus, SupabaseCli};
use crate::output::Step;
use crate::tools::{Tool, Tools};

pub(super) async fn resolve(context: &Context) -> anyhow::Result<Target> {
    match cli(context, &Tools::find_supabase(&context.paths).await?)
        .status(&context.paths.project)
        .await?
    {
        Some(status) => target(context, status),
        None => Err(mendable(
            "find the stack of the Supabase CLI: it is not running",
            format!("run `cargo xtask start --target {}`", context.target),
        )),
    }
}

pub(super) async fn start(
    context: &Context,
    tools: &Tools,
    step: &Step,
) -> anyhow::Result<(Target, StartReport)> {
    let cli = cli(context, &tools.supabase);
    let folder = &context.paths.project;
    if let Some(status) = cli.status(folder).await? {
        let report = StartReport {
            already_running: true,
            ..StartReport::default()
        };
        return Ok((target(context, status)?, report));
    }
    let name = &context.target;
    step.leaves(format!(
        "what was started; `cargo xtask stop --target {name}` stops it"
    ));
    cli.start(folder, |line| step.update(line))
        .await
        .context("start the stack of the Supabase CLI")
        .with_hint(|| hint(name))?;
    let status = cli
        .status(folder)
        .await?
        .context("start the stack of the Supabase CLI: it started and does not run")?;
    Ok((target(context, status)?, StartReport::default()))
}

pub(super) async fn stop(context: &Context, delete_data: bool) -> anyhow::Result<bool> {
    let cli = cli(context, &Tools::find_supabase(&context.paths).await?);
    let was_running = cli.status(&context.paths.project).await?.is_some();
    if was_running || delete_data {
        cli.stop(&context.paths.project, delete_data)
            .await
            .context("stop the stack of the Supabase CLI")
            .with_hint(|| hint(&context.target))?;
    }
    Ok(was_running)
}

pub(super) async fn status(context: &Context) -> anyhow::Result<StatusReport> {
    let project = &context.paths.project;
    match cli(context, &Tools::find_supabase(&context.paths).await?)
        .status(project)
        .await?
    {
        None => Ok(StatusReport::stopped(&context.target, project)),
        Some(status) => {
            let mail_url = status.mailpit_url.clone();
            Ok(StatusReport {
                mail_url,
                ..StatusReport::running(&target(context, status)?)
            })
        }
    }
}

pub(super) async fn recreate(target: &Target, tools: &Tools, step: &Step) -> anyhow::Result<()> {
    let cli = of(&target.name, &tools.supabase);
    cli.db_reset(&target.project, |line| step.update(line))
        .await
        .context("make the database anew")
        .with_hint(|| {
            format!(
                "mend what the Supabase CLI says; `cargo xtask reset --target {}` tries again",
                target.name
            )
        })
}

/// Whether it runs.
pub(super) async fn is_running(context: &Context) -> anyhow::Result<bool> {
    let cli = cli(context, &Tools::find_supabase(&context.paths).await?);
    Ok(cli.status(&context.paths.project).await?.is_some())
}

/// What to see to where the CLI cannot do what its own stack is asked for.
fn hint(name: &TargetName) -> String {
    match name {
        TargetName::Native => {
            "see to what the Supabase CLI says (it downloads the parts of this stack from GitHub); the embedded \
             stack comes with the tools: leave `--target native` away"
        }
        _ => "see whether Docker runs; the embedded stack needs none: leave `--target supabase` away",
    }
    .to_owned()
}

fn cli(context: &Context, tool: &Tool) -> SupabaseCli<ChildRunner> {
    of(&context.target, tool)
}

fn of(name: &TargetName, tool: &Tool) -> SupabaseCli<ChildRunner> {
    let cli = SupabaseCli::new(ChildRunner, &tool.path, &tool.version);
    match name {
        TargetName::Native => cli.native(),
        _ => cli,
    }
}

/// A legacy key does the work of a new one where the CLI is too old to tell new ones.
fn target(context: &Context, status: DockerStatus) -> anyhow::Result<Target> {
    let database = address::read(
        &status.db_url,
        "`DB_URL` of `supabase status`",
        &context.paths.project,
    )?;
    let one_of = |first: &Option<String>, second: &Option<String>| {
        first
            .clone()
            .or_else(|| second.clone())
            .context("`supabase status` tells no API keys")
            .with_hint(|| {
                "switch `[auth] enabled` on in `supabase/config.toml` and start the stack again".into()
            })
    };
    Ok(Target {
        name: context.target.clone(),
        project: context.paths.project.clone(),
        api_url: status.api_url.trim_end_matches('/').to_owned(),
        database,
        keys: ApiKeys {
            publishable: one_of(&status.publishable_key, &status.anon_key)?,
            secret: one_of(&status.secret_key, &status.service_role_key)?,
            anon: one_of(&status.anon_key, &status.publishable_key)?,
            service_role: one_of(&status.service_role_key, &status.secret_key)?,
        },
        hosting: None,
    })
}
