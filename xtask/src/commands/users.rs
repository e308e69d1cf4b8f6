//! `users`

use crate::cli::UsersArgs;
use crate::context::Context;
use crate::error::Exit;

/// Runs `users`.
pub async fn run(_context: &Context, _args: UsersArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("`users` is not there yet")
}
