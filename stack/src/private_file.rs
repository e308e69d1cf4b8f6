//! Files that hold secrets.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};

/// Writes a file that only its owner can read, under a temporary name first: whole or not at all.
///
/// # Errors
/// The file cannot be written.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("token.json");
/// stack::private_file::write(&file, b"{}")?;
/// assert_eq!(std::fs::read(&file)?, b"{}");
/// # anyhow::Ok(())
/// ```
pub fn write(file: &Path, text: &[u8]) -> Result<()> {
    let fresh = file.with_extension("new");
    let write = || {
        // One that is left from a killed process may have other rights.
        match fs::remove_file(&fresh) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&fresh)?
            .write_all(text)?;
        fs::rename(&fresh, file)
    };
    write().with_context(|| format!("write `{}`", file.display()))
}
