//! The integration tests, one module per thing that a user does.

mod auth_fuzz;
mod auth_secrets;
mod auth_wire;
mod bad_input;
mod catalog;
mod clean;
mod client;
mod disk;
mod existing_projects;
mod findings;
mod industries;
mod interruptions;
#[cfg(target_os = "linux")]
mod loopback;
mod migrate;
mod negative;
mod normal_user;
mod policies;
mod policies_placed;
mod postgres;
mod present;
mod probe;
mod reset;
mod roles;
mod rules;
mod runs;
mod secrets;
mod seed;
mod stack;
mod tidy;
mod typescript;
mod users;
mod users_doctor;
mod users_functions;
mod variants;
mod verify;
