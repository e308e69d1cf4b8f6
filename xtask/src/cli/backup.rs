//! Arguments of `backup` and `restore`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::fence::ConsentArgs;

/// `backup`
#[derive(Debug, Clone, Default, Args)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub struct BackupArgs {
    /// What to do instead of taking one.
    #[command(subcommand)]
    pub command: Option<BackupCommand>,
    /// File to write, packed when its name ends in `.gz` or `.zst`
    /// [default: `backups/TARGET-TIME.sql.zst` in the project]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long, requires = "out")]
    pub force: bool,
    /// Schema whose tables to take; can be given several times [default: those that the project's API shows]
    #[arg(long = "schema", value_name = "NAME")]
    pub schemas: Vec<String>,
}

/// The words below `backup`.
#[derive(Debug, Clone, Subcommand)]
pub enum BackupCommand {
    /// List the backups in the project's folder: when, of what, and whether each is whole
    List,
    /// Remove all but the latest backups of each target from the project's folder
    Prune(BackupPruneArgs),
}

/// `backup prune`
#[derive(Debug, Clone, Args)]
pub struct BackupPruneArgs {
    /// How many of each target stay
    #[arg(long, value_name = "N", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    pub keep: usize,
    /// Only show what would be removed
    #[arg(long)]
    pub dry_run: bool,
}

/// `restore`
#[derive(Debug, Clone, Args)]
pub struct RestoreArgs {
    /// The backup
    pub file: PathBuf,
    /// Only show what would be removed, and what would come in its place
    #[arg(long)]
    pub dry_run: bool,
    /// What lets it pass.
    #[command(flatten)]
    pub consent: ConsentArgs,
}
