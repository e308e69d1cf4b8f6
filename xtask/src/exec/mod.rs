//! Children that run to their end.

pub mod command_line;
pub mod failed_statement;
pub mod runner;
pub mod supabase_cli;
pub mod work_folder;
