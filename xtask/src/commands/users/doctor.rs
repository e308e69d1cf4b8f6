//! `users doctor`

use anyhow::{Result, bail};

use crate::cli::UsersDoctorArgs;
use crate::context::Context;
use crate::error::Exit;

/// Runs `users doctor`.
///
/// # Errors
/// The stack does not run, or the database refuses a query.
pub async fn run(_context: &Context, _args: UsersDoctorArgs) -> Result<Exit> {
    bail!("look after the users: not built yet")
}
