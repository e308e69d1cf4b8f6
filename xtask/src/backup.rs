//! Backups: the rows of a target's tables, its users and its sequences in a file that `psql` restores, and we too.
//!
//! A file is SQL with COPY blocks behind a header of comments (`header.rs`), which tells what is in it and seals it with
//! checksums. What stands between the blocks (`script.rs`) is made from the header alone: restoring runs what we make
//! of the header again, and takes nothing but rows from the file.

pub mod compression;
pub mod file;
pub mod folder;
pub mod header;
pub mod read;
pub mod restore;
pub mod script;
pub mod write;

pub use write::{Destination, Written, write};

use anyhow::{Context as _, Result};

use crate::output::Output;
use crate::target::Target;

/// The step `backup`: what a target holds that is about to be overwritten, in the project's folder of backups.
///
/// # Errors
/// It cannot be made.
pub async fn take(output: &Output, target: &Target) -> Result<Written> {
    let step = output.step("backup");
    let written = write(target, &[], &Destination::Folder, &step).await;
    let written =
        written.with_context(|| format!("make a backup of `{}` before it is overwritten", target.name))?;
    step.done(written.summary());
    Ok(written)
}
