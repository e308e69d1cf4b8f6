//! People.

use super::digits::{push_number, push_six_hex_digits};
use super::relatives::Relatives;
use super::text::Context;
use super::time;
use super::value::{Channels, Few, Value};
use super::world::World;
use super::{Field, Organization, Record, Row};
use crate::industry::Phrase;
use crate::layout::Place;
use crate::row::RowId;
use crate::words::Name;

/// Colleagues take their last names from the list in steps of this size, which shares no factor with its length.
const LAST_NAME_STEP: u64 = 77;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Contact<'w> {
    world: &'w World,
    id: RowId,
    place: Place,
    organization: Organization<'w>,
    created: i64,
    /// Only what is written as a row has it; the few parents that are asked for their names work them out.
    own: Option<Own<'w>>,
}

/// What a person's own row speaks of again and again.
#[derive(Debug, Clone, Copy)]
struct Own<'w> {
    first_name: &'w Name,
    last_name: &'w Name,
    /// Number of the title; colleagues have different ones, as many as there are.
    job: u64,
    note: &'w Phrase,
}

impl<'w> Row<'w> for Contact<'w> {
    fn among(relatives: &mut Relatives<'w>, id: RowId) -> Self {
        let world = relatives.world;
        let person = Self::as_parent(relatives, id);
        let titles = relatives.order(
            Record::Contact,
            Field::Title,
            person.organization_id(),
            world.job_count(),
        );
        let own = Own {
            first_name: person.first_name(),
            last_name: person.last_name(),
            job: titles.at(person.place.position),
            note: relatives.in_turn(Record::Contact, Field::Notes, id, &world.pack.note_phrases),
        };
        Self {
            own: Some(own),
            ..person
        }
    }

    #[inline(always)]
    fn value<'s>(&'s self, field: Field, text: &'s mut String) -> Value<'s> {
        let mut draw = self.world.draw(Record::Contact, field, self.id);
        match field {
            Field::Id => Value::Row(Record::Contact, self.id),
            Field::Organization => Value::Row(Record::Organization, self.organization_id()),
            Field::FirstName => Value::Text(self.first_name().text),
            Field::LastName => Value::Text(self.last_name().text),
            Field::FullName => {
                self.write_name(text);
                Value::Text(text)
            }
            Field::Email => {
                self.write_mailbox(text);
                text.push('@');
                self.organization.write_domain(text);
                let end = text.len();
                let has_private = draw.percent(20);
                if has_private {
                    self.write_mailbox(text);
                    push_number(self.id.local(), text);
                    text.push_str("@mail");
                    push_number(self.id.slot() + 1, text);
                    text.push_str(".test");
                }
                let (work, private) = text.split_at(end);
                let mut items = Few::one((work, "work"));
                if has_private {
                    items.push((private, "home"));
                }
                Value::Channels(Channels {
                    label: "email",
                    items,
                })
            }
            Field::Phone => {
                self.organization.write_phone(draw.below(100), text);
                let end = text.len();
                let has_mobile = draw.percent(40);
                if has_mobile {
                    self.organization.write_phone(draw.below(100), text);
                }
                let (work, mobile) = text.split_at(end);
                let mut items = Few::one((work, "work"));
                if has_mobile {
                    items.push((mobile, "mobile"));
                }
                Value::Channels(Channels {
                    label: "number",
                    items,
                })
            }
            Field::Title => self.job().map_or(Value::Null, |(title, _)| Value::Text(title)),
            Field::Department => self.job().map_or(Value::Null, |(_, of)| Value::Text(of)),
            Field::LinkedinUrl => {
                text.push_str("https://www.linkedin.example/in/");
                text.push_str(&self.first_name().slug);
                text.push('-');
                text.push_str(&self.last_name().slug);
                text.push('-');
                push_six_hex_digits(draw.below(1 << 24), text);
                Value::Text(text)
            }
            Field::Notes if draw.percent(35) => {
                let context = Context {
                    world: self.world,
                    organization: &self.organization,
                    contact: Some(self),
                    deal: None,
                };
                self.own
                    .iter()
                    .for_each(|own| context.write(own.note, &mut draw, text));
                Value::Text(text)
            }
            Field::Tags => self.tags(),
            Field::AssignedTo | Field::CreatedBy => Value::Owner,
            Field::CreatedAt => Value::Moment(self.created),
            Field::UpdatedAt => {
                let world = self.world;
                Value::Moment(world.updated(Record::Contact, self.id, self.created, world.as_of))
            }
            _ => Value::Null,
        }
    }
}

impl<'w> Contact<'w> {
    /// The person without what only their own row tells.
    pub fn as_parent(relatives: &mut Relatives<'w>, id: RowId) -> Self {
        let world = relatives.world;
        let organizations = world.volume(Record::Contact, id).organizations;
        let place = relatives.place(&world.layouts.contacts, id.local(), organizations);
        let organization = *relatives.organization(id.sibling(place.parent));
        let met = &mut world.draw(Record::Contact, Field::CreatedAt, id);
        Self {
            world,
            id,
            place,
            organization,
            created: time::within(met, organization.created(), world.as_of, 1, 50),
            own: None,
        }
    }

    pub fn id(&self) -> RowId {
        self.id
    }

    pub fn place(&self) -> Place {
        self.place
    }

    /// The first colleague who was met before, in the same round of dealing.
    pub fn first_colleague(&self) -> u64 {
        self.place.block_start.max(self.world.first_beside(self.id))
    }

    pub fn organization_id(&self) -> RowId {
        self.organization.id()
    }

    pub fn organization(&self) -> &Organization<'w> {
        &self.organization
    }

    pub fn created(&self) -> i64 {
        self.created
    }

    pub fn first_name(&self) -> &'w Name {
        let names = &self.world.words.first_names;
        let chosen = || {
            self.world
                .draw(Record::Contact, Field::FirstName, self.id)
                .pick(names)
        };
        self.own.map_or_else(chosen, |own| own.first_name)
    }

    /// Different for all colleagues, as many as there are last names.
    fn last_name(&self) -> &'w Name {
        let names = &self.world.words.last_names;
        let chosen = || {
            let mut draw = self
                .world
                .draw(Record::Contact, Field::LastName, self.organization_id());
            let first_of_all = draw.below(names.len() as u64);
            &names[((first_of_all + self.place.position * LAST_NAME_STEP) % names.len() as u64) as usize]
        };
        self.own.map_or_else(chosen, |own| own.last_name)
    }

    pub fn write_name(&self, out: &mut String) {
        out.push_str(self.first_name().text);
        out.push(' ');
        out.push_str(self.last_name().text);
    }

    /// Title and department.
    fn job(&self) -> Option<(&'w str, &'w str)> {
        self.own.map(|own| self.world.job(own.job))
    }

    /// The part of an e-mail address before the `@`; colleagues beyond the list of names get a number, and so do
    /// those whose place another may have.
    fn write_mailbox(&self, out: &mut String) {
        out.push_str(&self.first_name().slug);
        out.push('.');
        out.push_str(&self.last_name().slug);
        let round = self.place.position / self.world.words.last_names.len() as u64;
        let number = match self.world.first_beside(self.id) {
            0 => round,
            _ => self.id.local(),
        };
        if number > 0 {
            push_number(number + 1, out);
        }
    }

    fn tags(&self) -> Value<'w> {
        let tags =
            &self.world.pack.tags[..self.world.tag_count.min(self.world.pack.tags.len() as u64) as usize];
        let mut draw = self.world.draw(Record::Contact, Field::Tags, self.id);
        let mut chosen: Few<(u64, &str)> = Few::none((0, ""));
        let wanted = *draw.pick(&[0, 0, 1, 1, 1, 2, 2, 3]);
        for _ in 0..wanted.min(tags.len()) {
            let number = draw.below(tags.len() as u64);
            let name = tags[number as usize].name.as_str();
            if !chosen.iter().any(|(_, other)| *other == name) {
                chosen.push((number, name));
            }
        }
        Value::Tags(chosen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_visit_every_last_name() {
        let count = crate::words::Words::load().last_names.len() as u64;
        let visited: std::collections::BTreeSet<u64> = (0..count)
            .map(|position| position * LAST_NAME_STEP % count)
            .collect();
        assert_eq!(visited.len() as u64, count);
    }
}
