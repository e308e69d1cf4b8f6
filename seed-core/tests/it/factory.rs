//! Factories: their records are rows, and everything that picks or changes them does nothing else.

use std::collections::BTreeMap;

use jiff::civil::date;
use seed_core::factory::{
    Activity, Contact, ContactNote, ContactOrganization, FactoryError, Generated, Opportunity,
    OpportunityNote, Organization, Product, Records, Tag, Task,
};
use seed_core::industry::IndustryPack;
use seed_core::plan::{Plan, Volume};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::support::{reference, rows, spec};

/// The rows of a plan are those of the factory, column by column, and come back from JSON as they were.
fn check<R>(plan: &Plan, records: &Records)
where
    R: Generated + Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let made = records.all::<R>();
    let planned = rows(plan, R::RECORD);
    assert_eq!(made.len(), planned.len(), "{}", R::RECORD);
    for (record, row) in made.iter().zip(&planned) {
        let json = serde_json::to_value(record).unwrap();
        assert_eq!(&serde_json::from_value::<R>(json.clone()).unwrap(), record);
        for (column, value) in json.as_object().unwrap() {
            // Those are filled by the database itself.
            if !["deleted_at", "usage_count"].contains(&column.as_str()) {
                assert!(
                    is_same(value, row.find(column)),
                    "{column} of {}: {value} {row:?}",
                    R::RECORD
                );
            }
        }
    }
}

/// Whether JSON and the text of PostgreSQL say the same.
fn is_same(json: &Value, text: Option<&str>) -> bool {
    let Some(text) = text else {
        return json.is_null();
    };
    match json {
        Value::Number(number) => number.as_f64() == text.parse().ok(),
        Value::String(own) if own.ends_with("+00:00") => {
            own.replace('T', " ").strip_suffix("+00:00") == text.strip_suffix("+00")
        }
        Value::String(own) => own == text,
        Value::Array(items) if text.starts_with('{') => {
            let items = items.iter().map(Value::to_string).collect::<Vec<_>>().join(",");
            text == format!("{{{items}}}")
        }
        Value::Array(_) | Value::Object(_) => serde_json::from_str::<Value>(text).unwrap() == *json,
        Value::Bool(own) => text.parse() == Ok(*own),
        Value::Null => false,
    }
}

#[test]
fn records_are_the_rows_of_the_database() {
    let volumes = [
        Volume::ADMIN,
        Volume::DIRECTOR,
        Volume {
            contacts: 90,
            ..Volume::MANAGER
        },
    ];
    for pack in ["food_beverage", "saas"] {
        let spec = spec(pack, 7, &volumes);
        let plan = Plan::new(&reference(), &spec).unwrap();
        let records = Records::new(spec).unwrap();
        check::<Organization>(&plan, &records);
        check::<Contact>(&plan, &records);
        check::<ContactOrganization>(&plan, &records);
        check::<Opportunity>(&plan, &records);
        check::<Activity>(&plan, &records);
        check::<ContactNote>(&plan, &records);
        check::<OpportunityNote>(&plan, &records);
        check::<Tag>(&plan, &records);
        check::<Product>(&plan, &records);
        check::<Task>(&plan, &records);
    }
}

#[test]
fn a_state_picks_rows_and_changes_none() {
    let records = Records::seeded(7);
    let all = records.opportunities().build_all();
    let won: Vec<&Opportunity> = all.iter().filter(|deal| deal.status == "won").collect();
    assert_eq!(records.opportunities().won().nth(2).build(), *won[2]);
    assert_eq!(
        records.opportunities().won().nth(1).build_many(2),
        [won[1].clone(), won[2].clone()]
    );
    let overdue = records.opportunities().overdue().build_all();
    assert!(!overdue.is_empty() && overdue.len() < all.len());
    let later = "2027-06-01T00:00:00Z".parse().unwrap();
    let moved = records.opportunities().overdue().as_of(later).build();
    assert!(moved.estimated_close_date.unwrap() > date(2026, 12, 1));
    for deal in overdue {
        assert!(deal.estimated_close_date.unwrap() < date(2026, 11, 22));
        assert!(all.contains(&deal) && deal.actual_close_date.is_none());
    }
}

#[test]
fn what_is_due_is_overdue_later() {
    let (as_of, later) = ("2026-11-22T00:00:00Z", "2026-12-10T00:00:00Z");
    let check = |now: &str| {
        let now = now.parse().unwrap();
        [
            Task::factory().overdue_at(now).build_all().len(),
            Activity::factory().overdue_at(now).build_all().len(),
        ]
    };
    assert_eq!(check(as_of), [0, 0]);
    let [tasks, activities] = check(later);
    assert!(tasks > 0 && tasks < Task::factory().pending().build_all().len());
    assert!(activities > 0);
}

#[test]
fn overrides_change_one_column_and_nothing_else() {
    let plain = Contact::factory().seed(7).build();
    let john = Contact::factory()
        .seed(7)
        .first_name("John")
        .title("Owner")
        .build();
    let expect = Contact {
        first_name: "John".into(),
        title: Some("Owner".into()),
        ..plain
    };
    assert_eq!(john, expect);
}

#[test]
fn changes_know_their_number_among_those_that_are_picked() {
    let lost = Opportunity::factory()
        .lost()
        .with(|deal, n| deal.name = format!("Deal {n}"));
    let names: Vec<String> = lost
        .nth(1)
        .build_many(2)
        .into_iter()
        .map(|deal| deal.name)
        .collect();
    assert_eq!(names, ["Deal 1", "Deal 2"]);
}

/// Each relation, read from both ends, is the same.
#[test]
fn relatives_are_those_that_the_columns_name() {
    let records = Records::of_test_users(3);
    let mut by_deal: BTreeMap<_, Vec<Activity>> = BTreeMap::new();
    for activity in records.all::<Activity>() {
        let contact: Contact = records.get(activity.contact_id.unwrap()).unwrap();
        assert_eq!(records.contacts().of(&activity).build_all(), [contact]);
        if let Some(deal) = activity.opportunity_id {
            by_deal.entry(deal).or_default().push(activity);
        }
    }
    for deal in records.all::<Opportunity>() {
        let expect = by_deal.remove(&deal.id).unwrap_or_default();
        assert_eq!(records.activities().of(&deal).build_all(), expect);
        let people = records.contacts().of(&deal).build_all();
        assert!(
            people
                .iter()
                .map(|person| person.id)
                .eq(deal.contact_ids.iter().copied())
        );
        let customer = records.organizations().of(&deal).build();
        assert_eq!(customer.id, deal.customer_organization_id);
        assert!(records.contacts().of(&customer).build_all().contains(&people[0]));
        assert!(
            records
                .opportunities()
                .of(&people[0])
                .of(&customer)
                .build_all()
                .contains(&deal)
        );
    }
    assert!(by_deal.is_empty());
}

#[test]
fn memberships_products_tags_and_notes_find_their_relatives() {
    let records = Records::seeded(3);
    for link in records.all::<ContactOrganization>() {
        let person: Contact = records.get(link.contact_id).unwrap();
        let company: Organization = records.get(link.organization_id).unwrap();
        assert!(
            records
                .contact_organizations()
                .of(&person)
                .of(&company)
                .build_all()
                .contains(&link)
        );
        if link.is_primary {
            assert_eq!(records.organizations().of(&person).build(), company);
            assert!(records.contacts().of(&company).build_all().contains(&person));
        }
    }
    for product in records.all::<Product>() {
        let supplier = records.organizations().of(&product).build();
        assert!(supplier.is_principal && supplier.id == product.principal_id);
        assert!(records.products().of(&supplier).build_all().contains(&product));
    }
    for person in records.contacts().with_tags().build_all() {
        let tags = records.tags().of(&person).build_all();
        assert!(tags.iter().map(|tag| &tag.name).eq(&person.tags));
    }
    for note in records.all::<ContactNote>() {
        let person = records.contacts().of(&note).build();
        assert!(
            person.id == note.contact_id && records.contact_notes().of(&person).build_all().contains(&note)
        );
    }
    for note in records.all::<OpportunityNote>() {
        let deal = records.opportunities().of(&note).build();
        assert!(records.opportunity_notes().of(&deal).build_all().contains(&note));
    }
    for task in records.tasks().with_deal().build_all() {
        let deal = records.opportunities().of(&task).build();
        let company = records.organizations().of(&deal).build();
        assert!(records.tasks().of(&deal).of(&company).build_all().contains(&task));
    }
}

#[test]
fn owners_have_rows_of_their_own() {
    let records = Records::of_test_users(7);
    let manager = records.contacts().owner(2).nth(39).build();
    assert_eq!((manager.assigned_to, manager.created_by), (Some(3), Some(3)));
    assert!(manager.id.to_string().ends_with("-8002-000000000027"));
    assert_eq!(records.get::<Contact>(manager.id), Some(manager.clone()));
    assert_eq!(records.tags().owner(2).build(), records.tags().build());
    // Relatives have the owner of what they belong to.
    assert!(
        records
            .activities()
            .of(&manager)
            .build_all()
            .iter()
            .all(|activity| activity.created_by == Some(3))
    );
    let unknown = Contact::factory().owner(9).build();
    assert!(unknown.id.to_string().contains("-8009-") && unknown.created_by.is_none());
}

#[test]
fn a_factory_has_its_own_volume_pack_and_instant() {
    let many = Volume {
        contacts: 500,
        ..Volume::UNOWNED
    };
    assert_eq!(Contact::factory().volume(many).build_many(500).len(), 500);
    let saas = Organization::factory()
        .pack(IndustryPack::bundled("saas").unwrap())
        .build();
    assert_ne!(saas.name, Organization::factory().build().name);
    let early = Contact::factory()
        .as_of("2025-01-01T00:00:00Z".parse().unwrap())
        .build();
    assert!(early.created_at < "2025-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(early.first_name, Contact::factory().build().first_name);
}

#[test]
fn what_cannot_be_is_refused_with_a_sentence() {
    let check = |error: Option<FactoryError>, message: &str, hint: &str| {
        let error = error.expect("it is refused");
        assert_eq!(error.to_string(), message);
        assert!(error.hint().contains(hint), "{}", error.hint());
    };
    check(
        Opportunity::factory().won().overdue().try_build().err(),
        "none of the 75 rows of opportunities is won and overdue",
        "exclude each other",
    );
    check(
        Contact::factory().nth(99).try_build_many(2).err(),
        "101 rows of contacts are asked for, and there are 100",
        "`volume`",
    );
    check(
        Opportunity::factory().won().try_build_many(70).err(),
        "70 rows of opportunities are asked for, and 5 of 75 are won",
        "`volume`",
    );
    check(
        Opportunity::factory().won().nth(70).try_build().err(),
        "71 rows of opportunities are asked for, and 5 of 75 are won",
        "`volume`",
    );
    check(
        Product::factory()
            .volume(Volume {
                products: 0,
                ..Volume::UNOWNED
            })
            .try_build()
            .err(),
        "the owner has no products",
        "`volume`",
    );
    let records = Records::of_test_users(7);
    let person = records.contacts().owner(2).build();
    check(
        records
            .tasks()
            .of(&person)
            .only("urgent", |_| false)
            .try_build()
            .err(),
        &format!(
            "none of the 40 rows of tasks is of contacts {} and urgent",
            person.id
        ),
        "exclude each other",
    );
    let other = Contact::factory().seed(8).build();
    check(
        Activity::factory().seed(7).of(&other).try_build_all().err(),
        &format!(
            "the relatives of {} are asked for, and it is the key of no row of contacts with seed 7",
            other.id
        ),
        "same `Records`",
    );
    check(
        Contact::factory()
            .volume(Volume {
                organizations: 0,
                ..Volume::UNOWNED
            })
            .try_build()
            .err(),
        "100 contacts are asked for, and no organizations that they could belong to",
        "at least one",
    );
    assert!(
        Records::new(spec(
            "saas",
            1,
            &[Volume {
                organizations: 0,
                ..Volume::UNOWNED
            }]
        ))
        .is_err()
    );
    assert_eq!(Records::seeded(7).get::<Contact>(other.id), None);
    assert_eq!(Opportunity::factory().won().lost().build_all(), []);
}

#[test]
#[should_panic(
    expected = "none of the 75 rows of opportunities is won and lost; leave out states that exclude"
)]
fn building_what_cannot_be_panics_with_the_hint() {
    Opportunity::factory().won().lost().build();
}
