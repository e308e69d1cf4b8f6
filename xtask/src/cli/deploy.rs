//! Flags of `deploy`.

use clap::Args;

use crate::fence::ConsentArgs;

/// `deploy`
#[derive(Debug, Clone, Default, Args)]
pub struct DeployArgs {
    /// Only show what would be applied and sent; the migrations are tried in a transaction that is undone
    #[arg(long)]
    pub dry_run: bool,
    /// What lets it pass.
    #[command(flatten)]
    pub consent: ConsentArgs,
}
