//! `policies`

use anyhow::{Result, bail};

use crate::cli::PoliciesArgs;
use crate::context::Context;
use crate::error::Exit;

/// Runs `policies`.
///
/// # Errors
/// The stack does not run.
pub async fn run(_context: &Context, _args: PoliciesArgs) -> Result<Exit> {
    bail!("try the policies: not built yet")
}
