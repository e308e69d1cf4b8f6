//! What measurements depend on: the machine, the server, the build.

use std::fs;
use std::thread;

use anyhow::{Context, Result};
use serde::Serialize;
use tokio_postgres::Client;

/// The machine in words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Machine {
    /// Processors that a process may use at once.
    pub cores: usize,
    /// Its memory; `None` where the system does not tell.
    pub memory_bytes: Option<u64>,
    /// The system with its version.
    pub system: String,
    /// The version of PostgreSQL.
    pub postgres: String,
    /// Whether the compiler did its best for this program.
    pub is_optimised: bool,
}

impl Machine {
    /// The machine that this runs on.
    ///
    /// # Errors
    /// The database does not tell its version.
    pub async fn look(client: &Client) -> Result<Self> {
        let version = client.query_one("show server_version", &[]).await;
        let system = rustix::system::uname();
        Ok(Self {
            cores: thread::available_parallelism().map_or(1, usize::from),
            memory_bytes: kernel_figure("/proc/meminfo", "MemTotal:"),
            system: [system.sysname(), system.release(), system.machine()]
                .map(|word| word.to_string_lossy().into_owned())
                .join(" "),
            postgres: version.context("ask for the version of PostgreSQL")?.get(0),
            is_optimised: !cfg!(debug_assertions),
        })
    }

    /// `2 cores · 25.3 GB memory · Linux 6.1.0 x86_64 · PostgreSQL 17.6`
    pub fn line(&self) -> String {
        let memory = self.memory_bytes.map_or_else(String::new, |bytes| {
            format!(" · {:.1} GB memory", bytes as f64 / 1e9)
        });
        let build = if self.is_optimised { "" } else { " · debug build" };
        format!(
            "{} cores{memory} · {} · PostgreSQL {}{build}",
            self.cores, self.system, self.postgres
        )
    }
}

/// The most memory that this process had in RAM at any time; `None` where the system does not tell, as only Linux does.
pub fn peak_memory() -> Option<u64> {
    kernel_figure("/proc/self/status", "VmHWM:")
}

/// A figure of a file of the kernel, in bytes.
fn kernel_figure(file: &str, name: &str) -> Option<u64> {
    bytes_of(&fs::read_to_string(file).ok()?, name)
}

/// `VmHWM:    1234 kB`
fn bytes_of(text: &str, name: &str) -> Option<u64> {
    let figure = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = figure.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_figures_are_read_as_bytes() {
        let text = "VmPeak:\t  900 kB\nVmHWM:\t  12 kB\n";
        assert_eq!(bytes_of(text, "VmHWM:"), Some(12_288));
        assert_eq!(bytes_of(text, "VmSwap:"), None);
    }

    #[test]
    fn a_machine_is_told_in_a_line() {
        let machine = Machine {
            cores: 2,
            memory_bytes: Some(25_277_000_000),
            system: "Linux 6.1.0 x86_64".into(),
            postgres: "17.6".into(),
            is_optimised: true,
        };
        assert_eq!(
            machine.line(),
            "2 cores · 25.3 GB memory · Linux 6.1.0 x86_64 · PostgreSQL 17.6"
        );
        let unknown = Machine {
            memory_bytes: None,
            is_optimised: false,
            ..machine
        };
        assert_eq!(
            unknown.line(),
            "2 cores · Linux 6.1.0 x86_64 · PostgreSQL 17.6 · debug build"
        );
    }
}
