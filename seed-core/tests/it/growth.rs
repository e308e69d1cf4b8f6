//! Invariants 1 and 2: parts joined are the whole, and growing keeps what is there.

use std::collections::BTreeSet;

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
    fn parts_joined_are_the_whole(seed: u64, parts in 1..9_u64) {
        let plan = plan("food_beverage", seed, &[Volume::of_each(23), Volume::of_each(5)]);
        for table in plan.tables() {
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
fn owners_do_not_touch_each_other() {
    let before = plan("saas", 42, &[Volume::ADMIN, Volume::DIRECTOR, Volume::MANAGER]);
    let after = plan("saas", 42, &[Volume::ADMIN, Volume::of_each(7), Volume::MANAGER]);
    for table_before in before.tables() {
        let table_after = table(&after, table_before.record());
        let admins = table_before.rows_of(0);
        assert_eq!(bytes(table_before, 0..admins), bytes(table_after, 0..admins));
        let tail = |table: &TablePlan| bytes(table, table.row_count() - table.rows_of(2)..table.row_count());
        assert_eq!(tail(table_before), tail(table_after), "{}", table_before.record());
    }
}

#[test]
fn a_missing_column_changes_no_other() {
    let whole = plan("saas", 42, &[Volume::MANAGER]);
    let mut catalog = reference();
    table_mut(&mut catalog, "contacts")
        .columns
        .retain(|column| column.name != "first_name" && column.name != "tags");
    let without = Plan::new(&catalog, &spec("saas", 42, &[Volume::MANAGER])).unwrap();
    let columns = |plan: &Plan| {
        let table = table(plan, Record::Contact);
        let names: Vec<String> = table
            .binding()
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect();
        let keep: Vec<usize> = (0..names.len())
            .filter(|&at| !["first_name", "tags"].contains(&names[at].as_str()))
            .collect();
        let rows = table.sample(table.row_count());
        rows.into_iter()
            .map(|row| keep.iter().map(|&at| row[at].clone()).collect())
            .collect::<Vec<Vec<_>>>()
    };
    assert_eq!(columns(&whole), columns(&without));
    for record in Record::ALL
        .into_iter()
        .filter(|record| *record != Record::Contact)
    {
        assert_eq!(table(&whole, record).digest(), table(&without, record).digest());
    }
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
