//! Counts: what is asked for is what comes, and what contradicts itself is refused.

use std::collections::BTreeSet;

use seed_core::catalog::{Catalog, Table};
use seed_core::domain::Record;
use seed_core::industry::Cents;
use seed_core::plan::{Key, Plan, PlanError, SeedSpec, Volume};
use seed_core::spec::{PresentPrincipal, PresentTag};

use crate::support::{plan, reference, rows, spec, table};

#[test]
fn the_default_volumes_are_those_of_the_roles() {
    let plan = plan(
        "food_beverage",
        42,
        &[Volume::ADMIN, Volume::DIRECTOR, Volume::MANAGER],
    );
    let check = |record, expect: [u64; 3]| {
        let table = table(&plan, record);
        assert_eq!([0, 1, 2].map(|slot| table.rows_of(slot)), expect, "{record}");
    };
    check(Record::Organization, [50, 30, 20]);
    check(Record::Contact, [100, 60, 40]);
    check(Record::Opportunity, [75, 40, 25]);
    check(Record::Activity, [200, 120, 80]);
    check(Record::OpportunityNote, [90, 54, 36]);
    check(Record::ContactNote, [60, 36, 24]);
    check(Record::Product, [100, 0, 0]);
    check(Record::Task, [100, 60, 40]);
    assert_eq!(table(&plan, Record::Tag).row_count(), 20);
}

#[test]
fn existing_tags_are_used_and_not_written_again() {
    let mut spec = spec("saas", 42, &[Volume::MANAGER]);
    let all = Plan::new(&reference(), &spec).unwrap();
    let names: Vec<String> = rows(&all, Record::Tag)
        .iter()
        .map(|tag| tag.get("name").to_owned())
        .collect();
    let present = [
        names[3].clone(),
        format!("{} 2", names[4]),
        "something else".into(),
    ];
    spec.present.tags = present.map(|name| PresentTag { name, key: None }).into();
    let plan = Plan::new(&reference(), &spec).unwrap();
    let left = rows(&plan, Record::Tag);
    assert_eq!(left.len(), 19);
    assert!(left.iter().all(|tag| tag.get("name") != names[3]));
    assert_eq!(left[3].get("id"), rows(&all, Record::Tag)[4].get("id"));
    assert_eq!(
        table(&plan, Record::Contact).digest(),
        table(&all, Record::Contact).digest()
    );
}

#[test]
fn tags_of_another_pack_or_with_other_names_keep_their_keys() {
    let tags_of = |pack: &str, present: Vec<PresentTag>| {
        let mut spec = spec(pack, 42, &[Volume::MANAGER]);
        spec.present.tags = present;
        rows(&Plan::new(&reference(), &spec).unwrap(), Record::Tag)
    };
    let present = |tag: &crate::support::Row| PresentTag {
        name: tag.get("name").to_owned(),
        key: Some(Key::Uuid(tag.get("id").parse().unwrap())),
    };
    let mut there: Vec<PresentTag> = tags_of("saas", Vec::new()).iter().map(present).collect();
    there[0].name = "renamed".into();
    for pack in ["saas", "food_beverage", "healthcare"] {
        let added = tags_of(pack, there.clone());
        assert!(!added.is_empty());
        there.extend(added.iter().map(present));
        let keys: BTreeSet<Option<Key>> = there.iter().map(|tag| tag.key).collect();
        assert_eq!(keys.len(), there.len(), "{pack}");
    }
}

#[test]
fn a_catalogue_is_spread_over_the_principals_that_are_there() {
    let mut spec = spec(
        "food_beverage",
        42,
        &[Volume {
            products: 40,
            ..Volume::default()
        }],
    );
    let present = [1, 2, 3].map(|number| PresentPrincipal {
        key: Key::Uuid(uuid::Uuid::from_u128(number)),
        name: format!("Mill {number}"),
        created_at: "2026-11-01T00:00:00Z".parse().unwrap(),
    });
    spec.present.principals = present.into();
    let plan = Plan::new(&reference(), &spec).unwrap();
    let products = rows(&plan, Record::Product);
    let of = |number: u128| {
        let id = uuid::Uuid::from_u128(number).to_string();
        let own = products
            .iter()
            .filter(|product| product.get("principal_id") == id);
        own.inspect(|product| assert_eq!(product.get("brand"), format!("Mill {number}")))
            .count()
    };
    assert!(of(1) > 0 && of(2) > 0 && of(3) > 0);
    assert_eq!(of(1) + of(2) + of(3), 40);
    assert!(
        products
            .iter()
            .all(|product| product.get("created_at") >= "2026-11-01")
    );
}

#[test]
fn more_tags_than_the_pack_has_get_numbers() {
    let plan = plan(
        "saas",
        42,
        &[Volume {
            tags: 45,
            ..Volume::MANAGER
        }],
    );
    let last = &rows(&plan, Record::Tag)[44];
    assert!(last.get("name").ends_with(" 3"), "{last:?}");
}

#[test]
fn nothing_is_a_volume_too() {
    let plan = plan("saas", 42, &[Volume::default()]);
    assert_eq!(plan.row_count(), 0);
    assert!(plan.tables().iter().all(|table| table.sample(5).is_empty()));
}

#[test]
fn notes_without_deals_are_about_people() {
    let plan = plan(
        "saas",
        42,
        &[Volume {
            opportunities: 0,
            ..Volume::MANAGER
        }],
    );
    assert_eq!(table(&plan, Record::ContactNote).row_count(), 60);
    assert!(
        rows(&plan, Record::Activity)
            .iter()
            .all(|activity| activity.find("opportunity_id").is_none())
    );
}

fn check_refused(change: impl FnOnce(&mut SeedSpec), message: &str, hint: &str) {
    let mut spec = spec("saas", 42, &[Volume::MANAGER, Volume::MANAGER]);
    change(&mut spec);
    let error = Plan::new(&reference(), &spec).unwrap_err();
    assert!(error.to_string().contains(message), "{error}");
    assert!(error.hint().contains(hint), "{}", error.hint());
}

#[test]
fn contradictions_are_refused_with_what_to_do() {
    check_refused(
        |spec| spec.owners[0].volume.organizations = 0,
        "40 contacts are asked for, and no organizations",
        "`--tables` or `rows` of `seedbed.toml` leave them out, name them there too",
    );
    check_refused(
        |spec| spec.owners[1].volume.contacts = 0,
        "25 opportunities are asked for, and no contacts",
        "--contacts 1",
    );
    check_refused(
        |spec| spec.as_of = jiff::Timestamp::MIN,
        "between 1970 and 2099",
        "--as-of",
    );
    check_refused(|spec| spec.owners[1].slot = 0, "slot 0", "slot of its own");
    check_refused(
        |spec| spec.pipeline.default_stage = "won".into(),
        "the default stage `won` is none of",
        "OPPORTUNITY_DEFAULT_STAGE",
    );
    check_refused(
        |spec| spec.pipeline.stages.clear(),
        "no stages",
        "OPPORTUNITY_PIPELINE_STAGES",
    );
    check_refused(
        |spec| spec.pipeline.default_probability = 101,
        "101",
        "OPPORTUNITY_DEFAULT_PROBABILITY",
    );
    check_refused(
        |spec| spec.pipeline.max_amount = Cents(0),
        "not above 0",
        "OPPORTUNITY_MAX_AMOUNT",
    );
}

#[test]
fn an_empty_database_is_said_to_be_one() {
    let error = without_homes(&[]);
    assert!(error.to_string().ends_with("can be seeded"), "{error}");
    assert!(error.hint().contains("cargo xtask migrate"), "{}", error.hint());
}

#[test]
fn a_database_of_other_tables_has_them_named() {
    let names = ["firms", "a", "b", "c", "d", "e", "f", "g", "h"];
    let error = without_homes(&names);
    let all = "there are `public.firms`, `public.a`, `public.b`, `public.c`, `public.d`, `public.e`, `public.f`, \
               `public.g` and 1 more";
    assert!(error.to_string().ends_with(all), "{error}");
    let lines = "`seedbed.toml` which table holds what, as in `[tables.firms]` `record = \"organizations\"`";
    assert!(error.hint().contains(lines), "{}", error.hint());
}

/// What is said of a database with tables of these names, none of which we know.
fn without_homes(names: &[&str]) -> PlanError {
    let tables = names.iter().map(|name| Table {
        schema: "public".into(),
        name: (*name).to_owned(),
        ..Table::default()
    });
    let catalog = Catalog {
        tables: tables.collect(),
    };
    Plan::new(&catalog, &spec("saas", 42, &[Volume::MANAGER])).unwrap_err()
}

#[test]
fn amounts_and_stages_follow_the_pipeline() {
    let mut spec = spec("saas", 42, &[Volume::ADMIN]);
    spec.pipeline.stages = vec!["tasting".into(), "closed_won".into()];
    spec.pipeline.default_stage = "tasting".into();
    spec.pipeline.default_probability = 35;
    spec.pipeline.default_category = "renewal".into();
    spec.pipeline.max_amount = Cents(500_000);
    let plan = Plan::new(&reference(), &spec).unwrap();
    let deals = rows(&plan, Record::Opportunity);
    assert!(deals.iter().all(|deal| deal.cents("amount") <= 500_000));
    let tastings: Vec<_> = deals
        .iter()
        .filter(|deal| deal.get("stage") == "tasting")
        .collect();
    assert!(tastings.len() * 2 > deals.len() && tastings.len() < deals.len());
    assert!(
        tastings
            .iter()
            .all(|deal| (deal.get("status"), deal.get("probability")) == ("open", "35"))
    );
    assert!(
        deals
            .iter()
            .filter(|deal| deal.get("category") == "renewal")
            .count()
            * 2
            > deals.len()
    );
}
