//! What the supervisor is asked to run.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::hint::mendable;
use crate::ports;
use crate::postgres;
use crate::private_file;
use crate::process;
use crate::project::Project;
use crate::state::StackState;

/// Everything the supervisor needs to know, written to `spec.json` by the command that starts it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StackSpec {
    /// The folder that has `supabase/` in it.
    pub project: PathBuf,
    /// Where state and logs live: `<project>/.seedbed`.
    pub home: PathBuf,
    /// Where the private PostgreSQL, its data and uploaded files live; `home`, except as root.
    pub data: PathBuf,
    /// The programs to run.
    pub tools: StackTools,
    /// The ports that were chosen, all on 127.0.0.1.
    pub ports: Ports,
}

impl StackSpec {
    /// Chooses home, data and ports for the project in `project_dir`. A running stack keeps its ports; else those of
    /// `supabase/config.toml` are taken if they are free, or those of the last start, or free ones.
    ///
    /// # Errors
    /// The project cannot be read, or no port is free.
    pub fn resolve(project_dir: &Path, tools: StackTools) -> Result<Self> {
        let project = Project::load(project_dir)?;
        let home = project.dir.join(".seedbed");
        let last = StackState::read(&home)?;
        let preferred = (project.api.port, project.db.port);
        if preferred.0 == preferred.1 {
            return Err(mendable(
                format!("`[api] port` and `[db] port` are both {}", preferred.0),
                format!(
                    "give them different ports in `{}`",
                    project.supabase_dir().join("config.toml").display()
                ),
            ));
        }
        let running = last
            .as_ref()
            .filter(|state| state.preferred_ports == preferred && process::is_alive(&state.supervisor));
        let ports = match running {
            Some(state) => state.ports,
            None => choose_ports(preferred, last.as_ref())?,
        };
        Ok(Self {
            data: postgres::data_folder(&project.dir, &home),
            project: project.dir,
            home,
            tools,
            ports,
        })
    }

    /// Where the spec of the stack in `home` is.
    pub fn path(home: &Path) -> PathBuf {
        home.join("spec.json")
    }

    /// The log of a service.
    pub fn log(&self, service: &str) -> PathBuf {
        self.home.join("logs").join(format!("{service}.log"))
    }

    /// Reads a spec that [`StackSpec::write`] wrote.
    ///
    /// # Errors
    /// The file cannot be read or is broken.
    pub fn read(file: &Path) -> Result<Self> {
        let text = fs::read(file).with_context(|| format!("read `{}`", file.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("read `{}`", file.display()))
    }

    /// Writes the spec to its home and returns the file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self) -> Result<PathBuf> {
        let file = Self::path(&self.home);
        private_file::write(&file, &serde_json::to_vec_pretty(self)?)?;
        Ok(file)
    }

    /// Names everything that the services read when they start: this spec, the project's settings, the services' own
    /// files and this program. A running stack with another hash is out of date.
    pub fn hash(&self) -> String {
        let supabase = self.project.join("supabase");
        let settings =
            ["config.toml", ".env", ".env.local", "functions/.env"].map(|name| supabase.join(name));
        let own = [".env", ".env.local"].map(|name| self.project.join(name));
        let mut digest = Sha256::new();
        digest.update(format!("{self:?}"));
        for file in settings.iter().chain(&own) {
            // One that cannot be read counts as none here; whoever needs it says so.
            digest.update(fs::read(file).unwrap_or_default());
            digest.update([0]);
        }
        let program = std::env::current_exe().unwrap_or_default();
        for file in scripts(&self.tools.runtime).into_iter().chain([program]) {
            let changed = fs::metadata(&file).and_then(|found| found.modified()).ok();
            digest.update(format!("{} {changed:?}", file.display()));
        }
        postgres::hex(&digest.finalize())
    }
}

/// The scripts in a folder, in order of name.
fn scripts(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries
        .flat_map(|entry| {
            let path = entry.path();
            if path.is_dir() { scripts(&path) } else { vec![path] }
        })
        .collect();
    files.sort();
    files
}

fn choose_ports(preferred: (u16, u16), last: Option<&StackState>) -> Result<Ports> {
    let choose = |preferred: u16, last: Option<u16>, reserved: &[u16]| {
        let last = last
            .filter(|port| !reserved.contains(port) && !ports::is_free(preferred) && ports::is_free(*port));
        ports::choose(last.unwrap_or(preferred), reserved)
    };
    let api = choose(preferred.0, last.map(|state| state.ports.api), &[])?;
    let db = choose(preferred.1, last.map(|state| state.ports.db), &[api])?;
    let [rest, functions] = ports::any()?;
    Ok(Ports {
        api,
        db,
        rest,
        functions,
    })
}

/// The programs that the stack runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StackTools {
    /// The Deno binary.
    pub deno: PathBuf,
    /// The folder of the `@embedded-postgres/<os>-<cpu>` package.
    pub postgres_package: PathBuf,
    /// The workspace's `stack/runtime`, below a folder with `node_modules`.
    pub runtime: PathBuf,
}

/// The ports of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    /// The gateway, which Supabase clients talk to.
    pub api: u16,
    /// PostgreSQL.
    pub db: u16,
    /// The REST and storage service, behind the gateway.
    pub rest: u16,
    /// The Edge Functions service, behind the gateway.
    pub functions: u16,
}

impl Ports {
    /// All of them.
    pub fn all(&self) -> [u16; 4] {
        [self.api, self.db, self.rest, self.functions]
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn tools() -> StackTools {
        StackTools {
            deno: "/deno".into(),
            postgres_package: "/postgres".into(),
            runtime: "/runtime".into(),
        }
    }

    /// A project that asks for a port that is free, and that port.
    fn project() -> (tempfile::TempDir, u16) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("supabase")).unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let config = format!(
            "[api]\nport = {port}\n[db]\nport = {}\n",
            ports::choose(port, &[port]).unwrap()
        );
        fs::write(folder.path().join("supabase/config.toml"), config).unwrap();
        (folder, port)
    }

    #[test]
    fn the_project_gets_the_ports_it_asks_for_unless_they_are_taken() {
        let (folder, port) = project();
        let spec = StackSpec::resolve(folder.path(), tools()).unwrap();
        assert_eq!(spec.ports.api, port);
        assert_eq!(
            spec.home,
            fs::canonicalize(folder.path()).unwrap().join(".seedbed")
        );
        let _other = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let spec = StackSpec::resolve(folder.path(), tools()).unwrap();
        assert!(spec.ports.api != port && spec.ports.api != spec.ports.db);
    }

    #[test]
    fn the_hash_follows_the_settings() {
        let (folder, _) = project();
        let spec = StackSpec::resolve(folder.path(), tools()).unwrap();
        let before = spec.hash();
        assert_eq!(spec.hash(), before);
        fs::create_dir(folder.path().join("supabase/functions")).unwrap();
        fs::write(folder.path().join("supabase/functions/.env"), "A=1").unwrap();
        assert_ne!(spec.hash(), before);
    }

    #[test]
    fn one_port_for_two_is_refused() {
        let (folder, _) = project();
        fs::write(
            folder.path().join("supabase/config.toml"),
            "[api]\nport = 7000\n[db]\nport = 7000\n",
        )
        .unwrap();
        let error = StackSpec::resolve(folder.path(), tools()).unwrap_err();
        assert_eq!(error.to_string(), "`[api] port` and `[db] port` are both 7000");
    }
}
