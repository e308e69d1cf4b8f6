//! `migrate`

use crate::cli::MigrateArgs;
use crate::context::Context;
use crate::error::Exit;

/// Runs `migrate`.
pub async fn run(_context: &Context, _args: MigrateArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("`migrate` is not there yet")
}
