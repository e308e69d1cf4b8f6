//! What the integration tests share: the binary as a user has it, a project folder of one's own, a stack for all.
//!
//! Each [`Project`] is a copy of the reference project in a temporary folder, with its own state and ports. A test
//! that only reads, or that adds rows of its own, uses [`shared`], which is reset once per run. One that begins as others
//! do, and changes no more than rows and files, uses [`Lent`].

mod at_exit;
mod content;
mod deno;
pub mod lent;
pub mod processes;
mod project;
mod running;
mod supabase_cli;
mod terminal;
mod tools;
mod wire;
mod xtask;

pub use content::{changed, content};
pub use deno::{deno_test, deno_test_with};
pub use lent::Lent;
pub use project::{Project, shared};
pub use running::{DEADLINE, Running, eventually};
pub use supabase_cli::SupabaseCli;
pub use terminal::answered;
pub use tools::tools;
pub use wire::{WireAnswer, WireRequest};
pub use xtask::{Run, workspace_root, xtask_binary};
