//! Sync: one environment's users and rows put in the place of another's, all of them or none.
//!
//! Both sides are read and compared first (`side.rs`, `shape.rs`, `comparison.rs`), which gives a plan that people see
//! before anything happens (`plan.rs`); one transaction carries it out (`apply.rs`), rows going from connection to
//! connection (`stream.rs`).

pub mod apply;
pub mod comparison;
pub mod hanging;
pub mod plan;
pub mod shape;
pub mod side;
pub mod stream;
