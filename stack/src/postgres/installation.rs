//! The private copy of the npm package: with the symbolic links that npm cannot carry, the stub extensions,
//! and the trust that Supabase puts into contrib extensions.
//!
//! Its files are those of the package itself, under a second name, where both are on one file system: 60 MB that no
//! project has to write. What differs from the package is a file of its own.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::extensions::{STUBS, TRUSTED};
use crate::hint::WithHint;
use crate::spec::StackSpec;

/// Written last, so that a copy that was interrupted is made again.
const MARK: &str = "seedbed.key";

/// Where the installation of this stack is.
pub(super) fn folder(spec: &StackSpec) -> PathBuf {
    spec.data.join("postgres")
}

/// Makes the installation, unless the one there is of the same package and the same stubs.
pub(super) fn install(spec: &StackSpec) -> Result<()> {
    let package = &spec.tools.postgres_package;
    let target = folder(spec);
    let key = key(package)?;
    if fs::read_to_string(target.join(MARK)).is_ok_and(|mark| mark == key) {
        return Ok(());
    }
    let fresh = spec.data.join("postgres.new");
    for old in [&fresh, &target] {
        if old.exists() {
            fs::remove_dir_all(old).with_context(|| format!("remove `{}`", old.display()))?;
        }
    }
    for part in ["bin", "lib", "share"] {
        copy(&package.join("native").join(part), &fresh.join(part))?;
    }
    link(package, &fresh)?;
    let extension_folder = fresh.join("share/postgresql/extension");
    for stub in STUBS {
        write(
            &extension_folder.join(format!("{}.control", stub.name)),
            &stub.control(),
        )?;
        write(
            &extension_folder.join(format!("{}--{}.sql", stub.name, stub.version)),
            stub.sql,
        )?;
    }
    for name in TRUSTED {
        let control = extension_folder.join(format!("{name}.control"));
        let text = fs::read_to_string(&control).with_context(|| format!("read `{}`", control.display()))?;
        write(&control, &format!("{text}\ntrusted = true\n"))?;
    }
    write(&fresh.join(MARK), &key)?;
    fs::rename(&fresh, &target).with_context(|| format!("move `{}` into place", fresh.display()))
}

/// Names the package's version and all that is added to it.
fn key(package: &Path) -> Result<String> {
    let manifest = package.join("package.json");
    let manifest = fs::read(&manifest)
        .with_context(|| format!("read `{}`", manifest.display()))
        .with_hint(|| "run `npm ci` in the workspace to install the pinned tools".into())?;
    let mut digest = Sha256::new();
    digest.update(&manifest);
    for stub in STUBS {
        digest.update(stub.control());
        digest.update(stub.sql);
    }
    digest.update(TRUSTED.join(","));
    Ok(hex(&digest.finalize()))
}

/// Links or copies the files of a folder, leaving out what only compilers want; all of it becomes readable by
/// everybody, for the server may run as another user.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("make the folder `{}`", to.display()))?;
    fs::set_permissions(to, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("open the folder `{}`", to.display()))?;
    let entries = fs::read_dir(from).with_context(|| format!("read the folder `{}`", from.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("read the folder `{}`", from.display()))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let is_for_compilers = matches!(
            source.extension().and_then(|e| e.to_str()),
            Some("a" | "pc" | "h" | "bc")
        );
        // A link may or may not be there, as npm was allowed to run scripts or not; `link` makes them all.
        if source.is_symlink() || is_for_compilers {
            continue;
        }
        if source.is_dir() {
            copy(&source, &target)?;
        } else {
            place(&source, &target)
                .with_context(|| format!("copy `{}` to `{}`", source.display(), target.display()))?;
        }
    }
    Ok(())
}

/// A link where everybody may read the file already and the system allows it, else a copy that they may read.
fn place(source: &Path, target: &Path) -> io::Result<()> {
    let mode = fs::metadata(source)?.permissions().mode() & 0o777;
    let for_all = if mode & 0o100 != 0 { 0o755 } else { 0o644 };
    if mode == for_all && fs::hard_link(source, target).is_ok() {
        return Ok(());
    }
    fs::copy(source, target)?;
    fs::set_permissions(target, fs::Permissions::from_mode(for_all))
}

/// One entry of the package's `pg-symlinks.json`; both paths begin with `native/`.
#[derive(Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

fn link(package: &Path, fresh: &Path) -> Result<()> {
    let list = package.join("native/pg-symlinks.json");
    let text = fs::read(&list).with_context(|| format!("read `{}`", list.display()))?;
    let links: Vec<Link> =
        serde_json::from_slice(&text).with_context(|| format!("read `{}`", list.display()))?;
    for Link { source, target } in links {
        let place = fresh.join(target.strip_prefix("native").unwrap_or(&target));
        // Source and target are neighbours.
        if let Some(name) = source.file_name() {
            symlink(name, &place).with_context(|| format!("link `{}`", place.display()))?;
        }
    }
    Ok(())
}

/// Writes a file of our own. One that is there may be the package's, so it is replaced.
fn write(path: &Path, text: &str) -> Result<()> {
    let removed = match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    };
    removed
        .and_then(|()| fs::write(path, text))
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o644)))
        .with_context(|| format!("write `{}`", path.display()))
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn what_everybody_may_read_is_linked_and_the_package_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let (package, copied) = (folder.path().join("package"), folder.path().join("copied"));
        fs::create_dir(&package).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        for (name, given) in [
            ("open", 0o644),
            ("program", 0o755),
            ("closed", 0o600),
            ("own", 0o644),
        ] {
            let file = package.join(name);
            fs::write(&file, "of the package").unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(given)).unwrap();
        }
        copy(&package, &copied).unwrap();
        write(&copied.join("own"), "ours").unwrap();

        let of = |folder: &Path, name: &str| fs::metadata(folder.join(name)).unwrap().ino();
        for (name, is_linked) in [
            ("open", true),
            ("program", true),
            ("closed", false),
            ("own", false),
        ] {
            assert_eq!(of(&package, name) == of(&copied, name), is_linked, "{name}");
        }
        assert_eq!(
            (mode(&copied.join("closed")), mode(&package.join("closed"))),
            (0o644, 0o600)
        );
        assert_eq!(mode(&copied.join("program")), 0o755);
        assert_eq!(fs::read_to_string(package.join("own")).unwrap(), "of the package");
    }
}
