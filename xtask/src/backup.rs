//! Backups: the rows of a target's tables, its users and its sequences in a file that `psql` restores, and we too.
//!
//! A file is SQL with COPY blocks behind a header of comments (`header.rs`), which tells what is in it and seals it with
//! checksums. What stands between the blocks (`script.rs`) is made from the header alone: restoring runs what we make
//! of the header again, and takes nothing but rows from the file.

pub mod compression;
pub mod file;
pub mod folder;
pub mod header;
pub mod read;
pub mod restore;
pub mod script;
pub mod write;

pub use write::{Destination, Written, write};
