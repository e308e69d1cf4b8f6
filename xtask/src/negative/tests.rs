use seed_core::bind::Binding;
use seed_core::catalog::{Catalog, Check, Column, ColumnType, ForeignKey, Table, UniqueKey};
use seed_core::domain::Record;
use seed_core::industry::IndustryPack;
use seed_core::plan::{Key, Plan};
use seed_core::spec::{Owner, PresentRow, SeedSpec};

use super::case::{Case, Row};
use super::specimen::VOLUME;
use super::*;

/// A column that may be null.
pub fn column(name: &str, kind: ColumnType) -> Column {
    Column {
        name: name.into(),
        kind,
        ..Column::default()
    }
}

/// A table of which nothing is bound.
pub fn specimen_of(table: Table) -> Specimen {
    Specimen {
        table,
        binding: Binding {
            record: Record::Product,
            schema: "public".into(),
            table: "products".into(),
            columns: Vec::new(),
        },
        control: Row::new(),
        base: Row::new(),
        principal: None,
        organizations: None,
    }
}

fn planned(catalog: &Catalog) -> anyhow::Result<Specimen> {
    let owner = Owner {
        slot: 0,
        user_id: None,
        profile_id: Some(Key::Integer(1)),
        volume: VOLUME,
        earlier: Vec::new(),
    };
    let as_of = "2026-11-22T00:00:00Z".parse().unwrap();
    let mut spec = SeedSpec::new(
        7,
        as_of,
        IndustryPack::bundled("food_beverage").unwrap(),
        vec![owner],
    );
    spec.present.rows = vec![PresentRow {
        schema: "public".into(),
        table: "categories".into(),
        values: [("name".to_owned(), "meat".to_owned())].into(),
    }];
    Specimen::of(catalog, &Plan::new(catalog, &spec).unwrap())
}

fn reference() -> Catalog {
    Catalog::reference()
}

/// A catalogue with integer keys that belongs to nobody in particular, without prices and SKUs.
fn plain() -> Catalog {
    let not_null = |column| Column {
        not_null: true,
        ..column
    };
    let word = || ColumnType::Text { max_length: Some(20) };
    let key = Column {
        next_key: Some(11),
        ..not_null(column("id", ColumnType::BigInt))
    };
    let products = Table {
        schema: "public".into(),
        name: "products".into(),
        columns: vec![
            key,
            not_null(column("name", word())),
            column("category", word()),
            column("upc", ColumnType::Text { max_length: None }),
        ],
        primary_key: vec!["id".into()],
        ..Table::default()
    };
    Catalog {
        tables: vec![products],
    }
}

fn products(catalog: &mut Catalog) -> &mut Table {
    let mut tables = catalog.tables.iter_mut();
    tables.find(|table| table.name == "products").unwrap()
}

/// `title: sqlstate constraint` of each case.
fn lines(cases: &Cases) -> Vec<String> {
    let line = |case: &Case| {
        let constraint = case.expected.constraint.as_deref().unwrap_or("-");
        format!("{}: {} {constraint}", case.title, case.expected.sqlstate)
    };
    cases.cases.iter().map(line).collect()
}

fn left_out(cases: &Cases) -> Vec<String> {
    cases
        .left_out
        .iter()
        .map(|one| format!("{}: {}", one.title, one.why))
        .collect()
}

#[track_caller]
fn find<'c>(cases: &'c Cases, title: &str) -> &'c Case {
    let found = cases.cases.iter().find(|case| case.title == title);
    found.unwrap_or_else(|| panic!("no `{title}` in {:#?}", lines(cases)))
}

#[test]
fn the_reference_schema_suggests_all_that_it_forbids() {
    let cases = cases(&planned(&reference()).unwrap());
    insta::assert_snapshot!("reference", lines(&cases).join("\n"));
    assert_eq!(left_out(&cases), [""; 0]);
}

#[test]
fn no_row_is_tried_twice() {
    let cases = cases(&planned(&reference()).unwrap());
    for (at, case) in cases.cases.iter().enumerate() {
        assert!(!case.changes.is_empty(), "{case:?}");
        let later = &cases.cases[at + 1..];
        assert!(
            later.iter().all(|other| other.changes != case.changes),
            "{case:?}"
        );
    }
}

#[test]
fn what_compares_with_a_wrong_price_is_out_of_its_way() {
    let mut catalog = reference();
    let check = |catalog: &Catalog| {
        let cases = cases(&planned(catalog).unwrap());
        let case = find(&cases, "negative price").clone();
        let changes: Vec<String> = case.changes.iter().map(case::Change::describe).collect();
        (changes.join(", "), case.expected.constraint, case.remedy)
    };
    let changes = "`list_price` is `-1`, `cost_per_unit` is null, `map_price` is null";
    let remedy = "alter table \"public\".\"products\" add check (\"list_price\" >= 0);";
    let constraint = Some("products_list_price_check".to_owned());
    assert_eq!(check(&catalog), (changes.into(), constraint, remedy.into()));
    products(&mut catalog)
        .checks
        .retain(|check| check.name != "products_list_price_check");
    assert_eq!(check(&catalog), (changes.into(), None, remedy.into()));
}

#[test]
fn a_category_is_expected_to_be_refused_by_what_says_which_there_are() {
    let expected = |change: fn(&mut Table)| {
        let mut catalog = reference();
        let table = products(&mut catalog);
        table
            .checks
            .retain(|check| check.name != "products_category_check");
        change(table);
        let cases = cases(&planned(&catalog).unwrap());
        let case = find(&cases, "unknown category");
        assert_eq!(case.changes[0].describe(), "`category` is `Not A Category!`");
        (case.expected.sqlstate, case.expected.constraint.clone())
    };
    assert_eq!(expected(|_| ()), ("23514", None));
    let listed = |table: &mut Table| {
        table.checks.push(Check {
            name: "of_meat".into(),
            columns: vec!["category".into()],
            expression: "(category = ANY (ARRAY['meat'::text, 'other'::text]))".into(),
        });
    };
    assert_eq!(expected(listed), ("23514", Some("of_meat".into())));
}

#[test]
fn a_category_that_is_a_row_of_a_table_is_tried_as_a_key_that_nothing_has() {
    let mut catalog = reference();
    let table = products(&mut catalog);
    table
        .checks
        .retain(|check| check.name != "products_category_check");
    table.foreign_keys.push(ForeignKey {
        name: "of_categories".into(),
        columns: vec!["category".into()],
        referenced_schema: "public".into(),
        referenced_table: "categories".into(),
        referenced_columns: vec!["name".into()],
    });
    let cases = cases(&planned(&catalog).unwrap());
    let is_tried = |case: &Case| {
        let expected = (case.expected.sqlstate, case.expected.constraint.as_deref());
        expected == ("23503", Some("of_categories"))
    };
    assert!(cases.cases.iter().any(is_tried), "{cases:?}");
}

#[test]
fn what_a_table_has_no_column_for_is_left_out_with_why() {
    let mut catalog = plain();
    let table = products(&mut catalog);
    table.checks.push(Check {
        name: "odd".into(),
        columns: vec!["name".into()],
        expression: "is_odd(name)".into(),
    });
    table.unique = vec![
        UniqueKey {
            name: "some_names".into(),
            columns: vec!["name".into()],
            partial: true,
        },
        UniqueKey {
            name: "codes".into(),
            columns: vec!["category".into(), "upc".into()],
            partial: false,
        },
    ];
    let specimen = planned(&catalog).unwrap();
    let cases = cases(&specimen);
    insta::assert_snapshot!("plain", [lines(&cases), left_out(&cases)].concat().join("\n"));
    let key = &find(&cases, "duplicate of `id`").changes[0];
    assert_eq!(key.describe(), "`id` is `11`");
    let both = find(&cases, "duplicate of `category`, `upc`");
    for change in &both.changes {
        let value = case::Value::Text(specimen.control[&change.column].clone().unwrap());
        assert_eq!(change.value, value);
    }
}

#[test]
fn a_database_without_products_is_told_so() {
    let catalog: Catalog =
        serde_json::from_str(include_str!("../../../seed-core/tests/catalogs/atomic_crm.json")).unwrap();
    let error = planned(&catalog).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("no table of the database holds products"),
        "{error}"
    );
    assert_eq!(stack::hint::hints(&error).len(), 1);
}
