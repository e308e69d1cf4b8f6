//! What statics hold is never dropped, so the end of the process stops what they started.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, Once, PoisonError};

use crate::project::Project;
use crate::xtask::xtask_binary;

static FOLDERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Stops the project's stack and removes its folder at the end of the process, unless that is done before.
pub fn stop(project: &Project) {
    static HANDLER: Once = Once::new();
    // SAFETY: the handler only starts children and waits for them.
    HANDLER.call_once(|| unsafe {
        libc::atexit(stop_all);
    });
    let mut folders = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
    folders.push(project.folder().to_owned());
}

extern "C" fn stop_all() {
    let folders = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
    for folder in folders.iter().filter(|folder| folder.exists()) {
        let _ = Command::new(xtask_binary())
            .args(["stop", "--delete-data", "--project"])
            .arg(folder)
            .output();
        let _ = fs::remove_dir_all(folder);
    }
}
