//! An owner's rows, run by run: each run adds to the end, and what is there stays as it is.

use std::ops::Range;

use super::record::Record;
use super::relatives::Relatives;
use super::world::Layouts;
use crate::spec::{Owner, Volume};

/// People in the first two companies may find no other company to choose; they are among the first sixteen.
const ONE_COMPANY: u64 = 16;
/// Where there are fewer companies, everybody belongs to one only.
const LEAST_COMPANIES: u64 = 3;

/// All rows of one owner.
#[derive(Debug, Clone, Default)]
pub(crate) struct Block {
    /// What each run made of it; the last is the one that is asked for now.
    generations: Vec<Generation>,
}

/// The rows up to and with those of one run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Generation {
    /// How much there is then.
    pub volume: Volume,
    /// Whether its people stand where they would stand if all had been asked for at once. Those beyond the room
    /// of their companies do not where there are more companies now than when earlier ones were made.
    pub is_settled: bool,
    counts: [u64; Record::ALL.len()],
}

impl Block {
    pub fn new(owner: &Owner, layouts: &Layouts) -> Self {
        let mut generations: Vec<Generation> = Vec::new();
        for volume in owner.earlier.iter().chain([&owner.volume]) {
            let next = match generations.last() {
                Some(before) => before.clone().grown(volume, layouts),
                None => Generation {
                    is_settled: true,
                    ..Generation::default()
                }
                .grown(volume, layouts),
            };
            generations.push(next);
        }
        Self { generations }
    }

    /// The run that made a row.
    pub fn generation(&self, record: Record, local: u64) -> &Generation {
        // Runs are few, and most owners have one.
        let made = self
            .generations
            .iter()
            .find(|generation| local < generation.count(record));
        made.unwrap_or(&self.generations[self.generations.len() - 1])
    }

    /// The first row of the run that made this one.
    pub fn first_beside(&self, record: Record, local: u64) -> u64 {
        let counts = self.generations.iter().map(|generation| generation.count(record));
        counts.take_while(|count| *count <= local).last().unwrap_or(0)
    }

    /// The rows that the last run makes.
    pub fn added(&self, record: Record) -> Range<u64> {
        let count =
            |generation: Option<&Generation>| generation.map_or(0, |generation| generation.count(record));
        let mut latest = self.generations.iter().rev();
        let end = count(latest.next());
        count(latest.next())..end
    }

    /// The person of a membership, and its number among the person's memberships.
    pub fn link(&self, local: u64, relatives: &mut Relatives<'_>) -> (u64, u64) {
        let first_link = self.first_beside(Record::ContactOrganization, local);
        let generation = self.generation(Record::ContactOrganization, local);
        let people = match self
            .generations
            .iter()
            .position(|one| std::ptr::eq(one, generation))
        {
            Some(before @ 1..) => self.generations[before - 1].volume.contacts..generation.volume.contacts,
            _ => 0..generation.volume.contacts,
        };
        let (single, offset) = (generation.single(&people), local - first_link);
        if offset < single {
            return (people.start + offset, 0);
        }
        let links = &relatives.world.layouts.links;
        let first = links.start_of(people.start + single - ONE_COMPANY);
        let place = relatives.place(links, first + offset - single, people.end - ONE_COMPANY);
        (ONE_COMPANY + place.parent, place.position)
    }
}

impl Generation {
    fn count(&self, record: Record) -> u64 {
        self.counts[record as usize]
    }

    /// What another run makes of it.
    fn grown(mut self, added: &Volume, layouts: &Layouts) -> Self {
        let people = self.volume.contacts..self.volume.contacts + added.contacts;
        let room = layouts.contacts.start_of(self.volume.organizations);
        self.is_settled &= added.organizations == 0 || self.volume.contacts <= room;
        self.volume = self.volume.plus(added);
        let on_people = match self.volume.opportunities {
            0 => added.contact_notes + added.opportunity_notes,
            _ => added.contact_notes,
        };
        let mut add = |record: Record, rows| self.counts[record as usize] += rows;
        add(Record::Organization, added.organizations);
        add(Record::Contact, added.contacts);
        add(Record::Opportunity, added.opportunities);
        add(Record::Activity, added.activities);
        add(Record::ContactNote, on_people);
        add(
            Record::OpportunityNote,
            added.contact_notes + added.opportunity_notes - on_people,
        );
        add(Record::Product, added.products);
        add(Record::Task, added.tasks);
        let single = self.single(&people);
        let memberships = |people: u64| layouts.links.start_of(people.saturating_sub(ONE_COMPANY));
        let several = memberships(people.end) - memberships(people.start + single);
        self.counts[Record::ContactOrganization as usize] += single + several;
        self
    }

    /// How many of these people, the first of them, belong to one company only.
    fn single(&self, people: &Range<u64>) -> u64 {
        let end = match self.volume.organizations {
            0..LEAST_COMPANIES => people.end,
            _ => people.end.min(ONE_COMPANY),
        };
        end.saturating_sub(people.start)
    }
}
