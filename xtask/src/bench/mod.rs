//! How fast rows get into a database: a seed against other ways, on copies of the project's database.

pub mod candidate;
pub mod machine;
pub mod ready;
pub mod report;
pub mod size;
pub mod spool;
pub mod workbench;
