use super::*;
use crate::bind::checks::Limit;
use crate::encode::text;

fn fill(kind: ColumnType, demands: &Demands, unique: bool, row: RowId) -> Result<Option<String>, String> {
    let column = Column {
        name: "externalRef".into(),
        kind,
        not_null: true,
        ..Column::default()
    };
    let rows = Rows {
        seed: 42,
        record: Record::Task,
        stride: 4,
        last: RowId::new(2, 99),
    };
    let filler = Filler::new(&column, demands, unique, rows).map_err(|refusal| refusal.why)?;
    let mut written = None;
    let visitor = &mut |_: usize, wire: Wire<'_>| written = text::write(wire);
    filler.fill(row, &mut String::new(), Cell { column: 0, visitor });
    Ok(written)
}

fn check(kind: ColumnType, demands: &Demands, unique: bool, expect: &str) {
    let value = fill(kind.clone(), demands, unique, RowId::new(2, 16));
    assert_eq!(value, Ok(Some(expect.to_owned())), "{kind:?} {demands:?}");
}

fn text(max_length: impl Into<Option<u32>>) -> ColumnType {
    ColumnType::Text {
        max_length: max_length.into(),
    }
}

fn between(low: f64, high: f64, strict: bool) -> Demands {
    let limit = |value| {
        Some(Limit {
            value,
            strict,
            constraint: "range".into(),
        })
    };
    Demands {
        lowest: limit(low),
        highest: limit(high),
        ..Demands::default()
    }
}

#[test]
fn every_type_has_a_plain_value() {
    let free = Demands::default();
    check(ColumnType::Boolean, &free, false, "false");
    check(text(None), &free, true, "external-ref-2-17");
    check(text(8), &free, true, "ext-2-17");
    check(text(5), &free, true, "2-17");
    check(text(3), &free, false, "ext");
    let long = Demands {
        shortest: 20,
        longest: Some(20),
        ..Demands::default()
    };
    check(text(None), &long, true, "external-ref-0002-17");
    check(ColumnType::Jsonb, &free, false, "{}");
    let list = Demands {
        json: Some(JsonKind::Array),
        ..Demands::default()
    };
    check(ColumnType::Json, &list, false, "[]");
    check(ColumnType::Inet, &free, false, "192.0.2.1");
    check(ColumnType::Interval, &free, false, "1 day");
    let uuid = fill(ColumnType::Uuid, &free, true, RowId::new(2, 16))
        .unwrap()
        .unwrap();
    assert!(
        uuid.starts_with("5eed") && uuid.ends_with("-8002-000000000010"),
        "{uuid}"
    );
}

#[test]
fn numbers_lie_within_the_checks() {
    for row in 0..200 {
        let value = |kind, demands: &Demands| -> f64 {
            let value = fill(kind, demands, false, RowId::new(0, row)).unwrap().unwrap();
            value.parse().unwrap()
        };
        assert!((1.0..=100.0).contains(&value(ColumnType::SmallInt, &Demands::default())));
        assert!((7.0..=9.0).contains(&value(ColumnType::Integer, &between(6.0, 10.0, true))));
        let part = value(ColumnType::Double, &between(0.0, 1.0, true));
        assert!(part > 0.0 && part < 1.0, "{part}");
        let small = ColumnType::Numeric {
            precision: Some(3),
            scale: Some(2),
        };
        assert!((0.01..=9.99).contains(&value(small, &Demands::default())));
    }
    check(ColumnType::Integer, &between(1000.0, 5000.0, false), true, "1066");
}

#[test]
fn what_cannot_be_made_up_is_refused() {
    let refused =
        |kind, demands: &Demands, unique| fill(kind, demands, unique, RowId::new(0, 0)).unwrap_err();
    let free = Demands::default();
    assert!(refused(ColumnType::Other("point".into()), &free, false).contains("point"));
    assert!(refused(ColumnType::Boolean, &free, true).contains("must be unique"));
    assert!(refused(text(3), &free, true).contains("3 characters"));
    assert!(refused(ColumnType::Integer, &between(1.0, 50.0, false), true).contains("50 rows"));
    assert!(refused(ColumnType::Integer, &between(1.0, 2.0, true), false).contains("no number"));
    let unread = Demands {
        unread: vec!["pattern".into()],
        ..Demands::default()
    };
    assert!(refused(text(None), &unread, false).contains("more than can be read"));
}
