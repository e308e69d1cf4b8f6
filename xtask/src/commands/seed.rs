//! `seed`

use crate::cli::SeedArgs;
use crate::context::Context;
use crate::error::Exit;

/// Runs `seed`.
pub async fn run(_context: &Context, _args: SeedArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("`seed` is not there yet")
}
