//! Providers for unit tests: data and sign-in as an application asks for them, in memory.
//!
//! The calls are those that react-admin, and so Atomic CRM, makes of its providers. They are not `async`: there is
//! nothing to wait for, and a test that wants them in a future wraps them in one line.
//!
//! ```
//! use seed_core::errors;
//! use seed_core::factory::Records;
//! use seed_core::mock::{Call, DataProvider, GetList, MockDataProvider, Update};
//!
//! use serde_json::json;
//!
//! let provider = MockDataProvider::of(&Records::seeded(7));
//! let won = provider.get_list("opportunities", GetList::all().filter("status", "won").sort("amount").page(1, 3))?;
//! assert!(won.total > 3 && won.data.len() == 3);
//!
//! let id = won.data[0]["id"].as_str().unwrap();
//! provider.fail_next(errors::network());
//! assert_eq!(provider.update("opportunities", Update::of(id, json!({ "stage": "new_lead" }))), Err(errors::network()));
//! assert_eq!(provider.calls_of(Call::Update).len(), 1);
//! # Ok::<(), errors::ApiError>(())
//! ```

mod auth_provider;
mod call;
mod data_provider;
mod filter;
mod parameters;
mod policy;
mod reference;
mod table;
mod tables;

pub use auth_provider::{AuthProvider, Identity, MockAuthProvider, MockUser};
pub use call::{Call, DataProvider, Request};
pub use data_provider::{MockDataProvider, Recorded};
pub use parameters::{
    Create, Delete, DeleteMany, GetList, GetMany, GetManyReference, GetOne, List, Object, Page, Sort, Update,
    UpdateMany,
};
pub use policy::Verb;
use tables::Tables;
