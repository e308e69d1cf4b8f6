//! Files that are written whole or not at all.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context, Result};
use stack::hint::WithHint;

/// Writes `text` to the file under a temporary name beside it, then gives it its own.
///
/// # Errors
/// The folder is not there, or the file cannot be written: said with what to do.
pub fn write(file: &Path, text: &str) -> Result<()> {
    let written = write_beside(file, text).with_context(|| format!("write `{}`", file.display()));
    written.with_hint(|| hint(file))
}

fn write_beside(file: &Path, text: &str) -> io::Result<()> {
    // A pipe or a device would be replaced by the rename, and so would a folder.
    if file.exists() && !file.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    // What a link points at is written, so that the link stays.
    let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let name = file
        .file_name()
        .ok_or_else(|| io::Error::other("it has no name"))?;
    let mut fresh: OsString = name.to_owned();
    fresh.push(format!(".{}.new", std::process::id()));
    let fresh = file.with_file_name(fresh);
    fs::write(&fresh, text)
        .and_then(|()| fs::rename(&fresh, &file))
        // What is half written is of no use to anybody.
        .inspect_err(|_| drop(fs::remove_file(&fresh)))
}

fn hint(file: &Path) -> String {
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    match folder.is_dir() {
        true => format!(
            "make `{}` writable for you, or name another file",
            folder.display()
        ),
        false => format!("make the folder first: `mkdir -p '{}'`", folder.display()),
    }
}

#[cfg(test)]
mod tests {
    use stack::hint::hints;

    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("page.html");
        write(&file, "old").unwrap();
        write(&file, "new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("page.html"), folder.path().join("link.html"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write(&link, "new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert!(link.is_symlink());
    }

    #[test]
    fn a_missing_folder_is_named_with_what_makes_it() {
        let folder = tempfile::tempdir().unwrap();
        let error = write(&folder.path().join("reports/page.html"), "new").unwrap_err();
        assert!(format!("{error:#}").contains("reports/page.html"), "{error:#}");
        assert!(hints(&error)[0].starts_with("make the folder first: `mkdir -p '"));
    }

    #[test]
    fn what_is_no_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let error = write(folder.path(), "new").unwrap_err();
        assert!(format!("{error:#}").ends_with("it is no file"), "{error:#}");
        assert!(folder.path().is_dir() && !hints(&error).is_empty());
    }
}
