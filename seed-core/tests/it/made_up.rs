//! Columns that no field is called after: what their names, types and checks make of them.

use std::collections::BTreeSet;

use seed_core::catalog::ColumnType;
use seed_core::domain::{Field, Record};

use crate::checks::{add, plan, values};
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
