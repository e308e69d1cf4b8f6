//! Each format read back gives the rows, and parts joined are the whole.

use std::collections::BTreeMap;

use proptest::prelude::*;
use seed_core::adjustments::{Adjustments, ColumnAdjustment, TableAdjustment};
use seed_core::catalog::{Column, ColumnType, Identity};
use seed_core::domain::Record;
use seed_core::encode::Format;
use seed_core::plan::{Plan, TablePlan, Volume};
use serde_json::Value;

use crate::support::{column_mut, plan, reference, spec, table, table_mut};

const ALL: [Format; 7] = [
    Format::Binary,
    Format::Text,
    Format::Csv,
    Format::Json,
    Format::JsonLines,
    Format::Sql,
    Format::TypeScript,
];

type Rows = Vec<Vec<Option<String>>>;

/// Rows of all tables, in more than one statement of SQL.
fn whole() -> Plan {
    plan("food_beverage", 42, &[Volume::of_each(601), Volume::of_each(3)])
}

fn encoded(table: &TablePlan, format: Format) -> String {
    let mut out = Vec::new();
    table.encode_start(format, &mut out);
    table.encode(format, 0..table.row_count(), &mut out);
    table.encode_end(format, &mut out);
    String::from_utf8(out).unwrap()
}

/// Reads every table of a plan back, and holds it against the rows as text.
fn check(plan: &Plan, format: Format, read: impl Fn(&TablePlan, &str) -> Rows) {
    for table in plan.tables() {
        let rows = read(table, &encoded(table, format));
        assert_eq!(
            rows,
            table.sample(table.row_count()),
            "{format:?} of {}",
            table.name()
        );
    }
}

/// A reader of COPY's text format.
fn read_copy(text: &str) -> Rows {
    let value = |field: &str| match field {
        "\\N" => None,
        field => Some(
            field
                .replace("\\\\", "\0")
                .replace("\\n", "\n")
                .replace("\\r", "\r")
                .replace("\\t", "\t")
                .replace('\0', "\\"),
        ),
    };
    let row = |line: &str| line.split('\t').map(value).collect();
    text.lines().map(row).collect()
}

/// What the library reads. It does not tell null from an empty text, which no row of ours has.
fn read_csv(table: &TablePlan, text: &str) -> Rows {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let names: Vec<&String> = table
        .binding()
        .columns
        .iter()
        .map(|column| &column.name)
        .collect();
    assert!(header.iter().eq(names), "{header:?}");
    let value = |field: &str| (!field.is_empty()).then(|| field.to_owned());
    reader
        .records()
        .map(|record| record.unwrap().iter().map(value).collect())
        .collect()
}

/// A value of JSON as PostgreSQL prints it, told by the type of its column.
fn printed(value: &Value, kind: &ColumnType) -> Option<String> {
    let instant = |text: &str| text.replacen('T', " ", 1);
    Some(match (value, kind) {
        (Value::Null, _) => return None,
        (Value::String(text), ColumnType::TimestampTz) => instant(text).trim_end_matches(":00").to_owned(),
        (Value::String(text), ColumnType::Timestamp) => instant(text),
        (Value::String(text), _) => text.clone(),
        (Value::Array(items), ColumnType::Array { .. }) => {
            let items: Vec<String> = items.iter().map(Value::to_string).collect();
            format!("{{{}}}", items.join(","))
        }
        (value, _) => value.to_string(),
    })
}

/// Rows of JSON, and the rows of the plan as they come out of JSON: numbers and embedded JSON have many spellings.
fn check_objects(table: &TablePlan, objects: &[Value]) {
    let rows = table.sample(table.row_count());
    assert_eq!(objects.len(), rows.len());
    for (object, row) in objects.iter().zip(rows) {
        assert_eq!(object.as_object().unwrap().len(), row.len());
        for (column, expected) in table.columns().zip(row) {
            let value = &object[&column.name];
            let same = match (&column.kind, &expected) {
                (ColumnType::Json | ColumnType::Jsonb, Some(text)) => {
                    *value == serde_json::from_str::<Value>(text).unwrap()
                }
                (ColumnType::Numeric { .. } | ColumnType::Double | ColumnType::Real, Some(text)) => {
                    value.as_f64() == Some(text.parse().unwrap())
                }
                (kind, expected) => printed(value, kind) == *expected,
            };
            assert!(
                same,
                "{}.{}: {value} is not {expected:?}",
                table.name(),
                column.name
            );
        }
    }
}

#[test]
fn copy_text_read_back_is_the_rows() {
    check(&whole(), Format::Text, |_, text| read_copy(text));
}

#[test]
fn csv_read_back_is_the_rows() {
    check(&whole(), Format::Csv, read_csv);
}

#[test]
fn json_read_back_is_the_rows() {
    for table in whole().tables() {
        let objects: Vec<Value> = serde_json::from_str(&encoded(table, Format::Json)).unwrap();
        check_objects(table, &objects);
        let lines = encoded(table, Format::JsonLines);
        let lines: Vec<Value> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines, objects);
    }
}

#[test]
fn a_table_without_rows_is_whole_in_each_format() {
    let plan = plan(
        "saas",
        42,
        &[Volume {
            tags: 1,
            ..Volume::default()
        }],
    );
    let tasks = table(&plan, Record::Task);
    let empty = |format| encoded(tasks, format);
    assert_eq!(tasks.row_count(), 0);
    assert_eq!(
        serde_json::from_str::<Value>(&empty(Format::Json)).unwrap(),
        Value::Array(vec![])
    );
    assert_eq!(
        (empty(Format::JsonLines), empty(Format::Text), empty(Format::Sql)),
        Default::default()
    );
    assert_eq!(empty(Format::Csv).lines().count(), 1);
    assert!(empty(Format::TypeScript).ends_with("[] = [];\n"));
}

#[test]
fn sql_splits_statements_and_lets_identities_be_filled() {
    let plan = whole();
    let contacts = encoded(table(&plan, Record::Contact), Format::Sql);
    assert_eq!(contacts.matches("insert into \"public\".\"contacts\"").count(), 2);
    assert!(contacts.ends_with(");\n") && !contacts.contains("overriding") && !contacts.contains("setval"));
    let tags = encoded(table(&plan, Record::Tag), Format::Sql);
    assert!(tags.ends_with(")\non conflict do nothing;\n"));

    let mut catalog = reference();
    let id = column_mut(&mut catalog, "tasks", "id");
    (id.kind, id.identity) = (ColumnType::BigInt, Identity::Always);
    let plan = Plan::new(&catalog, &spec("saas", 42, &[Volume::of_each(2)])).unwrap();
    let tasks = encoded(table(&plan, Record::Task), Format::Sql);
    assert!(
        tasks.contains(") overriding system value values\n(1, "),
        "{tasks}"
    );
    assert!(
        tasks.contains("pg_get_serial_sequence('\"public\".\"tasks\"', 'id')"),
        "{tasks}"
    );
}

/// Values that a project gives, of types that we make none of.
#[test]
fn constants_of_every_type_come_back() {
    let kinds: [(&str, ColumnType, &str, Value); 7] = [
        (
            "a_note",
            ColumnType::Text { max_length: None },
            "O'Hara, \"x\"\t\\N\n",
            Value::from("O'Hara, \"x\"\t\\N\n"),
        ),
        (
            "b_empty",
            ColumnType::Text { max_length: None },
            "",
            Value::from(""),
        ),
        (
            "c_flags",
            ColumnType::Array {
                element: Box::new(ColumnType::Boolean),
                element_oid: 16,
            },
            "{true,false}",
            serde_json::json!([true, false]),
        ),
        (
            "d_extra",
            ColumnType::Jsonb,
            "{\"a\":\n [1, \"x\"]}",
            serde_json::json!({"a": [1, "x"]}),
        ),
        (
            "e_at",
            ColumnType::TimestampTz,
            "2026-11-22T09:00:00.25Z",
            Value::from("2026-11-22T09:00:00.25+00:00"),
        ),
        ("f_took", ColumnType::Interval, "2 days", Value::from("2 days")),
        (
            "g_rate",
            ColumnType::Numeric {
                precision: None,
                scale: None,
            },
            "0.50",
            serde_json::json!(0.5),
        ),
    ];
    let mut catalog = reference();
    let tasks = table_mut(&mut catalog, "tasks");
    let mut columns = BTreeMap::new();
    for (name, kind, text, _) in &kinds {
        tasks.columns.push(Column {
            name: (*name).to_owned(),
            kind: kind.clone(),
            ..Column::default()
        });
        columns.insert(
            (*name).to_owned(),
            ColumnAdjustment::OneOf(vec![(*text).to_owned()]),
        );
    }
    let mut spec = spec("saas", 42, &[Volume::of_each(2)]);
    let said = TableAdjustment {
        columns,
        ..TableAdjustment::default()
    };
    spec.adjustments = Adjustments {
        tables: BTreeMap::from([("tasks".to_owned(), said)]),
    };
    let plan = Plan::new(&catalog, &spec).unwrap();
    let tasks = table(&plan, Record::Task);

    let rows: Vec<Value> = serde_json::from_str(&encoded(tasks, Format::Json)).unwrap();
    for (name, _, _, expected) in &kinds {
        assert_eq!(rows[0][*name], *expected, "{name}");
    }
    assert_eq!(encoded(tasks, Format::JsonLines).lines().count(), 2);
    assert_eq!(read_copy(&encoded(tasks, Format::Text)), tasks.sample(2));
    let csv = encoded(tasks, Format::Csv);
    assert!(csv.contains(",\"O'Hara, \"\"x\"\"\t\\N\n\",\"\","), "{csv}");
    let sql = encoded(tasks, Format::Sql);
    assert!(
        sql.contains(", 'O''Hara, \"x\"\t\\N\n', '', '{true,false}', "),
        "{sql}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn parts_joined_are_the_whole(cuts in prop::collection::vec(0_u64..1010, 0..5)) {
        let plan = plan("saas", 7, &[Volume { tasks: 1001, ..Volume::of_each(9) }]);
        for table in plan.tables() {
            let rows = table.row_count();
            let mut cuts: Vec<u64> = cuts.iter().map(|cut| (*cut).min(rows)).chain([0, rows]).collect();
            cuts.sort_unstable();
            for format in ALL {
                let (mut parts, mut whole) = (Vec::new(), Vec::new());
                cuts.windows(2).for_each(|pair| table.encode(format, pair[0]..pair[1], &mut parts));
                table.encode(format, 0..rows, &mut whole);
                prop_assert!(parts == whole, "{format:?} of {}", table.name());
            }
        }
    }
}
