//! The backup of what a sync is about to overwrite.

use anyhow::{Context as _, Result};

use crate::backup::{self, Destination, Written};
use crate::output::Output;
use crate::target::Target;

/// Takes a backup of the target, in the project's folder of backups.
///
/// # Errors
/// It cannot be made.
pub async fn take(output: &Output, target: &Target) -> Result<Written> {
    let step = output.step("backup");
    let written = backup::write(target, &[], &Destination::Folder, &step).await;
    let written =
        written.with_context(|| format!("make a backup of `{}` before it is overwritten", target.name))?;
    step.done(written.summary());
    Ok(written)
}
