//! `stop`

use crate::cli::StopArgs;
use crate::context::Context;
use crate::error::Exit;

/// Runs `stop`.
pub async fn run(_context: &Context, _args: StopArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("`stop` is not there yet")
}
