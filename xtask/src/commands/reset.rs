//! `reset`

use crate::cli::ResetArgs;
use crate::context::Context;
use crate::error::Exit;

/// Runs `reset`.
pub async fn run(_context: &Context, _args: ResetArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("`reset` is not there yet")
}
