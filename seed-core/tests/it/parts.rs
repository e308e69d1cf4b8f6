//! Parts of a run joined are the run, and need nothing but earlier ones.

use std::collections::{BTreeMap, BTreeSet};

use seed_core::plan::{Part, Plan, Volume};

use crate::support;

fn three_owners() -> Plan {
    let volumes = [Volume::ADMIN, Volume::DIRECTOR, Volume::MANAGER];
    support::plan("food_beverage", 42, &volumes)
}

const COUNTS: [u32; 5] = [1, 2, 3, 7, 16];

/// The bytes of each table.
fn bytes(plan: &Plan, parts: impl Iterator<Item = Part>) -> BTreeMap<String, Vec<u8>> {
    let mut tables: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for piece in parts.flat_map(|part| plan.pieces(part)) {
        let table = piece.table();
        table.encode_binary(
            piece.rows.clone(),
            tables.entry(table.name().to_owned()).or_default(),
        );
    }
    tables
}

#[test]
fn parts_joined_are_the_whole() {
    let plan = three_owners();
    let mut whole = BTreeMap::new();
    for table in plan.tables() {
        let mut rows = Vec::new();
        table.encode_binary(0..table.row_count(), &mut rows);
        whole.insert(table.name().to_owned(), rows);
    }
    for of in COUNTS {
        assert!(bytes(&plan, Part::all(of)) == whole, "{of} parts");
        let rows = |part| -> u64 {
            plan.pieces(part)
                .iter()
                .map(|piece| piece.rows.end - piece.rows.start)
                .sum()
        };
        let rows: BTreeSet<u64> = Part::all(of).map(rows).collect();
        let (least, most) = (rows.first().unwrap(), rows.last().unwrap());
        assert!(most - least <= 1, "{of} parts have {rows:?} rows");
    }
}

#[test]
fn a_part_waits_for_what_its_rows_point_at_and_for_nothing_later() {
    let plan = three_owners();
    let tables = |part: Part| -> BTreeSet<&str> {
        plan.pieces(part)
            .iter()
            .map(|piece| piece.table().name())
            .collect()
    };
    for of in COUNTS {
        for part in Part::all(of) {
            let before = plan.parts_before(part, |_| false);
            assert!(before.iter().all(|number| *number < part.number()), "{part}");
            let people = |earlier: Part| tables(earlier).contains("contacts");
            if tables(part).contains("activities") {
                let needed = Part::all(of).take(part.number() as usize - 1);
                let needed: Vec<u32> = needed
                    .filter(|&earlier| people(earlier))
                    .map(Part::number)
                    .collect();
                assert!(needed.iter().all(|number| before.contains(number)), "{part}");
            }
        }
    }
    // To-dos do not point at activities, unless these are said to come first.
    let last = Part::new(16, 16).unwrap();
    assert_eq!(tables(last), BTreeSet::from(["tasks"]));
    let of_activities = Part::all(16)
        .filter(|&part| tables(part) == BTreeSet::from(["activities"]))
        .map(Part::number);
    let of_activities: BTreeSet<u32> = of_activities.collect();
    assert!(!of_activities.is_empty());
    assert!(plan.parts_before(last, |_| false).is_disjoint(&of_activities));
    let before = plan.parts_before(last, |table| table.name() == "activities");
    assert!(before.is_superset(&of_activities));
}
