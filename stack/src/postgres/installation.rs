//! The private copy of the npm package: with the symbolic links that npm cannot carry, the stub extensions,
//! and the trust that Supabase puts into contrib extensions.

use std::fs;
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

/// Copies a folder, leaving out what only compilers want; all of it becomes readable by everybody, for the
/// server may run as another user.
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
            fs::copy(&source, &target)
                .and_then(|_| {
                    fs::set_permissions(&target, fs::Permissions::from_mode(mode_for_all(&source)?))
                })
                .with_context(|| format!("copy `{}` to `{}`", source.display(), target.display()))?;
        }
    }
    Ok(())
}

fn mode_for_all(file: &Path) -> std::io::Result<u32> {
    let is_program = fs::metadata(file)?.permissions().mode() & 0o100 != 0;
    Ok(if is_program { 0o755 } else { 0o644 })
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

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o644)))
        .with_context(|| format!("write `{}`", path.display()))
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
