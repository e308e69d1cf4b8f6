//! Deterministic, role-owned CRM rows as pure functions, bound to a live PostgreSQL catalog.

pub mod catalog;
pub mod industry;
