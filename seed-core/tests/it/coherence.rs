//! The rules that make the data believable, each checked on every row of several plans.

use std::collections::{BTreeMap, BTreeSet};

use seed_core::domain::Record;
use seed_core::plan::Volume;

use crate::support::{AS_OF, by_id, check, plan, rows};

#[test]
fn status_and_probability_follow_from_the_stage() {
    let expected = BTreeMap::from([
        ("new_lead", ("open", "10")),
        ("initial_outreach", ("open", "20")),
        ("sample_visit_offered", ("open", "30")),
        ("awaiting_response", ("stalled", "25")),
        ("feedback_logged", ("open", "50")),
        ("demo_scheduled", ("open", "70")),
        ("closed_won", ("won", "100")),
        ("closed_lost", ("lost", "0")),
    ]);
    check(|plan| {
        for deal in rows(plan, Record::Opportunity) {
            assert_eq!(
                (deal.get("status"), deal.get("probability")),
                expected[deal.get("stage")]
            );
        }
    });
}

#[test]
fn time_runs_forward() {
    check(|plan| {
        let organizations = by_id(plan, Record::Organization);
        let contacts = by_id(plan, Record::Contact);
        let deals = by_id(plan, Record::Opportunity);
        for organization in organizations.values() {
            assert!(
                organization.get("founded_year").parse::<i16>().unwrap() < organization.year("created_at")
            );
        }
        for link in rows(plan, Record::ContactOrganization) {
            let (contact, organization) = (
                &contacts[link.get("contact_id")],
                &organizations[link.get("organization_id")],
            );
            assert!(
                link.get("is_primary") == "false"
                    || organization.get("created_at") < contact.get("created_at")
            );
            assert!(link.day("started_at") <= link.day("created_at"));
        }
        for deal in deals.values() {
            for contact in deal.list("contact_ids") {
                assert!(contacts[&contact].get("created_at") < deal.get("created_at"));
            }
        }
        for activity in rows(plan, Record::Activity) {
            let before = match activity.find("opportunity_id") {
                Some(deal) => &deals[deal],
                None => &contacts[activity.get("contact_id")],
            };
            assert!(
                before.get("created_at") < activity.get("created_at"),
                "{activity:?}"
            );
            assert!(activity.get("created_at") <= AS_OF);
            if let Some(completed) = activity.find("completed_at") {
                assert!(
                    activity.get("created_at") <= completed && completed <= AS_OF,
                    "{activity:?}"
                );
            }
        }
        for note in rows(plan, Record::OpportunityNote) {
            let deal = &deals[note.get("opportunity_id")];
            assert!(deal.get("created_at") < note.get("date") && note.get("date") <= AS_OF);
        }
        for note in rows(plan, Record::ContactNote) {
            let contact = &contacts[note.get("contact_id")];
            assert!(contact.get("created_at") < note.get("date") && note.get("date") <= AS_OF);
        }
        for record in Record::ALL {
            for row in rows(plan, record) {
                assert!(
                    row.get("created_at") <= row.get("updated_at") && row.get("updated_at") <= AS_OF,
                    "{row:?}"
                );
            }
        }
    });
}

#[test]
fn open_things_are_due_and_closed_ones_are_done() {
    check(|plan| {
        let today = &AS_OF[..10];
        let (mut open, mut overdue) = (0, 0);
        for deal in rows(plan, Record::Opportunity) {
            let closed = matches!(deal.get("status"), "won" | "lost");
            assert_eq!(closed, deal.find("actual_close_date").is_some());
            assert_eq!(closed, deal.find("next_action").is_none());
            assert!(
                deal.day("estimated_close_date") >= deal.day("created_at"),
                "{deal:?}"
            );
            match deal.day("actual_close_date") {
                Some(day) => assert!(Some(day) >= deal.day("created_at") && day < today, "{deal:?}"),
                None => {
                    assert!(deal.day("next_action_date").unwrap() > today);
                    open += 1;
                    overdue += u32::from(deal.day("estimated_close_date").unwrap() <= today);
                }
            }
        }
        assert!(
            open < 100 || (overdue > 0 && overdue * 4 < open),
            "{overdue} of {open} are overdue"
        );
        for activity in rows(plan, Record::Activity) {
            let is_open = matches!(activity.get("status"), "pending" | "in_progress");
            assert!(!is_open || activity.get("due_date") > AS_OF);
            let is_done = activity.get("status") == "completed";
            assert_eq!(is_done, activity.find("completed_at").is_some());
            assert_eq!(is_done, activity.find("outcome").is_some());
        }
        for task in rows(plan, Record::Task) {
            match task.find("completed_at") {
                Some(done) => assert!(task.get("created_at") <= done && done <= AS_OF),
                None => assert!(task.get("due_date") > AS_OF),
            }
        }
    });
}

#[test]
fn a_contact_has_one_primary_company_and_its_address() {
    check(|plan| {
        let organizations = by_id(plan, Record::Organization);
        let contacts = by_id(plan, Record::Contact);
        let mut links: BTreeMap<String, Vec<(String, bool)>> = BTreeMap::new();
        for link in rows(plan, Record::ContactOrganization) {
            let entry = (
                link.get("organization_id").to_owned(),
                link.get("is_primary") == "true",
            );
            links
                .entry(link.get("contact_id").to_owned())
                .or_default()
                .push(entry);
        }
        assert_eq!(links.len(), contacts.len());
        for (contact, links) in &links {
            let distinct: BTreeSet<&String> = links.iter().map(|(organization, _)| organization).collect();
            assert!(
                (1..=3).contains(&links.len()) && distinct.len() == links.len(),
                "{links:?}"
            );
            let primary: Vec<bool> = links.iter().map(|(_, primary)| *primary).collect();
            assert_eq!(primary.iter().position(|primary| *primary), Some(0));
            assert_eq!(primary.iter().filter(|primary| **primary).count(), 1);
            let (contact, organization) = (&contacts[contact], &organizations[&links[0].0]);
            let emails = contact.json("email");
            let (name, domain) = emails[0]["email"].as_str().unwrap().split_once('@').unwrap();
            assert_eq!(organization.get("website"), format!("https://www.{domain}"));
            let (first, last) = (
                contact.get("first_name").to_lowercase(),
                contact.get("last_name").to_lowercase(),
            );
            assert!(
                name.starts_with(&format!("{first}.{last}")),
                "{name} of {contact:?}"
            );
        }
    });
}

#[test]
fn people_of_deals_and_activities_work_at_the_customer() {
    check(|plan| {
        let organizations = by_id(plan, Record::Organization);
        let deals = by_id(plan, Record::Opportunity);
        let employers: BTreeSet<(String, String)> = rows(plan, Record::ContactOrganization)
            .iter()
            .map(|link| {
                (
                    link.get("contact_id").to_owned(),
                    link.get("organization_id").to_owned(),
                )
            })
            .collect();
        for deal in deals.values() {
            let customer = deal.get("customer_organization_id").to_owned();
            let contacts = deal.list("contact_ids");
            assert!((1..=3).contains(&contacts.len()));
            for contact in contacts {
                assert!(employers.contains(&(contact, customer.clone())), "{deal:?}");
            }
            assert!(
                deal.get("name")
                    .starts_with(&format!("{} - ", organizations[&customer].get("name")))
            );
            match organizations[&customer].get("organization_type") {
                "customer" | "partner" => {}
                "prospect" | "unknown" => assert_ne!(deal.get("status"), "won", "{deal:?}"),
                other => panic!("a {other} does not buy: {deal:?}"),
            }
            if let Some(principal) = deal.find("principal_organization_id") {
                assert_eq!(organizations[principal].get("is_principal"), "true");
                assert_ne!(principal, customer);
            }
        }
        let mut with_deal: usize = 0;
        let activities = rows(plan, Record::Activity);
        for activity in &activities {
            let contact = activity.get("contact_id").to_owned();
            let mut of_deal = Vec::new();
            if let Some(deal) = activity.find("opportunity_id") {
                with_deal += 1;
                of_deal = deals[deal].list("contact_ids");
                assert!(of_deal.contains(&contact), "{activity:?}");
            }
            let talks = matches!(activity.get("type"), "meeting" | "call");
            assert_eq!(talks, activity.find("participants").is_some());
            if talks {
                let participants = activity.json("participants");
                let ids = participants.as_array().unwrap().iter();
                let ids: BTreeSet<String> = ids
                    .map(|participant| participant["contact_id"].as_str().unwrap().to_owned())
                    .collect();
                assert_eq!(ids.len(), participants.as_array().unwrap().len());
                assert!(
                    (2..=4).contains(&ids.len()) && ids.contains(&contact),
                    "{activity:?}"
                );
                let outsiders = ids.iter().filter(|id| !of_deal.contains(id)).count();
                assert!(of_deal.len() < ids.len() || outsiders == 0, "{activity:?}");
            }
        }
        assert!(activities.len() < 10 || (with_deal * 10).abs_diff(activities.len() * 7) < 20);
    });
}

#[test]
fn products_belong_to_principals_and_prices_are_in_order() {
    check(|plan| {
        let organizations = by_id(plan, Record::Organization);
        let products = rows(plan, Record::Product);
        for product in &products {
            assert_eq!(
                organizations[product.get("principal_id")].get("is_principal"),
                "true"
            );
            let (cost, map, list) = (
                product.cents("cost_per_unit"),
                product.cents("map_price"),
                product.cents("list_price"),
            );
            assert!(0 < cost && cost <= map && map <= list, "{product:?}");
            if product.find("nutrition").is_some() {
                let panel = product.json("nutrition");
                let amount = |name: &str| panel[name].as_f64().unwrap();
                let energy = amount("total_fat_g") * 9.0
                    + (amount("total_carbohydrate_g") + amount("protein_g")) * 4.0;
                assert!((energy - amount("calories")).abs() <= 10.0, "{panel}");
                assert!(amount("saturated_fat_g") <= amount("total_fat_g"));
                assert!(amount("added_sugars_g") <= amount("total_sugars_g"));
                assert!(
                    amount("total_sugars_g") + amount("dietary_fiber_g") <= amount("total_carbohydrate_g")
                );
            }
            let digits: Vec<u32> = product
                .get("upc")
                .chars()
                .map(|digit| digit.to_digit(10).unwrap())
                .collect();
            let sum: u32 = digits
                .iter()
                .enumerate()
                .map(|(at, digit)| digit * [3, 1][at % 2])
                .sum();
            assert!(digits.len() == 12 && sum.is_multiple_of(10), "{product:?}");
        }
    });
}

#[test]
fn owners_keep_to_themselves() {
    let plan = plan("saas", 42, &[Volume::ADMIN, Volume::DIRECTOR, Volume::MANAGER]);
    let owner_of = |record| -> BTreeMap<String, String> {
        let owners = by_id(&plan, record).into_iter();
        owners
            .map(|(id, row)| (id, row.get("created_by").to_owned()))
            .collect()
    };
    let (organizations, contacts) = (owner_of(Record::Organization), owner_of(Record::Contact));
    let deals = owner_of(Record::Opportunity);
    for activity in rows(&plan, Record::Activity) {
        assert_eq!(activity.get("created_by"), contacts[activity.get("contact_id")]);
        assert_eq!(activity.get("assigned_to"), activity.get("created_by"));
        if let Some(deal) = activity.find("opportunity_id") {
            assert_eq!(activity.get("created_by"), deals[deal]);
        }
    }
    for deal in rows(&plan, Record::Opportunity) {
        assert_eq!(
            deal.get("created_by"),
            organizations[deal.get("customer_organization_id")]
        );
    }
    assert_eq!(organizations.values().filter(|owner| *owner == "2").count(), 30);
}
