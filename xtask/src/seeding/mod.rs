//! Rows: what is asked for, who owns them, writing them in one transaction, taking them back.

pub mod basis;
pub mod choice;
pub mod clean;
pub mod destination;
pub mod everything;
pub mod industry;
pub mod job;
pub mod owners;
pub mod parts;
pub mod prepare;
pub mod present;
pub mod principals;
pub mod probe;
pub mod progress;
pub mod queue;
pub mod remedy;
pub mod replay;
pub mod rows;
pub mod tables;
pub mod triggered;
pub mod undo;
pub mod write;
