//! `doctor`

use crate::cli::DoctorArgs;
use crate::context::Context;
use crate::error::Exit;

/// Runs `doctor`.
pub async fn run(_context: &Context, _args: DoctorArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("`doctor` is not there yet")
}
