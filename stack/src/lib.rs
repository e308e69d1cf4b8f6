//! The embedded Supabase stack: PostgreSQL, REST, Auth, Edge Functions and a gateway, without Docker.
//!
//! A caller writes a [`spec::StackSpec`], starts the supervisor with it and reads what runs from
//! [`state::StackState`].

pub mod gateway;
pub mod hint;
pub mod keys;
pub mod launch;
pub mod ports;
pub mod postgres;
pub mod private_file;
pub mod probe;
pub mod process;
pub mod project;
pub mod service;
pub mod spec;
pub mod start_order;
pub mod state;
pub mod supervisor;
