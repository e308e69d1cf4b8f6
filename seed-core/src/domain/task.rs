//! To-dos of one person.

use super::text::Context;
use super::time;
use super::value::Value;
use super::world::{Subject, World};
use super::{Contact, Field, Opportunity, Record, Row};
use crate::row::RowId;

/// Of a hundred to-dos, so many are done.
const DONE: u64 = 40;

#[derive(Debug)]
pub(crate) struct Task<'w> {
    world: &'w World,
    id: RowId,
    opportunity: Option<Opportunity<'w>>,
    contact: Contact<'w>,
    created: i64,
}

impl<'w> Row<'w> for Task<'w> {
    fn at(world: &'w World, id: RowId) -> Self {
        let (opportunity, contact) = match world.task_subject(id) {
            Subject::Opportunity(deal) => {
                let deal = Opportunity::at(world, deal);
                let contact = deal.contacts()[0];
                (Some(deal), contact)
            }
            Subject::Contact(contact) => (None, contact),
        };
        let contact = Contact::at(world, contact);
        let (begin, end) = match &opportunity {
            Some(deal) => (deal.created(), deal.end()),
            None => (contact.created(), world.as_of),
        };
        let created = time::within(
            &mut world.draw(Record::Task, Field::CreatedAt, id),
            begin,
            end,
            5,
            85,
        );
        Self {
            world,
            id,
            opportunity,
            contact,
            created,
        }
    }

    fn value<'s>(&'s self, field: Field, text: &'s mut String) -> Value<'s> {
        let mut draw = self.world.draw(Record::Task, field, self.id);
        match field {
            Field::Id => Value::Row(Record::Task, self.id),
            Field::Title => {
                let actions = &self.world.pack.next_actions;
                let phrase = self.world.in_turn(Record::Task, field, self.id, actions);
                let organization = self.contact.organization();
                let (contact, deal) = (Some(&self.contact), self.opportunity.as_ref());
                Context {
                    world: self.world,
                    organization: &organization,
                    contact,
                    deal,
                }
                .write(phrase, &mut draw, text);
                Value::Text(text)
            }
            Field::Type => {
                Value::Text(draw.word(&["call", "email", "meeting", "follow_up", "follow_up", "proposal"]))
            }
            Field::Status => Value::Text(if self.completed().is_some() {
                "completed"
            } else {
                "pending"
            }),
            Field::Priority => Value::Text(draw.word(&["low", "medium", "medium", "high"])),
            Field::DueDate => Value::Moment(match self.completed() {
                Some(done) => time::within(&mut draw, self.created, done, 50, 100),
                None => time::days_after(&mut draw, self.world.as_of, 1, 45),
            }),
            Field::CompletedAt => self.completed().map_or(Value::Null, Value::Moment),
            Field::Contact => Value::Row(Record::Contact, self.contact.id()),
            Field::Organization => Value::Row(Record::Organization, self.contact.organization_id()),
            Field::Opportunity => match &self.opportunity {
                Some(deal) => Value::Row(Record::Opportunity, deal.id()),
                None => Value::Null,
            },
            Field::AssignedTo | Field::CreatedBy => Value::Owner,
            Field::CreatedAt => Value::Moment(self.created),
            Field::UpdatedAt => Value::Moment(self.completed().unwrap_or(self.created)),
            _ => Value::Null,
        }
    }
}

impl Task<'_> {
    /// Those of closed deals are all done.
    fn completed(&self) -> Option<i64> {
        let mut draw = self.world.draw(Record::Task, Field::CompletedAt, self.id);
        let closed = self.opportunity.as_ref().filter(|deal| deal.is_closed());
        let end = closed.map_or(self.world.as_of, Opportunity::end);
        (draw.percent(DONE) || closed.is_some()).then(|| time::within(&mut draw, self.created, end, 5, 80))
    }
}
