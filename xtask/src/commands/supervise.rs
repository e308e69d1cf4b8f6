//! `supervise`: the process that `start` leaves in the background.

use stack::spec::StackSpec;
use stack::supervisor;

use crate::cli::SuperviseArgs;
use crate::error::Exit;

/// Runs the services of one stack until it is asked to stop.
///
/// # Errors
/// When the spec cannot be read or a part cannot be kept running.
pub async fn run(args: SuperviseArgs) -> anyhow::Result<Exit> {
    supervisor::run(StackSpec::read(&args.spec)?).await?;
    Ok(Exit::Done)
}
