use super::*;

/// What a value of an owner's first row becomes, as text.
fn fitted(fit: &Fit, value: Value<'_>) -> Option<String> {
    let mut written = None;
    let visitor = &mut |_: usize, wire: Wire<'_>| written = crate::encode::text::write(wire);
    let cell = Cell { column: 0, visitor };
    fit.fit(
        value,
        RowId::new(1, 0),
        &Keys::default(),
        &mut String::new(),
        cell,
    );
    written
}

fn check(target: Target, value: Value<'_>, expect: Option<&str>) {
    let fit = Fit {
        labels: vec![("critical".into(), "urgent".into())],
        stand_in: StandIn::Empty,
        owners: vec![None, Some(Key::Integer(9))],
        tags: vec![None, Some(Key::Integer(7))],
        ..Fit::new(target)
    };
    assert_eq!(fitted(&fit, value).as_deref(), expect, "{value:?} as {target:?}");
}

#[test]
fn money_and_numbers_fit_the_type() {
    check(Target::Decimal { scale: 2 }, Value::Money(1250), Some("12.50"));
    check(
        Target::Int {
            bytes: 8,
            cents: false,
        },
        Value::Money(1250),
        Some("13"),
    );
    check(
        Target::Int {
            bytes: 4,
            cents: true,
        },
        Value::Money(1250),
        Some("1250"),
    );
    check(Target::Text { max_length: None }, Value::Money(5), Some("0.05"));
    check(Target::Float { bytes: 8 }, Value::Int(70), Some("70"));
}

#[test]
fn moments_fit_the_type() {
    let noon = 946_728_000_000_000;
    check(Target::Date, Value::Moment(noon), Some("2000-01-01"));
    check(
        Target::Instant { zoned: false },
        Value::Moment(noon),
        Some("2000-01-01 12:00:00"),
    );
    check(
        Target::Text { max_length: None },
        Value::Moment(noon),
        Some("2000-01-01T12:00:00Z"),
    );
    check(
        Target::Text { max_length: Some(12) },
        Value::Moment(noon),
        Some("2000-01-01"),
    );
}

#[test]
fn texts_are_labelled_cut_and_listed() {
    let array = Target::Array {
        element_oid: 25,
        element: Element::Text,
    };
    check(
        Target::Text { max_length: None },
        Value::Text("critical"),
        Some("urgent"),
    );
    check(
        Target::Text { max_length: Some(5) },
        Value::Text("naïve fool"),
        Some("naïve"),
    );
    check(array, Value::Text("one"), Some("{\"one\"}"));
    check(array, Value::Null, Some("{}"));
    check(Target::Jsonb, Value::Text("a \"b\""), Some("\"a \\\"b\\\"\""));
    check(
        Target::Int {
            bytes: 8,
            cents: false,
        },
        Value::Owner,
        Some("9"),
    );
}

#[test]
fn tags_are_names_or_keys() {
    let mut tags = Few::one((0, "vip"));
    tags.push((1, "new"));
    let of = |element| Target::Array {
        element_oid: 0,
        element,
    };
    check(of(Element::Text), Value::Tags(tags), Some("{\"vip\",\"new\"}"));
    check(of(Element::Int { bytes: 8 }), Value::Tags(tags), Some("{7}"));
    check(Target::Json, Value::Tags(tags), Some("[\"vip\", \"new\"]"));
    check(
        Target::Text { max_length: Some(6) },
        Value::Tags(tags),
        Some("vip, n"),
    );
}

#[test]
fn whole_numbers_are_amended_where_a_check_wants_it() {
    let check = |target, amend, expect: &str| {
        let fit = Fit {
            amend,
            ..Fit::new(target)
        };
        assert_eq!(fitted(&fit, Value::Int(25)).as_deref(), Some(expect));
    };
    let int = Target::Int {
        bytes: 4,
        cents: false,
    };
    check(int, Amend::Clamp(1, 10), "10");
    check(int, Amend::Shift(1), "26");
    check(Target::Decimal { scale: 2 }, Amend::Fraction, "0.25");
}
