//! What the binder makes of other catalogs than ours.

use seed_core::bind::Misfit;
use seed_core::catalog::{Catalog, Check, Column, ColumnType, Identity};
use seed_core::domain::{Field, Record};
use seed_core::plan::{Plan, PlanError, Volume};

use crate::support::{AS_OF, column_mut, reference, rows, spec, table, table_mut};

fn bind(catalog: &Catalog) -> Plan {
    Plan::new(catalog, &spec("food_beverage", 42, &[Volume::MANAGER])).unwrap()
}

fn misfits(change: impl FnOnce(&mut Catalog)) -> Vec<Misfit> {
    let mut catalog = reference();
    change(&mut catalog);
    match Plan::new(&catalog, &spec("food_beverage", 42, &[Volume::MANAGER])) {
        Err(PlanError::Misfits(misfits)) => misfits,
        other => panic!("{other:?}"),
    }
}

fn check_misfit(change: impl FnOnce(&mut Catalog), column: &str, constraint: &str, problem: &str) {
    let misfits = misfits(change);
    let [misfit] = misfits.as_slice() else {
        panic!("{misfits:?}")
    };
    assert_eq!(
        format!("{}.{}", misfit.table, misfit.column),
        format!("public.{column}")
    );
    assert_eq!(misfit.constraint, constraint);
    assert!(misfit.problem.contains(problem), "{misfit:?}");
    assert!(!misfit.hint().is_empty());
}

#[test]
fn the_reference_schema_is_filled_but_for_what_the_database_keeps() {
    let plan = bind(&reference());
    let left: Vec<&str> = plan
        .unplaced()
        .iter()
        .filter_map(|left| left.column.as_deref())
        .collect();
    assert!(
        left.iter()
            .all(|column| ["deleted_at", "usage_count"].contains(column)),
        "{left:?}"
    );
    let tables: Vec<&str> = plan
        .unplaced()
        .iter()
        .filter(|left| left.column.is_none())
        .map(|left| left.table.as_str())
        .collect();
    assert_eq!(tables, ["sales", "test_user_metadata"]);
    let order: Vec<&str> = plan.tables().iter().map(|table| table.name()).collect();
    let place = |name| order.iter().position(|table| *table == name).unwrap();
    assert!(place("organizations") < place("products") && place("opportunities") < place("activities"));
    assert_eq!(order.len(), 10);
}

#[test]
fn the_binding_names_live_tables_and_columns() {
    let mut catalog = reference();
    table_mut(&mut catalog, "opportunities").name = "Deals".into();
    for table in &mut catalog.tables {
        for key in table
            .foreign_keys
            .iter_mut()
            .filter(|key| key.referenced_table == "opportunities")
        {
            key.referenced_table = "Deals".into();
        }
    }
    column_mut(&mut catalog, "Deals", "estimated_close_date").name = "expectedCloseDate".into();
    let plan = bind(&catalog);
    let binding = plan.binding(Record::Opportunity).unwrap();
    assert_eq!(binding.sql_name(), "\"public\".\"Deals\"");
    assert_eq!(
        binding.column(Field::EstimatedCloseDate),
        Some("expectedCloseDate")
    );
    assert_eq!(binding.column(Field::Sku), None);
    assert!(
        table(&plan, Record::Opportunity)
            .copy_statement()
            .contains("\"expectedCloseDate\"")
    );
}

#[test]
fn integer_keys_go_on_from_what_is_there() {
    let mut catalog = reference();
    let id = column_mut(&mut catalog, "tasks", "id");
    (id.kind, id.identity, id.next_key) = (ColumnType::BigInt, Identity::ByDefault, Some(101));
    let plan = Plan::new(
        &catalog,
        &spec("saas", 42, &[Volume::of_each(3), Volume::of_each(2)]),
    )
    .unwrap();
    let ids: Vec<String> = rows(&plan, Record::Task)
        .iter()
        .map(|task| task.get("id").to_owned())
        .collect();
    assert_eq!(ids, ["101", "105", "109", "102", "106"]);
}

#[test]
fn keys_of_tags_are_judged_like_all_others() {
    let mut catalog = reference();
    let id = column_mut(&mut catalog, "tags", "id");
    (id.kind, id.default, id.next_key) = (ColumnType::SmallInt, None, Some(32_700));
    let error = Plan::new(&catalog, &spec("saas", 42, &[Volume::MANAGER])).unwrap_err();
    assert!(error.to_string().contains("`id` of `public.tags`"), "{error}");
}

#[test]
fn references_take_the_type_of_the_key_they_point_at() {
    let mut catalog = reference();
    column_mut(&mut catalog, "contacts", "id").kind = ColumnType::BigInt;
    for (table, column) in [
        ("contact_organizations", "contact_id"),
        ("contact_notes", "contact_id"),
        ("activities", "contact_id"),
        ("tasks", "contact_id"),
    ] {
        column_mut(&mut catalog, table, column).kind = ColumnType::BigInt;
    }
    let element = Box::new(ColumnType::BigInt);
    column_mut(&mut catalog, "opportunities", "contact_ids").kind = ColumnType::Array {
        element,
        element_oid: 20,
    };
    let plan = bind(&catalog);
    let deal = &rows(&plan, Record::Opportunity)[0];
    assert_eq!(deal.get("contact_ids"), "{1}");
    let activity = &rows(&plan, Record::Activity)[0];
    assert!(activity.get("contact_id").parse::<i64>().is_ok());
}

#[test]
fn contacts_can_name_their_company_themselves() {
    let mut catalog = reference();
    catalog
        .tables
        .retain(|table| table.name != "contact_organizations");
    let column = Column {
        name: "company_id".into(),
        kind: ColumnType::Uuid,
        not_null: true,
        ..Column::default()
    };
    table_mut(&mut catalog, "contacts").columns.push(column);
    let plan = bind(&catalog);
    let organizations = crate::support::by_id(&plan, Record::Organization);
    assert!(
        rows(&plan, Record::Contact)
            .iter()
            .all(|contact| organizations.contains_key(contact.get("company_id")))
    );
}

#[test]
fn other_words_for_the_same_are_found() {
    let mut catalog = reference();
    let labels = ["Low", "Normal", "High", "Urgent"].map(str::to_owned).to_vec();
    column_mut(&mut catalog, "activities", "priority").kind = ColumnType::Enum {
        name: "priority".into(),
        labels,
    };
    let plan = bind(&catalog);
    let activities = rows(&plan, Record::Activity);
    assert!(
        activities
            .iter()
            .any(|activity| activity.get("priority") == "Urgent")
    );
    assert!(
        activities
            .iter()
            .all(|activity| activity.get("priority") != "medium")
    );
}

#[test]
fn what_must_be_filled_and_cannot_be_is_named() {
    let required = |name: &str| Column {
        name: name.into(),
        not_null: true,
        ..Column::default()
    };
    check_misfit(
        |catalog| table_mut(catalog, "tasks").columns.push(required("tenant")),
        "tasks.tenant",
        "not null",
        "no field of tasks is called so",
    );
    check_misfit(
        |catalog| {
            let status = column_mut(catalog, "opportunities", "status");
            (status.kind, status.default) = (enumeration("deal_status", &["draft", "won", "lost"]), None);
        },
        "opportunities.status",
        "deal_status",
        "it allows `draft`, `won`, `lost`, not `open`, `stalled`",
    );
    check_misfit(
        |catalog| {
            let amount = column_mut(catalog, "opportunities", "amount");
            amount.not_null = true;
            amount.kind = ColumnType::Numeric {
                precision: Some(8),
                scale: Some(2),
            };
        },
        "opportunities.amount",
        "numeric(8,2)",
        "goes up to 1000000",
    );
    check_misfit(
        |catalog| column_mut(catalog, "opportunities", "actual_close_date").not_null = true,
        "opportunities.actual_close_date",
        "not null",
        "not every row has a `actual_close_date`",
    );
    check_misfit(
        |catalog| column_mut(catalog, "contacts", "first_name").kind = ColumnType::Bytea,
        "contacts.first_name",
        "not null",
        "its type bytea does not take",
    );
}

#[test]
fn a_table_that_gets_no_rows_misses_nothing() {
    let mut catalog = reference();
    let required = Column {
        name: "tenant".into(),
        not_null: true,
        ..Column::default()
    };
    table_mut(&mut catalog, "tasks").columns.push(required);
    let mut spec = spec("food_beverage", 42, &[Volume::MANAGER]);
    let hint = Plan::new(&catalog, &spec).unwrap_err().hint();
    assert!(hint.contains("SEED_TASK_COUNT=0"), "{hint}");
    spec.owners[0].volume.tasks = 0;
    let plan = Plan::new(&catalog, &spec).unwrap();
    assert!(rows(&plan, Record::Task).is_empty());
}

#[test]
fn all_misfits_are_named_at_once() {
    let found = misfits(|catalog| {
        for table in ["tasks", "tags"] {
            let column = Column {
                name: "tenant".into(),
                not_null: true,
                ..Column::default()
            };
            table_mut(catalog, table).columns.push(column);
        }
    });
    assert_eq!(found.len(), 2);
}

#[test]
fn optional_columns_that_do_not_fit_are_left_alone_with_why() {
    let mut catalog = reference();
    table_mut(&mut catalog, "opportunities")
        .unique
        .push(seed_core::catalog::UniqueKey {
            name: "one_a_day".into(),
            columns: vec!["next_action_date".into()],
            partial: false,
        });
    table_mut(&mut catalog, "contacts").checks.push(Check {
        name: "known_department".into(),
        columns: vec!["department".into()],
        expression: "(department = ANY (ARRAY['a'::text, 'b'::text]))".into(),
    });
    let plan = bind(&catalog);
    let why = |table: &str, column: &str| {
        let is =
            |left: &&seed_core::plan::Unplaced| left.table == table && left.column.as_deref() == Some(column);
        plan.unplaced()
            .iter()
            .find(is)
            .map(|left| left.why.clone())
            .unwrap_or_default()
    };
    assert!(why("opportunities", "next_action_date").contains("must be unique"));
    assert!(why("contacts", "department").contains("it allows `a`, `b`"));
}

#[test]
fn rows_without_an_owner_leave_owner_columns_alone() {
    let mut spec = spec("saas", 42, &[Volume::MANAGER]);
    spec.owners[0].profile_id = None;
    let plan = Plan::new(&reference(), &spec).unwrap();
    assert_eq!(plan.binding(Record::Task).unwrap().column(Field::CreatedBy), None);
    let mut catalog = reference();
    let created_by = column_mut(&mut catalog, "tasks", "created_by");
    (created_by.not_null, created_by.default) = (true, None);
    let error = Plan::new(&catalog, &spec).unwrap_err();
    assert!(error.hint().contains("cargo xtask users"), "{error}");
}

#[test]
fn what_activities_say_of_the_past_is_past() {
    let names = ["occurred_at", "happenedAt", "logged_at", "sent_at"];
    let mut catalog = reference();
    for name in names {
        table_mut(&mut catalog, "activities").columns.push(Column {
            name: name.into(),
            kind: ColumnType::TimestampTz,
            not_null: true,
            ..Column::default()
        });
    }
    let activities = rows(&bind(&catalog), Record::Activity);
    assert!(activities.iter().any(|activity| activity.get("due_date") > AS_OF));
    for activity in &activities {
        assert!(
            names.iter().all(|name| activity.get(name) <= AS_OF),
            "{activity:?}"
        );
    }
}

fn enumeration(name: &str, labels: &[&str]) -> ColumnType {
    ColumnType::Enum {
        name: name.into(),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
    }
}
