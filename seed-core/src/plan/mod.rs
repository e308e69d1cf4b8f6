//! The plan: which tables will be filled with how many rows, in which order, and their bytes.
//!
//! ```
//! use seed_core::bind::{Binding, quoted};
//! use seed_core::catalog::{Catalog, Column, ColumnType, Table};
//! use seed_core::domain::{Field, Record};
//! use seed_core::industry::IndustryPack;
//! use seed_core::plan::{Block, BoundColumn, Owner, Plan, SeedSpec, Source, TablePlan, Unplaced, Volume};
//! use seed_core::row::RowId;
//!
//! let column = |name: &str, kind| Column { name: name.into(), kind, ..Column::default() };
//! let companies = Table {
//!     schema: "public".into(),
//!     name: "companies".into(),
//!     columns: vec![column("id", ColumnType::Uuid), column("name", ColumnType::Text { max_length: None })],
//!     primary_key: vec!["id".into()],
//!     ..Table::default()
//! };
//! let other = Table { schema: "public".into(), name: "invoices".into(), ..Table::default() };
//! let nobody = Owner { slot: 0, user_id: None, profile_id: None, volume: Volume::UNOWNED, earlier: vec![] };
//! let pack = IndustryPack::bundled("food_beverage")?;
//! let spec = SeedSpec::new(42, "2026-11-22T00:00:00Z".parse()?, pack, vec![nobody]);
//! let plan = Plan::new(&Catalog { tables: vec![companies, other] }, &spec)?;
//!
//! let table: &TablePlan = &plan.tables()[0];
//! assert_eq!(table.blocks(), [Block { first: RowId::new(0, 0), rows: 50 }]);
//! let name: &BoundColumn = &table.binding().columns[1];
//! assert_eq!(name.source, Source::Field(Field::Name));
//! let binding: &Binding = plan.binding(Record::Organization).unwrap();
//! assert_eq!(binding.sql_name(), r#""public"."companies""#);
//! assert_eq!(quoted("contact Notes"), r#""contact Notes""#);
//! let Unplaced { table, why, .. } = &plan.unplaced()[0];
//! assert_eq!((table.as_str(), why.as_str()), ("invoices", "nothing that is seeded lives in a table of that name"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod encoded;
mod error;
mod order;
mod part;
mod table;

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::bind::homes::{Homes, TwoHomes};
use crate::bind::{self, Binding};
use crate::catalog::Catalog;
use crate::domain::stages::Stages;
use crate::domain::world::World;
use crate::domain::{Record, Tag};
use crate::row::RowId;
use crate::spec::PresentTag;

pub use crate::bind::{BoundColumn, Misfit, Source, Unplaced};
pub use crate::encode::binary::{HEADER, TRAILER};
pub use crate::row::Key;
pub use crate::spec::{Owner, Pipeline, SeedSpec, Volume};
pub use error::PlanError;
pub(crate) use error::check;
pub use part::{Part, PartError, Piece};
pub use table::{Block, TablePlan};

/// What will be written, found to fit the catalog.
#[derive(Debug, Clone)]
pub struct Plan {
    world: Arc<World>,
    tables: Vec<TablePlan>,
    /// For each table, the tables that its rows point at, itself among them where they do.
    parents: Vec<BTreeSet<usize>>,
    unplaced: Vec<Unplaced>,
}

impl Plan {
    /// Fits the rows that `spec` asks for to the tables of `catalog`.
    ///
    /// # Errors
    /// Whatever would stop the run later: volumes that contradict each other, a pipeline without stages, required
    /// columns that cannot be filled, all of them at once.
    pub fn new(catalog: &Catalog, spec: &SeedSpec) -> Result<Self, PlanError> {
        error::check(spec)?;
        let homes = Homes::find(catalog, &spec.adjustments)
            .map_err(|TwoHomes { record, tables }| PlanError::TwoTables { record, tables })?;
        let mut world = World::new(spec);
        if let Some(pipeline) = bind::pipeline::of_database(&homes, spec) {
            world.stages = Stages::of_database(spec.seed, &pipeline);
            world.pipeline = pipeline;
        }
        let world = Arc::new(world);
        let bound = bind::bind(catalog, &homes, &world, spec).map_err(PlanError::Misfits)?;
        if bound.bindings.is_empty() {
            let names = catalog.tables.iter();
            let tables = names.map(|table| format!("{}.{}", table.schema, table.name));
            return Err(PlanError::NoTables {
                tables: tables.collect(),
            });
        }
        let bindings = order::parents_first(bound.bindings, catalog)?;
        let parents = order::parents(&bindings, catalog);
        let keys = Arc::new(bound.keys);
        let tables = bindings
            .into_iter()
            .map(|binding| {
                let blocks = blocks(&world, binding.record, spec);
                let live = order::live(catalog, &binding).cloned().unwrap_or_default();
                TablePlan::new(Arc::clone(&world), Arc::clone(&keys), binding, live, blocks)
            })
            .collect();
        Ok(Self {
            world,
            tables,
            parents,
            unplaced: bound.unplaced,
        })
    }

    /// The tables in an order in which foreign keys hold.
    pub fn tables(&self) -> &[TablePlan] {
        &self.tables
    }

    /// The columns and tables that are left alone, with why.
    pub fn unplaced(&self) -> &[Unplaced] {
        &self.unplaced
    }

    /// Where a record lives and what its fields are called there; `None` where it has no table.
    pub fn binding(&self, record: Record) -> Option<&Binding> {
        self.tables
            .iter()
            .map(TablePlan::binding)
            .find(|binding| binding.record == record)
    }

    /// The pipeline of the rows: the one that was asked for, or, where nobody named one, that of the database.
    pub fn pipeline(&self) -> &Pipeline {
        &self.world.pipeline
    }

    /// The stages of the pipeline in their order, each with the status and the percentage that follow from it.
    pub fn stages(&self) -> impl Iterator<Item = (&str, &str, i64)> {
        let stages = self.world.stages.list.iter();
        stages.map(|stage| (stage.name.as_str(), stage.status, stage.probability))
    }

    /// All rows of all tables.
    pub fn row_count(&self) -> u64 {
        self.tables.iter().map(TablePlan::row_count).sum()
    }

    /// SHA-256 over names, columns and binary rows of all tables, in hexadecimal.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for table in &self.tables {
            hash.update(table.copy_statement());
            hash.update(table.digest());
        }
        table::hexadecimal(&hash.finalize())
    }
}

fn blocks(world: &World, record: Record, spec: &SeedSpec) -> Vec<Block> {
    if record == Record::Tag {
        return tag_blocks(world, &spec.present.tags);
    }
    let mut slots: Vec<u16> = spec.owners.iter().map(|owner| owner.slot).collect();
    slots.sort_unstable();
    let block = |slot| {
        let added = world.added(record, slot);
        Block {
            first: RowId::new(slot, added.start),
            rows: added.end - added.start,
        }
    };
    slots
        .into_iter()
        .map(block)
        .filter(|block| block.rows > 0)
        .collect()
}

/// The tags that are not there yet; they keep their numbers, and so their keys, whichever others are there.
fn tag_blocks(world: &World, present: &[PresentTag]) -> Vec<Block> {
    let mut taken: Vec<u64> = present
        .iter()
        .flat_map(|tag| Tag::numbers_of(world, &tag.name))
        .collect();
    taken.retain(|number| *number < world.tag_count);
    taken.sort_unstable();
    taken.dedup();
    let mut blocks = Vec::new();
    let mut start = 0;
    for end in taken.into_iter().chain([world.tag_count]) {
        blocks.push(Block {
            first: RowId::new(0, start),
            rows: end - start,
        });
        start = end + 1;
    }
    blocks.retain(|block| block.rows > 0);
    blocks
}
