//! What `seedbed.toml` says goes before what the binder would do.

use std::collections::BTreeMap;

use seed_core::adjustments::{Adjustments, ColumnAdjustment, TableAdjustment};
use seed_core::catalog::{Catalog, Column, ColumnType};
use seed_core::domain::{Field, Record};
use seed_core::plan::{Key, Plan, PlanError, Source, Volume};
use seed_core::spec::PresentTag;

use crate::support::{column_mut, reference, rows, spec, table_mut};

fn try_plan(catalog: &Catalog, tables: &[(&str, TableAdjustment)]) -> Result<Plan, PlanError> {
    let mut spec = spec("food_beverage", 42, &[Volume::MANAGER]);
    spec.adjustments = adjustments(tables);
    Plan::new(catalog, &spec)
}

fn adjustments(tables: &[(&str, TableAdjustment)]) -> Adjustments {
    Adjustments {
        tables: tables
            .iter()
            .map(|(name, said)| ((*name).to_owned(), said.clone()))
            .collect(),
    }
}

fn columns(columns: &[(&str, ColumnAdjustment)]) -> TableAdjustment {
    TableAdjustment {
        columns: columns
            .iter()
            .map(|(name, said)| ((*name).to_owned(), said.clone()))
            .collect(),
        ..TableAdjustment::default()
    }
}

fn holds(record: Record) -> TableAdjustment {
    TableAdjustment {
        record: Some(record),
        ..TableAdjustment::default()
    }
}

fn one_of(values: &[&str]) -> ColumnAdjustment {
    ColumnAdjustment::OneOf(values.iter().map(|value| (*value).to_owned()).collect())
}

fn field(field: Field, labels: &[(&str, &str)]) -> ColumnAdjustment {
    let labels: BTreeMap<String, String> = labels
        .iter()
        .map(|(ours, theirs)| ((*ours).to_owned(), (*theirs).to_owned()))
        .collect();
    ColumnAdjustment::Field { field, labels }
}

#[test]
fn a_table_holds_what_is_said_of_it() {
    let mut catalog = reference();
    let mut places = table_mut(&mut catalog, "organizations").clone();
    places.name = "places".into();
    catalog.tables.push(places);
    let said = TableAdjustment {
        rows: Some(7),
        ..holds(Record::Organization)
    };
    let tables = [("public.places", said)];
    assert_eq!(
        adjustments(&tables).rows_of(&catalog, Record::Organization),
        Some(7)
    );
    assert_eq!(adjustments(&tables).rows_of(&catalog, Record::Task), None);
    // The references of the other tables still point at `organizations`, which holds nothing now.
    for table in ["contact_organizations", "opportunities", "products"] {
        for key in &mut table_mut(&mut catalog, table).foreign_keys {
            if key.referenced_table == "organizations" {
                key.referenced_table = "places".into();
            }
        }
    }
    let plan = try_plan(&catalog, &tables).unwrap();
    assert_eq!(plan.binding(Record::Organization).unwrap().table, "places");
    let error = try_plan(
        &catalog,
        &[("places", holds(Record::Tag)), ("tags", holds(Record::Tag))],
    );
    assert!(
        matches!(
            error,
            Err(PlanError::TwoTables {
                record: Record::Tag,
                ..
            })
        ),
        "{error:?}"
    );
}

#[test]
fn a_table_or_column_that_is_left_alone_says_so() {
    let skip = TableAdjustment {
        skip: true,
        ..TableAdjustment::default()
    };
    let tables = [
        ("tasks", skip),
        ("tags", columns(&[("color", ColumnAdjustment::Skip)])),
    ];
    let plan = try_plan(&reference(), &tables).unwrap();
    assert!(plan.binding(Record::Task).is_none());
    let left = |table: &str, column: Option<&str>| {
        let mut unplaced = plan.unplaced().iter();
        unplaced.any(|left| {
            left.table == table && left.column.as_deref() == column && left.why.contains("seedbed.toml")
        })
    };
    assert!(left("tasks", None) && left("tags", Some("color")));
}

#[test]
fn a_column_takes_the_constant_the_list_or_the_field_that_is_said() {
    let mut catalog = reference();
    for (name, kind) in [
        ("tenant", ColumnType::Uuid),
        ("rating", ColumnType::SmallInt),
        ("headline", ColumnType::Text { max_length: None }),
        (
            "priority",
            ColumnType::Enum {
                name: "priority".into(),
                labels: vec!["low".into(), "high".into()],
            },
        ),
    ] {
        table_mut(&mut catalog, "tasks").columns.push(Column {
            name: name.into(),
            kind,
            not_null: true,
            ..Column::default()
        });
    }
    let tenant = "11111111-1111-4111-8111-111111111111";
    let said = columns(&[
        ("tenant", one_of(&[tenant])),
        ("rating", one_of(&["1", "5"])),
        ("headline", field(Field::Title, &[])),
        (
            "priority",
            field(Field::Status, &[("completed", "low"), ("pending", "high")]),
        ),
    ]);
    let plan = try_plan(&catalog, &[("tasks", said)]).unwrap();
    let tasks = rows(&plan, Record::Task);
    for task in &tasks {
        assert_eq!(
            (task.get("tenant"), task.get("headline")),
            (tenant, task.get("title"))
        );
        assert_eq!(task.get("priority") == "low", task.find("completed_at").is_some());
    }
    assert!(
        ["1", "5"]
            .iter()
            .all(|rating| tasks.iter().any(|task| task.get("rating") == *rating))
    );
    let columns = &plan.binding(Record::Task).unwrap().columns;
    let tenant = columns.iter().find(|column| column.name == "tenant").unwrap();
    assert_eq!((&tenant.source, tenant.field()), (&Source::Setting, None));
}

#[test]
fn what_is_said_and_does_not_fit_stops_the_run() {
    let problem = |table: &str, name: &str, said: ColumnAdjustment| {
        let error = try_plan(&reference(), &[(table, columns(&[(name, said)]))]);
        match error {
            Err(PlanError::Misfits(misfits)) => misfits[0].problem.clone(),
            other => panic!("{:?}", other.map(|plan| plan.row_count())),
        }
    };
    assert!(problem("tasks", "due_date", one_of(&["soon"])).contains("`seedbed.toml` gives `soon`"));
    assert!(problem("tasks", "title", field(Field::Sku, &[])).contains("tasks have no field `sku`"));
    assert!(problem("activities", "priority", one_of(&["whatever"])).contains("it allows `low`"));
    assert!(problem("tasks", "due_date", one_of(&[])).contains("empty list"));
}

#[test]
fn what_cannot_be_written_is_not_asked_for_again() {
    let hint = |not_null| {
        let mut catalog = reference();
        table_mut(&mut catalog, "tasks").columns.push(Column {
            name: "machine".into(),
            kind: ColumnType::Other("macaddr".into()),
            not_null,
            ..Column::default()
        });
        let said = columns(&[("machine", one_of(&["08:00:2b:01:02:03"]))]);
        try_plan(&catalog, &[("tasks", said)]).unwrap_err().hint()
    };
    assert!(
        hint(false).contains("`machine = { skip = true }`"),
        "{}",
        hint(false)
    );
    assert!(
        hint(true).contains("`[tables.tasks]` `skip = true`"),
        "{}",
        hint(true)
    );
    assert!(![hint(false), hint(true)].concat().contains("value"));
}

#[test]
fn labels_are_proposed_in_the_words_that_are_allowed() {
    let mut catalog = reference();
    let status = column_mut(&mut catalog, "opportunities", "status");
    let labels = ["draft", "won", "lost"].map(str::to_owned).to_vec();
    (status.not_null, status.default) = (true, None);
    status.kind = ColumnType::Enum {
        name: "deal_status".into(),
        labels,
    };
    let hint = try_plan(&catalog, &[]).unwrap_err().hint();
    let line = r#"{ field = "status", labels = { "open" = "draft", "stalled" = "draft" } }"#;
    assert!(hint.contains(line), "{hint}");
}

#[test]
fn tags_are_keys_where_the_column_holds_keys() {
    let mut catalog = reference();
    column_mut(&mut catalog, "tags", "id").kind = ColumnType::BigInt;
    column_mut(&mut catalog, "contacts", "tags").kind = ColumnType::Array {
        element: Box::new(ColumnType::BigInt),
        element_oid: 20,
    };
    let mut spec = spec("food_beverage", 42, &[Volume::MANAGER]);
    spec.present.tags.push(PresentTag {
        name: spec.pack.tags[0].name.clone(),
        key: Some(Key::Integer(-5)),
    });
    let plan = Plan::new(&catalog, &spec).unwrap();
    let tags = crate::support::by_id(&plan, Record::Tag);
    let mut used = std::collections::BTreeSet::new();
    for contact in rows(&plan, Record::Contact) {
        let ids = contact.get("tags").trim_matches(['{', '}']).to_owned();
        used.extend(ids.split(',').filter(|id| !id.is_empty()).map(str::to_owned));
    }
    assert!(used.remove("-5") && used.len() > 5, "{used:?}");
    assert!(used.iter().all(|id| tags.contains_key(id)), "{used:?}");
}
