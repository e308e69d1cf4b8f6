//! What single values must be, wherever they stand.

use std::collections::{BTreeMap, BTreeSet};

use seed_core::domain::Record;
use seed_core::industry::{IndustryPack, Phrase, TradeRole};
use seed_core::plan::{Plan, Volume};

use crate::support::{check, plan, rows};

#[test]
fn what_must_be_unique_is() {
    check(|plan| {
        let all_differ = |record, column: &str| {
            let rows = rows(plan, record);
            let values: BTreeSet<&str> = rows.iter().map(|row| row.get(column)).collect();
            assert_eq!(values.len(), rows.len(), "{column} of {record}");
        };
        for record in Record::ALL {
            all_differ(record, "id");
        }
        for column in ["name", "website", "email", "linkedin_url"] {
            all_differ(Record::Organization, column);
        }
        all_differ(Record::Contact, "email");
        all_differ(Record::Tag, "name");
        all_differ(Record::Product, "sku");
        all_differ(Record::Product, "upc");
        let deals = rows(plan, Record::Opportunity);
        let places: BTreeSet<(&str, &str)> = deals
            .iter()
            .map(|deal| (deal.get("stage"), deal.get("index")))
            .collect();
        assert_eq!(places.len(), deals.len());
    });
}

#[test]
fn nobody_real_is_reached() {
    check(|plan| {
        for record in [Record::Organization, Record::Contact] {
            for row in rows(plan, record) {
                let (email, phone) = (row.get("email").to_owned(), row.get("phone").to_owned());
                assert!(email.contains(".example"), "{email}");
                for number in phone.split("(").skip(1) {
                    assert!(number.contains(") 555-01"), "{phone}");
                }
                let url = row.get("linkedin_url");
                assert_eq!(url.split('/').nth(2), Some("www.linkedin.example"));
            }
        }
    });
}

#[test]
fn sizes_are_uneven() {
    let plan = plan("food_beverage", 42, &[Volume::ADMIN]);
    let mut deals: BTreeMap<String, u32> = BTreeMap::new();
    for deal in rows(&plan, Record::Opportunity) {
        *deals
            .entry(deal.get("customer_organization_id").to_owned())
            .or_default() += 1;
    }
    let sizes: Vec<u32> = deals.into_values().collect();
    assert!(
        sizes.contains(&1) && sizes.iter().max().unwrap() >= &6,
        "{sizes:?}"
    );
}

#[test]
fn no_placeholder_is_left() {
    check(|plan| {
        for table in plan.iter().flat_map(Plan::tables) {
            for value in table.sample(table.row_count()).into_iter().flatten().flatten() {
                let is_json = value.starts_with(['{', '[']);
                assert!(is_json || !value.contains(['{', '}']), "{value}");
            }
        }
    });
}

#[test]
fn a_title_is_one_of_its_department_and_no_colleague_has_it() {
    let pack = IndustryPack::bundled("food_beverage").unwrap();
    let plan = plan("food_beverage", 42, &[Volume::ADMIN, Volume::DIRECTOR]);
    let employers: BTreeMap<String, String> = rows(&plan, Record::ContactOrganization)
        .iter()
        .filter(|link| link.get("is_primary") == "true")
        .map(|link| {
            (
                link.get("contact_id").to_owned(),
                link.get("organization_id").to_owned(),
            )
        })
        .collect();
    let mut cards = BTreeSet::new();
    for contact in rows(&plan, Record::Contact) {
        let (title, department) = (contact.get("title").to_owned(), contact.get("department"));
        let of = pack.departments.iter().find(|of| of.name == department).unwrap();
        assert!(of.titles.contains(&title), "{contact:?}");
        assert!(
            cards.insert((&employers[contact.get("id")], title)),
            "{contact:?}"
        );
    }
}

#[test]
fn a_company_is_called_for_its_type_and_the_type_fits_its_role() {
    for (pack, volume) in [("food_beverage", Volume::of_each(400)), ("saas", Volume::ADMIN)] {
        let plan = plan(pack, 42, &[volume]);
        let pack = IndustryPack::bundled(pack).unwrap();
        for organization in rows(&plan, Record::Organization) {
            let industry = organization.get("industry");
            let of_type = pack
                .organization_types
                .iter()
                .find(|of_type| of_type.name == industry)
                .unwrap();
            let name = organization.get("name").split(" of ").next().unwrap();
            assert!(
                of_type
                    .endings
                    .iter()
                    .any(|ending| name.ends_with(&format!(" {ending}"))),
                "{organization:?}"
            );
            let role = match (
                organization.get("is_principal"),
                organization.get("is_distributor"),
            ) {
                ("true", _) => TradeRole::Principal,
                (_, "true") => TradeRole::Distributor,
                _ => TradeRole::Customer,
            };
            assert_eq!(of_type.role, role, "{organization:?}");
        }
    }
}

#[test]
fn owners_of_the_default_volumes_share_no_stem() {
    for name in IndustryPack::names() {
        let plan = plan(name, 42, &[Volume::ADMIN, Volume::DIRECTOR, Volume::MANAGER]);
        let pack = IndustryPack::bundled(name).unwrap();
        let mut stems = BTreeSet::new();
        for organization in rows(&plan, Record::Organization) {
            let name = organization.get("name");
            let is_stem = |stem: &&String| name.starts_with(&format!("{stem} "));
            let stem = pack.organization_stems.iter().find(is_stem).unwrap();
            assert!(stems.insert(stem), "{stem} comes twice");
        }
    }
}

#[test]
fn a_phrase_comes_again_only_when_all_others_were_there() {
    let plan = plan("food_beverage", 42, &[Volume::of_each(200), Volume::of_each(90)]);
    let pack = IndustryPack::bundled("food_beverage").unwrap();
    let check = |record, column: &str, phrases: &[Phrase]| {
        let plain: Vec<String> = phrases
            .iter()
            .map(Phrase::to_string)
            .filter(|phrase| !phrase.contains('{'))
            .collect();
        let mut last: BTreeMap<(String, String), usize> = BTreeMap::new();
        let mut again = 0;
        for (number, row) in rows(&plan, record).iter().enumerate() {
            let Some(text) = row.find(column).map(str::to_owned) else {
                continue;
            };
            if !plain.contains(&text) {
                continue;
            }
            if let Some(before) = last.insert((row.get("created_by").to_owned(), text), number) {
                assert_eq!((number - before) % phrases.len(), 0, "{row:?}");
                again += 1;
            }
        }
        assert!(again > 0, "{column} of {record} never comes again");
    };
    check(Record::ContactNote, "text", &pack.note_phrases);
    check(Record::OpportunityNote, "text", &pack.note_phrases);
    check(Record::Task, "title", &pack.next_actions);
    check(Record::Opportunity, "next_action", &pack.next_actions);
    check(Record::Organization, "notes", &pack.organization_notes);
}

#[test]
fn what_has_not_happened_is_not_told() {
    for name in IndustryPack::names() {
        let plan = plan(name, 42, &[Volume::ADMIN, Volume::DIRECTOR]);
        let pack = IndustryPack::bundled(name).unwrap();
        let words = &pack.activity;
        let told = [&words.meeting, &words.call, &words.email, &words.event]
            .into_iter()
            .flat_map(|words| words.descriptions.iter().map(Phrase::to_string));
        let told: BTreeSet<String> = told.collect();
        let (mut open, mut past) = (0, 0);
        for activity in rows(&plan, Record::Activity) {
            if told.contains(activity.get("description")) {
                assert_eq!(activity.get("status"), "completed", "{activity:?}");
                past += 1;
            }
            open += u32::from(activity.get("status") != "completed");
        }
        assert!(
            open > 20 && past > 20,
            "{open} are open, {past} are told in {name}"
        );
    }
}

#[test]
fn a_note_is_of_the_type_that_it_begins_with() {
    for name in IndustryPack::names() {
        let plan = plan(name, 42, &[Volume::ADMIN]);
        for record in [Record::ContactNote, Record::OpportunityNote] {
            for note in rows(&plan, record) {
                let (text, kind) = (note.get("text"), note.get("type"));
                assert_eq!(text.starts_with("Internal:"), kind == "internal", "{note:?}");
                assert!(!text.starts_with("Walked") || kind == "meeting", "{note:?}");
                assert!(!text.starts_with("Called") || kind == "call", "{note:?}");
            }
        }
    }
}

#[test]
fn a_deal_speaks_of_one_competitor() {
    for name in IndustryPack::names() {
        let plan = plan(name, 42, &[Volume::ADMIN, Volume::DIRECTOR]);
        let pack = IndustryPack::bundled(name).unwrap();
        let named = |text: &str| -> Vec<String> {
            let competitors = pack.competitors.iter();
            competitors
                .filter(|competitor| text.contains(*competitor))
                .cloned()
                .collect()
        };
        let deals = crate::support::by_id(&plan, Record::Opportunity);
        let mut spoken_of = BTreeMap::<String, BTreeSet<String>>::new();
        for (id, deal) in &deals {
            for text in ["description", "next_action"].map(|column| deal.find(column)) {
                for competitor in named(text.unwrap_or_default()) {
                    assert_eq!(deal.find("competition"), Some(&*competitor), "{deal:?}");
                    spoken_of.entry(id.clone()).or_default().insert(competitor);
                }
            }
        }
        for (record, columns) in [
            (Record::Activity, &["subject", "description", "outcome"][..]),
            (Record::Task, &["title"]),
            (Record::OpportunityNote, &["text"]),
        ] {
            for row in rows(&plan, record) {
                let Some(deal) = row.find("opportunity_id") else {
                    continue;
                };
                let of_deal = spoken_of.entry(deal.to_owned()).or_default();
                of_deal.extend(deals[deal].find("competition").map(str::to_owned));
                let texts = columns.iter().filter_map(|column| row.find(column));
                of_deal.extend(texts.flat_map(named));
            }
        }
        assert!(spoken_of.values().any(|competitors| !competitors.is_empty()));
        for (deal, competitors) in spoken_of {
            assert!(competitors.len() <= 1, "{competitors:?} in {:?}", deals[&deal]);
        }
    }
}
