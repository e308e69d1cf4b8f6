//! Columns that no field is called after: what their names, types and checks make of them.

use std::collections::BTreeSet;

use seed_core::catalog::ColumnType;
use seed_core::domain::{Field, Record};

use crate::checks::{TEXT, add, all_differ, check, plan, unique, values};
use crate::support::{Row, column_mut, rows};

#[test]
fn flags_follow_from_what_the_record_tells() {
    let plan = plan(|catalog| {
        add(catalog, "tasks", "done", ColumnType::Boolean);
        add(catalog, "activities", "isCompleted", ColumnType::Boolean);
        for name in ["is_closed", "won"] {
            add(catalog, "opportunities", name, ColumnType::Boolean);
        }
        // A default is no reason to be silent.
        let done = column_mut(catalog, "tasks", "done");
        (done.not_null, done.default) = (false, Some("false".into()));
        add(catalog, "products", "is_active", ColumnType::Boolean);
    });
    let mut seen = BTreeSet::new();
    let mut check = |row: &Row, flag: &str, expect: bool| {
        assert_eq!(row.get(flag), expect.to_string(), "{flag}: {row:?}");
        seen.insert((flag.to_owned(), expect));
    };
    for task in rows(&plan, Record::Task) {
        check(&task, "done", task.find("completed_at").is_some());
    }
    for activity in rows(&plan, Record::Activity) {
        check(&activity, "isCompleted", activity.find("completed_at").is_some());
    }
    for deal in rows(&plan, Record::Opportunity) {
        check(&deal, "is_closed", ["won", "lost"].contains(&deal.get("status")));
        check(&deal, "won", deal.get("status") == "won");
    }
    assert_eq!(seen.len(), 8);
    assert!(
        values(&rows(&plan, Record::Product), "is_active")
            .iter()
            .all(|is| is == "true")
    );
    // The field itself stays where its values are.
    let column = |record, field| plan.binding(record).unwrap().column(field);
    assert_eq!(column(Record::Task, Field::CompletedAt), Some("completed_at"));
    assert_eq!(column(Record::Opportunity, Field::Status), Some("status"));
}

#[test]
fn texts_say_what_the_end_of_their_name_does() {
    let plan = plan(|catalog| {
        for name in [
            "billing_email",
            "billingUrl",
            "Fax",
            "source",
            "country",
            "home_country",
        ] {
            add(catalog, "tasks", name, TEXT);
        }
        for (name, length) in [
            ("work_email", 24),
            ("currency", 3),
            ("time_zone", 40),
            ("language", 2),
            ("locale", 5),
            ("country_code", 2),
            ("short_url", 8),
        ] {
            let kind = ColumnType::Text {
                max_length: Some(length),
            };
            add(catalog, "tasks", name, kind);
        }
        unique(catalog, "tasks", &["work_email"], false);
        check(catalog, "tasks", "country", "(length(country) <= 12)");
        let list = "(home_country = ANY (ARRAY['FR'::text]))";
        check(catalog, "tasks", "home_country", list);
    });
    let tasks = rows(&plan, Record::Task);
    for (column, expect) in [
        ("billing_email", "billing-email-17@mail.test"),
        ("billingUrl", "https://www.billing-url-17.example"),
        ("work_email", "work-email-17@mail.test"),
        ("currency", "USD"),
        ("time_zone", "America/New_York"),
        ("language", "en"),
        ("locale", "en-US"),
        ("country_code", "US"),
        ("country", "US"),
        ("home_country", "FR"),
        ("short_url", "short-17"),
    ] {
        assert_eq!(tasks[16].get(column), expect, "{column}");
    }
    all_differ(&plan, Record::Task, "work_email");
    let sources: BTreeSet<String> = values(&tasks, "source").into_iter().collect();
    assert!(sources.iter().eq(["event", "outbound", "referral", "web"]));
    let numbers: BTreeSet<String> = values(&tasks, "Fax").into_iter().collect();
    assert!(numbers.iter().all(|number| number.starts_with("(212) 555-01")) && numbers.len() > 10);
}

#[test]
fn telephone_numbers_are_written_as_their_pattern_wants() {
    let plan = plan(|catalog| {
        column_mut(catalog, "contacts", "phone").kind = TEXT;
        check(
            catalog,
            "contacts",
            "phone",
            r"((phone IS NULL) OR (phone ~ '^\+[1-9][0-9]{6,14}$'::text))",
        );
        add(catalog, "contacts", "mobile", TEXT);
        check(
            catalog,
            "contacts",
            "mobile",
            r"(mobile ~ '^\+[1-9][0-9]{6,14}$'::text)",
        );
    });
    let is_fictional = |number: &String| {
        let digits = number.strip_prefix("+1").unwrap();
        digits.len() == 10
            && digits[3..].starts_with("55501")
            && digits.bytes().all(|digit| digit.is_ascii_digit())
    };
    for column in ["phone", "mobile"] {
        let numbers = values(&rows(&plan, Record::Contact), column);
        assert!(numbers.iter().all(is_fictional), "{numbers:?}");
    }
}

#[test]
fn made_up_numbers_vary_within_their_checks() {
    let numeric = |precision, scale| ColumnType::Numeric {
        precision: Some(precision),
        scale: Some(scale),
    };
    let plan = plan(|catalog| {
        add(catalog, "tasks", "credit_limit", numeric(9, 2));
        check(
            catalog,
            "tasks",
            "credit_limit",
            "((credit_limit >= 0) AND (credit_limit <= 50000))",
        );
        add(catalog, "tasks", "discount", numeric(5, 3));
        check(
            catalog,
            "tasks",
            "discount",
            "((discount >= 0) AND (discount < 1))",
        );
        add(catalog, "tasks", "ratio", numeric(3, 2));
        unique(catalog, "tasks", &["ratio"], false);
    });
    let tasks = rows(&plan, Record::Task);
    let numbers = |column| {
        values(&tasks, column)
            .into_iter()
            .map(|value| value.parse::<f64>().unwrap())
    };
    assert!(numbers("credit_limit").all(|limit| (0.0..=50_000.0).contains(&limit) && limit % 100.0 == 0.0));
    assert!(numbers("credit_limit").any(|limit| limit > 25_000.0));
    assert!(numbers("discount").all(|part| (0.0..1.0).contains(&part)));
    let discounts: BTreeSet<String> = values(&tasks, "discount").into_iter().collect();
    assert!(discounts.len() > 10, "{discounts:?}");
    all_differ(&plan, Record::Task, "ratio");
}
