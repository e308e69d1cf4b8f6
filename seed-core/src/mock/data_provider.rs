//! A data provider in memory.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::Serialize;
use serde_json::Value;

use super::call::{Call, Replacements, Request};
use super::parameters::{Object, object};
use super::policy::{self, Verb};
use super::reference;
use super::table::{Rules, Table};
use super::{MockAuthProvider, Tables};
use crate::errors::{self, ApiError};
use crate::factory::{AS_OF, Records};

/// A call that was made.
///
/// ```
/// use seed_core::factory::Records;
/// use seed_core::mock::{DataProvider, GetOne, MockDataProvider, Request};
/// let provider = MockDataProvider::of(&Records::seeded(7));
/// let _ = provider.get_one("tags", GetOne::of("nobody"));
/// let call = &provider.calls()[0];
/// assert_eq!((call.resource.as_str(), &call.request), ("tags", &Request::GetOne(GetOne::of("nobody"))));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The table.
    pub resource: String,
    /// What was asked for.
    pub request: Request,
}

/// A data provider in memory, with the calls of react-admin.
///
/// Clones share their records, so a test can hand one to the program and keep one. It can be asked from several threads.
/// A call is recorded, waits where there is a [latency](Self::latency), fails where it is told to fail, is replaced where
/// a test replaced it ([`Self::on_get_list`] and its like), and else does to the tables what the API would do: columns that
/// are not there, columns that must be given, unique keys and policies are refused with the errors of [`errors`].
///
/// ```
/// use seed_core::factory::{Contact, Records};
/// use seed_core::mock::{Create, DataProvider, GetList, List, MockDataProvider};
/// use serde_json::json;
///
/// let provider = MockDataProvider::of(&Records::seeded(7));
/// let made = provider.create("contacts", Create::of(json!({ "first_name": "Ada", "last_name": "King" })))?;
/// let found = provider.get_list("contacts", GetList::all().filter("last_name@ilike", "king"))?;
/// assert!(found.data.contains(&made));
///
/// let nobody = provider.create("contacts", Create::of(json!({ "first_name": "Ada" }))).unwrap_err();
/// assert_eq!(nobody.code(), Some("23502"));
///
/// provider.on_get_list(|resource, _| (resource == "contacts").then(|| Ok(List::default())));
/// assert_eq!(provider.get_list("contacts", GetList::all())?.total, 0);
/// assert_eq!(provider.get_list("tags", GetList::all())?.total, 20);
///
/// let own = MockDataProvider::new().with("people", Contact::factory().build_many(3));
/// assert_eq!(own.get_list("people", GetList::all())?.total, 3);
/// # Ok::<(), seed_core::errors::ApiError>(())
/// ```
#[derive(Clone, Default)]
pub struct MockDataProvider {
    state: Arc<Mutex<State>>,
}

type Policy = Arc<dyn Fn(Verb, &str, &Object) -> bool + Send + Sync>;
type Wait = Arc<dyn Fn(Duration) + Send + Sync>;

#[derive(Default)]
pub(super) struct State {
    tables: BTreeMap<String, Table>,
    /// When new and changed rows are made and changed.
    now: Option<Timestamp>,
    pub(super) replacements: Replacements,
    latency: Option<(Duration, Wait)>,
    failing_next: VecDeque<ApiError>,
    failing_on: Vec<(String, Call, ApiError)>,
    /// Every so many calls, and how many there were since.
    failing_every: Option<(u64, u64, ApiError)>,
    policies: Vec<Policy>,
    auth: Option<MockAuthProvider>,
    calls: Vec<Recorded>,
}

impl MockDataProvider {
    /// Without tables.
    pub fn new() -> Self {
        Self::default()
    }

    /// With the tables of the reference schema and all rows of a seed, those of all owners. What is made and changed is
    /// so at its as-of.
    pub fn of(records: &Records) -> Self {
        let provider = Self::new();
        let mut state = provider.state();
        state.now = Some(records.spec().as_of);
        let tables = reference::tables(records).into_iter();
        state.tables = tables.map(|table| (table.name.clone(), table)).collect();
        drop(state);
        provider
    }

    /// With a table more, or in place of the one of that name; its columns are those of the first record.
    ///
    /// # Panics
    /// Where a record is no object in JSON.
    pub fn with(self, resource: &str, records: impl IntoIterator<Item = impl Serialize>) -> Self {
        let rows: Vec<Object> = records.into_iter().map(object).collect();
        let columns = rows.iter().take(1).flat_map(|row| row.keys().cloned()).collect();
        let table = Table::new(resource, rows, columns, Rules::default());
        self.state().tables.insert(resource.to_owned(), table);
        self
    }

    /// Sees and writes what the one who is signed in there may: as the policies of the reference schema have it, an
    /// administrator all, a sales director reads all and writes own rows, an account manager own rows. Those who are
    /// signed out are refused.
    pub fn guarded_by(self, auth: &MockAuthProvider) -> Self {
        self.state().auth = Some(auth.clone());
        self
    }

    /// Only rows of which this holds can be read and written, beside what other policies say.
    pub fn policy(&self, allows: impl Fn(Verb, &str, &Object) -> bool + Send + Sync + 'static) {
        self.state().policies.push(Arc::new(allows));
    }

    /// Each call takes so long: `wait` is handed the time, as [`std::thread::sleep`] is, or counts it.
    pub fn latency(&self, time: Duration, wait: impl Fn(Duration) + Send + Sync + 'static) {
        self.state().latency = Some((time, Arc::new(wait)));
    }

    /// The next call fails; said twice, the next two do.
    pub fn fail_next(&self, error: ApiError) {
        self.state().failing_next.push_back(error);
    }

    /// Every so many calls one fails, the n-th from now first.
    pub fn fail_every(&self, calls: u64, error: ApiError) {
        self.state().failing_every = Some((calls.max(1), 0, error));
    }

    /// All such calls of a table fail.
    pub fn fail_on(&self, resource: &str, call: Call, error: ApiError) {
        self.state().failing_on.push((resource.to_owned(), call, error));
    }

    /// Nothing fails any more, and nothing takes time.
    pub fn recover(&self) {
        let mut state = self.state();
        state.failing_next.clear();
        state.failing_on.clear();
        (state.failing_every, state.latency) = (None, None);
    }

    /// All calls that were made, in their order.
    pub fn calls(&self) -> Vec<Recorded> {
        self.state().calls.clone()
    }

    /// All calls of a kind that were made, in their order.
    pub fn calls_of(&self, call: Call) -> Vec<Recorded> {
        let calls = self.calls().into_iter();
        calls.filter(|recorded| recorded.request.call() == call).collect()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // Where a test panicked in a closure of its own, the tables are as they were.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a call: records it, waits, and fails where it should.
    pub(super) fn receive(&self, resource: &str, request: Request) -> Result<(), ApiError> {
        let call = request.call();
        let mut state = self.state();
        state.calls.push(Recorded {
            resource: resource.to_owned(),
            request,
        });
        let failure = state.failure(resource, call);
        let latency = state.latency.clone();
        drop(state);
        if let Some((time, wait)) = latency {
            wait(time);
        }
        failure.map_or(Ok(()), Err)
    }

    /// Does something to a table, as the one who is signed in.
    pub(super) fn tables<T>(
        &self,
        resource: &str,
        act: impl FnOnce(&mut Tables<'_>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let mut state = self.state();
        let user = match &state.auth {
            Some(auth) => Some(auth.admit(resource)?),
            None => None,
        };
        let policies = state.policies.clone();
        let allows = |verb, row: &Object| {
            let by_role = user
                .as_ref()
                .is_none_or(|user| policy::allows(user, verb, resource, row));
            by_role && policies.iter().all(|policy| policy(verb, resource, row))
        };
        let now = state
            .now
            .unwrap_or_else(|| AS_OF.parse().expect("the constant is an instant"));
        let now = Value::from(now.display_with_offset(Offset::UTC).to_string());
        let owner = user.as_ref().map_or(Value::Null, |user| user.profile_id.into());
        let table = state.tables.get_mut(resource);
        act(&mut Tables {
            resource,
            table: table.ok_or_else(|| errors::table_not_found("public", resource))?,
            allows: &allows,
            given: vec![
                ("created_at", now.clone()),
                ("updated_at", now.clone()),
                ("created_by", owner.clone()),
                ("assigned_to", owner),
            ],
            changed: vec![("updated_at", now)],
        })
    }
}

impl State {
    fn failure(&mut self, resource: &str, call: Call) -> Option<ApiError> {
        let every = self.failing_every.as_mut().and_then(|(calls, made, error)| {
            *made += 1;
            (*made % *calls == 0).then(|| error.clone())
        });
        let mut on = self.failing_on.iter();
        let on = on.find(|(of, kind, _)| (of.as_str(), *kind) == (resource, call));
        self.failing_next
            .pop_front()
            .or(on.map(|(.., error)| error.clone()))
            .or(every)
    }
}
