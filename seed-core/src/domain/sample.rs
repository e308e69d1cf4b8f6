//! Names as a seed would make them, to be looked at before there is a database.

use jiff::Timestamp;

use super::value::Value;
use super::world::World;
use super::{Field, Organization, Product, Row};
use crate::industry::IndustryPack;
use crate::row::RowId;
use crate::spec::{Owner, SeedSpec, Volume};

/// The names of the first companies and products of the first owner.
///
/// ```
/// use seed_core::domain::SampleNames;
/// use seed_core::industry::IndustryPack;
/// let names = SampleNames::new(42, &IndustryPack::bundled("saas")?, 3);
/// assert_eq!((names.organizations.len(), names.products.len()), (3, 3));
/// # Ok::<(), seed_core::industry::PackError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleNames {
    /// Names of companies.
    pub organizations: Vec<String>,
    /// Names of products.
    pub products: Vec<String>,
}

impl SampleNames {
    /// `count` names of each.
    pub fn new(seed: u64, pack: &IndustryPack, count: u64) -> Self {
        let owner = Owner {
            slot: 0,
            user_id: None,
            profile_id: None,
            volume: Volume::UNOWNED,
            earlier: Vec::new(),
        };
        // Names are the same on every day.
        let spec = SeedSpec::new(seed, Timestamp::UNIX_EPOCH, pack.clone(), vec![owner]);
        let world = World::new(&spec);
        Self {
            organizations: names::<Organization<'_>>(&world, count),
            products: names::<Product<'_>>(&world, count),
        }
    }
}

fn names<'w, R: Row<'w>>(world: &'w World, count: u64) -> Vec<String> {
    let name = |local| {
        let mut text = String::new();
        match R::at(world, RowId::new(0, local)).value(Field::Name, &mut text) {
            Value::Text(name) => name.to_owned(),
            other => unreachable!("a name is a text, not {other:?}"),
        }
    };
    (0..count).map(name).collect()
}
