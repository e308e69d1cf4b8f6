//! The schema of Atomic CRM as people have it: other names, integer keys, arrays of ids, camel case.

use seed_core::catalog::Catalog;
use seed_core::domain::{Field, Record};
use seed_core::plan::{Plan, Volume};

use crate::support::{Row, by_id, rows, spec, table};

fn plan() -> Plan {
    let catalog: Catalog = serde_json::from_str(include_str!("../catalogs/atomic_crm.json")).unwrap();
    let volumes = [Volume::ADMIN, Volume::DIRECTOR, Volume::MANAGER];
    Plan::new(&catalog, &spec("saas", 42, &volumes)).unwrap()
}

fn ids(row: &Row, column: &str) -> Vec<String> {
    row.get(column)
        .trim_matches(['{', '}'])
        .split(',')
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_table_is_found_under_its_own_name() {
    let plan = plan();
    let name = |record| plan.binding(record).map(|binding| binding.table.as_str());
    assert_eq!(name(Record::Organization), Some("companies"));
    assert_eq!(name(Record::Opportunity), Some("deals"));
    assert_eq!(name(Record::ContactNote), Some("contactNotes"));
    assert_eq!(name(Record::OpportunityNote), Some("dealNotes"));
    assert_eq!(name(Record::ContactOrganization), None);
    assert!(
        table(&plan, Record::ContactNote)
            .copy_statement()
            .starts_with("COPY \"public\".\"contactNotes\"")
    );
    assert_eq!(
        plan.binding(Record::Organization).unwrap().column(Field::State),
        Some("stateAbbr")
    );
}

#[test]
fn references_hold_over_integer_keys() {
    let plan = plan();
    let (companies, contacts) = (by_id(&plan, Record::Organization), by_id(&plan, Record::Contact));
    let deals = by_id(&plan, Record::Opportunity);
    assert_eq!((companies.len(), contacts.len(), deals.len()), (100, 200, 140));
    assert!(
        contacts
            .values()
            .all(|contact| companies.contains_key(contact.get("company_id")))
    );
    for deal in deals.values() {
        for contact in ids(deal, "contact_ids") {
            assert_eq!(contacts[&contact].get("company_id"), deal.get("company_id"));
        }
    }
    for note in rows(&plan, Record::OpportunityNote) {
        assert_eq!(note.get("sales_id"), deals[note.get("deal_id")].get("sales_id"));
    }
}

#[test]
fn values_take_the_types_of_the_columns() {
    let plan = plan();
    let deal = &rows(&plan, Record::Opportunity)[0];
    assert!(deal.get("amount").parse::<i64>().unwrap() > 0);
    let contact = &rows(&plan, Record::Contact)[0];
    assert!(
        contact.json("email_jsonb")[0]["email"]
            .as_str()
            .unwrap()
            .ends_with(".example")
    );
    assert!(
        rows(&plan, Record::Task)
            .iter()
            .any(|task| task.find("done_date").is_some())
    );
}

#[test]
fn people_carry_the_keys_of_tags() {
    let plan = plan();
    let (tags, mut used) = (by_id(&plan, Record::Tag), 0);
    for contact in rows(&plan, Record::Contact) {
        for tag in ids(&contact, "tags").iter().filter(|tag| !tag.is_empty()) {
            assert!(tags.contains_key(tag), "{contact:?}");
            used += 1;
        }
    }
    assert!(used > 50, "{used}");
}

#[test]
fn a_closed_deal_stays_on_the_board() {
    let archived = Field::ActualCloseDate;
    assert_eq!(
        plan().binding(Record::Opportunity).unwrap().column(archived),
        None
    );
}
