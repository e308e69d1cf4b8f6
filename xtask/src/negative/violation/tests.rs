use seed_core::catalog::Table;
use seed_core::domain::Record;

use super::*;
use crate::negative::tests::{column, specimen_of};

fn text(max_length: Option<u32>) -> ColumnType {
    ColumnType::Text { max_length }
}

/// A table with a column of each kind, whose valid row has a price of 12.50, a first and a last day.
fn specimen() -> Specimen {
    let status = ColumnType::Enum {
        name: "public.status".into(),
        labels: vec!["open".into(), "won".into()],
    };
    let mut specimen = specimen_of(Table {
        columns: vec![
            column("name", text(None)),
            column("code", text(Some(5))),
            column("size", ColumnType::Integer),
            column("cost", ColumnType::Double),
            column("price", ColumnType::Double),
            column("nothing", ColumnType::Double),
            column("first", ColumnType::Date),
            column("last", ColumnType::Date),
            column("never", ColumnType::Date),
            column("status", status),
            column("panel", ColumnType::Jsonb),
        ],
        ..Table::default()
    });
    for (name, value) in [
        ("price", "12.50"),
        ("first", "2026-01-01"),
        ("last", "2026-02-01"),
        ("size", "7"),
    ] {
        specimen.base.insert(name.to_owned(), Some(value.to_owned()));
    }
    assert_eq!(specimen.binding.record, Record::Product);
    specimen
}

/// Each way to break the check, its changes joined by a comma.
#[track_caller]
fn check(columns: &[&str], expression: &str, expect: &[&str]) {
    let check = Check {
        name: "c".into(),
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        expression: expression.into(),
    };
    let found: Vec<String> = violations(&check, &specimen())
        .iter()
        .map(|changes| {
            changes
                .iter()
                .map(Change::describe)
                .collect::<Vec<_>>()
                .join(", ")
        })
        .collect();
    assert_eq!(found, expect, "{expression}");
}

#[test]
fn ranges_are_left_on_each_side() {
    check(&["size"], "(size >= 0)", &["`size` is `-1`"]);
    check(&["size"], "(0 < size)", &["`size` is `0`"]);
    check(
        &["size"],
        "((size >= 1) AND (size <= 10))",
        &["`size` is `0`", "`size` is `11`"],
    );
    check(
        &["price"],
        "(price > (0.5)::double precision)",
        &["`price` is `0`"],
    );
    check(
        &["price"],
        "(price <= (99.5)::double precision)",
        &["`price` is `100`"],
    );
    check(&["size"], "(size > '-1'::integer)", &["`size` is `-1`"]);
    check(&["size"], "(size <> 3)", &["`size` is `3`"]);
    check(
        &["first"],
        "(first >= '2000-01-01'::date)",
        &["`first` is `0001-01-01`"],
    );
    check(
        &["first"],
        "(first <= CURRENT_DATE)",
        &["`first` is `9999-12-31`"],
    );
}

#[test]
fn lists_and_patterns_meet_a_word_that_they_lack() {
    let word = "`name` is `Not A Name!`";
    check(&["name"], "(name = ANY (ARRAY['a'::text, 'b'::text]))", &[word]);
    check(
        &["name"],
        "((name)::text = ANY ((ARRAY['a'::character varying])::text[]))",
        &[word],
    );
    check(&["name"], "(name ~ '^[a-z]+$'::text)", &[word]);
    check(&["name"], "(name ~* '^[a-z !]+$'::text)", &["`name` is `-`"]);
    check(&["name"], "(name ~~ '%@%'::text)", &[word]);
    check(
        &["name"],
        "(lower(name) <> ALL (ARRAY['none'::text]))",
        &["`name` is `none`"],
    );
    check(
        &["code"],
        "((code)::text = ANY (ARRAY['x'::text]))",
        &["`code` is `Not A`"],
    );
    check(&["code"], "((code)::text = ANY (ARRAY['not a'::text]))", &[]);
    check(&["size"], "(size = ANY (ARRAY[6, 12, 24]))", &["`size` is `25`"]);
    check(
        &["panel"],
        "(jsonb_typeof(panel) = 'object'::text)",
        &["`panel` is `[]`"],
    );
    check(
        &["panel"],
        "(jsonb_typeof(panel) = ANY (ARRAY['object'::text, 'array'::text]))",
        &["`panel` is `true`"],
    );
}

#[test]
fn labels_of_an_enum_that_a_check_refuses_are_tried() {
    check(&["status"], "(status <> 'won'::status)", &["`status` is `won`"]);
    check(&["status"], "(status = 'won'::status)", &["`status` is `open`"]);
    check(
        &["status"],
        "(status = ANY (ARRAY['open'::status]))",
        &["`status` is `won`"],
    );
    check(
        &["status"],
        "(status = ANY (ARRAY['open'::status, 'won'::status]))",
        &[],
    );
}

#[test]
fn texts_become_too_long_or_too_short() {
    check(
        &["name"],
        "(char_length(name) <= 100)",
        &["`name` has 101 characters"],
    );
    check(
        &["name"],
        "(length(TRIM(BOTH FROM name)) > 0)",
        &["`name` is empty"],
    );
    check(&["name"], "(btrim(name) <> ''::text)", &["`name` is empty"]);
    check(&["code"], "(length((code)::text) = 5)", &[]);
    check(&["code"], "(length((code)::text) >= 3)", &["`code` is `xx`"]);
}

#[test]
fn columns_are_turned_round() {
    check(&["cost", "price"], "(cost <= price)", &["`cost` is `13`"]);
    check(&["cost", "price"], "(price > cost)", &["`cost` is `13`"]);
    check(
        &["first", "last"],
        "(last >= first)",
        &["`first` is `9999-12-31`"],
    );
    check(
        &["cost", "nothing"],
        "(cost <= nothing)",
        &["`cost` is `2`, `nothing` is `1`"],
    );
    check(
        &["first", "never"],
        "(never > first)",
        &["`first` is `9999-12-31`, `never` is `9999-12-30`"],
    );
}

#[test]
fn what_is_either_or_is_broken_both_ways_at_once() {
    check(&["size"], "((size IS NULL) OR (size >= 0))", &["`size` is `-1`"]);
    check(&["name"], "(name IS NOT NULL)", &["`name` is null"]);
    check(
        &["name", "last"],
        "((name <> 'won'::text) OR (last IS NOT NULL))",
        &["`name` is `won`, `last` is null"],
    );
    check(&["size"], "((size = 0) OR (size >= 10))", &[]);
    check(&["nothing", "size"], "((nothing IS NULL) OR (size > 0))", &[]);
}

#[test]
fn a_check_of_a_domain_is_one_of_its_column() {
    check(&["code"], "(VALUE <> ''::text)", &["`code` is empty"]);
    check(
        &["name"],
        "(VALUE ~ '^[a-z]+$'::text)",
        &["`name` is `Not A Name!`"],
    );
}

#[test]
fn what_is_not_understood_gives_no_row() {
    check(&["name"], "is_valid(name)", &[]);
    check(&["name"], "(name !~ 'x'::text)", &[]);
    check(&["size"], "((size % 2) = 0)", &[]);
    check(&["name"], "not sql at all (", &[]);
    check(&["missing"], "(missing >= 0)", &[]);
}
