//! `logs`

use crate::cli::LogsArgs;
use crate::context::Context;
use crate::error::Exit;

/// Runs `logs`.
pub async fn run(_context: &Context, _args: LogsArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("`logs` is not there yet")
}
