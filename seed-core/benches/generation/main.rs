//! How many rows and bytes a second one core and two make, table by table and all together:
//! `cargo bench --package seed-core`.
//!
//! The mix is what `seed` makes of organizations, contacts, their links, opportunities, activities and notes for an
//! administrator, a hundred times over. Beside it stands the same mix as objects of the crate `fake`, which know
//! nothing of each other and end up in no format.

mod objects;

use std::ops::Range;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use seed_core::catalog::Catalog;
use seed_core::domain::Record;
use seed_core::encode::Format;
use seed_core::industry::IndustryPack;
use seed_core::plan::{Key, Owner, Plan, SeedSpec, TablePlan, Volume};

/// Rows that are encoded at once, as a run does it.
const ROWS_PER_CHUNK: u64 = 4096;

const FORMATS: [Format; 7] = [
    Format::Binary,
    Format::Text,
    Format::Csv,
    Format::Json,
    Format::JsonLines,
    Format::Sql,
    Format::TypeScript,
];

fn main() {
    divan::main();
}

/// The rows of one table.
#[divan::bench(consts = [1, 2], args = Record::ALL, max_time = 1)]
fn table<const CORES: u64>(bencher: Bencher<'_, '_>, record: Record) {
    let plan = plan(Volume::of_each(20_000));
    let mut tables = plan.tables().iter();
    let table = tables.find(|table| table.record() == record);
    make::<CORES>(
        bencher,
        &[table.expect("the schema has a table for each record")],
        Format::Binary,
    );
}

/// The rows of all tables of the mix.
#[divan::bench(consts = [1, 2], max_time = 4)]
fn mix<const CORES: u64>(bencher: Bencher<'_, '_>) {
    let plan = plan(mixed());
    make::<CORES>(bencher, &plan.tables().iter().collect::<Vec<_>>(), Format::Binary);
}

/// The rows of all tables of the mix, on one core, in each format.
#[divan::bench(args = FORMATS, max_time = 1)]
fn encoder(bencher: Bencher<'_, '_>, format: Format) {
    let plan = plan(mixed());
    make::<1>(bencher, &plan.tables().iter().collect::<Vec<_>>(), format);
}

/// As many objects of each kind as the mix has rows.
#[divan::bench(max_time = 4)]
fn mix_of_fake_objects(bencher: Bencher<'_, '_>) {
    let plan = plan(mixed());
    let counts: Vec<(Record, u64)> = plan
        .tables()
        .iter()
        .map(|table| (table.record(), table.row_count()))
        .collect();
    bencher
        .counter(ItemsCount::new(plan.row_count()))
        .bench_local(|| {
            counts
                .iter()
                .for_each(|&(record, rows)| objects::make(record, rows))
        });
}

fn make<const CORES: u64>(bencher: Bencher<'_, '_>, tables: &[&TablePlan], format: Format) {
    let rows: u64 = tables.iter().map(|table| table.row_count()).sum();
    let mut buffers: [Vec<u8>; 2] = Default::default();
    let [buffer, other] = &mut buffers;
    let whole = |table: &TablePlan| 0..table.row_count();
    let bytes: u64 = tables
        .iter()
        .map(|table| encode(table, format, whole(table), buffer))
        .sum();
    bencher
        .counter(ItemsCount::new(rows))
        .counter(BytesCount::new(bytes))
        .bench_local(|| {
            for table in tables {
                let rows = whole(table);
                let middle = rows.end / CORES;
                std::thread::scope(|scope| {
                    if CORES == 2 {
                        scope.spawn(|| encode(table, format, middle..rows.end, other));
                    }
                    encode(table, format, 0..middle, buffer)
                });
            }
        });
}

/// How many bytes those rows are.
fn encode(table: &TablePlan, format: Format, rows: Range<u64>, buffer: &mut Vec<u8>) -> u64 {
    let chunks = rows.clone().step_by(ROWS_PER_CHUNK as usize);
    let bytes = chunks.map(|start| {
        buffer.clear();
        table.encode(format, start..rows.end.min(start + ROWS_PER_CHUNK), buffer);
        divan::black_box(&buffer).len() as u64
    });
    bytes.sum()
}

/// What one administrator has of each record of the mix, a hundred times over.
fn mixed() -> Volume {
    let admin = Volume::ADMIN;
    Volume {
        organizations: admin.organizations * 100,
        contacts: admin.contacts * 100,
        opportunities: admin.opportunities * 100,
        activities: admin.activities * 100,
        contact_notes: admin.contact_notes * 100,
        opportunity_notes: admin.opportunity_notes * 100,
        ..Volume::default()
    }
}

fn plan(volume: Volume) -> Plan {
    let owner = Owner {
        slot: 0,
        user_id: None,
        profile_id: Some(Key::Integer(1)),
        volume,
        earlier: Vec::new(),
    };
    let as_of = "2026-11-22T00:00:00Z".parse().expect("it is an instant");
    let pack = IndustryPack::bundled("food_beverage").expect("it is bundled");
    Plan::new(
        &Catalog::reference(),
        &SeedSpec::new(42, as_of, pack, vec![owner]),
    )
    .expect("the rows fit the schema")
}
