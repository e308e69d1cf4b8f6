//! `mail`

use crate::cli::MailArgs;
use crate::context::Context;
use crate::error::Exit;

/// Runs `mail`.
pub async fn run(_context: &Context, _args: MailArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("`mail` is not there yet")
}
