//! Companies.

use super::digits::{push_number, push_two_digits};
use super::names::CompanyName;
use super::relatives::Relatives;
use super::text::Context;
use super::time;
use super::value::{Channels, Few, Value};
use super::world::World;
use super::{Field, Record, Row};
use crate::industry::{Phrase, TradeRole};
use crate::row::RowId;
use crate::stream::Draw;
use crate::words::City;

/// What a company is to us; which one follows from its number, so that some of each are there early on.
const KINDS: [&str; 16] = [
    "partner",
    "customer",
    "customer",
    "prospect",
    "customer",
    "principal",
    "customer",
    "distributor",
    "customer",
    "customer",
    "prospect",
    "principal",
    "customer",
    "unknown",
    "customer",
    "customer",
];
/// Places in [`KINDS`] of those that supply products. The first company is one, so that there always is one.
const PRINCIPALS: [u64; 3] = [0, 5, 11];
const GROUP: u64 = KINDS.len() as u64;
/// The fewest and the most people in a company.
pub(crate) const EMPLOYEES: (i64, i64) = (FEWEST_EMPLOYEES, FEWEST_EMPLOYEES * (2 << 8) - 1);
const FEWEST_EMPLOYEES: i64 = 6;
/// How many days ago the first company came into the CRM, and how many years before that it can be founded.
pub(crate) const FOUNDED: (i64, i64) = (1500, 90);
/// No company earns less, in cents: the fewest people, each bringing in the least.
pub(crate) const SMALLEST_REVENUE: i64 = FEWEST_EMPLOYEES * LEAST_PER_EMPLOYEE * 100;
/// No company earns more, in cents: the most people, each bringing in the most.
pub(crate) const LARGEST_REVENUE: i64 = FEWEST_EMPLOYEES * (2 << 8) * MOST_PER_EMPLOYEE * 100;
const LEAST_PER_EMPLOYEE: i64 = 80_000;
const MOST_PER_EMPLOYEE: i64 = 320_000;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Organization<'w> {
    world: &'w World,
    id: RowId,
    name: CompanyName<'w>,
    city: &'w City,
    created: i64,
    /// What can be told of it; parents are known without.
    note: Option<&'w Phrase>,
}

impl<'w> Row<'w> for Organization<'w> {
    fn among(relatives: &mut Relatives<'w>, id: RowId) -> Self {
        let phrases = &relatives.world.pack.organization_notes;
        Self {
            note: Some(relatives.in_turn(Record::Organization, Field::Notes, id, phrases)),
            ..Self::as_parent(relatives, id)
        }
    }

    #[inline(always)]
    fn value<'s>(&'s self, field: Field, text: &'s mut String) -> Value<'s> {
        let mut draw = self.world.draw(Record::Organization, field, self.id);
        match field {
            Field::Id => Value::Row(Record::Organization, self.id),
            Field::Name => {
                self.write_name(text);
                Value::Text(text)
            }
            Field::OrganizationType => Value::Text(kind(self.id)),
            Field::IsPrincipal => Value::Bool(role(self.id) == TradeRole::Principal),
            Field::IsDistributor => Value::Bool(role(self.id) == TradeRole::Distributor),
            Field::Industry => {
                Value::Text(&self.world.pack.organization_types[self.name.organization_type()].name)
            }
            Field::Priority => Value::Text(draw.word(match self.size() {
                0 => &["C", "D", "D"][..],
                1 | 2 => &["B", "C", "C", "C", "D"],
                3 | 4 => &["A", "B", "B", "C"],
                _ => &["A", "A", "B"],
            })),
            Field::Website => {
                text.push_str("https://www.");
                self.write_domain(text);
                Value::Text(text)
            }
            Field::Phone => {
                self.write_phone(draw.below(100), text);
                Value::Channels(Channels {
                    label: "number",
                    items: Few::one((text, "work")),
                })
            }
            Field::Email => {
                text.push_str(draw.word(&["info@", "hello@", "orders@", "office@", "contact@"]));
                self.write_domain(text);
                Value::Channels(Channels {
                    label: "email",
                    items: Few::one((text, "work")),
                })
            }
            Field::Address => {
                push_number(draw.between(12, 4980), text);
                text.push(' ');
                text.push_str(draw.word(&self.world.words.streets));
                Value::Text(text)
            }
            Field::City => Value::Text(self.city.name),
            Field::State => Value::Text(self.city.state),
            Field::PostalCode => Value::Text(self.city.postal_code),
            Field::Country => Value::Text("USA"),
            Field::LinkedinUrl => {
                text.push_str("https://www.linkedin.example/company/");
                self.name.write_slug(&self.world.words.cities, text);
                Value::Text(text)
            }
            Field::AnnualRevenue => {
                let each = draw.between(LEAST_PER_EMPLOYEE / 1000, MOST_PER_EMPLOYEE / 1000) * 1000;
                Value::Money(self.employees() * each * 100)
            }
            Field::EmployeeCount => Value::Int(self.employees()),
            Field::FoundedYear => {
                Value::Int(time::year(self.created) - draw.between(1, FOUNDED.1).min(draw.between(1, 120)))
            }
            Field::ParentOrganization => match self.id.local() {
                own if own > 0 && draw.percent(12) => {
                    Value::Row(Record::Organization, self.id.sibling(draw.below(own)))
                }
                _ => Value::Null,
            },
            Field::Notes if draw.percent(70) => {
                let context = Context {
                    world: self.world,
                    organization: self,
                    contact: None,
                    deal: None,
                };
                self.note
                    .iter()
                    .for_each(|note| context.write(note, &mut draw, text));
                Value::Text(text)
            }
            Field::AssignedTo | Field::CreatedBy => Value::Owner,
            Field::CreatedAt => Value::Moment(self.created),
            Field::UpdatedAt => {
                let world = self.world;
                Value::Moment(world.updated(Record::Organization, self.id, self.created, world.as_of))
            }
            _ => Value::Null,
        }
    }
}

impl<'w> Organization<'w> {
    /// The company without what only its own row tells.
    pub fn as_parent(relatives: &mut Relatives<'w>, id: RowId) -> Self {
        let world = relatives.world;
        let draw = |field| world.draw(Record::Organization, field, id);
        let cities = &world.words.cities;
        let name = world.companies.of(id, role(id), cities);
        Self {
            world,
            id,
            name,
            // The one in its name, where there is one.
            city: match name.city {
                Some(city) => &cities[city],
                None => draw(Field::City).pick(cities),
            },
            // At least five months ago, so that everything after it has room.
            created: time::days_after(&mut draw(Field::CreatedAt), world.as_of, -FOUNDED.0, -150),
            note: None,
        }
    }

    pub fn id(&self) -> RowId {
        self.id
    }

    /// When it came into the CRM.
    pub fn created(&self) -> i64 {
        self.created
    }

    pub fn write_name(&self, out: &mut String) {
        self.name.write(&self.world.words.cities, out);
    }

    pub fn write_domain(&self, out: &mut String) {
        self.name.write_slug(&self.world.words.cities, out);
        out.push_str(".example");
    }

    /// A number in the range that is kept free for made-up ones.
    pub fn write_phone(&self, line: u64, out: &mut String) {
        out.push('(');
        out.push_str(self.city.area_code);
        out.push_str(") 555-01");
        push_two_digits(line, out);
    }

    /// Where it is.
    pub fn city(&self) -> &'w City {
        self.city
    }

    pub fn brand(&self) -> &'w str {
        self.name.stem()
    }

    fn employees(&self) -> i64 {
        let mut draw = self.size_draw();
        let fewest = FEWEST_EMPLOYEES << draw_size(&mut draw);
        draw.between(fewest, 2 * fewest - 1)
    }

    /// From 0, a handful of people, to [`LARGEST_SIZE`]; each has twice the people of the one before.
    pub fn size(&self) -> u64 {
        draw_size(&mut self.size_draw())
    }

    fn size_draw(&self) -> Draw {
        let world = self.world;
        world.draw(Record::Organization, Field::EmployeeCount, self.id)
    }
}

/// Small ones are more than large ones.
fn draw_size(draw: &mut Draw) -> u64 {
    draw.below(LARGEST_SIZE + 1).min(draw.below(LARGEST_SIZE + 1))
}

fn kind(id: RowId) -> &'static str {
    KINDS[(id.local() % GROUP) as usize]
}

/// The first company is a principal as well as a partner.
fn role(id: RowId) -> TradeRole {
    match kind(id) {
        _ if PRINCIPALS.contains(&(id.local() % GROUP)) => TradeRole::Principal,
        "distributor" => TradeRole::Distributor,
        _ => TradeRole::Customer,
    }
}

/// The largest size of a company.
pub(crate) const LARGEST_SIZE: u64 = 8;

/// The company that a deal with the company `local` is made with: itself, or, where it is no customer of ours, the
/// last one before it that is. Only customers and partners have deals that are `won`.
pub(crate) fn buyer(local: u64, won: bool) -> u64 {
    let buys = |local: &u64| match KINDS[(local % GROUP) as usize] {
        "customer" | "partner" => true,
        "prospect" | "unknown" => !won,
        _ => false,
    };
    (0..=local)
        .rev()
        .find(buys)
        .expect("the first company of each group buys")
}

/// How many of the first `organizations` are principals.
pub(crate) fn principal_count(organizations: u64) -> u64 {
    let rest = organizations % GROUP;
    organizations / GROUP * PRINCIPALS.len() as u64
        + PRINCIPALS.iter().filter(|&&place| place < rest).count() as u64
}

/// The company that is the principal of that number.
pub(crate) fn principal(number: u64) -> u64 {
    let places = PRINCIPALS.len() as u64;
    number / places * GROUP + PRINCIPALS[(number % places) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_are_counted_and_found() {
        let principals: Vec<u64> = (0..100)
            .filter(|local| PRINCIPALS.contains(&(local % GROUP)))
            .collect();
        for (number, &local) in principals.iter().enumerate() {
            assert_eq!(principal(number as u64), local);
            assert_eq!(principal_count(local), number as u64);
        }
    }

    #[test]
    fn deals_are_made_with_buyers() {
        assert_eq!(
            [buyer(0, true), buyer(5, false), buyer(7, false), buyer(11, false)],
            [0, 4, 6, 10]
        );
        assert_eq!([buyer(10, true), buyer(11, true), buyer(16, true)], [9, 9, 16]);
    }
}
