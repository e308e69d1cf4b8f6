//! Arguments of `policies`.

use std::path::PathBuf;

use clap::Args;

/// `policies`
#[derive(Debug, Clone, Default, Args)]
pub struct PoliciesArgs {
    /// Only this table or view; can be given several times
    #[arg(long, value_name = "TABLE", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Try everything in the database too, with `set role` and claims, and name where the two differ
    #[arg(long)]
    pub sql: bool,
    /// Write the matrix as one self-contained page
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Compare with this expectation; exit code 1 when anything differs [default: `supabase/policies.expected.toml`, where it is there]
    #[arg(long, value_name = "FILE")]
    pub expect: Option<PathBuf>,
    /// Write what was found as the expectation
    #[arg(long)]
    pub accept: bool,
}
