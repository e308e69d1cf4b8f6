//! Records for unit tests: the rows of the database, as typed values.
//!
//! A factory does not make values up: record number `n` of `Contact::factory().seed(7)` is row `n` that `seed --seed 7`
//! puts into the database, with its key and all its columns, as long as volumes, industry and as-of are the same. So a
//! test can name a row that an integration test finds in the database, and everything about a record belongs together.
//!
//! - A **state** ([`won`](Factory::won), [`overdue`](Factory::overdue), [`primary`](Factory::primary)) picks the rows
//!   that are so and rewrites none: the third won deal is the third one in the table that was won, with the dates, the
//!   amount and the people of a won deal. [`Factory::only`] picks by any condition.
//! - A **setter** has the name of its column. It changes that column and nothing else: a deal whose stage is
//!   overridden keeps its probability.
//! - **Relatives** are rows too: [`Factory::of`] picks those that belong to another record, [`Records::get`] finds one
//!   by its key.
//!
//! There is no clock: everything is counted from 2026-11-22 unless [`Factory::as_of`] says otherwise.
//!
//! ```
//! use seed_core::factory::{Contact, Opportunity, Records};
//!
//! let john = Contact::factory().seed(7).first_name("John").build();
//! assert_eq!(john.first_name, "John");
//! assert!(john.id.to_string().starts_with("5eed"));
//!
//! let three = Contact::factory().seed(7).with(|contact, n| contact.last_name = format!("Doe {n}")).build_many(3);
//! assert_eq!(three[2].last_name, "Doe 2");
//! assert_eq!(three[0].id, john.id);
//!
//! let third = Opportunity::factory().won().nth(2).build();
//! assert_eq!(third.status, "won");
//! let json = serde_json::to_value(&third)?;
//! assert_eq!(json["probability"], 100);
//! # Ok::<(), serde_json::Error>(())
//! ```

mod catalogue;
mod column;
mod embedded;
mod error;
mod overdue;
mod people;
mod pipeline;
pub(crate) mod record;
mod records;
mod related;

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::Record;
use crate::industry::IndustryPack;
use crate::row::RowId;
use crate::spec::{Owner, SeedSpec, Volume};

pub use catalogue::{Product, Tag};
pub use embedded::{EmailAddress, Nutrition, Participant, PhoneNumber};
pub use error::FactoryError;
pub use people::{Contact, ContactOrganization, Organization};
pub use pipeline::{Activity, ContactNote, Opportunity, OpportunityNote, Task};
pub use record::Generated;
pub use records::Records;
use records::View;
pub use related::Related;

/// The seed where none is given, as of `xtask seed`.
///
/// ```
/// use seed_core::factory::{Contact, SEED};
/// assert_eq!(Contact::factory().build(), Contact::factory().seed(SEED).build());
/// ```
pub const SEED: u64 = 42;

/// The instant that everything is counted from where none is given.
///
/// ```
/// use seed_core::factory::{AS_OF, Contact};
/// assert!(Contact::factory().build().created_at < AS_OF.parse().unwrap());
/// ```
pub const AS_OF: &str = "2026-11-22T00:00:00Z";

/// Makes records of one kind; see the [module](self).
///
/// ```
/// use seed_core::factory::Task;
/// let tasks = Task::factory().seed(7).pending().build_many(2);
/// assert!(tasks.iter().all(|task| task.completed_at.is_none()));
/// assert_eq!(tasks, Task::factory().seed(7).pending().build_many(2));
/// ```
#[derive(Clone)]
#[must_use = "a factory makes nothing until it is told to build"]
pub struct Factory<R> {
    records: Records,
    slot: u16,
    first: u64,
    relations: Vec<Relation>,
    states: Vec<State<R>>,
    overrides: Vec<Override<R>>,
}

/// Something that the rows must belong to.
#[derive(Debug, Clone)]
struct Relation {
    record: Record,
    id: Uuid,
    rows: fn(View<'_>, RowId, u64) -> Vec<RowId>,
}

/// Something that the rows must be.
#[derive(Clone)]
struct State<R> {
    name: String,
    holds: Condition<R>,
}

/// Asked of a record, and the instant that everything is counted from.
type Condition<R> = Arc<dyn Fn(&R, Timestamp) -> bool + Send + Sync>;

type Override<R> = Arc<dyn Fn(&mut R, u64) + Send + Sync>;

impl<R: Generated> Factory<R> {
    fn new(records: Records) -> Self {
        Self {
            slot: records.spec().owners.first().map_or(0, |owner| owner.slot),
            records,
            first: 0,
            relations: Vec::new(),
            states: Vec::new(),
            overrides: Vec::new(),
        }
    }

    /// The rows of another seed.
    pub fn seed(self, seed: u64) -> Self {
        self.respecified(|spec| spec.seed = seed)
    }

    /// The rows of another industry; `industry` is a column of companies.
    pub fn pack(self, pack: IndustryPack) -> Self {
        self.respecified(|spec| spec.pack = pack)
    }

    /// The rows as they are when everything is counted from another instant.
    pub fn as_of(self, instant: Timestamp) -> Self {
        self.respecified(|spec| spec.as_of = instant)
    }

    /// The rows of the owner in that slot: 0 is the administrator's, or nobody's, 1 the sales director's, 2 the account
    /// manager's. An owner who is not in the [`SeedSpec`] has the volume of the first one.
    pub fn owner(mut self, slot: u16) -> Self {
        self.slot = slot;
        let owners = &self.records.spec().owners;
        if owners.iter().any(|owner| owner.slot == slot) {
            return self;
        }
        let volume = owners.first().map_or(Volume::UNOWNED, Owner::total);
        self.respecified(|spec| {
            spec.owners.push(Owner {
                slot,
                user_id: None,
                profile_id: None,
                volume,
                earlier: Vec::new(),
            });
        })
    }

    /// How many rows there are for the owner: parents decide what children belong to.
    pub fn volume(self, volume: Volume) -> Self {
        let slot = self.slot;
        self.respecified(|spec| {
            let owners = spec.owners.iter_mut();
            owners
                .filter(|owner| owner.slot == slot)
                .for_each(|owner| owner.volume = volume);
        })
    }

    /// Begins with the n-th record, counted from 0 among those that are as the states say.
    pub fn nth(mut self, number: u64) -> Self {
        self.first = number;
        self
    }

    /// Only rows that belong to another record, which must come from the same seed: the people of a deal, the tasks of
    /// a person.
    pub fn of<Other: Generated>(mut self, other: &Other) -> Self
    where
        R: Related<Other>,
    {
        self.relations.push(Relation {
            record: Other::RECORD,
            id: other.id(),
            rows: <R as Related<Other>>::rows,
        });
        self
    }

    /// Only rows of which something holds; `name` is for the message where there are none.
    pub fn only(self, name: &str, holds: impl Fn(&R) -> bool + Send + Sync + 'static) -> Self {
        self.condition(name, move |record, _| holds(record))
    }

    /// Changes each record made. It is handed the record's number, counted from 0 among those that are as the states
    /// say, for values that must differ.
    pub fn with(mut self, change: impl Fn(&mut R, u64) + Send + Sync + 'static) -> Self {
        self.overrides.push(Arc::new(change));
        self
    }

    /// One record.
    ///
    /// # Panics
    /// Where no row is as the states say, see [`Self::try_build`].
    #[track_caller]
    pub fn build(&self) -> R {
        self.try_build().unwrap_or_else(|error| refuse(&error))
    }

    /// So many records.
    ///
    /// # Panics
    /// Where there are fewer.
    #[track_caller]
    pub fn build_many(&self, count: u64) -> Vec<R> {
        self.try_build_many(count).unwrap_or_else(|error| refuse(&error))
    }

    /// All records that are as the states say, none where there are none.
    ///
    /// # Panics
    /// Where what is asked for makes no sense, see [`Self::try_build_all`].
    #[track_caller]
    pub fn build_all(&self) -> Vec<R> {
        self.try_build_all().unwrap_or_else(|error| refuse(&error))
    }

    /// One record.
    ///
    /// # Errors
    /// [`FactoryError::TooFew`] where no row is as the states say, and what [`Self::try_build_all`] says.
    pub fn try_build(&self) -> Result<R, FactoryError> {
        Ok(self.try_build_many(1)?.remove(0))
    }

    /// So many records.
    ///
    /// # Errors
    /// [`FactoryError::TooFew`] where there are fewer, and what [`Self::try_build_all`] says.
    pub fn try_build_many(&self, count: u64) -> Result<Vec<R>, FactoryError> {
        let made = self.make(count)?;
        let found = self.first + made.len() as u64;
        if made.len() as u64 == count {
            return Ok(made);
        }
        let view = self.records.view()?;
        let relative = self.relations.first();
        let relative = relative.and_then(|relation| view.row(relation.record, relation.id));
        let slot = relative.map_or(self.slot, RowId::slot);
        Err(FactoryError::TooFew {
            record: R::RECORD,
            states: self.names(),
            asked: self.first.saturating_add(count),
            found: if made.is_empty() { self.count()? } else { found },
            rows: view.rows(R::RECORD, slot),
        })
    }

    /// All records that are as the states say, none where there are none.
    ///
    /// # Errors
    /// [`FactoryError::NotOurs`] where a relative is no row of this seed, [`FactoryError::Spec`] where volumes or slots
    /// contradict each other.
    pub fn try_build_all(&self) -> Result<Vec<R>, FactoryError> {
        self.make(u64::MAX)
    }

    /// Up to so many records.
    fn make(&self, count: u64) -> Result<Vec<R>, FactoryError> {
        let view = self.records.view()?;
        let made = self
            .picked(view)?
            .zip(0..)
            .skip(self.first as usize)
            .take(count as usize);
        let change = |(mut record, number): (R, u64)| {
            self.overrides
                .iter()
                .for_each(|change| change(&mut record, number));
            record
        };
        Ok(made.map(change).collect())
    }

    /// How many rows are as the states say.
    fn count(&self) -> Result<u64, FactoryError> {
        Ok(self.picked(self.records.view()?)?.count() as u64)
    }

    /// The rows that are as the states say, in their order.
    fn picked<'a>(&'a self, view: View<'a>) -> Result<impl Iterator<Item = R> + 'a, FactoryError> {
        let read = move |row: RowId| R::read(view, row);
        let as_of = self.records.spec().as_of;
        let holds = move |record: &R| self.states.iter().all(|state| (state.holds)(record, as_of));
        Ok(self.candidates(view)?.map(read).filter(holds))
    }

    /// The owner's rows, or those that belong to all relatives.
    fn candidates(&self, view: View<'_>) -> Result<Box<dyn Iterator<Item = RowId>>, FactoryError> {
        let mut common: Option<Vec<RowId>> = None;
        for relation in &self.relations {
            let (record, id) = (relation.record, relation.id);
            let other = view.row(record, id);
            let other = other.ok_or(FactoryError::NotOurs {
                record,
                id,
                seed: self.records.spec().seed,
            })?;
            let rows = (relation.rows)(view, other, view.rows(R::RECORD, other.slot()));
            common = Some(match common {
                Some(common) => common.into_iter().filter(|row| rows.contains(row)).collect(),
                None => rows,
            });
        }
        Ok(match common {
            Some(common) => Box::new(common.into_iter()),
            None => Box::new(view.all(R::RECORD, self.slot)),
        })
    }

    fn condition(
        mut self,
        name: &str,
        holds: impl Fn(&R, Timestamp) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.states.push(State {
            name: name.to_owned(),
            holds: Arc::new(holds),
        });
        self
    }

    fn names(&self) -> Vec<String> {
        let relatives = self
            .relations
            .iter()
            .map(|relation| format!("of {} {}", relation.record, relation.id));
        relatives
            .chain(self.states.iter().map(|state| state.name.clone()))
            .collect()
    }

    fn respecified(mut self, change: impl FnOnce(&mut SeedSpec)) -> Self {
        let mut spec = self.records.spec().clone();
        change(&mut spec);
        self.records = Records::lazy(spec);
        self
    }
}

#[track_caller]
fn refuse(error: &FactoryError) -> ! {
    panic!("{error}; {}", error.hint())
}
