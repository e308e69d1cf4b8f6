//! To-dos of one person.

use super::relatives::Relatives;
use super::subject::Subject;
use super::text::Context;
use super::time;
use super::value::Value;
use super::world::World;
use super::{Contact, Field, Opportunity, Record, Row};
use crate::industry::Phrase;
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
    title: &'w Phrase,
}

impl<'w> Row<'w> for Task<'w> {
    fn among(relatives: &mut Relatives<'w>, id: RowId) -> Self {
        let world = relatives.world;
        let belongs_to = Subject::of_task(relatives, id);
        let opportunity = belongs_to.opportunity(relatives);
        let contact = match belongs_to {
            Subject::Opportunity(deal) => *relatives.opportunity(deal).contact(),
            Subject::Contact(contact) => *relatives.contact(contact),
        };
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
            title: relatives.in_turn(Record::Task, Field::Title, id, &world.pack.next_actions),
        }
    }

    #[inline(always)]
    fn value<'s>(&'s self, field: Field, text: &'s mut String) -> Value<'s> {
        let mut draw = self.world.draw(Record::Task, field, self.id);
        match field {
            Field::Id => Value::Row(Record::Task, self.id),
            Field::Title => {
                let (contact, deal) = (Some(&self.contact), self.opportunity.as_ref());
                Context {
                    world: self.world,
                    organization: self.contact.organization(),
                    contact,
                    deal,
                }
                .write(self.title, &mut draw, text);
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
