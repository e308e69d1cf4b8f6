//! Bringing a project's migrations and Edge Functions to a target that is not of this machine.

pub mod contract;
pub mod functions;
pub mod undo;
