//! `supervise`

use crate::cli::SuperviseArgs;
use crate::error::Exit;

/// Runs the services of one stack until it is asked to stop.
pub async fn run(_args: SuperviseArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("`supervise` is not there yet")
}
