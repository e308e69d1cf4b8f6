//! What a seed is asked to be.
//!
//! ```
//! use std::collections::BTreeMap;
//! use seed_core::industry::{Cents, IndustryPack};
//! use seed_core::row::Key;
//! use seed_core::spec::{
//!     Owner, Pipeline, Present, PresentPrincipal, PresentRow, PresentTag, SeedSpec, SeededRows, Volume,
//! };
//!
//! let as_of = "2026-11-22T00:00:00Z".parse()?;
//! let manager = Owner { slot: 2, user_id: None, profile_id: Some(Key::Integer(3)), volume: Volume::MANAGER, earlier: vec![] };
//! let mut spec = SeedSpec::new(42, as_of, IndustryPack::bundled("saas")?, vec![manager]);
//! spec.pipeline = Pipeline { max_amount: Cents(5_000_000), ..Pipeline::default() };
//! assert!(spec.pipeline.is_default(), "the stages are the usual ones");
//! spec.present = Present {
//!     tags: vec![PresentTag { name: "VIP".into(), key: None }],
//!     principals: vec![PresentPrincipal { key: Key::Integer(1), name: "Acme".into(), created_at: as_of }],
//!     rows: vec![PresentRow { schema: "public".into(), table: "tenants".into(), values: BTreeMap::new() }],
//!     seeded: vec![SeededRows {
//!         schema: "public".into(),
//!         table: "contacts".into(),
//!         slot: 2,
//!         first_row: 0,
//!         rows: 40,
//!         first_key: 101,
//!         key_step: 1,
//!     }],
//! };
//! assert_eq!(spec.owners[0].total(), Volume::MANAGER);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::adjustments::Adjustments;
use crate::industry::{Cents, IndustryPack};
use crate::layout::Share;
use crate::row::Key;

/// All that decides what is written, apart from the catalog: the same spec gives the same rows.
#[derive(Debug, Clone)]
pub struct SeedSpec {
    /// What every random number depends on.
    pub seed: u64,
    /// The instant that everything is counted from; no other clock is read.
    pub as_of: Timestamp,
    /// Words and products.
    pub pack: IndustryPack,
    /// Stages of the sales pipeline.
    pub pipeline: Pipeline,
    /// Who owns the rows, each with volumes of its own.
    pub owners: Vec<Owner>,
    /// What the database holds already.
    pub present: Present,
    /// What the project says of its tables.
    pub adjustments: Adjustments,
}

impl SeedSpec {
    /// All records for these owners, into an empty database, with the usual pipeline.
    pub fn new(seed: u64, as_of: Timestamp, pack: IndustryPack, owners: Vec<Owner>) -> Self {
        Self {
            seed,
            as_of,
            pack,
            pipeline: Pipeline::default(),
            owners,
            present: Present::default(),
            adjustments: Adjustments::default(),
        }
    }
}

/// What the database holds already and new rows use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Present {
    /// The tags; they are used and not written again.
    pub tags: Vec<PresentTag>,
    /// Whose products a catalogue lists; where there are none, the seeded principals.
    pub principals: Vec<PresentPrincipal>,
    /// One row of each table that columns point at and that holds no record of ours, as tenants.
    pub rows: Vec<PresentRow>,
    /// What earlier runs wrote for the same owners.
    pub seeded: Vec<SeededRows>,
}

/// A tag that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresentTag {
    /// Its name.
    pub name: String,
    /// Its key; `None` where its table has none of one column.
    pub key: Option<Key>,
}

/// An organization that supplies products.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresentPrincipal {
    /// Its key.
    pub key: Key,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A row of a table that is not ours to fill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresentRow {
    /// Schema of its table.
    pub schema: String,
    /// Name of its table.
    pub table: String,
    /// Its values as PostgreSQL prints them, by column.
    pub values: BTreeMap<String, String>,
}

/// Rows of one table and owner that an earlier run wrote, for tables keyed by integers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeededRows {
    /// Schema of the table.
    pub schema: String,
    /// Name of the table.
    pub table: String,
    /// The owner's slot.
    pub slot: u16,
    /// Number of the first row within the owner's block.
    pub first_row: u64,
    /// How many rows there are.
    pub rows: u64,
    /// Key of the first row.
    pub first_key: i64,
    /// From one key to the next.
    pub key_step: i64,
}

/// Stages and amounts of opportunities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// Stages in their order on the board, distinct.
    pub stages: Vec<String>,
    /// The stage that holds most deals, one of the stages.
    pub default_stage: String,
    /// The category of most deals.
    pub default_category: String,
    /// Percent for stages that have no probability of their own.
    pub default_probability: u8,
    /// No deal is larger.
    pub max_amount: Cents,
}

impl Default for Pipeline {
    fn default() -> Self {
        let stages = crate::domain::stages::KNOWN
            .iter()
            .map(|(stage, ..)| (*stage).to_owned())
            .collect();
        Self {
            stages,
            default_stage: "new_lead".into(),
            default_category: "new_business".into(),
            default_probability: 50,
            max_amount: Cents(100_000_000),
        }
    }
}

impl Pipeline {
    /// Whether its stages are the usual ones: nobody named others.
    pub fn is_default(&self) -> bool {
        self.stages == Self::default().stages
    }
}

/// Someone who owns rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Number of the owner's block, below 16384; it decides the owner's keys, so it must stay the same.
    pub slot: u16,
    /// Row in `auth.users`.
    pub user_id: Option<Uuid>,
    /// Row in the table of people (`sales`), which owner columns point at.
    pub profile_id: Option<Key>,
    /// How much of everything this run adds.
    pub volume: Volume,
    /// How much earlier runs added, in their order; rows go on from there.
    pub earlier: Vec<Volume>,
}

impl Owner {
    /// How much there is of everything when this run is over.
    pub fn total(&self) -> Volume {
        self.earlier.iter().fold(self.volume, Volume::plus)
    }
}

/// Notes about deals; the others are about people.
const NOTES_ON_DEALS: Share = Share::of_ten(6);

/// How many rows an owner gets. Tags are shared: the largest number asked for counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// Companies.
    pub organizations: u64,
    /// People.
    pub contacts: u64,
    /// Deals.
    pub opportunities: u64,
    /// Activities.
    pub activities: u64,
    /// Notes about people.
    pub contact_notes: u64,
    /// Notes about deals; where there are no deals, about people too.
    pub opportunity_notes: u64,
    /// Tags.
    pub tags: u64,
    /// Products.
    pub products: u64,
    /// To-dos.
    pub tasks: u64,
}

impl Volume {
    /// A seed without users.
    pub const UNOWNED: Self = Self {
        products: 40,
        ..Self::ADMIN
    };
    /// An administrator's rows.
    pub const ADMIN: Self = Self {
        organizations: 50,
        contacts: 100,
        opportunities: 75,
        activities: 200,
        contact_notes: 60,
        opportunity_notes: 90,
        tags: 20,
        products: 100,
        tasks: 100,
    };
    /// A sales director's rows.
    pub const DIRECTOR: Self = Self {
        organizations: 30,
        contacts: 60,
        opportunities: 40,
        activities: 120,
        contact_notes: 36,
        opportunity_notes: 54,
        tags: 20,
        products: 0,
        tasks: 60,
    };
    /// An account manager's rows.
    pub const MANAGER: Self = Self {
        organizations: 20,
        contacts: 40,
        opportunities: 25,
        activities: 80,
        contact_notes: 24,
        opportunity_notes: 36,
        tags: 20,
        products: 0,
        tasks: 40,
    };

    /// So many of everything.
    pub const fn of_each(count: u64) -> Self {
        Self {
            organizations: count,
            contacts: count,
            opportunities: count,
            activities: count,
            contact_notes: 0,
            opportunity_notes: 0,
            tags: count,
            products: count,
            tasks: count,
        }
        .with_notes(count)
    }

    /// Both together.
    pub const fn plus(self, other: &Self) -> Self {
        Self {
            organizations: self.organizations + other.organizations,
            contacts: self.contacts + other.contacts,
            opportunities: self.opportunities + other.opportunities,
            activities: self.activities + other.activities,
            contact_notes: self.contact_notes + other.contact_notes,
            opportunity_notes: self.opportunity_notes + other.opportunity_notes,
            tags: self.tags + other.tags,
            products: self.products + other.products,
            tasks: self.tasks + other.tasks,
        }
    }

    /// So many notes, most of them about deals.
    pub const fn with_notes(self, notes: u64) -> Self {
        let opportunity_notes = NOTES_ON_DEALS.count(notes);
        Self {
            contact_notes: notes - opportunity_notes,
            opportunity_notes,
            ..self
        }
    }
}
