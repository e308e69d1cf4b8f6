//! Deals.

use super::organization::{LARGEST_SIZE, buyer, principal, principal_count};
use super::relatives::Relatives;
use super::stages::Stage;
use super::text::Context;
use super::time::{self, DAY};
use super::value::{Few, Value};
use super::world::World;
use super::{Contact, Field, Organization, Record, Row};
use crate::industry::{Phrase, Slot};
use crate::row::RowId;

/// Of a hundred open deals, so many are past the day on which they should have closed.
const OVERDUE: u64 = 12;
/// How often the largest amount is halved at most.
const HALVINGS: u64 = 8;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Opportunity<'w> {
    world: &'w World,
    id: RowId,
    stage: &'w Stage,
    /// Number among the deals of the same owner in the same stage.
    rank: u64,
    /// The people at the customer, the first of them the one who matters; one to three.
    contacts: Few<RowId>,
    /// The first of them.
    contact: Contact<'w>,
    /// Number of an earlier company that supplies products, among those that do, and its own; the very first company
    /// has none before it.
    principal: Option<(u64, RowId)>,
    /// Number of the product that it is about, one of its principal's.
    product: u64,
    created: i64,
    closed: Option<i64>,
    /// What is told of it; parents are known without.
    description: Option<&'w Phrase>,
    next_action: Option<&'w Phrase>,
}

impl<'w> Row<'w> for Opportunity<'w> {
    fn among(relatives: &mut Relatives<'w>, id: RowId) -> Self {
        let pack = &relatives.world.pack;
        let mut in_turn = |field, phrases| Some(relatives.in_turn(Record::Opportunity, field, id, phrases));
        let description = in_turn(Field::Description, &pack.opportunity_descriptions);
        let next_action = in_turn(Field::NextAction, &pack.next_actions);
        Self {
            description,
            next_action,
            ..Self::as_parent(relatives, id)
        }
    }

    #[inline(always)]
    fn value<'s>(&'s self, field: Field, text: &'s mut String) -> Value<'s> {
        let world = self.world;
        let mut draw = world.draw(Record::Opportunity, field, self.id);
        match field {
            Field::Id => Value::Row(Record::Opportunity, self.id),
            Field::Name => {
                self.organization().write_name(text);
                text.push_str(" - ");
                world.products.write(&world.pack, self.product, text);
                Value::Text(text)
            }
            Field::Category => Value::Text(match draw.below(10) {
                0..6 => &world.pipeline.default_category,
                _ => draw.word(&["new_business", "upsell", "upsell", "renewal", "referral"]),
            }),
            Field::Stage => Value::Text(&self.stage.name),
            Field::Status => Value::Text(self.stage.status),
            Field::Priority => {
                Value::Text(draw.word(&["low", "medium", "medium", "medium", "high", "high", "critical"]))
            }
            Field::Amount => Value::Money(self.amount()),
            Field::Probability => Value::Int(self.stage.probability),
            Field::EstimatedCloseDate => Value::Moment(self.estimated_close()),
            Field::ActualCloseDate => self.closed.map_or(Value::Null, Value::Moment),
            Field::CustomerOrganization | Field::Organization => {
                Value::Row(Record::Organization, self.organization().id())
            }
            Field::PrincipalOrganization => match self.principal {
                Some((_, organization)) => Value::Row(Record::Organization, organization),
                None => Value::Null,
            },
            Field::Contact => Value::Row(Record::Contact, self.contacts[0]),
            Field::ContactIds => Value::Rows(Record::Contact, self.contacts),
            Field::Index => Value::Int((self.rank * world.stride + u64::from(self.id.slot())) as i64),
            Field::Description => self.write(self.description, field, text),
            Field::NextAction if !self.stage.is_closed() => self.write(self.next_action, field, text),
            Field::NextActionDate if !self.stage.is_closed() => {
                Value::Moment(time::days_after(&mut draw, world.as_of, 1, 21))
            }
            Field::Competition if draw.percent(60) || self.speaks_of_competitor() => {
                Value::Text(draw.word(&world.pack.competitors))
            }
            Field::DecisionCriteria => {
                let criteria = &world.pack.decision_criteria;
                let first = draw.below(criteria.len() as u64) as usize;
                let second = (first + 1 + draw.below(criteria.len() as u64 - 1) as usize) % criteria.len();
                text.push_str(&criteria[first]);
                text.push_str("; ");
                text.push_str(&criteria[second]);
                Value::Text(text)
            }
            Field::AssignedTo | Field::CreatedBy => Value::Owner,
            Field::CreatedAt => Value::Moment(self.created),
            Field::UpdatedAt => Value::Moment(match self.closed {
                Some(closed) => closed,
                None => world.updated(Record::Opportunity, self.id, self.created, world.as_of),
            }),
            _ => Value::Null,
        }
    }
}

impl<'w> Opportunity<'w> {
    /// The deal without what only its own row tells.
    pub fn as_parent(relatives: &mut Relatives<'w>, id: RowId) -> Self {
        let world = relatives.world;
        let draw = |field| world.draw(Record::Opportunity, field, id);
        let (stage, rank) = world.stages.place(id.local());
        let contacts = contacts(relatives, id, stage);
        let contact = *relatives.contact(contacts[0]);
        let met = contacts
            .iter()
            .map(|&contact| relatives.contact(contact).created())
            .max();
        let met = met.expect("a deal has contacts");
        let created = time::within(&mut draw(Field::CreatedAt), met, world.as_of, 2, 70);
        let end = &mut draw(Field::ActualCloseDate);
        let closed = stage
            .is_closed()
            .then(|| time::within(end, created, world.as_of, 30, 92));
        let principals = principal_count(contact.organization_id().local());
        let principal = (principals > 0).then(|| {
            let number = draw(Field::PrincipalOrganization).below(principals);
            (number, id.sibling(principal(number)))
        });
        let range = world
            .layouts
            .products
            .block(principal.map_or(0, |(number, _)| number));
        Self {
            world,
            id,
            stage,
            rank,
            contacts,
            contact,
            principal,
            product: range.start + draw(Field::Name).below(range.end - range.start),
            created,
            closed,
            description: None,
            next_action: None,
        }
    }

    pub fn id(&self) -> RowId {
        self.id
    }

    pub fn contacts(&self) -> Few<RowId> {
        self.contacts
    }

    pub fn created(&self) -> i64 {
        self.created
    }

    pub fn is_closed(&self) -> bool {
        self.stage.is_closed()
    }

    /// The one who matters.
    pub fn contact(&self) -> &Contact<'w> {
        &self.contact
    }

    pub fn organization(&self) -> &Organization<'w> {
        self.contact.organization()
    }

    /// The moment after which nothing happens in it: when it closed, or now.
    pub fn end(&self) -> i64 {
        self.closed.unwrap_or(self.world.as_of)
    }

    /// Number of the product that it is about.
    pub fn product(&self) -> u64 {
        self.product
    }

    /// The one competitor that everything about it speaks of.
    pub fn competitor(&self) -> &'w str {
        let mut draw = self.world.draw(Record::Opportunity, Field::Competition, self.id);
        // The first number says whether somebody entered it.
        draw.next();
        draw.word(&self.world.pack.competitors)
    }

    fn speaks_of_competitor(&self) -> bool {
        let speaks = |phrase: Option<&Phrase>| phrase.is_some_and(|phrase| phrase.has(Slot::Competitor));
        speaks(self.description) || !self.is_closed() && speaks(self.next_action)
    }

    fn estimated_close(&self) -> i64 {
        let mut draw = self
            .world
            .draw(Record::Opportunity, Field::EstimatedCloseDate, self.id);
        match self.closed {
            Some(closed) => (closed + draw.between(-10, 10) * DAY).max(self.created),
            None if draw.percent(OVERDUE) => time::days_after(&mut draw, self.world.as_of, -15, -1),
            None => time::days_after(&mut draw, self.world.as_of, 4, 150),
        }
    }

    /// A part of the largest one that goes with the size of the customer, halved up to twice more.
    fn amount(&self) -> i64 {
        let mut draw = self.world.draw(Record::Opportunity, Field::Amount, self.id);
        let largest = self.world.pipeline.max_amount.0;
        let halvings = LARGEST_SIZE - self.organization().size() + draw.below(3);
        let ceiling = (largest >> halvings.min(HALVINGS)).max(1);
        round(draw.between(ceiling / 2, ceiling))
    }

    fn write<'s>(&self, phrase: Option<&Phrase>, field: Field, text: &'s mut String) -> Value<'s> {
        let mut draw = self.world.draw(Record::Opportunity, field, self.id);
        let context = Context {
            world: self.world,
            organization: self.organization(),
            contact: Some(&self.contact),
            deal: Some(self),
        };
        phrase
            .iter()
            .for_each(|phrase| context.write(phrase, &mut draw, text));
        Value::Text(text)
    }
}

/// The smallest and the largest amount, in cents, where no deal is larger than `largest`.
pub(crate) fn amounts(largest: i64) -> (i64, i64) {
    let smallest = (largest >> HALVINGS).max(1) / 2;
    (round(smallest), largest)
}

/// Whole tens from 100 up.
fn round(amount: i64) -> i64 {
    let step = if amount >= 10_000 { 1_000 } else { 1 };
    amount / step * step
}

/// The person that the deal was dealt to and up to two colleagues before. Where their company does not buy, the
/// last one before it in the same round of dealing that does.
fn contacts(relatives: &mut Relatives<'_>, id: RowId, stage: &Stage) -> Few<RowId> {
    let world = relatives.world;
    let people = world.volume(Record::Opportunity, id).contacts;
    let dealt = relatives
        .place(&world.layouts.opportunities, id.local(), people)
        .parent;
    let contact = relatives.contact(id.sibling(dealt));
    let place = contact.place();
    let customer = buyer(place.parent, stage.status == "won");
    let (start, last) = if customer == place.parent {
        (contact.first_colleague(), dealt)
    } else {
        let block_of = |organization| world.layouts.contacts.block(organization);
        let round_start = place.block_start - block_of(place.parent).start;
        let block = block_of(customer);
        let (start, last) = (round_start + block.start, round_start + block.end - 1);
        match world.first_beside(contact.id()) {
            // People of earlier runs may have been dealt out otherwise; the very first one's company always buys.
            first if last < first => (0, 0),
            first => (start.max(first), last),
        }
    };
    let mut draw = world.draw(Record::Opportunity, Field::ContactIds, id);
    let wanted = *draw.pick(&[1, 1, 2, 2, 2, 3]);
    let mut contacts = Few::one(id.sibling(last));
    for colleague in (start..last).rev().take(wanted - 1) {
        contacts.push(id.sibling(colleague));
    }
    contacts
}
