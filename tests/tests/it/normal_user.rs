//! The same as a user without rights, in a pipe, without colour.

use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::Stdio;

use workspace_tests::{Project, Run, xtask_binary};

const NOBODY: u32 = 65534;

#[test]
fn reset_works_for_a_normal_user() {
    // SAFETY: asks for a number.
    if unsafe { libc::geteuid() } != 0 {
        eprintln!("skipped: every other test runs as a normal user already");
        return;
    }
    let project = Project::reference();
    let folder = project.folder();
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    for entry in walk(folder) {
        chown(entry, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let run = |args: &[&str]| -> Run {
        let mut command = project.command(args);
        command
            .uid(NOBODY)
            .gid(NOBODY)
            .env("HOME", folder)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        command
            .output()
            .unwrap_or_else(|error| panic!("{}: {error}", xtask_binary().display()))
            .into()
    };
    let reset = run(&["reset"]).exits(0);
    assert!(
        !format!("{}{}", reset.stdout, reset.stderr).contains('\u{1b}'),
        "colour in a pipe: {}",
        reset.stderr
    );
    run(&["stop"]).exits(0);
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = vec![folder.to_path_buf()];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(walk(&path))
        } else {
            found.push(path)
        }
    }
    found
}
