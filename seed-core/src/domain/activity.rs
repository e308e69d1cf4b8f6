//! What happened and what is due.

use super::text::Context;
use super::time;
use super::value::{Few, Participant, Value};
use super::world::{Subject, World};
use super::{Contact, Field, Opportunity, Record, Row};
use crate::industry::ActivityWords;
use crate::row::RowId;

#[derive(Debug)]
pub(crate) struct Activity<'w> {
    world: &'w World,
    id: RowId,
    opportunity: Option<Opportunity<'w>>,
    contact: Contact<'w>,
    kind: &'static str,
    status: &'static str,
    created: i64,
    /// Nothing of it happens later.
    end: i64,
}

impl<'w> Row<'w> for Activity<'w> {
    fn at(world: &'w World, id: RowId) -> Self {
        let (opportunity, contact) = match world.activity_subject(id) {
            Subject::Opportunity(deal) => {
                let deal = Opportunity::at(world, deal);
                let contact = *world
                    .draw(Record::Activity, Field::Contact, id)
                    .pick(&deal.contacts());
                (Some(deal), Contact::at(world, contact))
            }
            Subject::Contact(contact) => (None, Contact::at(world, contact)),
        };
        let (begin, end) = match &opportunity {
            Some(deal) => (deal.created(), deal.end()),
            None => (contact.created(), world.as_of),
        };
        let created = time::within(
            &mut world.draw(Record::Activity, Field::CreatedAt, id),
            begin,
            end,
            2,
            90,
        );
        let kind = kind(world, id, &contact);
        let over = opportunity.as_ref().is_some_and(Opportunity::is_closed) || kind == "note";
        let status = status(world, id, over);
        Self {
            world,
            id,
            opportunity,
            contact,
            kind,
            status,
            created,
            end,
        }
    }

    fn value<'s>(&'s self, field: Field, text: &'s mut String) -> Value<'s> {
        let mut draw = self.world.draw(Record::Activity, field, self.id);
        match field {
            Field::Id => Value::Row(Record::Activity, self.id),
            Field::Type => Value::Text(self.kind),
            Field::Subject => self.phrase(&self.words().subjects, field, text),
            Field::Description if self.is_told() => self.phrase(&self.words().descriptions, field, text),
            Field::Description => self.phrase(&self.world.pack.next_actions, field, text),
            Field::Status => Value::Text(self.status),
            Field::Priority => {
                Value::Text(draw.word(&["low", "medium", "medium", "medium", "high", "critical"]))
            }
            Field::Opportunity => match &self.opportunity {
                Some(deal) => Value::Row(Record::Opportunity, deal.id()),
                None => Value::Null,
            },
            Field::Contact => Value::Row(Record::Contact, self.contact.id()),
            Field::Organization => Value::Row(Record::Organization, self.contact.organization_id()),
            Field::DueDate => Value::Moment(self.due()),
            Field::CompletedAt => self.completed().map_or(Value::Null, Value::Moment),
            Field::InteractionType => Value::Text(draw.word(interactions(self.kind))),
            Field::Outcome if self.status == "completed" => self.phrase(&self.words().outcomes, field, text),
            Field::Participants if has_participants(self.kind) => Value::Participants(self.participants()),
            Field::AssignedTo | Field::CreatedBy => Value::Owner,
            Field::CreatedAt => Value::Moment(self.created),
            Field::UpdatedAt => Value::Moment(self.completed().unwrap_or(self.created)),
            _ => Value::Null,
        }
    }
}

impl Activity<'_> {
    fn words(&self) -> &ActivityWords {
        let words = self
            .world
            .pack
            .activity_lists()
            .into_iter()
            .find(|(kind, _)| *kind == self.kind);
        words.expect("a pack has words for each type").1
    }

    /// Whether its description can be one of what happened. That of a task says what is to be done.
    fn is_told(&self) -> bool {
        self.status == "completed" || self.kind == "task"
    }

    fn completed(&self) -> Option<i64> {
        let mut draw = self.world.draw(Record::Activity, Field::CompletedAt, self.id);
        (self.status == "completed").then(|| time::within(&mut draw, self.created, self.end, 1, 60))
    }

    /// In the future for what is still open; else about when it was done, or given up.
    fn due(&self) -> i64 {
        let mut draw = self.world.draw(Record::Activity, Field::DueDate, self.id);
        match self.status {
            "pending" | "in_progress" => time::days_after(&mut draw, self.world.as_of, 1, 30),
            _ => {
                let done = self.completed().unwrap_or(self.end);
                time::within(&mut draw, self.created, done, 60, 100)
            }
        }
    }

    /// Two to four: people of the deal first, then colleagues, then, where there is nobody else, the person before.
    fn participants(&self) -> Few<Participant> {
        let mut draw = self.world.draw(Record::Activity, Field::Participants, self.id);
        let wanted = *draw.pick(&[2, 2, 2, 3, 3, 4]);
        let own = self.contact.id();
        let mut present = Few::one(own);
        if let Some(deal) = &self.opportunity {
            deal.contacts()
                .iter()
                .filter(|&&contact| contact != own)
                .for_each(|&contact| present.push(contact));
        }
        present.truncate(wanted);
        let first = self.contact.first_colleague();
        let lowest = present.iter().map(|row| row.local()).min().unwrap_or_default();
        for colleague in (first..lowest).rev().take(wanted.saturating_sub(present.len())) {
            present.push(self.id.sibling(colleague));
        }
        if present.len() < 2 {
            present.push(self.id.sibling(lowest - 1));
        }
        let mut participants = Few::none(Participant {
            contact: self.id,
            participated: false,
            notes: "",
        });
        for &contact in present.iter() {
            let participated = self.status == "completed" && (contact == own || draw.percent(85));
            let notes = match (self.status, participated) {
                ("completed", true) => draw.word(PRESENT),
                ("completed", false) => "Could not make it, sent the summary",
                ("cancelled", _) => "Cancelled",
                _ => "Invited",
            };
            participants.push(Participant {
                contact,
                participated,
                notes,
            });
        }
        participants
    }

    fn phrase<'s>(
        &self,
        phrases: &[crate::industry::Phrase],
        field: Field,
        text: &'s mut String,
    ) -> Value<'s> {
        let mut draw = self.world.draw(Record::Activity, field, self.id);
        let phrase = self.world.in_turn(Record::Activity, field, self.id, phrases);
        let organization = self.contact.organization();
        let deal = self.opportunity.as_ref();
        let contact = Some(&self.contact);
        Context {
            world: self.world,
            organization: &organization,
            contact,
            deal,
        }
        .write(phrase, &mut draw, text);
        Value::Text(text)
    }
}

const PRESENT: &[&str] = &[
    "Asked most of the questions",
    "Will take it to the team",
    "Joined for the second half",
    "Wants the numbers in writing",
    "Supportive",
    "Has doubts about the timing",
];

fn has_participants(kind: &str) -> bool {
    matches!(kind, "meeting" | "call")
}

/// Meetings and calls take two people, and the very first person has nobody before to bring along.
fn kind(world: &World, id: RowId, contact: &Contact<'_>) -> &'static str {
    let mut draw = world.draw(Record::Activity, Field::Type, id);
    if contact.id().local() == 0 {
        return draw.word(&["email", "email", "task", "note", "event"]);
    }
    draw.word(&[
        "meeting", "meeting", "meeting", "call", "call", "call", "email", "email", "email", "task", "note",
        "event",
    ])
}

fn status(world: &World, id: RowId, over: bool) -> &'static str {
    let mut draw = world.draw(Record::Activity, Field::Status, id);
    match draw.below(20) {
        0..13 => "completed",
        13 if !over => "cancelled",
        14..17 if !over => "in_progress",
        17.. if !over => "pending",
        _ => "completed",
    }
}

fn interactions(kind: &str) -> &'static [&'static str] {
    match kind {
        "meeting" => &["product_demo", "sales_call", "negotiation"],
        "call" => &[
            "sales_call",
            "sales_call",
            "follow_up",
            "support_ticket",
            "negotiation",
        ],
        "email" => &["follow_up", "follow_up", "support_ticket", "negotiation"],
        "event" => &["product_demo", "sales_call"],
        _ => &["follow_up", "support_ticket"],
    }
}
