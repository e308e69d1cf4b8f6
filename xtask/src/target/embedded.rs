//! The embedded stack as a target.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context as _;
use stack::hint::mendable;
use stack::keys::Keys;
use stack::launch::{self, StackStatus};
use stack::postgres;
use stack::project::Project;
use stack::spec::StackSpec;
use stack::state::StackState;

use super::{ApiKeys, StartReport, StatusReport, Target, TargetName};
use crate::context::Context;
use crate::tools::Tools;

pub(super) async fn resolve(context: &Context) -> anyhow::Result<Target> {
    match launch::status(&context.paths.home()).await? {
        StackStatus::Running { state, .. } => target(context, &state),
        StackStatus::Silent { .. } => Err(mendable(
            "find the stack: it does not answer; it is starting or stopping, or it hangs",
            "wait a moment; `cargo xtask start` starts it anew, `cargo xtask logs` shows what it does",
        )),
        StackStatus::Stopped => Err(mendable(
            "find the stack: it is not running",
            "run `cargo xtask start`",
        )),
    }
}

pub(super) async fn start(context: &Context, tools: &Tools) -> anyhow::Result<(Target, StartReport)> {
    let spec = StackSpec::resolve(&context.paths.project, tools.for_stack(&context.paths))?;
    let started = launch::start(&spec).await.context("start the stack")?;
    let target = target(context, &started.state)?;
    let report = StartReport {
        already_running: started.already_running,
        is_new: started.cold,
        notes: started.notes,
    };
    Ok((target, report))
}

pub(super) async fn stop(context: &Context, delete_data: bool) -> anyhow::Result<bool> {
    let home = context.paths.home();
    let stopped = launch::stop(&home).await.context("stop the stack")?;
    if delete_data {
        let data = postgres::data_folder(&context.paths.project, &home);
        for folder in [&data, &home] {
            delete(folder).await?;
        }
    }
    Ok(stopped.was_running)
}

pub(super) async fn status(context: &Context) -> anyhow::Result<StatusReport> {
    let empty = StatusReport::stopped(&TargetName::Embedded, &context.paths.project);
    Ok(match launch::status(&context.paths.home()).await? {
        StackStatus::Stopped => empty,
        StackStatus::Silent { .. } => {
            let problem = "it does not answer: it is starting or stopping, or it hangs".to_owned();
            StatusReport {
                problem: Some(problem),
                ..empty
            }
        }
        StackStatus::Running { state, services } => {
            let mut report = StatusReport::running(&target(context, &state)?);
            report.mail_url = Some(format!("{}/_seedbed/mail", api_url(&state)));
            report.services = services;
            report
        }
    })
}

pub(super) async fn recreate(target: &Target) -> anyhow::Result<()> {
    postgres::template::recreate_empty(target.database_port())
        .await
        .context("make the database anew")
}

fn target(context: &Context, state: &StackState) -> anyhow::Result<Target> {
    let keys = Keys::for_project(&Project::load(&context.paths.project)?)?;
    Ok(Target {
        name: TargetName::Embedded,
        project: context.paths.project.clone(),
        api_url: api_url(state),
        database: postgres::config(state.ports.db, "postgres", "postgres").into(),
        keys: ApiKeys {
            publishable: keys.publishable,
            secret: keys.secret,
            anon: keys.anon,
            service_role: keys.service_role,
        },
        hosting: None,
    })
}

fn api_url(state: &StackState) -> String {
    format!("http://127.0.0.1:{}", state.ports.api)
}

async fn delete(folder: &Path) -> anyhow::Result<()> {
    match tokio::fs::remove_dir_all(folder).await {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("delete `{}`", folder.display()))
        }
        _ => Ok(()),
    }
}
