//! `start`

use crate::cli::StartArgs;
use crate::context::Context;
use crate::error::Exit;

/// Runs `start`.
pub async fn run(_context: &Context, _args: StartArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("`start` is not there yet")
}
