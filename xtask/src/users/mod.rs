//! The test users: one per role, made by the front door, proved by signing in.

pub mod account;
pub mod answer;
pub mod auth_api;
pub mod doctor;
pub mod edge_function;
pub mod ensure;
pub mod function_source;
pub mod known;
pub mod make;
pub mod metadata;
pub mod profile;
pub mod prove;
pub mod removal;
pub mod roles;
pub mod storage_state;

#[cfg(test)]
mod stub;
