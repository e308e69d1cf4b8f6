//! One file per word that the user types: order and wording, the work is asked for elsewhere.

pub mod add;
pub mod backup;
pub mod bench;
pub mod clean;
pub mod deploy;
pub mod doctor;
pub mod env;
pub mod fixtures;
pub mod industries;
pub mod logs;
pub mod mail;
pub mod migrate;
pub mod policies;
pub mod products;
pub mod reset;
pub mod restore;
pub mod runs;
pub mod seed;
pub mod start;
pub mod status;
pub mod stop;
pub mod supervise;
pub mod sync;
pub mod users;
pub mod verify;
