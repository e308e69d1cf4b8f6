//! One command at a time changes a stack.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

use crate::hint::mendable;

/// Held while a command changes the stack; let go when dropped, or when the process ends however it ends.
#[derive(Debug)]
#[must_use = "the lock is let go when this is dropped"]
pub struct Lock {
    _file: File,
}

/// Takes the lock of the stack in `home`, which is made if it is not there.
///
/// # Errors
/// Another command has it; it is named.
pub fn lock(home: &Path) -> Result<Lock> {
    let path = home.join("lock");
    fs::create_dir_all(home).with_context(|| format!("make the folder `{}`", home.display()))?;
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&path)
        .with_context(|| format!("open `{}`", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let holder = fs::read_to_string(&path).unwrap_or_default();
            return Err(mendable(
                format!("another command is at work on this stack: {}", holder.trim()),
                "wait until it is done, or stop it",
            ));
        }
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("lock `{}`", path.display()));
        }
    }
    // Only the words of the command: values of options may be secrets.
    let words = std::env::args()
        .skip(1)
        .take_while(|word| !word.starts_with('-'))
        .take(2)
        .collect::<Vec<_>>();
    let write = || {
        file.set_len(0)?;
        writeln!(file, "`{}` (pid {})", words.join(" "), std::process::id())
    };
    ({ write })().with_context(|| format!("write `{}`", path.display()))?;
    Ok(Lock { _file: file })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_one_is_told_who_has_it_until_the_first_is_done() {
        let home = tempfile::tempdir().unwrap();
        let first = lock(home.path()).unwrap();
        let error = lock(home.path()).unwrap_err().to_string();
        assert!(
            error.contains(&format!("(pid {})", std::process::id())),
            "{error}"
        );
        drop(first);
        let _again = lock(home.path()).unwrap();
    }
}
