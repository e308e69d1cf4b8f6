//! The target's database: connections, catalog, COPY, ledger. All SQL of more than a line is in `sql/`.

pub mod address;
pub mod bookkeeping;
pub mod carried;
pub mod catalog;
pub mod checksum;
pub mod column_type;
pub mod connect;
pub mod copy;
pub mod environment;
pub mod failure;
pub mod ledger;
pub mod name;
pub mod pooler;
pub mod quiet;
pub mod seed_lock;
pub mod seeded;
pub mod sequence;
pub mod session;
pub mod tls;
mod unreached;
