//! Deterministic, role-owned CRM rows as pure functions, bound to a live PostgreSQL catalog.

pub mod stream;

pub mod layout;
pub mod row;

pub mod industry;
pub mod spec;
mod words;

pub mod domain;

pub mod bind;
pub mod catalog;

pub mod encode;
pub mod plan;
