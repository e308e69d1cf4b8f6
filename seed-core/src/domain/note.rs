//! Notes about people and about deals: two tables made from one stream.

use super::text::Context;
use super::time;
use super::value::Value;
use super::world::World;
use super::{Contact, Field, Opportunity, Record, Row};
use crate::industry::Phrase;
use crate::row::RowId;

/// What a note comes from, where its first words say so.
const OPENINGS: [(&str, &str); 8] = [
    ("Internal:", "internal"),
    ("Called", "call"),
    ("Emailed", "email"),
    ("Had a coffee", "meeting"),
    ("Meeting ", "meeting"),
    ("Met ", "meeting"),
    ("Visited", "meeting"),
    ("Walked", "meeting"),
];

/// A note about a person.
#[derive(Debug)]
pub(crate) struct ContactNote<'w> {
    world: &'w World,
    id: RowId,
    contact: Contact<'w>,
}

/// A note about a deal.
#[derive(Debug)]
pub(crate) struct OpportunityNote<'w> {
    world: &'w World,
    id: RowId,
    opportunity: Opportunity<'w>,
}

impl<'w> Row<'w> for ContactNote<'w> {
    fn at(world: &'w World, id: RowId) -> Self {
        let people = world.volume(Record::ContactNote, id).contacts;
        let contact = world.layouts.contact_notes.place(id.local(), people).parent;
        Self {
            world,
            id,
            contact: Contact::at(world, id.sibling(contact)),
        }
    }

    fn value<'s>(&'s self, field: Field, text: &'s mut String) -> Value<'s> {
        match field {
            Field::Contact => Value::Row(Record::Contact, self.contact.id()),
            _ => Note {
                world: self.world,
                record: Record::ContactNote,
                id: self.id,
                contact: &self.contact,
                deal: None,
                span: (self.contact.created(), self.world.as_of),
            }
            .value(field, text),
        }
    }
}

impl<'w> Row<'w> for OpportunityNote<'w> {
    fn at(world: &'w World, id: RowId) -> Self {
        let deals = world.volume(Record::OpportunityNote, id).opportunities;
        let opportunity = world.layouts.notes.place(id.local(), deals).parent;
        Self {
            world,
            id,
            opportunity: Opportunity::at(world, id.sibling(opportunity)),
        }
    }

    fn value<'s>(&'s self, field: Field, text: &'s mut String) -> Value<'s> {
        match field {
            Field::Opportunity => Value::Row(Record::Opportunity, self.opportunity.id()),
            _ => Note {
                world: self.world,
                record: Record::OpportunityNote,
                id: self.id,
                contact: &Contact::at(self.world, self.opportunity.contacts()[0]),
                deal: Some(&self.opportunity),
                span: (self.opportunity.created(), self.opportunity.end()),
            }
            .value(field, text),
        }
    }
}

/// What both have in common.
struct Note<'a, 'w> {
    world: &'w World,
    record: Record,
    id: RowId,
    contact: &'a Contact<'w>,
    deal: Option<&'a Opportunity<'w>>,
    span: (i64, i64),
}

impl Note<'_, '_> {
    fn value<'s>(&self, field: Field, text: &'s mut String) -> Value<'s> {
        let mut draw = self.world.draw(self.record, field, self.id);
        match field {
            Field::Id => Value::Row(self.record, self.id),
            Field::Organization => Value::Row(Record::Organization, self.contact.organization_id()),
            Field::Text => {
                let organization = self.contact.organization();
                let (contact, deal) = (Some(self.contact), self.deal);
                Context {
                    world: self.world,
                    organization: &organization,
                    contact,
                    deal,
                }
                .write(self.phrase(), &mut draw, text);
                Value::Text(text)
            }
            Field::Type => {
                let words = self.phrase().opening();
                let opening = OPENINGS.iter().find(|(opening, _)| words.starts_with(opening));
                Value::Text(match opening {
                    Some((_, kind)) => kind,
                    None => draw.word(&["general", "general", "general", "meeting", "call", "email"]),
                })
            }
            Field::AssignedTo | Field::CreatedBy => Value::Owner,
            Field::Date | Field::CreatedAt | Field::UpdatedAt => Value::Moment(self.date()),
            _ => Value::Null,
        }
    }

    fn phrase(&self) -> &Phrase {
        let phrases = &self.world.pack.note_phrases;
        self.world.in_turn(self.record, Field::Text, self.id, phrases)
    }

    fn date(&self) -> i64 {
        let mut draw = self.world.draw(self.record, Field::Date, self.id);
        time::within(&mut draw, self.span.0, self.span.1, 1, 98)
    }
}
