//! Everything that rows are functions of, worked out once.

use std::ops::Range;

use super::block::Block;
use super::names::{CompanyNames, ProductNames};
use super::record::{Field, Record};
use super::stages::Stages;
use super::time;
use crate::industry::IndustryPack;
use crate::layout::{Layout, Pattern};
use crate::row::RowId;
use crate::spec::{Pipeline, PresentPrincipal, SeedSpec, Volume};
use crate::stream::{ColumnStream, Draw};
use crate::words::Words;

/// Owners in the first slots, those of the roles, share their number lines alike whichever of them there are.
const LEAST_STRIDE: usize = 4;

#[derive(Debug)]
pub(crate) struct World {
    pub seed: u64,
    /// The reference instant, microseconds since 1970.
    pub as_of: i64,
    pub pack: IndustryPack,
    pub pipeline: Pipeline,
    pub stages: Stages,
    pub words: Words,
    pub companies: CompanyNames,
    pub products: ProductNames,
    pub layouts: Layouts,
    /// Whose products a catalogue lists, where the database had some before.
    pub principals: Vec<PresentPrincipal>,
    /// How many tags there are to choose from.
    pub tag_count: u64,
    /// Step between numbers of one owner where all owners share a number line.
    pub stride: u64,
    /// By slot.
    blocks: Vec<Block>,
    /// Number of the department and of the title in it for each title of the pack.
    jobs: Vec<(usize, usize)>,
    /// By record and field.
    streams: [[ColumnStream; Field::ALL.len()]; Record::ALL.len()],
}

/// The relations.
#[derive(Debug)]
pub(crate) struct Layouts {
    pub contacts: Layout,
    pub links: Layout,
    pub opportunities: Layout,
    pub activities: Layout,
    pub contact_activities: Layout,
    pub notes: Layout,
    pub contact_notes: Layout,
    pub tasks: Layout,
    pub contact_tasks: Layout,
    pub products: Layout,
}

impl Layouts {
    fn new(seed: u64) -> Self {
        const ONE: Pattern = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 3, 3];
        let layout = |name, pattern: &Pattern| Layout::new(seed, name, pattern);
        Self {
            contacts: layout(
                "contacts of organizations",
                &[1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 4, 6],
            ),
            links: layout(
                "organizations of contacts",
                &[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3],
            ),
            opportunities: layout("opportunities of contacts", &ONE),
            activities: layout(
                "activities of opportunities",
                &[0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 7],
            ),
            contact_activities: layout("activities of contacts", &ONE),
            notes: layout(
                "notes of opportunities",
                &[0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4],
            ),
            contact_notes: layout("notes of contacts", &ONE),
            tasks: layout("tasks of opportunities", &ONE),
            contact_tasks: layout("tasks of contacts", &ONE),
            products: layout(
                "products of principals",
                &[3, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 18, 22, 28],
            ),
        }
    }
}

impl World {
    pub fn new(spec: &SeedSpec) -> Self {
        let seed = spec.seed;
        let layouts = Layouts::new(seed);
        let slots = spec
            .owners
            .iter()
            .map(|owner| usize::from(owner.slot) + 1)
            .max()
            .unwrap_or(0);
        let mut blocks = vec![Block::default(); slots];
        for owner in &spec.owners {
            blocks[usize::from(owner.slot)] = Block::new(owner, &layouts);
        }
        let mut records = Record::ALL;
        records.sort();
        let streams = records.map(|record| {
            let stream = |field: usize| ColumnStream::new(seed, record.name(), Field::ALL[field].name());
            std::array::from_fn(stream)
        });
        let departments = spec.pack.departments.iter().enumerate();
        let jobs =
            departments.flat_map(|(number, of)| (0..of.titles.len()).map(move |title| (number, title)));
        Self {
            seed,
            as_of: spec.as_of.as_microsecond(),
            stages: Stages::new(seed, &spec.pipeline),
            companies: CompanyNames::new(seed, &spec.pack),
            products: ProductNames::new(seed, &spec.pack),
            layouts,
            words: Words::load(),
            tag_count: spec
                .owners
                .iter()
                .map(|owner| owner.total().tags)
                .max()
                .unwrap_or(0),
            stride: slots.next_power_of_two().max(LEAST_STRIDE) as u64,
            principals: spec.present.principals.clone(),
            pack: spec.pack.clone(),
            pipeline: spec.pipeline.clone(),
            jobs: jobs.collect(),
            streams,
            blocks,
        }
    }

    /// The draws of one field of one row.
    #[inline(always)]
    pub fn draw(&self, record: Record, field: Field, row: RowId) -> Draw {
        self.streams[record as usize][field as usize].at(row.number())
    }

    /// How much its owner had when a row was made: what it can belong to.
    pub fn volume(&self, record: Record, row: RowId) -> &Volume {
        &self.block(row).generation(record, row.local()).volume
    }

    /// The first of the people whose places are worked out like this one's: all of the owner's, or, where the run
    /// that made this one is not settled, those of its run.
    pub fn first_beside(&self, contact: RowId) -> u64 {
        let block = self.block(contact);
        match block.generation(Record::Contact, contact.local()).is_settled {
            true => 0,
            false => block.first_beside(Record::Contact, contact.local()),
        }
    }

    /// The rows of a record that this run adds for the owner of that slot; tags belong to nobody.
    pub fn added(&self, record: Record, slot: u16) -> Range<u64> {
        self.blocks[usize::from(slot)].added(record)
    }

    /// All rows of a row's owner.
    pub fn block(&self, row: RowId) -> &Block {
        &self.blocks[usize::from(row.slot())]
    }

    /// The owners' slots, and those between them.
    pub fn slots(&self) -> Range<u16> {
        0..self.blocks.len() as u16
    }

    /// How many titles the pack has.
    pub fn job_count(&self) -> u64 {
        self.jobs.len() as u64
    }

    /// A title of the pack and its department.
    pub fn job(&self, number: u64) -> (&str, &str) {
        let (department, title) = self.jobs[number as usize];
        let department = &self.pack.departments[department];
        (&department.titles[title], &department.name)
    }

    /// When a row was changed last: between its creation and `latest`, mostly soon after the former.
    pub fn updated(&self, record: Record, row: RowId, created: i64, latest: i64) -> i64 {
        let mut draw = self.draw(record, Field::UpdatedAt, row);
        let high = if draw.percent(70) { 15 } else { 80 };
        time::within(&mut draw, created, latest, 0, high)
    }
}
