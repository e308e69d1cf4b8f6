//! What the supervisor is asked to run.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

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
