//! `status`

use crate::cli::StatusArgs;
use crate::context::Context;
use crate::error::Exit;

/// Runs `status`.
pub async fn run(_context: &Context, _args: StatusArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("`status` is not there yet")
}
