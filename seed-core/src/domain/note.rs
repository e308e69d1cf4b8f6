//! Notes about people and about deals: two tables made from one stream.

use super::relatives::Relatives;
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
pub(crate) struct ContactNote<'w>(Note<'w>);

/// A note about a deal.
#[derive(Debug)]
pub(crate) struct OpportunityNote<'w>(Note<'w>);

impl<'w> Row<'w> for ContactNote<'w> {
    #[inline(always)]
    fn among(relatives: &mut Relatives<'w>, id: RowId) -> Self {
        let world = relatives.world;
        let people = world.volume(Record::ContactNote, id).contacts;
        let contact = relatives
            .place(&world.layouts.contact_notes, id.local(), people)
            .parent;
        let contact = *relatives.contact(id.sibling(contact));
        let span = (contact.created(), world.as_of);
        Self(Note::new(
            relatives,
            Record::ContactNote,
            id,
            (contact, None),
            span,
        ))
    }

    #[inline(always)]
    fn value<'s>(&'s self, field: Field, text: &'s mut String) -> Value<'s> {
        self.0.value(field, text)
    }
}

impl<'w> Row<'w> for OpportunityNote<'w> {
    #[inline(always)]
    fn among(relatives: &mut Relatives<'w>, id: RowId) -> Self {
        let world = relatives.world;
        let deals = world.volume(Record::OpportunityNote, id).opportunities;
        let deal = relatives.place(&world.layouts.notes, id.local(), deals).parent;
        let deal = *relatives.opportunity(id.sibling(deal));
        let (about, span) = ((*deal.contact(), Some(deal)), (deal.created(), deal.end()));
        Self(Note::new(relatives, Record::OpportunityNote, id, about, span))
    }

    #[inline(always)]
    fn value<'s>(&'s self, field: Field, text: &'s mut String) -> Value<'s> {
        self.0.value(field, text)
    }
}

/// What both are.
#[derive(Debug)]
struct Note<'w> {
    world: &'w World,
    record: Record,
    id: RowId,
    contact: Contact<'w>,
    deal: Option<Opportunity<'w>>,
    phrase: &'w Phrase,
    date: i64,
}

impl<'w> Note<'w> {
    /// `about` a person and a deal, written between the ends of `span`.
    // Inlined, as are its callers: parents are copied once, and not from hand to hand.
    #[inline(always)]
    fn new(
        relatives: &mut Relatives<'w>,
        record: Record,
        id: RowId,
        about: (Contact<'w>, Option<Opportunity<'w>>),
        span: (i64, i64),
    ) -> Self {
        let world = relatives.world;
        let mut date = world.draw(record, Field::Date, id);
        Self {
            world,
            record,
            id,
            contact: about.0,
            deal: about.1,
            phrase: relatives.in_turn(record, Field::Text, id, &world.pack.note_phrases),
            date: time::within(&mut date, span.0, span.1, 1, 98),
        }
    }

    #[inline(always)]
    fn value<'s>(&self, field: Field, text: &'s mut String) -> Value<'s> {
        let mut draw = self.world.draw(self.record, field, self.id);
        match field {
            Field::Id => Value::Row(self.record, self.id),
            Field::Organization => Value::Row(Record::Organization, self.contact.organization_id()),
            Field::Contact if self.deal.is_none() => Value::Row(Record::Contact, self.contact.id()),
            Field::Opportunity => match &self.deal {
                Some(deal) => Value::Row(Record::Opportunity, deal.id()),
                None => Value::Null,
            },
            Field::Text => {
                Context {
                    world: self.world,
                    organization: self.contact.organization(),
                    contact: Some(&self.contact),
                    deal: self.deal.as_ref(),
                }
                .write(self.phrase, &mut draw, text);
                Value::Text(text)
            }
            Field::Type => {
                let words = self.phrase.opening();
                let opening = OPENINGS.iter().find(|(opening, _)| words.starts_with(opening));
                Value::Text(match opening {
                    Some((_, kind)) => kind,
                    None => draw.word(&["general", "general", "general", "meeting", "call", "email"]),
                })
            }
            Field::AssignedTo | Field::CreatedBy => Value::Owner,
            Field::Date | Field::CreatedAt | Field::UpdatedAt => Value::Moment(self.date),
            _ => Value::Null,
        }
    }
}
