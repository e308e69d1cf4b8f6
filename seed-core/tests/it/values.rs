//! What single values must be, wherever they stand.

use std::collections::{BTreeMap, BTreeSet};

use seed_core::domain::Record;
use seed_core::plan::Volume;

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
        for table in plan.tables() {
            for value in table.sample(table.row_count()).into_iter().flatten().flatten() {
                let is_json = value.starts_with(['{', '[']);
                assert!(is_json || !value.contains(['{', '}']), "{value}");
            }
        }
    });
}
