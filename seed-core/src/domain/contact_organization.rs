//! That a person belongs to a company: the first one primary, up to two more.

use super::relatives::Relatives;
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
    organization: Organization<'w>,
    /// 0 for the primary company.
    position: u64,
    /// Known as soon as both ends are.
    created: i64,
}

impl<'w> Row<'w> for ContactOrganization<'w> {
    fn among(relatives: &mut Relatives<'w>, id: RowId) -> Self {
        let world = relatives.world;
        let (contact, position) = world.block(id).link(id.local(), relatives);
        let contact = *relatives.contact(id.sibling(contact));
        let organization = match position {
            0 => *contact.organization(),
            _ => *relatives.organization(beside(world, &contact, position)),
        };
        Self {
            world,
            id,
            created: contact.created().max(organization.created()),
            contact,
            organization,
            position,
        }
    }

    #[inline(always)]
    fn value<'s>(&'s self, field: Field, _text: &'s mut String) -> Value<'s> {
        let mut draw = self.world.draw(Record::ContactOrganization, field, self.id);
        match field {
            Field::Id => Value::Row(Record::ContactOrganization, self.id),
            Field::Contact => Value::Row(Record::Contact, self.contact.id()),
            Field::Organization => Value::Row(Record::Organization, self.organization.id()),
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
                let joined = self.organization.created().min(self.created);
                Value::Moment(joined + draw.between(0, (self.created - joined) / time::SECOND) * time::SECOND)
            }
            Field::AssignedTo | Field::CreatedBy => Value::Owner,
            Field::CreatedAt => Value::Moment(self.created),
            Field::UpdatedAt => Value::Moment(self.world.updated(
                Record::ContactOrganization,
                self.id,
                self.created,
                self.world.as_of,
            )),
            _ => Value::Null,
        }
    }
}

/// A company beside the primary one: an earlier one, so that it is there for any number of companies.
fn beside(world: &World, contact: &Contact<'_>, position: u64) -> RowId {
    let primary = contact.organization_id();
    let own = primary.local();
    let all = world.volume(Record::Contact, contact.id()).organizations;
    // People of the first two companies have others only where people outnumber the room for them.
    let (from, choices) = if own >= 2 { (0, own) } else { (own + 1, all - 1) };
    let mut draw = world.draw(Record::ContactOrganization, Field::Organization, contact.id());
    let first = draw.below(choices);
    let step = draw.below(choices - 1) + 1;
    let chosen = if position == 1 {
        first
    } else {
        (first + step) % choices
    };
    primary.sibling((from + chosen) % all)
}
