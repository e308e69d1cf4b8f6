//! Invariants 1 and 2: parts joined are the whole, and growing keeps what is there.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use seed_core::catalog::ColumnType;
use seed_core::domain::Record;
use seed_core::plan::{Plan, TablePlan, Volume};
use seed_core::spec::SeededRows;

use crate::support::{column_mut, plan, reference, rows, runs, spec, table, table_mut};

fn bytes(table: &TablePlan, range: std::ops::Range<u64>) -> Vec<u8> {
    let mut bytes = Vec::new();
    table.encode_binary(range, &mut bytes);
    bytes
}

/// Every row of the smaller plan is in the larger one, byte for byte, in the same place.
fn check_prefix(smaller: &Plan, larger: &Plan) {
    for before in smaller.tables() {
        let after = table(larger, before.record());
        assert!(after.row_count() >= before.row_count());
        let rows = before.row_count();
        assert_eq!(before.sample(rows), after.sample(rows), "{}", before.record());
        assert_eq!(
            bytes(before, 0..rows),
            bytes(after, 0..rows),
            "{}",
            before.record()
        );
    }
}

fn grown(mut volume: Volume, count: usize, more: u64) -> Volume {
    let counts = [
        &mut volume.organizations,
        &mut volume.contacts,
        &mut volume.opportunities,
        &mut volume.activities,
        &mut volume.contact_notes,
        &mut volume.opportunity_notes,
        &mut volume.products,
        &mut volume.tasks,
    ];
    *counts.into_iter().nth(count).unwrap() += more;
    volume
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn parts_joined_are_the_whole(seed: u64, parts in 1..9_u64, sizes in [1..60_u64, 1..60_u64]) {
        let [first, second] = sizes.map(Volume::of_each);
        let crowd = Volume { contacts: 90, activities: 200, ..first };
        let plans = [vec![plan("food_beverage", seed, &[first, second])], runs("saas", seed, &[first, crowd])];
        for table in plans.iter().flatten().flat_map(Plan::tables) {
            let rows = table.row_count();
            let joined: Vec<u8> = std::thread::scope(|scope| {
                let workers: Vec<_> = (0..parts)
                    .map(|part| scope.spawn(move || bytes(table, rows * part / parts..rows * (part + 1) / parts)))
                    .collect();
                workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
            });
            prop_assert_eq!(joined, bytes(table, 0..rows));
        }
    }

    #[test]
    fn owners_do_not_touch_each_other(seed: u64, sizes in [1..60_u64, 0..60_u64, 1..60_u64], other in 0..90_u64) {
        let volumes = sizes.map(|size| Volume { tags: 20, ..Volume::of_each(size) });
        let before = plan("saas", seed, &volumes);
        let changed = Volume { tags: 20, ..Volume::of_each(other) };
        let after = plan("saas", seed, &[volumes[0], changed, volumes[2]]);
        for table_before in before.tables() {
            let table_after = table(&after, table_before.record());
            let ends = |table: &TablePlan| {
                let (rows, last) = (table.row_count(), table.rows_of(2));
                (bytes(table, 0..table.rows_of(0)), bytes(table, rows - last..rows))
            };
            prop_assert!(ends(table_before) == ends(table_after), "{}", table_before.record());
        }
    }

    #[test]
    fn growing_all_counts_keeps_the_rows(seed: u64, count in 1..60_u64, more in 0..200_u64) {
        let tags = |count| Volume { tags: 20, ..Volume::of_each(count) };
        check_prefix(&plan("saas", seed, &[tags(count)]), &plan("saas", seed, &[tags(count + more)]));
    }

    #[test]
    fn growing_one_count_keeps_the_rows(seed: u64, which in 0..7_usize, more in 1..100_u64, size in 1..40_u64) {
        for volume in [Volume::ADMIN, Volume::DIRECTOR, Volume::MANAGER, Volume::UNOWNED, Volume::of_each(size)] {
            let volume = Volume { tags: 20, ..volume };
            let grown = grown(volume, which, more);
            check_prefix(&plan("saas", seed, &[volume]), &plan("saas", seed, &[grown]));
        }
    }
}

#[test]
fn a_run_that_adds_goes_on_where_the_one_before_ended() {
    let more = Volume {
        activities: 30,
        tasks: 7,
        products: 12,
        ..Volume::default().with_notes(15)
    };
    let [first, second] = runs("saas", 42, &[Volume::ADMIN, more]).try_into().unwrap();
    let whole = plan("saas", 42, &[Volume::ADMIN.plus(&more)]);
    for table_of_all in whole.tables() {
        let record = table_of_all.record();
        let parts = [table(&first, record), table(&second, record)];
        let [before, after] = parts.map(|part| bytes(part, 0..part.row_count()));
        assert_eq!(
            [before, after].concat(),
            bytes(table_of_all, 0..table_of_all.row_count()),
            "{record}"
        );
    }
}

#[test]
fn integer_keys_of_earlier_runs_are_pointed_at_where_they_are() {
    let mut catalog = reference();
    let id = column_mut(&mut catalog, "organizations", "id");
    (id.kind, id.next_key) = (ColumnType::BigInt, Some(900));
    for (table, column) in [
        ("organizations", "parent_organization_id"),
        ("contact_organizations", "organization_id"),
        ("products", "principal_id"),
        ("opportunities", "customer_organization_id"),
        ("opportunities", "principal_organization_id"),
    ] {
        column_mut(&mut catalog, table, column).kind = ColumnType::BigInt;
    }
    let products = Volume {
        products: 60,
        organizations: 2,
        ..Volume::default()
    };
    let mut spec = spec("saas", 42, &[products]);
    spec.owners[0].earlier = vec![Volume::of_each(20)];
    spec.present.seeded = vec![SeededRows {
        schema: "public".into(),
        table: "organizations".into(),
        slot: 0,
        first_row: 0,
        rows: 20,
        first_key: 100,
        key_step: 4,
    }];
    let plan = Plan::new(&catalog, &spec).unwrap();
    let keys = |record, column: &str| -> BTreeSet<String> {
        rows(&plan, record)
            .iter()
            .map(|row| row.get(column).to_owned())
            .collect()
    };
    assert_eq!(
        keys(Record::Organization, "id"),
        BTreeSet::from(["900".to_owned(), "904".to_owned()])
    );
    // The principals are the organizations 0, 5, 11, 16 and 21; the first has its products from the run before.
    assert_eq!(
        keys(Record::Product, "principal_id"),
        ["120", "144", "164", "904"].map(str::to_owned).into()
    );
}

#[test]
fn a_column_more_or_less_changes_no_other() {
    let volumes = [Volume::of_each(25), Volume::of_each(3)];
    let catalog = reference();
    let whole = plan("saas", 42, &volumes);
    let filled = whole
        .tables()
        .iter()
        .flat_map(|table| table.binding().columns.iter().map(move |column| (table, column)));
    for (table, column) in filled.filter(|(_, column)| column.name != "id") {
        let mut catalog = catalog.clone();
        let live = table_mut(&mut catalog, table.name());
        live.columns.retain(|own| own.name != column.name);
        live.foreign_keys
            .retain(|key| !key.columns.contains(&column.name));
        live.unique.retain(|key| !key.columns.contains(&column.name));
        live.checks.retain(|check| !check.columns.contains(&column.name));
        let without = Plan::new(&catalog, &spec("saas", 42, &volumes)).unwrap();
        for (before, after) in whole.tables().iter().zip(without.tables()) {
            assert_same_columns(before, after, &column.name);
        }
    }
}

/// Each column of `after` stands in `before` with the same values, and no other is missing than `left_out`.
#[track_caller]
fn assert_same_columns(before: &TablePlan, after: &TablePlan, left_out: &str) {
    let columns = |table: &TablePlan| -> BTreeMap<String, Vec<Option<String>>> {
        let rows = table.sample(table.row_count());
        let columns = table.binding().columns.iter().enumerate();
        columns
            .map(|(at, column)| {
                (
                    column.name.clone(),
                    rows.iter().map(|row| row[at].clone()).collect(),
                )
            })
            .collect()
    };
    let (mut before_columns, after_columns) = (columns(before), columns(after));
    if after_columns.len() < before_columns.len() {
        before_columns.remove(left_out);
    }
    assert!(
        before_columns == after_columns,
        "{} without `{left_out}`: other columns are not what they were",
        before.name()
    );
}

#[test]
fn the_seed_decides_the_bytes() {
    let digest = |pack, seed| plan(pack, seed, &[Volume::MANAGER]).digest();
    assert_eq!(digest("saas", 42), digest("saas", 42));
    assert_ne!(digest("saas", 42), digest("saas", 43));
    assert_ne!(digest("saas", 42), digest("food_beverage", 42));
}

#[test]
fn the_reference_instant_moves_everything() {
    let mut later = spec("saas", 42, &[Volume::MANAGER]);
    later.as_of = "2027-11-22T00:00:00Z".parse().unwrap();
    let later = Plan::new(&reference(), &later).unwrap();
    let now = plan("saas", 42, &[Volume::MANAGER]);
    let year = |plan: &Plan| crate::support::rows(plan, Record::Opportunity)[0].year("created_at");
    assert_eq!(year(&later), year(&now) + 1);
}
