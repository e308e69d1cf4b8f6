//! Runs that add to each other, in any sequence: nothing comes twice, and what is pointed at is there.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use seed_core::catalog::{Catalog, ColumnType};
use seed_core::domain::Record;
use seed_core::plan::{Key, Plan, Volume};
use seed_core::spec::SeededRows;

use crate::support::{Plans, reference, rows, runs, spec, table_mut};

/// What a run adds, from nothing to more than its parents have room for.
fn volume() -> impl Strategy<Value = Volume> {
    let few = |most: u64| prop_oneof![Just(0), 0..5_u64, 0..most];
    (
        few(25),
        few(120),
        few(150),
        few(80),
        few(60),
        few(30),
        few(70),
        few(60),
    )
        .prop_map(
            |(organizations, contacts, opportunities, activities, notes, tags, products, tasks)| Volume {
                organizations,
                contacts,
                opportunities,
                activities,
                tags,
                products,
                tasks,
                ..Volume::default().with_notes(notes)
            },
        )
}

/// What runs add one after the other; the first brings something that all others can belong to.
fn sequence() -> impl Strategy<Value = Vec<Volume>> {
    let first = volume().prop_map(|volume| volume.plus(&Volume::of_each(1)));
    (first, prop::collection::vec(volume(), 1..4))
        .prop_map(|(first, further)| [vec![first], further].concat())
}

fn check_unique(plans: &(impl Plans + ?Sized), record: Record, columns: &[&str]) {
    let rows = rows(plans, record);
    let values: BTreeSet<Vec<Option<&str>>> = rows
        .iter()
        .map(|row| columns.iter().map(|column| row.find(column)).collect())
        .collect();
    assert_eq!(values.len(), rows.len(), "{columns:?} of {record}");
}

/// Every key, every unique key, and every foreign key between tables that are filled.
fn check_keys(catalog: &Catalog, plans: &(impl Plans + ?Sized)) {
    let mut ids: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for table in plans.plans()[0].tables() {
        let record = table.record();
        check_unique(plans, record, &["id"]);
        let keys = rows(plans, record)
            .iter()
            .map(|row| row.get("id").to_owned())
            .collect();
        ids.insert(table.name(), keys);
    }
    let live = |name: &str| catalog.tables.iter().find(|table| table.name == name).unwrap();
    for table in plans.plans()[0].tables() {
        for key in live(table.name()).unique.iter().filter(|key| !key.partial) {
            let columns: Vec<&str> = key.columns.iter().map(String::as_str).collect();
            check_unique(plans, table.record(), &columns);
        }
        for row in rows(plans, table.record()) {
            for key in &live(table.name()).foreign_keys {
                let (Some(parents), [column]) =
                    (ids.get(key.referenced_table.as_str()), key.columns.as_slice())
                else {
                    continue;
                };
                let leads_somewhere = row.find(column).is_none_or(|parent| parents.contains(parent));
                assert!(leads_somewhere, "{column} of {row:?}");
            }
        }
    }
    let people = &ids["contacts"];
    let is_there = |id: &serde_json::Value| match id {
        serde_json::Value::String(id) => people.contains(id),
        id => people.contains(&id.to_string()),
    };
    for deal in rows(plans, Record::Opportunity) {
        assert!(
            deal.json("contact_ids").as_array().unwrap().iter().all(is_there),
            "{deal:?}"
        );
    }
    for activity in rows(plans, Record::Activity) {
        if activity.find("participants").is_some() {
            let participants = activity.json("participants");
            let mut participants = participants.as_array().unwrap().iter();
            assert!(
                participants.all(|entry| is_there(&entry["contact_id"])),
                "{activity:?}"
            );
        }
    }
}

/// The reference schema with integers for keys.
fn with_integers() -> Catalog {
    let mut catalog = reference();
    for table in &mut catalog.tables {
        for column in table
            .columns
            .iter_mut()
            .filter(|column| column.kind == ColumnType::Uuid)
        {
            column.kind = ColumnType::BigInt;
        }
    }
    catalog
}

/// Sets the sequences behind what the plan writes, and tells where its rows are.
fn write(catalog: &mut Catalog, plan: &Plan) -> Vec<SeededRows> {
    let integer = |key| match key {
        Some(Key::Integer(key)) => key,
        other => panic!("{other:?} is no integer"),
    };
    let mut written = Vec::new();
    for table in plan.tables() {
        let keys: Vec<i64> = (0..table.row_count())
            .map(|row| integer(table.key(row)))
            .collect();
        for (slot, range) in table.parts() {
            let own = &keys[range.start as usize..range.end as usize];
            written.push(SeededRows {
                schema: "public".into(),
                table: table.name().into(),
                slot,
                first_row: table.numbers(range.clone()).start,
                rows: range.end - range.start,
                first_key: own[0],
                key_step: own.get(1).map_or(1, |second| second - own[0]),
            });
        }
        if let Some(last) = keys.iter().max() {
            let columns = &mut table_mut(catalog, table.name()).columns;
            let id = columns.iter_mut().find(|column| column.name == "id");
            id.unwrap().next_key = Some(last + 1);
        }
    }
    written
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn keys_are_unique_and_lead_somewhere_after_any_runs(seed: u64, volumes in sequence()) {
        let runs = runs("food_beverage", seed, &volumes);
        check_keys(&reference(), &runs[..]);
        for column in ["name", "website", "email", "linkedin_url"] {
            check_unique(&runs[..], Record::Organization, &[column]);
        }
        check_unique(&runs[..], Record::Contact, &["email"]);
        check_unique(&runs[..], Record::Product, &["upc"]);
        check_unique(&runs[..], Record::Opportunity, &["stage", "index"]);
    }

    #[test]
    fn integers_of_earlier_runs_are_pointed_at_where_they_are(
        seed: u64,
        volumes in sequence(),
        others in sequence(),
    ) {
        // Tags go on from those that are there, which is the other property's matter.
        let both = [volumes, others].map(|volumes| {
            let untagged = volumes.into_iter().map(|volume| Volume { tags: 0, ..volume });
            untagged.collect::<Vec<_>>()
        });
        let mut catalog = with_integers();
        let mut plans: Vec<Plan> = Vec::new();
        let mut seeded = Vec::new();
        for round in 0..both[0].len().min(both[1].len()) {
            let mut spec = spec("saas", seed, &both.each_ref().map(|volumes| volumes[round]));
            for (owner, volumes) in spec.owners.iter_mut().zip(&both) {
                owner.earlier = volumes[..round].to_vec();
            }
            spec.present.seeded = seeded.clone();
            let plan = Plan::new(&catalog, &spec).unwrap();
            seeded.extend(write(&mut catalog, &plan));
            plans.push(plan);
        }
        check_keys(&with_integers(), &plans[..]);
    }
}

#[test]
fn counts_above_every_list_stay_unique() {
    let many = Volume {
        organizations: 3000,
        contacts: 3000,
        tags: 500,
        products: 2000,
        ..Volume::default()
    };
    let some = Volume {
        organizations: 700,
        products: 700,
        ..Volume::default()
    };
    for pack in seed_core::industry::IndustryPack::names() {
        let plan = crate::support::plan(pack, 42, &[many, some]);
        for column in ["name", "website", "email", "linkedin_url"] {
            check_unique(&plan, Record::Organization, &[column]);
        }
        check_unique(&plan, Record::Contact, &["email"]);
        check_unique(&plan, Record::Tag, &["name"]);
        for column in ["sku", "upc"] {
            check_unique(&plan, Record::Product, &[column]);
        }
        let names: BTreeSet<String> = rows(&plan, Record::Product)[..2000]
            .iter()
            .map(|product| product.get("name").to_owned())
            .collect();
        assert_eq!(names.len(), 2000, "names of products in {pack}");
    }
}
