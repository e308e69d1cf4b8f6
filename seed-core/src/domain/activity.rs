//! What happened and what is due.

use super::relatives::Relatives;
use super::subject::Subject;
use super::text::Context;
use super::time;
use super::value::{Few, Participant, Value};
use super::world::World;
use super::{Contact, Field, Opportunity, Record, Row};
use crate::industry::{ActivityWords, Phrase};
use crate::row::RowId;
use crate::stream::Draw;

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
    completed: Option<i64>,
    subject: &'w Phrase,
    description: &'w Phrase,
    outcome: &'w Phrase,
}

impl<'w> Row<'w> for Activity<'w> {
    fn among(relatives: &mut Relatives<'w>, id: RowId) -> Self {
        let world = relatives.world;
        let belongs_to = Subject::of_activity(relatives, id);
        let (contact, begin, end, is_closed) = match belongs_to {
            Subject::Opportunity(deal) => {
                let deal = relatives.opportunity(deal);
                let contact = *world
                    .draw(Record::Activity, Field::Contact, id)
                    .pick(&deal.contacts());
                (contact, deal.created(), deal.end(), deal.is_closed())
            }
            Subject::Contact(contact) => {
                let met = relatives.contact(contact).created();
                (contact, met, world.as_of, false)
            }
        };
        let created = time::within(
            &mut world.draw(Record::Activity, Field::CreatedAt, id),
            begin,
            end,
            2,
            90,
        );
        let kind = kind(world, id, contact);
        let status = status(world, id, is_closed || kind == "note");
        let done = &mut world.draw(Record::Activity, Field::CompletedAt, id);
        let words = words(world, kind);
        // What is told is what happened; that of a task says what is to be done in any case.
        let is_told = status == "completed" || kind == "task";
        let descriptions = if is_told {
            &words.descriptions
        } else {
            &world.pack.next_actions
        };
        let mut in_turn = |field, phrases| relatives.in_turn(Record::Activity, field, id, phrases);
        let subject = in_turn(Field::Subject, &words.subjects);
        let description = in_turn(Field::Description, descriptions);
        let outcome = in_turn(Field::Outcome, &words.outcomes);
        Self {
            world,
            id,
            opportunity: belongs_to.opportunity(relatives),
            contact: *relatives.contact(contact),
            kind,
            status,
            created,
            end,
            completed: (status == "completed").then(|| time::within(done, created, end, 1, 60)),
            subject,
            description,
            outcome,
        }
    }

    #[inline(always)]
    fn value<'s>(&'s self, field: Field, text: &'s mut String) -> Value<'s> {
        let mut draw = self.world.draw(Record::Activity, field, self.id);
        match field {
            Field::Id => Value::Row(Record::Activity, self.id),
            Field::Type => Value::Text(self.kind),
            Field::Subject => self.write(self.subject, &mut draw, text),
            Field::Description => self.write(self.description, &mut draw, text),
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
            Field::CompletedAt => self.completed.map_or(Value::Null, Value::Moment),
            Field::InteractionType => Value::Text(draw.word(interactions(self.kind))),
            Field::Outcome if self.status == "completed" => self.write(self.outcome, &mut draw, text),
            Field::Participants if has_participants(self.kind) => Value::Participants(self.participants()),
            Field::AssignedTo | Field::CreatedBy => Value::Owner,
            Field::CreatedAt => Value::Moment(self.created),
            Field::UpdatedAt => Value::Moment(self.completed.unwrap_or(self.created)),
            _ => Value::Null,
        }
    }
}

impl Activity<'_> {
    /// In the future for what is still open; else about when it was done, or given up.
    fn due(&self) -> i64 {
        let mut draw = self.world.draw(Record::Activity, Field::DueDate, self.id);
        match self.status {
            "pending" | "in_progress" => time::days_after(&mut draw, self.world.as_of, 1, 30),
            _ => {
                let done = self.completed.unwrap_or(self.end);
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

    fn write<'s>(&self, phrase: &Phrase, draw: &mut Draw, text: &'s mut String) -> Value<'s> {
        Context {
            world: self.world,
            organization: self.contact.organization(),
            contact: Some(&self.contact),
            deal: self.opportunity.as_ref(),
        }
        .write(phrase, draw, text);
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

fn words<'w>(world: &'w World, kind: &str) -> &'w ActivityWords {
    let mut lists = world.pack.activity_lists().into_iter();
    let words = lists.find(|(other, _)| *other == kind);
    words.expect("a pack has words for each type").1
}

fn has_participants(kind: &str) -> bool {
    matches!(kind, "meeting" | "call")
}

/// Meetings and calls take two people, and the very first person has nobody before to bring along.
fn kind(world: &World, id: RowId, contact: RowId) -> &'static str {
    let mut draw = world.draw(Record::Activity, Field::Type, id);
    if contact.local() == 0 {
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
