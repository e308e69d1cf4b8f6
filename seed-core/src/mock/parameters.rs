//! What a data provider is asked for, and what comes back.

use std::fmt::Display;

use serde::Serialize;
use serde_json::Value;

/// A record as JSON, by column.
///
/// ```
/// use seed_core::mock::Object;
/// let mut tag = Object::new();
/// tag.insert("name".into(), "VIP".into());
/// ```
pub type Object = serde_json::Map<String, Value>;

/// Some records, and how many there are in all.
///
/// ```
/// use seed_core::factory::Records;
/// use seed_core::mock::{DataProvider, GetList, MockDataProvider};
/// let provider = MockDataProvider::of(&Records::seeded(7));
/// let tags = provider.get_list("tags", GetList::all().page(1, 5)).unwrap();
/// assert_eq!((tags.data.len(), tags.total), (5, 20));
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct List {
    /// The records of the page.
    pub data: Vec<Object>,
    /// How many there are on all pages.
    pub total: u64,
}

/// By which column a list is sorted, and which way; as in PostgreSQL, null comes last, and first where descending.
///
/// ```
/// use seed_core::mock::{GetList, Sort};
/// let sort = Sort { field: "amount".into(), descending: true };
/// assert_eq!(GetList::all().sort("amount").descending().sort, Some(sort));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// The column.
    pub field: String,
    /// Whether the largest comes first.
    pub descending: bool,
}

/// A page of a list.
///
/// ```
/// use seed_core::mock::{GetList, Page};
/// assert_eq!(GetList::all().page(2, 25).page, Some(Page { number: 2, size: 25 }));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Its number, from 1.
    pub number: u64,
    /// Records on a page.
    pub size: u64,
}

/// Asks for records that match, sorted, one page of them.
///
/// A filter is a column and a value, or a column, `@` and an operator of PostgREST, as ra-supabase has it: `eq`, `neq`,
/// `gt`, `gte`, `lt`, `lte`, `like`, `ilike`, `in`, `is` and `cs`, each also with `not.` before it; `@or` and `@and` take
/// an object of filters. The words of `like` and `ilike` are looked for anywhere; `%`, `*` and `_` stand for letters.
///
/// ```
/// use seed_core::mock::GetList;
/// let large = GetList::all().filter("status", "open").filter("amount@gte", 50_000).sort("amount").descending();
/// assert_eq!(large.filter["amount@gte"], 50_000);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GetList {
    /// What must hold of each record, all of it.
    pub filter: Object,
    /// Their order; that of the table where none is given.
    pub sort: Option<Sort>,
    /// Which of them; all where none is given.
    pub page: Option<Page>,
}

impl GetList {
    /// All records.
    pub fn all() -> Self {
        Self::default()
    }

    /// Only those of which this holds too.
    pub fn filter(mut self, column: &str, value: impl Into<Value>) -> Self {
        self.filter.insert(column.to_owned(), value.into());
        self
    }

    /// Sorted by a column, the smallest first.
    pub fn sort(mut self, column: &str) -> Self {
        self.sort = Some(Sort {
            field: column.to_owned(),
            descending: false,
        });
        self
    }

    /// The largest first.
    pub fn descending(mut self) -> Self {
        self.sort = self.sort.map(|sort| Sort {
            descending: true,
            ..sort
        });
        self
    }

    /// One page, numbered from 1.
    pub fn page(mut self, number: u64, size: u64) -> Self {
        self.page = Some(Page { number, size });
        self
    }
}

/// A struct of parameters: its fields, and `of`, which takes anything that can be shown for a key and anything that
/// can be JSON for data.
macro_rules! parameters {
    ($($(#[$doc:meta])* $call:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $how:ident $given:ty,)+ })+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq)]
            pub struct $call {
                $($(#[$field_doc])* pub $field: $type,)+
            }

            impl $call {
                /// With these parameters.
                ///
                /// # Panics
                /// Where data is no object in JSON.
                pub fn of($($field: $given),+) -> Self {
                    Self { $($field: $how($field),)+ }
                }
            }
        )+
    };
}

parameters! {
    /// Asks for one record by its key.
    ///
    /// ```
    /// assert_eq!(seed_core::mock::GetOne::of(7).id, "7");
    /// ```
    GetOne {
        /// Its key.
        id: String = key impl Display,
    }
    /// Asks for records by their keys; those that are not there are left out.
    ///
    /// ```
    /// assert_eq!(seed_core::mock::GetMany::of([7, 8]).ids, ["7", "8"]);
    /// ```
    GetMany {
        /// Their keys.
        ids: Vec<String> = keys impl IntoIterator<Item = impl Display>,
    }
    /// Asks for the records whose column `target` holds a key.
    ///
    /// ```
    /// use seed_core::mock::{GetList, GetManyReference};
    /// assert_eq!(GetManyReference::of("contact_id", 7, GetList::all()).target, "contact_id");
    /// ```
    GetManyReference {
        /// The column.
        target: String = key impl Display,
        /// The key.
        id: String = key impl Display,
        /// Which of them, in which order.
        list: GetList = same GetList,
    }
    /// Asks for a new record.
    ///
    /// ```
    /// let create = seed_core::mock::Create::of(serde_json::json!({ "name": "VIP" }));
    /// assert_eq!(create.data["name"], "VIP");
    /// ```
    Create {
        /// Its columns; those that are left out are null, `id`, `created_at` and `updated_at` are made.
        data: Object = object impl Serialize,
    }
    /// Asks for other values in a record.
    ///
    /// ```
    /// let update = seed_core::mock::Update::of(7, serde_json::json!({ "name": "VIP" }));
    /// assert_eq!((update.id.as_str(), &update.data["name"]), ("7", &"VIP".into()));
    /// ```
    Update {
        /// Its key.
        id: String = key impl Display,
        /// The columns that change.
        data: Object = object impl Serialize,
    }
    /// Asks for other values in several records; those that are not there are left out.
    ///
    /// ```
    /// let update = seed_core::mock::UpdateMany::of([7, 8], serde_json::json!({ "name": "VIP" }));
    /// assert_eq!(update.ids.len(), 2);
    /// ```
    UpdateMany {
        /// Their keys.
        ids: Vec<String> = keys impl IntoIterator<Item = impl Display>,
        /// The columns that change.
        data: Object = object impl Serialize,
    }
    /// Asks for a record to go.
    ///
    /// ```
    /// assert_eq!(seed_core::mock::Delete::of(7).id, "7");
    /// ```
    Delete {
        /// Its key.
        id: String = key impl Display,
    }
    /// Asks for several records to go; those that are not there are left out.
    ///
    /// ```
    /// assert_eq!(seed_core::mock::DeleteMany::of([7, 8]).ids.len(), 2);
    /// ```
    DeleteMany {
        /// Their keys.
        ids: Vec<String> = keys impl IntoIterator<Item = impl Display>,
    }
}

fn key(key: impl Display) -> String {
    key.to_string()
}

fn keys(keys: impl IntoIterator<Item = impl Display>) -> Vec<String> {
    keys.into_iter().map(key).collect()
}

fn same<T>(given: T) -> T {
    given
}

/// What it is in JSON, which must be an object.
pub(super) fn object(data: impl Serialize) -> Object {
    match serde_json::to_value(data) {
        Ok(Value::Object(object)) => object,
        Ok(other) => panic!("a record is an object in JSON, not `{other}`"),
        Err(error) => panic!("a record cannot be written as JSON: {error}"),
    }
}
