//! Which of this machine's targets `local` is: the one that runs, else the one that can be started.

use std::process::Stdio;
use std::time::Duration;

use anyhow::Result;
use stack::launch::{self, StackStatus};
use tokio::process::Command;

use super::{TargetName, supabase};
use crate::context::Context;

/// How long Docker may think about whether it is there.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn settled(context: &Context) -> Result<TargetName> {
    let embedded = launch::status(&context.paths.home()).await?;
    if !matches!(embedded, StackStatus::Stopped) {
        return Ok(TargetName::Embedded);
    }
    if !docker_answers().await {
        return Ok(TargetName::Embedded);
    }
    let docker = Context {
        target: TargetName::Supabase,
        ..context.clone()
    };
    // A machine may have Docker for other things, and the embedded stack's data from yesterday.
    let has_data = stack::postgres::data_folder(&context.paths.project, &context.paths.home()).exists();
    match has_data && !supabase::is_running(&docker).await? {
        true => Ok(TargetName::Embedded),
        false => Ok(TargetName::Supabase),
    }
}

async fn docker_answers() -> bool {
    let mut command = Command::new("docker");
    command
        .args(["info", "--format", "{{.ServerVersion}}"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let answered = tokio::time::timeout(PATIENCE, command.status()).await;
    answered.is_ok_and(|status| status.is_ok_and(|status| status.success()))
}
