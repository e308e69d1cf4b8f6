//! People.

use std::fmt::Write;

use super::names::push_slug;
use super::text::Context;
use super::time;
use super::value::{Channels, Few, Value};
use super::world::World;
use super::{Field, Organization, Record, Row};
use crate::layout::Place;
use crate::row::RowId;

/// Colleagues take their last names from the list in steps of this size, which shares no factor with its length.
const LAST_NAME_STEP: u64 = 77;

#[derive(Debug)]
pub(crate) struct Contact<'w> {
    world: &'w World,
    id: RowId,
    place: Place,
}

impl<'w> Row<'w> for Contact<'w> {
    fn at(world: &'w World, id: RowId) -> Self {
        let organizations = world.volume(Record::Contact, id).organizations;
        Self {
            world,
            id,
            place: world.layouts.contacts.place(id.local(), organizations),
        }
    }

    fn value<'s>(&'s self, field: Field, text: &'s mut String) -> Value<'s> {
        let mut draw = self.world.draw(Record::Contact, field, self.id);
        match field {
            Field::Id => Value::Row(Record::Contact, self.id),
            Field::Organization => Value::Row(Record::Organization, self.organization_id()),
            Field::FirstName => Value::Text(self.first_name()),
            Field::LastName => Value::Text(self.last_name()),
            Field::FullName => {
                let _ = write!(text, "{} {}", self.first_name(), self.last_name());
                Value::Text(text)
            }
            Field::Email => {
                self.write_mailbox(text);
                text.push('@');
                self.organization().write_domain(text);
                let end = text.len();
                let has_private = draw.percent(20);
                if has_private {
                    self.write_mailbox(text);
                    let _ = write!(text, "{}@mail{}.test", self.id.local(), self.id.slot() + 1);
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
                let organization = self.organization();
                organization.write_phone(draw.below(100), text);
                let end = text.len();
                let has_mobile = draw.percent(40);
                if has_mobile {
                    organization.write_phone(draw.below(100), text);
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
            Field::Title => Value::Text(self.job().0),
            Field::Department => Value::Text(self.job().1),
            Field::LinkedinUrl => {
                text.push_str("https://www.linkedin.example/in/");
                push_slug(self.first_name(), text);
                text.push('-');
                push_slug(self.last_name(), text);
                let _ = write!(text, "-{:06x}", draw.below(1 << 24));
                Value::Text(text)
            }
            Field::Notes if draw.percent(35) => {
                let organization = self.organization();
                let context = Context {
                    world: self.world,
                    organization: &organization,
                    contact: Some(self),
                    deal: None,
                };
                let phrases = &self.world.pack.note_phrases;
                let phrase = self.world.in_turn(Record::Contact, field, self.id, phrases);
                context.write(phrase, &mut draw, text);
                Value::Text(text)
            }
            Field::Tags => self.tags(),
            Field::AssignedTo | Field::CreatedBy => Value::Owner,
            Field::CreatedAt => Value::Moment(self.created()),
            Field::UpdatedAt => {
                Value::Moment(
                    self.world
                        .updated(Record::Contact, self.id, self.created(), self.world.as_of),
                )
            }
            _ => Value::Null,
        }
    }
}

impl<'w> Contact<'w> {
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
        self.id.sibling(self.place.parent)
    }

    pub fn organization(&self) -> Organization<'w> {
        Organization::at(self.world, self.organization_id())
    }

    pub fn created(&self) -> i64 {
        let mut draw = self.world.draw(Record::Contact, Field::CreatedAt, self.id);
        time::within(&mut draw, self.organization().created(), self.world.as_of, 1, 50)
    }

    pub fn first_name(&self) -> &'static str {
        let names = &self.world.words.first_names;
        names[self
            .world
            .draw(Record::Contact, Field::FirstName, self.id)
            .below(names.len() as u64) as usize]
    }

    /// Different for all colleagues, as many as there are last names.
    pub fn last_name(&self) -> &'static str {
        let names = &self.world.words.last_names;
        let first = self
            .world
            .draw(Record::Contact, Field::LastName, self.organization_id())
            .below(names.len() as u64);
        names[((first + self.place.position * LAST_NAME_STEP) % names.len() as u64) as usize]
    }

    /// Title and department; colleagues have different titles, as many as there are.
    fn job(&self) -> (&'w str, &'w str) {
        let pack = &self.world.pack;
        let mut draw = self
            .world
            .draw(Record::Contact, Field::Title, self.organization_id());
        let number = draw.order(pack.titles().count() as u64).at(self.place.position);
        let job = pack.titles().nth(number as usize);
        job.expect("an order is of what there is")
    }

    /// The part of an e-mail address before the `@`; colleagues beyond the list of names get a number, and so do
    /// those whose place another may have.
    fn write_mailbox(&self, out: &mut String) {
        push_slug(self.first_name(), out);
        out.push('.');
        push_slug(self.last_name(), out);
        let round = self.place.position / self.world.words.last_names.len() as u64;
        let number = match self.world.first_beside(self.id) {
            0 => round,
            _ => self.id.local(),
        };
        if number > 0 {
            let _ = write!(out, "{}", number + 1);
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
