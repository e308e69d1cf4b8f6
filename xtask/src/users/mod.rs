//! The test users: one per role, made by the front door, proved by signing in.

pub mod auth_api;
pub mod doctor;
pub mod edge_function;
pub mod ensure;
pub mod make;
pub mod metadata;
pub mod profile;
pub mod roles;

#[cfg(test)]
mod stub;
