//! Which table holds which record, where its name alone does not say.

use seed_core::catalog::{Catalog, Column, ColumnType, ForeignKey, Table};
use seed_core::domain::Record;
use seed_core::plan::{Plan, Volume};

use crate::support::spec;

/// A table with a key and columns of text; one that is called `other.id` points there.
fn table(name: &str, columns: &[&str]) -> Table {
    let kind = ColumnType::Text { max_length: None };
    let column = |name: &str| match name.split_once('.') {
        Some((other, _)) => (format!("{other}_id"), ColumnType::Uuid),
        None => (name.to_owned(), kind.clone()),
    };
    let key = ("id".to_owned(), ColumnType::Uuid);
    let columns_of = columns.iter().map(|name| column(name));
    let reference = |target: &str| ForeignKey {
        name: format!("{name}_{target}_fkey"),
        columns: vec![format!("{target}_id")],
        referenced_schema: if target == "users" { "auth" } else { "public" }.into(),
        referenced_table: target.into(),
        referenced_columns: vec!["id".into()],
    };
    Table {
        schema: "public".into(),
        name: name.into(),
        columns: [key]
            .into_iter()
            .chain(columns_of)
            .map(|(name, kind)| Column {
                name,
                kind,
                ..Column::default()
            })
            .collect(),
        primary_key: vec!["id".into()],
        foreign_keys: columns
            .iter()
            .filter_map(|name| Some(reference(name.split_once('.')?.0)))
            .collect(),
        ..Table::default()
    }
}

/// Asserts what the tables hold, by name.
#[track_caller]
fn check(tables: &[Table], expect: &[(&str, Record)]) {
    let catalog = Catalog {
        tables: tables.to_vec(),
    };
    let plan = Plan::new(&catalog, &spec("saas", 42, &[Volume::of_each(3)])).unwrap();
    let mut found: Vec<(&str, Record)> = plan
        .tables()
        .iter()
        .map(|table| (table.name(), table.record()))
        .collect();
    found.sort_unstable();
    assert_eq!(found, expect);
}

const PERSON: &[&str] = &["first_name", "last_name", "email"];

#[test]
fn a_table_of_clients_holds_people_where_it_names_them() {
    for name in ["clients", "Customers", "accounts", "leads"] {
        check(&[table(name, PERSON)], &[(name, Record::Contact)]);
        check(&[table(name, &["full_name"])], &[(name, Record::Contact)]);
    }
    check(
        &[table("clients", PERSON), table("companies", &["name"])],
        &[("clients", Record::Contact), ("companies", Record::Organization)],
    );
    check(
        &[
            table("customers", &["name", "companies.id"]),
            table("companies", &["name"]),
        ],
        &[
            ("companies", Record::Organization),
            ("customers", Record::Contact),
        ],
    );
}

#[test]
fn a_table_of_clients_holds_companies_where_it_names_none() {
    for name in ["clients", "customers", "accounts"] {
        check(
            &[
                table(name, &["name", "contact_name", "email"]),
                table("leads", PERSON),
            ],
            &[(name, Record::Organization), ("leads", Record::Contact)],
        );
    }
}

#[test]
fn better_names_go_before() {
    check(
        &[
            table("clients", PERSON),
            table("contacts", PERSON),
            table("customers", &["name"]),
            table("companies", &["name"]),
            table("meetings", &["subject"]),
            table("activities", &["subject"]),
        ],
        &[
            ("activities", Record::Activity),
            ("companies", Record::Organization),
            ("contacts", Record::Contact),
        ],
    );
    check(
        &[table("meetings", &["subject"])],
        &[("meetings", Record::Activity)],
    );
}

#[test]
fn the_accounts_of_users_are_the_users_own() {
    let mut accounts = table("accounts", &["first_name", "last_name", "users.id"]);
    accounts.primary_key = vec!["users_id".into()];
    check(
        &[accounts, table("companies", &["name"])],
        &[("companies", Record::Organization)],
    );
}

#[test]
fn notes_are_about_what_they_point_at() {
    let (people, deals) = (table("contacts", PERSON), table("deals", &["name"]));
    for (columns, record) in [
        (&["body", "contacts.id"][..], Record::ContactNote),
        (&["body", "deals.id"], Record::OpportunityNote),
        (&["body", "deals.id", "contacts.id"], Record::ContactNote),
    ] {
        check(
            &[people.clone(), deals.clone(), table("notes", columns)],
            &[
                ("contacts", Record::Contact),
                ("deals", Record::Opportunity),
                ("notes", record),
            ],
        );
    }
    check(
        &[people, table("notes", &["body"])],
        &[("contacts", Record::Contact)],
    );
}
