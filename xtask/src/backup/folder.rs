//! The project's folder of backups: what is in it, and which of them go.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde::Serialize;
use stack::hint::WithHint;

use super::file;
use super::header::Header;
use super::read;
use crate::database::environment::Mark;

/// How names of ours end.
const ENDINGS: [&str; 3] = [".sql", ".sql.gz", ".sql.zst"];

/// A backup in the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its name in the folder.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// Size of the file.
    pub bytes: u64,
    /// When the rows were as they are in it.
    pub taken: Timestamp,
    /// The target that it is of.
    pub target: String,
    /// What the database was marked as.
    pub mark: Option<Mark>,
    /// Rows of all tables.
    pub rows: u64,
    /// Users among them.
    pub users: u64,
    /// Whether all counts and checksums are right.
    pub is_whole: bool,
    /// What is wrong with it, where it is not.
    pub problem: Option<String>,
}

/// Where a project's backups are.
pub fn of(project: &Path) -> PathBuf {
    project.join("backups")
}

/// A name in the folder that no file has yet; the folder is made.
///
/// # Errors
/// The folder cannot be made.
pub fn fresh(project: &Path, header: &Header) -> Result<PathBuf> {
    let folder = of(project);
    let make = || {
        fs::create_dir_all(&folder)?;
        // Files with password hashes are not for git: the folder ignores itself.
        fs::write(folder.join(".gitignore"), "*\n")
    };
    make()
        .with_context(|| format!("make the folder `{}`", folder.display()))
        .with_hint(|| "make the project's folder writable for you, or name a file with `--out`".into())?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let target = header.target.replace(|c| !is_plain(c), "_");
    let stem = format!("{target}-{}", header.taken.strftime("%Y%m%dT%H%M%SZ"));
    let names = std::iter::once(stem.clone()).chain((2..).map(|number| format!("{stem}-{number}")));
    let mut paths = names.map(|name| folder.join(name + ".sql.zst"));
    Ok(paths.find(|path| !path.exists()).expect("numbers do not end"))
}

/// The backups in a project's folder, the latest first; each is read to its end. What killed commands left is removed.
///
/// # Errors
/// The folder cannot be read.
pub fn list(project: &Path) -> Result<Vec<Listed>> {
    let folder = of(project);
    let doing = || format!("read the folder `{}`", folder.display());
    file::remove_incomplete(&folder).with_context(doing)?;
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.with_context(doing)?,
    };
    let mut listed = Vec::new();
    for entry in entries {
        let entry = entry.with_context(doing)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            // What has no header of ours is none of ours.
            listed.extend(look(&entry.path(), name));
        }
    }
    listed.sort_by(|a, b| (b.taken, &b.name).cmp(&(a.taken, &a.name)));
    Ok(listed)
}

fn look(path: &Path, name: String) -> Option<Listed> {
    let header = read::header(path).ok()?;
    let problem = read::whole(path, |_, _| Ok(())).err();
    Some(Listed {
        name,
        bytes: path.metadata().ok()?.len(),
        path: path.to_owned(),
        taken: header.taken,
        rows: header.rows(),
        users: header.users(),
        target: header.target,
        mark: header.mark,
        is_whole: problem.is_none(),
        problem: problem.map(|error| error.root_cause().to_string()),
    })
}

/// Those that go where each target keeps its `keep` latest. What is not whole counts for none, and stays.
pub fn surplus(listed: Vec<Listed>, keep: usize) -> Vec<Listed> {
    let mut kept: BTreeMap<String, usize> = BTreeMap::new();
    let whole = listed.into_iter().filter(|one| one.is_whole);
    let is_surplus = |one: &Listed| {
        let kept = kept.entry(one.target.clone()).or_default();
        *kept += 1;
        *kept > keep
    };
    whole.filter(is_surplus).collect()
}

/// Removes files.
///
/// # Errors
/// One of them cannot be removed.
pub fn remove(listed: &[Listed]) -> Result<()> {
    for one in listed {
        fs::remove_file(&one.path).with_context(|| format!("remove `{}`", one.path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_keeps_its_latest_that_are_whole() {
        let listed = |name: &str, target: &str, is_whole: bool| Listed {
            name: name.into(),
            path: name.into(),
            bytes: 0,
            taken: Timestamp::UNIX_EPOCH,
            target: target.into(),
            mark: None,
            rows: 0,
            users: 0,
            is_whole,
            problem: None,
        };
        let all = vec![
            listed("damaged", "cloud", false),
            listed("latest", "cloud", true),
            listed("local", "embedded", true),
            listed("second", "cloud", true),
            listed("third", "cloud", true),
        ];
        let names = |keep| -> Vec<String> {
            let surplus = surplus(all.clone(), keep);
            surplus.into_iter().map(|one| one.name).collect()
        };
        assert_eq!(names(1), ["second", "third"]);
        assert_eq!(names(0), ["latest", "local", "second", "third"]);
        assert_eq!(names(3), [""; 0]);
    }
}
