//! How fast rows get into a database, a seed against other ways, on copies of the project's database; and how fast they
//! get out of it into a backup.

pub mod backup;
pub mod candidate;
pub mod machine;
pub mod ready;
pub mod report;
pub mod size;
pub mod spool;
pub mod workbench;
