//! What `seed` and `reset` share: what was asked for, who owns the rows, writing them in one transaction.

pub mod choice;
pub mod industry;
pub mod owners;
pub mod run;
