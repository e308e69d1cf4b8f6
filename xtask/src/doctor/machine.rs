//! System, user, disk, rights to write.

use std::env::consts::{ARCH, OS};
use std::fs;
use std::path::Path;

use super::Finding;
use crate::paths::Paths;
use crate::tools::{is_musl, platform};

/// PostgreSQL, its cluster and a template of it.
const COMFORTABLE: u64 = 1 << 30;
const NECESSARY: u64 = 300 << 20;

/// Looks at the machine.
pub fn examine(paths: &Paths) -> Vec<Finding> {
    vec![system(), user(), disk(&paths.project), writable(paths)]
}

fn system() -> Finding {
    let detail = format!("{OS} on {ARCH}");
    match platform() {
        Err(error) => Finding::from_error("system", &error),
        Ok(_) if is_musl() => Finding::bad(
            "system",
            format!("{detail} with musl"),
            "the tools need glibc 2.28 or newer: use Debian, Ubuntu or Fedora, or Docker with `--target supabase`",
        ),
        Ok(_) => Finding::good("system", detail),
    }
}

fn user() -> Finding {
    if rustix::process::geteuid().is_root() {
        let detail = "root; PostgreSQL runs as `nobody`, with its data in `/var/tmp/seedbed-…`";
        return Finding::good("user", detail);
    }
    Finding::good("user", format!("uid {}", rustix::process::geteuid().as_raw()))
}

fn disk(project: &Path) -> Finding {
    match fs2::available_space(project) {
        Ok(free) => disk_finding(free, project),
        Err(error) => Finding::from_error("disk", &anyhow::Error::new(error)),
    }
}

fn disk_finding(free: u64, project: &Path) -> Finding {
    let detail = format!("{:.1} GB free at `{}`", free as f64 / 1e9, project.display());
    let hint = "make room: a stack takes 0.2 GB, the tools 0.5 GB";
    match free {
        0..NECESSARY => Finding::bad("disk", detail, hint),
        NECESSARY..COMFORTABLE => Finding::notice("disk", detail, hint),
        _ => Finding::good("disk", detail),
    }
}

fn writable(paths: &Paths) -> Finding {
    let home = paths.home();
    let probe = home.join(".doctor");
    let was_there = home.is_dir();
    let written = fs::create_dir_all(&home)
        .and_then(|()| fs::write(&probe, ""))
        .and_then(|()| fs::remove_file(&probe));
    if !was_there {
        // It goes only when empty, as we have found it.
        let _ = fs::remove_dir(&home);
    }
    match written {
        Ok(()) => Finding::good("rights", format!("`{}` can be written", home.display())),
        Err(error) => Finding::bad(
            "rights",
            format!("`{}` cannot be written: {error}", home.display()),
            format!("make `{}` yours, or run as its owner", paths.project.display()),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn a_full_disk_is_bad_and_a_fuller_one_is_noticed() {
        let check = |free, expect| assert_eq!(disk_finding(free, Path::new("/x")).verdict, expect);
        check(10 << 20, Verdict::Bad);
        check(500 << 20, Verdict::Notice);
        check(5 << 30, Verdict::Good);
    }

    #[test]
    fn looking_at_rights_leaves_nothing_behind() {
        let root = tempfile::tempdir().unwrap();
        let paths = Paths {
            workspace: root.path().into(),
            project: root.path().into(),
        };
        assert_eq!(writable(&paths).verdict, Verdict::Good);
        assert!(!paths.home().exists());
    }
}
