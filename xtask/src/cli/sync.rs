//! Flags of `sync`.

use clap::Args;

use crate::fence::ConsentArgs;
use crate::target::TargetName;

/// `sync`
#[derive(Debug, Clone, Args)]
pub struct SyncArgs {
    /// Where users and rows come from; `--target` is where they go
    #[arg(long, value_name = "NAME", default_value = "local")]
    pub from: TargetName,
    /// Let rows and users of the target go that are neither seeded nor synced
    #[arg(long)]
    pub everything: bool,
    /// Make no backup of the target first: only where it is marked as development, or is of this machine
    #[arg(long)]
    pub no_backup: bool,
    /// Only say what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// What lets it pass.
    #[command(flatten)]
    pub consent: ConsentArgs,
}
