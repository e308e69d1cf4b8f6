//! What check constraints, unique keys and required columns of other people's schemas make of the rows.

use std::collections::BTreeSet;

use seed_core::catalog::{Catalog, Check, Column, ColumnType, ForeignKey, UniqueKey};
use seed_core::domain::{Field, Record};
use seed_core::plan::{Misfit, Plan, PlanError, SeedSpec, Source, Volume};

use crate::support::{Row, column_mut, reference, rows, spec, table_mut};

pub(crate) const TEXT: ColumnType = ColumnType::Text { max_length: None };

pub(crate) fn two_owners() -> SeedSpec {
    spec("food_beverage", 42, &[Volume::MANAGER, Volume::of_each(9)])
}

pub(crate) fn plan(change: impl FnOnce(&mut Catalog)) -> Plan {
    let mut catalog = reference();
    change(&mut catalog);
    Plan::new(&catalog, &two_owners()).unwrap()
}

pub(crate) fn misfit(change: impl FnOnce(&mut Catalog)) -> Misfit {
    let mut catalog = reference();
    change(&mut catalog);
    match Plan::new(&catalog, &two_owners()) {
        Err(PlanError::Misfits(misfits)) if misfits.len() == 1 => misfits.into_iter().next().unwrap(),
        other => panic!("{:?}", other.map(|plan| plan.row_count())),
    }
}

fn why(plan: &Plan, table: &str, column: &str) -> String {
    let mut unplaced = plan.unplaced().iter();
    let left = unplaced.find(|left| left.table == table && left.column.as_deref() == Some(column));
    left.map(|left| left.why.clone()).unwrap_or_default()
}

pub(crate) fn add(catalog: &mut Catalog, table: &str, name: &str, kind: ColumnType) {
    table_mut(catalog, table).columns.push(Column {
        name: name.into(),
        kind,
        not_null: true,
        ..Column::default()
    });
}

pub(crate) fn check(catalog: &mut Catalog, table: &str, column: &str, expression: &str) {
    table_mut(catalog, table).checks.push(Check {
        name: format!("{column}_rule"),
        columns: vec![column.into()],
        expression: expression.into(),
    });
}

pub(crate) fn unique(catalog: &mut Catalog, table: &str, columns: &[&str], partial: bool) {
    table_mut(catalog, table).unique.push(UniqueKey {
        name: format!("{}_key", columns.join("_")),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        partial,
    });
}

pub(crate) fn point(catalog: &mut Catalog, table: &str, columns: &[&str], at: &str, referenced: &[&str]) {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    table_mut(catalog, table).foreign_keys.push(ForeignKey {
        name: format!("{table}_{}_fkey", columns.join("_")),
        columns: names(columns),
        referenced_schema: "public".into(),
        referenced_table: at.into(),
        referenced_columns: names(referenced),
    });
}

pub(crate) fn values(rows: &[Row], column: &str) -> Vec<String> {
    rows.iter().map(|row| row.get(column).to_owned()).collect()
}

pub(crate) fn all_differ(plan: &Plan, record: Record, column: &str) {
    let values = values(&rows(plan, record), column);
    let different: BTreeSet<&String> = values.iter().collect();
    assert_eq!(different.len(), values.len(), "{column} of {record}: {values:?}");
}

#[test]
fn quantities_stay_within_their_ranges() {
    let plan = plan(|catalog| {
        check(
            catalog,
            "products",
            "lead_time_days",
            "((lead_time_days > 2) AND (lead_time_days <= 14))",
        );
        check(
            catalog,
            "organizations",
            "employee_count",
            "(employee_count <= 500)",
        );
    });
    let days = |row: &Row| row.get("lead_time_days").parse::<i64>().unwrap();
    let spec = spec("food_beverage", 42, &[Volume::ADMIN]);
    let mut catalog = reference();
    check(
        &mut catalog,
        "products",
        "lead_time_days",
        "((lead_time_days > 2) AND (lead_time_days <= 14))",
    );
    let products = rows(&Plan::new(&catalog, &spec).unwrap(), Record::Product);
    assert_eq!(products.iter().map(days).min(), Some(3));
    assert_eq!(products.iter().map(days).max(), Some(14));
    let employees = values(&rows(&plan, Record::Organization), "employee_count");
    assert!(
        employees.iter().all(|count| count.parse::<i64>().unwrap() <= 500),
        "{employees:?}"
    );
}

#[test]
fn numbers_outside_a_range_are_found_before_the_first_row() {
    let found = misfit(|catalog| {
        column_mut(catalog, "opportunities", "amount").not_null = true;
        check(catalog, "opportunities", "amount", "(amount < (1000)::numeric)");
    });
    assert_eq!(
        (found.column.as_str(), found.constraint.as_str()),
        ("amount", "amount_rule")
    );
    assert!(
        found.hint().contains("OPPORTUNITY_MAX_AMOUNT"),
        "{}",
        found.hint()
    );
    let plan = plan(|catalog| check(catalog, "organizations", "founded_year", "(founded_year > 2000)"));
    assert!(why(&plan, "organizations", "founded_year").contains("between 19"));
}

#[test]
fn a_probability_can_be_a_part_of_one() {
    let plan = plan(|catalog| {
        column_mut(catalog, "opportunities", "probability").kind = ColumnType::Numeric {
            precision: Some(3),
            scale: Some(2),
        };
    });
    let deals = rows(&plan, Record::Opportunity);
    assert!(values(&deals, "probability").contains(&"0.25".to_owned()));
}

#[test]
fn texts_are_as_short_as_their_checks_want() {
    let plan = plan(|catalog| check(catalog, "tasks", "title", "(char_length(title) <= 12)"));
    assert!(
        rows(&plan, Record::Task)
            .iter()
            .all(|task| task.get("title").chars().count() <= 12)
    );
}

#[test]
fn required_columns_that_nobody_knows_are_filled_by_type_and_checks() {
    let plan = plan(|catalog| {
        add(catalog, "tasks", "external_ref", TEXT);
        unique(catalog, "tasks", &["external_ref"], false);
        add(catalog, "tasks", "is_billable", ColumnType::Boolean);
        add(catalog, "tasks", "channel", TEXT);
        check(
            catalog,
            "tasks",
            "channel",
            "(channel = ANY (ARRAY['web'::text, 'shop'::text]))",
        );
        add(catalog, "tasks", "effort", ColumnType::SmallInt);
        check(catalog, "tasks", "effort", "((effort >= 1) AND (effort <= 5))");
        add(catalog, "tasks", "serial_number", ColumnType::Integer);
        unique(catalog, "tasks", &["serial_number"], true);
        add(catalog, "tasks", "synced_on", ColumnType::Date);
        add(catalog, "tasks", "token", ColumnType::Uuid);
        add(catalog, "tasks", "settings", ColumnType::Jsonb);
        check(
            catalog,
            "tasks",
            "settings",
            "(jsonb_typeof(settings) = 'array'::text)",
        );
    });
    let tasks = rows(&plan, Record::Task);
    assert_eq!(
        (tasks[16].get("external_ref"), tasks[40].get("external_ref")),
        ("external-ref-17", "external-ref-1-1")
    );
    let channels: BTreeSet<String> = values(&tasks, "channel").into_iter().collect();
    assert!(channels.into_iter().eq(["shop".to_owned(), "web".to_owned()]));
    for task in &tasks {
        assert_eq!((task.get("is_billable"), task.get("settings")), ("false", "[]"));
        assert!((1..=5).contains(&task.get("effort").parse::<i64>().unwrap()));
        assert_eq!(task.get("synced_on"), &task.get("created_at")[..10]);
        assert_ne!(task.get("token"), task.get("id"));
    }
    for column in ["external_ref", "serial_number", "token"] {
        all_differ(&plan, Record::Task, column);
    }
    let binding = plan.binding(Record::Task).unwrap();
    let source = |name: &str| {
        &binding
            .columns
            .iter()
            .find(|column| column.name == name)
            .unwrap()
            .source
    };
    assert_eq!(source("effort"), &Source::Filler);
    assert_eq!(source("created_at"), &Source::Field(Field::CreatedAt));
    assert_eq!(binding.column(Field::CreatedAt), Some("created_at"));
}

#[test]
fn what_cannot_be_made_up_says_what_to_put_into_the_file() {
    let found = misfit(|catalog| {
        add(catalog, "tasks", "code", TEXT);
        check(catalog, "tasks", "code", "(code ~ '^[A-Z]{3}$'::text)");
    });
    assert_eq!(
        (found.column.as_str(), found.constraint.as_str()),
        ("code", "code_rule")
    );
    let line = "in `seedbed.toml`: `[tables.tasks.columns]` `code = { value = \"...\" }`";
    assert!(found.hint().contains(line), "{}", found.hint());
    let found = misfit(|catalog| add(catalog, "tags", "place", ColumnType::Other("point".into())));
    assert!(found.problem.contains("no field of tags is called so"), "{found}");
}

#[test]
fn a_list_without_a_field_of_few_words_is_drawn_from_where_it_must_be() {
    let plan = plan(|catalog| {
        column_mut(catalog, "contacts", "department").not_null = true;
        check(
            catalog,
            "contacts",
            "department",
            "(department = ANY (ARRAY['a'::text, 'b'::text]))",
        );
    });
    let contacts = rows(&plan, Record::Contact);
    assert!(
        values(&contacts, "department")
            .iter()
            .all(|word| ["a", "b"].contains(&word.as_str()))
    );
}

#[test]
fn texts_that_must_be_unique_carry_their_number() {
    let plan = plan(|catalog| {
        unique(catalog, "opportunities", &["name"], true);
        unique(catalog, "contacts", &["linkedin_url"], false);
        unique(catalog, "activities", &["contact_id", "subject"], false);
        column_mut(catalog, "opportunities", "name").kind = ColumnType::Text { max_length: Some(20) };
    });
    let deals = values(&rows(&plan, Record::Opportunity), "name");
    assert!(
        deals[16].ends_with(" (17)") && deals[25].ends_with(" (1-1)"),
        "{deals:?}"
    );
    assert!(deals.iter().all(|name| name.chars().count() <= 20), "{deals:?}");
    all_differ(&plan, Record::Opportunity, "name");
    let contact = &rows(&plan, Record::Contact)[1];
    assert!(contact.get("linkedin_url").ends_with("-2"), "{contact:?}");
    all_differ(&plan, Record::Activity, "subject");
}

#[test]
fn unique_texts_stay_so_where_they_are_cut() {
    let plan = plan(|catalog| {
        column_mut(catalog, "products", "sku").kind = ColumnType::Text { max_length: Some(8) };
        column_mut(catalog, "products", "sku").not_null = true;
    });
    all_differ(&plan, Record::Product, "sku");
}

#[test]
fn composite_keys_hold_by_construction_or_cost_a_column() {
    let held = plan(|catalog| {
        unique(catalog, "opportunities", &["stage", "index"], false);
        unique(catalog, "contacts", &["id", "first_name"], false);
        unique(catalog, "tasks", &["deleted_at", "due_date"], false);
        unique(catalog, "products", &["principal_id", "name"], false);
        unique(
            catalog,
            "contact_organizations",
            &["contact_id", "is_primary"],
            true,
        );
    });
    let whole = plan(|_| ());
    assert_eq!(held.digest(), whole.digest());
    let plan = plan(|catalog| {
        unique(
            catalog,
            "opportunities",
            &["amount", "estimated_close_date"],
            false,
        )
    });
    assert!(why(&plan, "opportunities", "amount").contains("must be unique together"));
    let found = misfit(|catalog| {
        unique(catalog, "tasks", &["due_date"], false);
        column_mut(catalog, "tasks", "due_date").not_null = true;
    });
    assert_eq!(
        (found.column.as_str(), found.constraint.as_str()),
        ("due_date", "due_date_key")
    );
    assert!(
        found.hint().contains("`[tables.tasks]` `skip = true`"),
        "{}",
        found.hint()
    );
}

#[test]
fn grades_are_numbers_where_the_column_has_numbers() {
    let plan = plan(|catalog| {
        let priority = column_mut(catalog, "activities", "priority");
        (priority.kind, priority.default) = (ColumnType::SmallInt, None);
        check(
            catalog,
            "activities",
            "priority",
            "((priority >= 1) AND (priority <= 3))",
        );
    });
    let grades: BTreeSet<String> = values(&rows(&plan, Record::Activity), "priority")
        .into_iter()
        .collect();
    assert!(
        grades
            .into_iter()
            .eq(["1".to_owned(), "2".to_owned(), "3".to_owned()])
    );
}

#[test]
fn a_name_by_chance_does_not_stop_a_run() {
    let plan = plan(|catalog| {
        table_mut(catalog, "activities")
            .columns
            .retain(|column| column.name != "type");
        add(catalog, "activities", "channel", ColumnType::SmallInt);
    });
    let binding = plan.binding(Record::Activity).unwrap();
    let channel = binding
        .columns
        .iter()
        .find(|column| column.name == "channel")
        .unwrap();
    assert_eq!(channel.source, Source::Filler);
}

#[test]
fn stages_of_the_database_become_the_pipeline_where_nobody_named_others() {
    let stages = |catalog: &mut Catalog| {
        let list = "(stage = ANY (ARRAY['lead'::text, 'proposal'::text, 'delayed'::text, 'won'::text, 'lost'::text]))";
        check(catalog, "opportunities", "stage", list);
    };
    let plan = plan(stages);
    assert_eq!(
        plan.pipeline().stages,
        ["lead", "proposal", "delayed", "won", "lost"]
    );
    assert_eq!(plan.pipeline().default_stage, "lead");
    let expect = |stage: &str| match stage {
        "lead" => ("open", "10"),
        "proposal" => ("open", "80"),
        "delayed" => ("stalled", "25"),
        "won" => ("won", "100"),
        _ => ("lost", "0"),
    };
    for deal in rows(&plan, Record::Opportunity) {
        let (status, probability) = expect(deal.get("stage"));
        assert_eq!(
            (deal.get("status"), deal.get("probability")),
            (status, probability)
        );
        assert_eq!(
            deal.find("actual_close_date").is_some(),
            ["won", "lost"].contains(&status)
        );
    }
    let mut catalog = reference();
    stages(&mut catalog);
    column_mut(&mut catalog, "opportunities", "stage").default = None;
    let mut spec = two_owners();
    spec.pipeline.stages.pop();
    let error = Plan::new(&catalog, &spec).unwrap_err().to_string();
    assert!(error.contains("it allows `lead`"), "{error}");
}
