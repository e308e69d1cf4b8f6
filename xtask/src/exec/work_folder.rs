//! The folder that the Supabase CLI is run in for migrations: links to the project's files under a minimal
//! `config.toml`, because the CLI of today refuses config files of yesterday (`[inbucket]`), and takes the port in
//! the project's own for a sign to use Docker.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use stack::project::SeedConfig;

/// What the CLI would look at besides: its own state, variables and functions, which migrations have no use for.
const NOT_LINKED: [&str; 2] = ["config.toml", "functions"];

/// A generated folder with a `supabase/` in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkFolder {
    path: PathBuf,
}

impl WorkFolder {
    /// Writes the folder anew at `path`, with links into `supabase`, the project's own.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(path: &Path, supabase: &Path, seed: &SeedConfig) -> anyhow::Result<Self> {
        write(path, supabase, seed).with_context(|| format!("write the work folder `{}`", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the CLI keeps its own files, so that it works for users without a home.
    pub fn cli_home(&self) -> PathBuf {
        self.path.join("home")
    }
}

fn write(path: &Path, supabase: &Path, seed: &SeedConfig) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => (),
    }
    let links = path.join("supabase");
    fs::create_dir_all(&links)?;
    for entry in fs::read_dir(supabase)? {
        let entry = entry?;
        let name = entry.file_name();
        let text = name.to_string_lossy();
        if !text.starts_with('.') && !NOT_LINKED.contains(&text.as_ref()) {
            std::os::unix::fs::symlink(entry.path(), links.join(&name))?;
        }
    }
    fs::write(links.join("config.toml"), config(supabase, seed))
}

/// The port is one that no database listens on: the CLI then takes the address it is given for a remote one.
fn config(supabase: &Path, seed: &SeedConfig) -> String {
    let paths: Vec<String> = seed
        .sql_paths
        .iter()
        .map(|path| seed_path(supabase, path))
        .collect();
    let mut config = toml::toml! {
        project_id = "seedbed"
        [db]
        port = 1
        major_version = 17
    };
    let seed = toml::Table::from_iter([
        ("enabled".to_owned(), seed.enabled.into()),
        ("sql_paths".to_owned(), toml::Value::from(paths)),
    ]);
    if let Some(db) = config.get_mut("db").and_then(toml::Value::as_table_mut) {
        db.insert("seed".to_owned(), seed.into());
    }
    config.to_string()
}

/// A path that leaves `supabase/` would leave the links too, so it is made absolute.
fn seed_path(supabase: &Path, path: &str) -> String {
    let inside = path.trim_start_matches("./");
    match inside.starts_with("..") {
        true => supabase.join(inside).to_string_lossy().into_owned(),
        false => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cli_sees_the_projects_files_under_a_config_of_ours() {
        let root = tempfile::tempdir().unwrap();
        let supabase = root.path().join("my app/supabase");
        fs::create_dir_all(supabase.join("migrations")).unwrap();
        fs::create_dir_all(supabase.join("functions")).unwrap();
        fs::create_dir_all(supabase.join(".temp")).unwrap();
        fs::write(supabase.join("migrations/1_a.sql"), "select 1").unwrap();
        fs::write(supabase.join("config.toml"), "[inbucket]").unwrap();
        let seed = SeedConfig {
            enabled: true,
            sql_paths: vec!["./seeds/*.sql".into(), "../db/x.sql".into()],
        };
        for _ in 0..2 {
            let work = WorkFolder::write(&root.path().join("work"), &supabase, &seed).unwrap();
            let links = work.path().join("supabase");
            assert_eq!(
                fs::read_to_string(links.join("migrations/1_a.sql")).unwrap(),
                "select 1"
            );
            assert!(!links.join("functions").exists() && !links.join(".temp").exists());
            let config: toml::Table = fs::read_to_string(links.join("config.toml"))
                .unwrap()
                .parse()
                .unwrap();
            assert_eq!(config["db"]["port"].as_integer(), Some(1));
            let paths = config["db"]["seed"]["sql_paths"].as_array().unwrap();
            assert_eq!(paths[0].as_str(), Some("./seeds/*.sql"));
            assert_eq!(paths[1].as_str(), supabase.join("../db/x.sql").to_str());
        }
    }
}
