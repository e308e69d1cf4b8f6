//! The catalogues of principals.

use std::fmt::Write;

use super::names::UPC_RANGE;
use super::nutrition;
use super::organization::{principal, principal_count};
use super::relatives::Relatives;
use super::time;
use super::value::{Few, Value};
use super::world::World;
use super::{Field, Organization, Record, Row};
use crate::industry::{Product as Entry, ProductKind};
use crate::row::RowId;
use crate::spec::PresentPrincipal;

/// How many owners there can be; they share one line of bar codes.
const SLOTS: u64 = RowId::MAX_SLOT as u64 + 1;

/// The least and the most that has to be ordered, is in a case, and days it takes.
pub(crate) const ORDER_QUANTITIES: (i64, i64) = (1, 24);
pub(crate) const PACK_SIZES: (i64, i64) = (4, 48);
pub(crate) const LEAD_TIME: (i64, i64) = (0, 21);
/// What a product costs of its list price, in percent.
pub(crate) const COST_PERCENT: (i64, i64) = (45, 72);

#[derive(Debug)]
pub(crate) struct Product<'w> {
    world: &'w World,
    id: RowId,
    entry: &'w Entry,
    principal: Principal<'w>,
}

/// Who supplies it.
#[derive(Debug)]
enum Principal<'w> {
    /// A company of the same owner.
    Seeded(Organization<'w>),
    /// A company that the database had before.
    Present(&'w PresentPrincipal),
}

impl<'w> Row<'w> for Product<'w> {
    fn among(relatives: &mut Relatives<'w>, id: RowId) -> Self {
        let world = relatives.world;
        let mut number = |principals| {
            relatives
                .place(&world.layouts.products, id.local(), principals)
                .parent
        };
        let principal = match world.principals.len() as u64 {
            0 => {
                let principals = principal_count(world.volume(Record::Product, id).organizations);
                let organization = principal(number(principals));
                Principal::Seeded(*relatives.organization(id.sibling(organization)))
            }
            present => Principal::Present(&world.principals[number(present) as usize]),
        };
        let (entry, _) = world.products.of(&world.pack, id.local());
        Self {
            world,
            id,
            entry,
            principal,
        }
    }

    #[inline(always)]
    fn value<'s>(&'s self, field: Field, text: &'s mut String) -> Value<'s> {
        let world = self.world;
        let mut draw = world.draw(Record::Product, field, self.id);
        match field {
            Field::Id => Value::Row(Record::Product, self.id),
            Field::Name => {
                world.products.write(&world.pack, self.id.local(), text);
                Value::Text(text)
            }
            Field::Sku => {
                self.write_sku(text);
                Value::Text(text)
            }
            Field::Principal | Field::Organization => match &self.principal {
                Principal::Seeded(organization) => Value::Row(Record::Organization, organization.id()),
                Principal::Present(principal) => Value::Key(principal.key),
            },
            Field::Category => Value::Text(&self.entry.category),
            Field::Subcategory => self.entry.subcategory.as_deref().map_or(Value::Null, Value::Text),
            Field::Description => self.entry.description.as_deref().map_or(Value::Null, Value::Text),
            Field::Brand => Value::Text(match &self.principal {
                Principal::Seeded(organization) => organization.brand(),
                Principal::Present(principal) => &principal.name,
            }),
            Field::Upc => {
                self.write_upc(text);
                Value::Text(text)
            }
            Field::Status => Value::Text(match draw.below(20) {
                17 => "discontinued",
                18 => "coming_soon",
                19 if self.entry.kind == ProductKind::Food => "seasonal",
                _ => "active",
            }),
            Field::UnitOfMeasure => Value::Text(&self.entry.unit),
            Field::ListPrice => Value::Money(self.prices()[2]),
            Field::MapPrice => Value::Money(self.prices()[1]),
            Field::CostPerUnit => Value::Money(self.prices()[0]),
            Field::MinOrderQuantity => Value::Int(match self.is_shipped() {
                true => *draw.pick(&[1, 1, 2, 4, 5, 6, 10, 12, 20, 24]),
                false => *draw.pick(&[1, 1, 1, 5, 10]),
            }),
            Field::UnitsPerCase if self.is_shipped() => {
                Value::Int(*draw.pick(&[4, 6, 6, 8, 12, 12, 12, 24, 36, 48]))
            }
            Field::LeadTimeDays => Value::Int(if self.is_shipped() {
                draw.between(2, LEAD_TIME.1)
            } else {
                0
            }),
            Field::Certifications if self.entry.kind == world.products.main_kind() => {
                Value::Texts(few_of(&mut draw, &world.pack.certifications, 3))
            }
            Field::Certifications => Value::Texts(Few::none("")),
            Field::Allergens => {
                let mut allergens = Few::none("");
                self.entry
                    .allergens
                    .iter()
                    .for_each(|allergen| allergens.push(allergen.as_str()));
                Value::Texts(allergens)
            }
            Field::Nutrition if self.entry.kind == ProductKind::Food => Value::Panel(nutrition::panel(
                self.entry.nutrition.unwrap_or_default(),
                &mut draw,
            )),
            Field::AssignedTo | Field::CreatedBy => Value::Owner,
            Field::CreatedAt => Value::Moment(self.created()),
            Field::UpdatedAt => {
                Value::Moment(world.updated(Record::Product, self.id, self.created(), world.as_of))
            }
            _ => Value::Null,
        }
    }
}

impl Product<'_> {
    fn created(&self) -> i64 {
        let mut draw = self.world.draw(Record::Product, Field::CreatedAt, self.id);
        let listed = match &self.principal {
            Principal::Seeded(organization) => organization.created(),
            Principal::Present(principal) => principal.created_at.as_microsecond().min(self.world.as_of),
        };
        time::within(&mut draw, listed, self.world.as_of, 1, 80)
    }

    fn is_shipped(&self) -> bool {
        matches!(self.entry.kind, ProductKind::Food | ProductKind::Goods)
    }

    /// Cost, advertised and list price in cents, in this order of size.
    fn prices(&self) -> [i64; 3] {
        let mut draw = self.world.draw(Record::Product, Field::ListPrice, self.id);
        let list = draw.between(self.entry.min_price.0, self.entry.max_price.0);
        let cost = list * draw.between(COST_PERCENT.0, COST_PERCENT.1) / 100;
        [cost, cost + (list - cost) * draw.between(35, 90) / 100, list]
    }

    /// Category, a tag of the seed, the owner's slot beyond the first, number: `CHE-7Q3KM-00017`.
    fn write_sku(&self, out: &mut String) {
        let letters = self.entry.category.chars().filter(char::is_ascii_alphanumeric);
        out.extend(letters.take(3).map(|letter| letter.to_ascii_uppercase()));
        let _ = write!(out, "-{}", self.world.products.sku_tag);
        if self.id.slot() > 0 {
            let _ = write!(out, "{}", self.id.slot());
        }
        let _ = write!(out, "-{:05}", self.id.local() + 1);
    }

    /// Eleven digits by a step that shares no factor with ten, so that each comes once, and the check digit.
    fn write_upc(&self, out: &mut String) {
        let number = self.id.local() * SLOTS + u64::from(self.id.slot());
        let digits = (number % UPC_RANGE * 7919 + self.world.products.upc_offset) % UPC_RANGE;
        let _ = write!(out, "{digits:011}");
        let sum: u64 = out
            .bytes()
            .enumerate()
            .map(|(at, digit)| u64::from(digit - b'0') * [3, 1][at % 2])
            .sum();
        let _ = write!(out, "{}", (10 - sum % 10) % 10);
    }
}

/// Up to `most` of the items, each once.
fn few_of<'a>(draw: &mut crate::stream::Draw, items: &'a [String], most: u64) -> Few<&'a str> {
    let mut chosen = Few::none("");
    for _ in 0..draw.below(most + 1) {
        let item = draw.pick(items).as_str();
        if !chosen.contains(&item) {
            chosen.push(item);
        }
    }
    chosen
}
