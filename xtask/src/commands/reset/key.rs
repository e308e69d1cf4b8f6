//! What a reset depends on, as a hash: the same key, the same database.

use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::project_file::{self, ProjectFile};
use crate::seeding::choice::Choice;
use crate::settings::TestUsers;
use crate::users::account::Account;

/// Folders in `supabase/` that say nothing about the database: caches of the CLI and of packages.
const PASSED_OVER: &[&str] = &["node_modules", "snippets"];

/// The key of a reset of the project in `supabase` as it is now.
///
/// Everything in `supabase/` counts, migrations, seeds, functions, `config.toml`: a file too many costs one full
/// reset, a file too few would give a database that nobody asked for.
///
/// # Errors
/// A file cannot be read.
pub fn of(supabase: &Path, file: &ProjectFile, choice: &Choice, users: &TestUsers) -> Result<String> {
    let mut hash = Sha256::new();
    add_folder(&mut hash, supabase)?;
    add(&mut hash, project_file::NAME, file.text().as_bytes());
    add(&mut hash, "choice", choice.digest().as_bytes());
    for account in Account::all(users) {
        add(&mut hash, &account.email, account.password.as_bytes());
    }
    add(&mut hash, "owner", format!("{:?}", users.owner).as_bytes());
    add(&mut hash, "tool", tool().as_bytes());
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The version and the very build: a tool that was changed makes other rows under the same version.
fn tool() -> String {
    let build = std::env::current_exe().and_then(fs::metadata).ok();
    let changed = build
        .as_ref()
        .and_then(|file| file.modified().ok()?.duration_since(UNIX_EPOCH).ok());
    let size = build.map(|file| file.len());
    format!("{} {size:?} {changed:?}", env!("CARGO_PKG_VERSION"))
}

fn add_folder(hash: &mut Sha256, folder: &Path) -> Result<()> {
    let doing = || format!("read the folder `{}`", folder.display());
    let mut entries = fs::read_dir(folder)
        .with_context(doing)?
        .collect::<Result<Vec<_>, _>>()
        .with_context(doing)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') && name != ".env" || PASSED_OVER.contains(&name.as_ref()) {
            continue;
        }
        let path = entry.path();
        if path.is_dir() {
            add(hash, &name, b"folder");
            add_folder(hash, &path)?;
            add(hash, &name, b"end of folder");
        } else {
            let text = fs::read(&path).with_context(|| format!("read `{}`", path.display()))?;
            add(hash, &name, &text);
        }
    }
    Ok(())
}

/// Lengths first, so that no two lists of parts give the same bytes.
fn add(hash: &mut Sha256, name: &str, value: &[u8]) {
    for part in [name.as_bytes(), value] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash_of(folder: &Path) -> Vec<u8> {
        let mut hash = Sha256::new();
        add_folder(&mut hash, folder).unwrap();
        hash.finalize().to_vec()
    }

    /// Whether changing `path` to `text` changes the key.
    fn changes(path: &str, text: &str) -> bool {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("migrations")).unwrap();
        fs::create_dir_all(folder.path().join(".temp")).unwrap();
        fs::create_dir_all(folder.path().join("functions/node_modules")).unwrap();
        fs::write(folder.path().join("migrations/1_a.sql"), "select 1").unwrap();
        let before = hash_of(folder.path());
        assert_eq!(before, hash_of(folder.path()));
        fs::write(folder.path().join(path), text).unwrap();
        before != hash_of(folder.path())
    }

    #[test]
    fn what_makes_the_database_makes_the_key() {
        assert!(changes("migrations/1_a.sql", "select 2"));
        assert!(changes("migrations/2_b.sql", ""));
        assert!(changes("seed.sql", "insert"));
        assert!(changes("roles.sql", "create role a"));
        assert!(!changes("migrations/1_a.sql", "select 1"));
        assert!(!changes(".temp/cli-version", "3.1.0"));
        assert!(!changes("functions/node_modules/x.js", "1"));
    }
}
