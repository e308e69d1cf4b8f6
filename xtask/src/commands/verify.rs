//! `verify`

use crate::cli::VerifyArgs;
use crate::context::Context;
use crate::error::Exit;

/// Runs `verify`.
pub async fn run(_context: &Context, _args: VerifyArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("`verify` is not there yet")
}
