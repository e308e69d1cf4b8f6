//! The integration tests, one module per thing that a user does.

mod bad_input;
mod catalog;
mod client;
mod existing_projects;
mod interruptions;
mod migrate;
mod normal_user;
mod reset;
mod stack;
mod tidy;
mod typescript;
mod users;
mod verify;
