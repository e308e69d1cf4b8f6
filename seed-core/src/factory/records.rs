//! All rows of a seed, to be asked for by key and by relation.

use std::sync::{Arc, LazyLock, OnceLock};

use jiff::Timestamp;
use uuid::Uuid;

use super::column::Origin;
use super::record::Generated;
use super::{AS_OF, Factory, SEED};
use crate::domain::Record;
use crate::domain::world::World;
use crate::industry::IndustryPack;
use crate::plan::{self, PlanError};
use crate::row::{Key, RowId, UuidSpace};
use crate::spec::{Owner, SeedSpec, Volume};

/// The pack that `xtask seed` takes too where nobody names one; it is read once.
static USUAL_PACK: LazyLock<IndustryPack> =
    LazyLock::new(|| IndustryPack::bundled("food_beverage").expect("the bundled packs are tested"));

/// All rows of a seed.
///
/// Factories made from the same `Records` share it, so records and their relatives fit together:
///
/// ```
/// use seed_core::factory::{Organization, Records};
/// let records = Records::seeded(7);
/// let deal = records.opportunities().won().build();
/// let customer = records.get::<Organization>(deal.customer_organization_id).unwrap();
/// assert!(deal.name.starts_with(&customer.name));
///
/// let people = records.contacts().of(&deal).build_all();
/// assert_eq!(people[0].id, deal.contact_ids[0]);
/// for activity in records.activities().of(&deal).build_all() {
///     assert_eq!(activity.opportunity_id, Some(deal.id));
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Records {
    spec: Arc<SeedSpec>,
    /// Worked out when the first row is asked for.
    world: Arc<OnceLock<Result<World, PlanError>>>,
}

impl Default for Records {
    /// The rows of seed 42.
    fn default() -> Self {
        Self::seeded(SEED)
    }
}

impl Records {
    /// The rows that `seed --seed N --as-of 2026-11-22` puts into an empty database without test users. Tags that a
    /// database has already are used there and not written again; these are those of the pack.
    pub fn seeded(seed: u64) -> Self {
        let nobody = Owner {
            slot: 0,
            user_id: None,
            profile_id: None,
            volume: Volume::UNOWNED,
            earlier: Vec::new(),
        };
        let as_of: Timestamp = AS_OF.parse().expect("the constant is an instant");
        Self::lazy(SeedSpec::new(seed, as_of, USUAL_PACK.clone(), vec![nobody]))
    }

    /// The rows that `reset` makes for its test users: the administrator has slot 0 and the key 1 in `sales`, the sales
    /// director slot 1 and key 2, the account manager slot 2 and key 3.
    pub fn of_test_users(seed: u64) -> Self {
        let volumes = [Volume::ADMIN, Volume::DIRECTOR, Volume::MANAGER];
        let owners = volumes.into_iter().zip(0..).map(|(volume, slot)| Owner {
            slot,
            user_id: None,
            profile_id: Some(Key::Integer(i64::from(slot) + 1)),
            volume,
            earlier: Vec::new(),
        });
        let owners = owners.collect();
        let mut spec = (*Self::seeded(seed).spec).clone();
        spec.owners = owners;
        Self::lazy(spec)
    }

    /// The rows that this spec describes.
    ///
    /// # Errors
    /// What [`plan::Plan::new`] says of the spec alone: volumes that contradict each other, slots taken twice, a
    /// pipeline without stages.
    pub fn new(spec: SeedSpec) -> Result<Self, PlanError> {
        let records = Self::lazy(spec);
        records.view()?;
        Ok(records)
    }

    /// What the rows follow from.
    pub fn spec(&self) -> &SeedSpec {
        &self.spec
    }

    /// Makes rows of that kind.
    pub fn factory<R: Generated>(&self) -> Factory<R> {
        Factory::new(self.clone())
    }

    /// All rows of that kind, those of all owners.
    pub fn all<R: Generated>(&self) -> Vec<R> {
        let Ok(view) = self.view() else {
            return Vec::new();
        };
        let slots = self.spec.owners.iter().map(|owner| owner.slot);
        let slots = slots.take(if R::RECORD == Record::Tag { 1 } else { usize::MAX });
        let rows = slots.flat_map(|slot| view.all(R::RECORD, slot));
        rows.map(|row| R::read(view, row)).collect()
    }

    /// The row with that key; `None` where there is none.
    pub fn get<R: Generated>(&self, id: Uuid) -> Option<R> {
        let view = self.view().ok()?;
        Some(R::read(view, view.row(R::RECORD, id)?))
    }

    pub(super) fn lazy(spec: SeedSpec) -> Self {
        Self {
            spec: Arc::new(spec),
            world: Arc::default(),
        }
    }

    pub(super) fn view(&self) -> Result<View<'_>, PlanError> {
        let world = self.world.get_or_init(|| world(&self.spec));
        world.as_ref().map_err(PlanError::clone).map(|world| View {
            world,
            spec: &self.spec,
        })
    }
}

/// Where rows are looked up.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    pub(crate) world: &'a World,
    spec: &'a SeedSpec,
}

impl View<'_> {
    /// The row that a key stands for, where it is there.
    pub(super) fn row(self, record: Record, id: Uuid) -> Option<RowId> {
        let row = UuidSpace::new(self.spec.seed, record).row(id)?;
        (row.local() < self.rows(record, row.slot())).then_some(row)
    }

    /// How many rows of a record an owner has; tags are everybody's.
    pub(super) fn rows(self, record: Record, slot: u16) -> u64 {
        match record {
            Record::Tag => self.world.tag_count,
            _ if self.owner(slot).is_none() => 0,
            _ => self.world.added(record, slot).end,
        }
    }

    /// The rows of a record that an owner has; tags are numbered with those of the first slot.
    pub(super) fn all(self, record: Record, slot: u16) -> impl Iterator<Item = RowId> + use<> {
        let first = if record == Record::Tag { 0 } else { slot };
        (0..self.rows(record, slot)).map(move |number| RowId::new(first, number))
    }

    /// What the keys in a row depend on.
    pub(crate) fn origin(self, row: RowId) -> Origin {
        let profile = self.owner(row.slot()).and_then(|owner| owner.profile_id);
        Origin {
            seed: self.spec.seed,
            owner: match profile {
                Some(Key::Integer(profile)) => Some(profile),
                _ => None,
            },
        }
    }

    fn owner(&self, slot: u16) -> Option<&Owner> {
        self.spec.owners.iter().find(|owner| owner.slot == slot)
    }
}

fn world(spec: &SeedSpec) -> Result<World, PlanError> {
    plan::check(spec)?;
    Ok(World::new(spec))
}
