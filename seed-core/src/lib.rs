//! Deterministic, role-owned CRM rows as pure functions, bound to a live PostgreSQL catalog.
//!
//! The modules stand in the order of the data. A random number is a function of where it is used ([`stream`]), a
//! reference is arithmetic on the row's number ([`layout`], [`row`]); an industry pack ([`industry`]) and what is
//! asked for ([`spec`]) make of them records that belong together ([`domain`]). The binder ([`bind`]) fits their
//! fields to the columns that a database has ([`catalog`]), and encoders ([`encode`]) turn them into bytes. A
//! [`plan::Plan`] is all of it: tables in the order of their foreign keys, each with its rows by number.
//!
//! No row needs another to be made first, so any part of a table can be made alone, and nothing here reads a clock,
//! a file, the environment or a database.
//!
//! ```
//! use seed_core::catalog::{Catalog, Column, ColumnType, Table};
//! use seed_core::industry::IndustryPack;
//! use seed_core::plan::{Owner, Plan, SeedSpec, Volume};
//!
//! let column = |name: &str, kind| Column { name: name.into(), kind, ..Column::default() };
//! let companies = Table {
//!     schema: "public".into(),
//!     name: "companies".into(),
//!     columns: vec![
//!         column("id", ColumnType::Uuid),
//!         column("name", ColumnType::Text { max_length: None }),
//!         column("founded_year", ColumnType::Integer),
//!         column("shoe_size", ColumnType::Integer),
//!     ],
//!     primary_key: vec!["id".into()],
//!     ..Table::default()
//! };
//! let nobody = Owner { slot: 0, user_id: None, profile_id: None, volume: Volume::UNOWNED, earlier: vec![] };
//! let pack = IndustryPack::bundled("food_beverage")?;
//! let spec = SeedSpec::new(42, "2026-11-22T00:00:00Z".parse()?, pack, vec![nobody]);
//! let plan = Plan::new(&Catalog { tables: vec![companies] }, &spec)?;
//! let companies = &plan.tables()[0];
//! assert_eq!(companies.row_count(), 50);
//! assert_eq!(
//!     companies.copy_statement(),
//!     r#"COPY "public"."companies" ("id", "name", "founded_year") FROM STDIN (FORMAT binary)"#,
//! );
//! assert_eq!(plan.unplaced()[0].column.as_deref(), Some("shoe_size"));
//!
//! let mut bytes = seed_core::plan::HEADER.to_vec();
//! companies.encode_binary(0..companies.row_count(), &mut bytes);
//! bytes.extend_from_slice(&seed_core::plan::TRAILER);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod stream;

pub mod layout;
pub mod row;

pub mod adjustments;
pub mod industry;
pub mod spec;
mod words;

pub mod domain;

pub mod bind;
pub mod catalog;

pub mod encode;
pub mod plan;

pub mod errors;
pub mod factory;
pub mod mock;
