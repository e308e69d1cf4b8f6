//! The calls of a data provider, each a line of one table.

use std::sync::Arc;

use super::parameters::{
    Create, Delete, DeleteMany, GetList, GetMany, GetManyReference, GetOne, List, Object, Update, UpdateMany,
};
use super::{MockDataProvider, Tables};
use crate::errors::ApiError;

/// What a test puts in place of a call; `None` leaves it to what was there before.
type Replacement<Params, Reply> = Arc<dyn Fn(&str, &Params) -> Option<Result<Reply, ApiError>> + Send + Sync>;

/// The calls: parameters, method, how a test replaces it, what comes back.
macro_rules! calls {
    ($($(#[$doc:meta])* $call:ident $method:ident $on:ident -> $reply:ty;)+) => {
        /// A kind of call.
        ///
        /// ```
        /// use seed_core::errors;
        /// use seed_core::mock::{Call, MockDataProvider};
        /// let provider = MockDataProvider::new();
        /// provider.fail_on("tags", Call::Delete, errors::policy_violation("tags"));
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Call {
            $($(#[$doc])* $call,)+
        }

        /// What was asked for.
        ///
        /// ```
        /// use seed_core::mock::{Call, Delete, Request};
        /// assert_eq!(Request::Delete(Delete::of(7)).call(), Call::Delete);
        /// ```
        #[derive(Debug, Clone, PartialEq)]
        pub enum Request {
            $($(#[$doc])* $call($call),)+
        }

        impl Request {
            /// Its kind.
            pub fn call(&self) -> Call {
                match self {
                    $(Self::$call(_) => Call::$call,)+
                }
            }
        }

        $(
            impl From<$call> for Request {
                fn from(params: $call) -> Self {
                    Self::$call(params)
                }
            }
        )+

        /// Where an application gets its data from. An application that is written against it can be tested with a
        /// [`MockDataProvider`].
        ///
        /// ```
        /// use seed_core::factory::Records;
        /// use seed_core::mock::{DataProvider, GetList, MockDataProvider};
        /// fn open_deals(provider: &impl DataProvider) -> u64 {
        ///     provider.get_list("opportunities", GetList::all().filter("status", "open")).map_or(0, |list| list.total)
        /// }
        /// assert!(open_deals(&MockDataProvider::of(&Records::seeded(7))) > 10);
        /// ```
        pub trait DataProvider {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// What the API answers.
                fn $method(&self, resource: &str, params: $call) -> Result<$reply, ApiError>;
            )+
        }

        /// What tests put in place of calls, the latest last.
        #[derive(Clone, Default)]
        pub(super) struct Replacements {
            $($method: Vec<Replacement<$call, $reply>>,)+
        }

        /// What a test puts in place of a call is handed the resource and the parameters; where it gives `None`, what
        /// was put there before answers, in the end the table.
        impl MockDataProvider {
            $(
                #[doc = concat!("Puts something in place of [`DataProvider::", stringify!($method), "`].")]
                pub fn $on(
                    &self,
                    replacement: impl Fn(&str, &$call) -> Option<Result<$reply, ApiError>> + Send + Sync + 'static,
                ) {
                    self.state().replacements.$method.push(Arc::new(replacement));
                }
            )+
        }

        impl DataProvider for MockDataProvider {
            $(
                fn $method(&self, resource: &str, params: $call) -> Result<$reply, ApiError> {
                    self.receive(resource, params.clone().into())?;
                    // Not under the lock: a replacement may ask the provider.
                    let replacements = self.state().replacements.$method.clone();
                    let replaced = replacements.iter().rev().find_map(|replacement| replacement(resource, &params));
                    replaced.unwrap_or_else(|| self.tables(resource, |tables| Tables::$method(tables, &params)))
                }
            )+
        }
    };
}

calls! {
    /// Records that match, and how many there are.
    GetList get_list on_get_list -> List;
    /// One record.
    GetOne get_one on_get_one -> Object;
    /// Several records.
    GetMany get_many on_get_many -> Vec<Object>;
    /// The records that point at another, and how many there are.
    GetManyReference get_many_reference on_get_many_reference -> List;
    /// A new record, as it is then.
    Create create on_create -> Object;
    /// A changed record, as it is then.
    Update update on_update -> Object;
    /// The keys of changed records.
    UpdateMany update_many on_update_many -> Vec<String>;
    /// A record that is no more, as it was.
    Delete delete on_delete -> Object;
    /// The keys of records that are no more.
    DeleteMany delete_many on_delete_many -> Vec<String>;
}
