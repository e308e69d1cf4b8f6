//! Lists of the mock provider: filters, order and pages are those of PostgREST.

use seed_core::factory::{Opportunity, Records};
use seed_core::mock::{DataProvider, GetList, GetMany, GetManyReference, GetOne, MockDataProvider};
use serde_json::{Value, json};

fn numbers(values: &[Value]) -> MockDataProvider {
    let rows = values
        .iter()
        .zip(1..)
        .map(|(value, id)| json!({ "id": id, "value": value, "word": format!("w{id}") }));
    MockDataProvider::new().with("numbers", rows)
}

/// The ids of the rows of `numbers` that a list gives.
fn ids(provider: &MockDataProvider, list: GetList) -> Vec<i64> {
    let list = provider.get_list("numbers", list).unwrap();
    list.data.iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

#[test]
fn filters_are_those_of_postgrest() {
    let values = [json!(5), json!(7.5), json!(10), Value::Null, json!(7)];
    let provider = numbers(&values);
    let check = |filter: &str, value: Value, expect: &[i64]| {
        assert_eq!(
            ids(&provider, GetList::all().filter(filter, value.clone())),
            expect,
            "{filter} {value}"
        );
    };
    check("value", json!(5), &[1]);
    check("value@eq", json!("7.5"), &[2]);
    check("value@neq", json!(5), &[2, 3, 5]);
    check("value@gt", json!(7), &[2, 3]);
    check("value@gte", json!("7"), &[2, 3, 5]);
    check("value@lt", json!(7), &[1]);
    check("value@lte", json!(7), &[1, 5]);
    check("value@in", json!("(5,10)"), &[1, 3]);
    check("value@in", json!([5, 10]), &[1, 3]);
    check("value@not.in", json!([5, 10]), &[2, 5]);
    check("value@is", json!("null"), &[4]);
    check("value@is", Value::Null, &[4]);
    check("value@not.is", json!("null"), &[1, 2, 3, 5]);
    check("word@like", json!("W1"), &[]);
    check("word@ilike", json!("W1"), &[1]);
    check("word@ilike", json!("w%"), &[1, 2, 3, 4, 5]);
    check("word@ilike", json!("w_"), &[1, 2, 3, 4, 5]);
    check("word@ilike", json!("w ."), &[]);
    check("@or", json!({ "value": 5, "word": "w4" }), &[1, 4]);
    check("@and", json!({ "value@gt": 5, "value@lt": 8 }), &[2, 5]);
    check(
        "@or",
        json!({ "value": 5, "@and": { "value@gt": 7, "word": "w2" } }),
        &[1, 2],
    );
}

#[test]
fn filters_look_into_lists_and_compare_instants() {
    let records = Records::seeded(7);
    let provider = MockDataProvider::of(&records);
    let person = records.contacts().with_tags().build();
    let tagged = provider
        .get_list(
            "contacts",
            GetList::all().filter("tags@cs", json!([person.tags[0]])),
        )
        .unwrap();
    let expect = records
        .contacts()
        .build_all()
        .into_iter()
        .filter(|other| other.tags.contains(&person.tags[0]));
    assert_eq!(tagged.total, expect.count() as u64);
    let email = json!([{ "email": person.email[0].email }]);
    assert_eq!(
        provider
            .get_list("contacts", GetList::all().filter("email@cs", email))
            .unwrap()
            .total,
        1
    );
    let before = GetList::all().filter("created_at@lt", person.created_at.to_string());
    let expect = records
        .contacts()
        .only("older", move |other| other.created_at < person.created_at)
        .build_all()
        .len();
    assert_eq!(
        provider.get_list("contacts", before).unwrap().total,
        expect as u64
    );
}

#[test]
fn lists_are_sorted_and_paged_as_postgres_does_it() {
    let provider = numbers(&[json!(10), Value::Null, json!(9), json!(9)]);
    assert_eq!(ids(&provider, GetList::all().sort("value")), [3, 4, 1, 2]);
    assert_eq!(
        ids(&provider, GetList::all().sort("value").descending()),
        [2, 1, 3, 4]
    );
    let page = provider
        .get_list("numbers", GetList::all().sort("value").page(2, 3))
        .unwrap();
    assert_eq!(
        (page.data.len(), page.total, &page.data[0]["id"]),
        (1, 4, &json!(2))
    );
    assert_eq!(ids(&provider, GetList::all().page(3, 3)), [0; 0]);
}

#[test]
fn records_are_found_by_key_and_by_reference() {
    let records = Records::seeded(7);
    let provider = MockDataProvider::of(&records);
    let deal = records.opportunities().won().build();
    let found = provider.get_one("opportunities", GetOne::of(deal.id)).unwrap();
    assert_eq!(serde_json::from_value::<Opportunity>(found.into()).unwrap(), deal);
    let ids = deal
        .contact_ids
        .iter()
        .map(ToString::to_string)
        .chain(["nobody".to_owned()]);
    assert_eq!(
        provider.get_many("contacts", GetMany::of(ids)).unwrap().len(),
        deal.contact_ids.len()
    );
    let activities = records.activities().of(&deal).build_all();
    let reference = GetManyReference::of("opportunity_id", deal.id, GetList::all().page(1, 1));
    assert_eq!(
        provider
            .get_many_reference("activities", reference)
            .unwrap()
            .total,
        activities.len() as u64
    );
}
