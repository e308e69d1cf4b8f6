//! That a person belongs to a company: the first one primary, up to two more.

use super::time;
use super::value::Value;
use super::world::World;
use super::{Contact, Field, Organization, Record, Row};
use crate::row::RowId;

#[derive(Debug)]
pub(crate) struct ContactOrganization<'w> {
    world: &'w World,
    id: RowId,
    contact: Contact<'w>,
    /// 0 for the primary company.
    position: u64,
}

impl<'w> Row<'w> for ContactOrganization<'w> {
    fn at(world: &'w World, id: RowId) -> Self {
        let (contact, position) = world.link(id);
        Self {
            world,
            id,
            contact: Contact::at(world, contact),
            position,
        }
    }

    fn value<'s>(&'s self, field: Field, _text: &'s mut String) -> Value<'s> {
        let mut draw = self.world.draw(Record::ContactOrganization, field, self.id);
        match field {
            Field::Id => Value::Row(Record::ContactOrganization, self.id),
            Field::Contact => Value::Row(Record::Contact, self.contact.id()),
            Field::Organization => Value::Row(Record::Organization, self.organization()),
            Field::IsPrimary => Value::Bool(self.position == 0),
            Field::Role => Value::Text(if self.position == 0 {
                draw.word(&[
                    "employee",
                    "employee",
                    "employee",
                    "decision_maker",
                    "influencer",
                    "buyer",
                ])
            } else {
                draw.word(&["consultant", "board_member", "advisor", "former_employee"])
            }),
            Field::StartedAt => {
                let joined = Organization::at(self.world, self.organization())
                    .created()
                    .min(self.created());
                Value::Moment(
                    joined + draw.between(0, (self.created() - joined) / time::SECOND) * time::SECOND,
                )
            }
            Field::AssignedTo | Field::CreatedBy => Value::Owner,
            Field::CreatedAt => Value::Moment(self.created()),
            Field::UpdatedAt => Value::Moment(self.world.updated(
                Record::ContactOrganization,
                self.id,
                self.created(),
                self.world.as_of,
            )),
            _ => Value::Null,
        }
    }
}

impl ContactOrganization<'_> {
    /// Known as soon as both ends are.
    fn created(&self) -> i64 {
        self.contact
            .created()
            .max(Organization::at(self.world, self.organization()).created())
    }

    /// The primary company, or one beside it: an earlier one, so that it is there for any number of companies.
    fn organization(&self) -> RowId {
        let primary = self.contact.organization_id();
        if self.position == 0 {
            return primary;
        }
        let (own, all) = (
            primary.local(),
            self.world
                .volume(Record::Contact, self.contact.id())
                .organizations,
        );
        // People of the first two companies have others only where people outnumber the room for them.
        let (from, choices) = if own >= 2 { (0, own) } else { (own + 1, all - 1) };
        let mut draw = self.world.draw(
            Record::ContactOrganization,
            Field::Organization,
            self.contact.id(),
        );
        let first = draw.below(choices);
        let step = draw.below(choices - 1) + 1;
        let chosen = if self.position == 1 {
            first
        } else {
            (first + step) % choices
        };
        primary.sibling((from + chosen) % all)
    }
}
