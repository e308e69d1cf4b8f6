//! What runs, as the supervisor writes it to `state.json`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::spec::Ports;

/// The version of the file's form; a file of another version is treated as a stack that must be stopped.
pub const STATE_VERSION: u32 = 1;

/// A stack that was started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StackState {
    /// [`STATE_VERSION`] of the writer.
    pub version: u32,
    /// Made anew at each start; `GET /_seedbed/health` answers with it, so a pid that was given to
    /// another process is never taken for ours.
    pub instance: String,
    /// The supervisor, which is the gateway too.
    pub supervisor: ProcessId,
    /// The project that it runs for.
    pub project: PathBuf,
    /// Its ports.
    pub ports: Ports,
    /// Hash of the spec and of `supabase/config.toml`: a different one means that a restart is due.
    pub spec_hash: String,
}

/// A process that cannot be mistaken for another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessId {
    /// Its number.
    pub pid: u32,
    /// When it started, in the operating system's own unit (field 22 of `/proc/<pid>/stat`; `ps -o lstart` on macOS).
    pub started: String,
}

/// One part of the stack, as the supervisor sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceStatus {
    /// `postgres`, `rest`, `functions` or `gateway`.
    pub name: String,
    /// What it does.
    pub phase: Phase,
    /// Its process, where it has one.
    pub pid: Option<u32>,
    /// How often it was started again after it died.
    pub restarts: u32,
    /// Why it is not running, in a sentence.
    pub problem: Option<String>,
}

/// Where a part is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Waits for what it depends on.
    Waiting,
    /// Started, not ready yet.
    Starting,
    /// Its probe passes.
    Running,
    /// It died and will be started again.
    Restarting,
    /// It died too often.
    Failed,
    /// Stopped.
    Stopped,
}
