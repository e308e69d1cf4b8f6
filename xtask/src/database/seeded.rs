//! SQL that finds the rows of a ledger's entry again.

use seed_core::catalog::{ColumnType, Table};
use uuid::Uuid;

use super::ledger::{RowKeys, RunTable};
use super::name::{literal, qualified, quoted};

/// Whether row `t` of the live table belongs to an entry of the run.
pub fn is_row_of(run: Uuid, entry: &RunTable, live: &Table) -> String {
    match &entry.keys {
        RowKeys::Uuids { column, first, last } => {
            let is_text = live
                .columns
                .iter()
                .any(|own| own.name == *column && matches!(own.kind, ColumnType::Text { .. }));
            // Languages sort hyphens in ways of their own.
            let order = if is_text { r#" collate "C""# } else { "" };
            format!("t.{}{order} between '{first}' and '{last}'", quoted(column))
        }
        RowKeys::Integers {
            column,
            first,
            last,
            step,
        } => {
            let key = format!("t.{}", quoted(column));
            let between = format!("{key} between {first} and {last}");
            match step {
                1 => between,
                _ => format!("{between} and ({key}::bigint - {first}) % {step} = 0"),
            }
        }
        RowKeys::Listed => {
            let entry = format!("r.run_id = '{run}' and r.position = {}", entry.position);
            match live.primary_key.as_slice() {
                [] => format!("to_jsonb(t) in (select r.key from seedbed.run_rows r where {entry})"),
                columns => {
                    let list = |alias: &str| {
                        let columns = columns.iter().map(|name| format!("{alias}.{}", quoted(name)));
                        columns.collect::<Vec<_>>().join(", ")
                    };
                    format!(
                        "({}) in (select {} from seedbed.run_rows r
                           cross join lateral jsonb_populate_record(null::{}, r.key) k where {entry})",
                        list("t"),
                        list("k"),
                        qualified(&live.schema, &live.name),
                    )
                }
            }
        }
    }
}

/// What tells row `t` from all others, as JSON: its primary key, or all of it where its table has none.
pub fn key_of_row(live: &Table) -> String {
    if live.primary_key.is_empty() {
        return "to_jsonb(t)".to_owned();
    }
    let columns = live.primary_key.iter();
    let pairs: Vec<String> = columns
        .map(|name| format!("{}, t.{}", literal(name), quoted(name)))
        .collect();
    format!("jsonb_build_object({})", pairs.join(", "))
}

/// Whether row `t` was written by the transaction that asks, or by a part of it that can fail on its own.
///
/// A row that is seen was written by a transaction that has ended, or by this one; parts have later numbers.
pub const IS_WRITTEN_HERE: &str = "(t.xmin = pg_current_xact_id()::xid or age(t.xmin) < 0 and pg_xact_status(
    (pg_current_xact_id()::text::bigint + (t.xmin::text::bigint - pg_current_xact_id()::text::bigint % 4294967296
        + 4294967296) % 4294967296)::text::xid8) = 'in progress')";

#[cfg(test)]
mod tests {
    use seed_core::catalog::Column;

    use super::*;

    fn check(keys: RowKeys, kind: ColumnType, primary_key: &[&str], expected: &str) {
        let entry = RunTable {
            position: 3,
            schema: "crm".into(),
            name: "links".into(),
            record: None,
            owner_slot: None,
            first_row: 0,
            last_row: 0,
            row_count: 1,
            keys,
            digest: String::new(),
        };
        let id = Column {
            name: "id".into(),
            kind,
            ..Column::default()
        };
        let live = Table {
            schema: "crm".into(),
            name: "links".into(),
            columns: vec![id],
            primary_key: primary_key.iter().map(|&name| name.to_owned()).collect(),
            ..Table::default()
        };
        let condition = is_row_of(Uuid::nil(), &entry, &live);
        let words = condition.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words, expected);
    }

    #[test]
    fn rows_are_found_by_their_keys() {
        let id = || "id".to_owned();
        let [first, last] = [Uuid::nil(), Uuid::max()];
        let uuids = RowKeys::Uuids {
            column: id(),
            first,
            last,
        };
        check(
            uuids.clone(),
            ColumnType::Uuid,
            &["id"],
            &format!("t.\"id\" between '{first}' and '{last}'"),
        );
        check(
            uuids,
            ColumnType::Text { max_length: None },
            &["id"],
            &format!("t.\"id\" collate \"C\" between '{first}' and '{last}'"),
        );
        let integers = |step| RowKeys::Integers {
            column: id(),
            first: 5,
            last: 17,
            step,
        };
        check(
            integers(1),
            ColumnType::BigInt,
            &["id"],
            "t.\"id\" between 5 and 17",
        );
        check(
            integers(4),
            ColumnType::BigInt,
            &["id"],
            "t.\"id\" between 5 and 17 and (t.\"id\"::bigint - 5) % 4 = 0",
        );
    }

    #[test]
    fn rows_without_a_key_of_one_column_are_listed() {
        let run = Uuid::nil();
        check(
            RowKeys::Listed,
            ColumnType::Uuid,
            &["a", "b"],
            &format!(
                "(t.\"a\", t.\"b\") in (select k.\"a\", k.\"b\" from seedbed.run_rows r cross join lateral \
                 jsonb_populate_record(null::\"crm\".\"links\", r.key) k where r.run_id = '{run}' and r.position = 3)"
            ),
        );
        check(
            RowKeys::Listed,
            ColumnType::Uuid,
            &[],
            &format!(
                "to_jsonb(t) in (select r.key from seedbed.run_rows r where r.run_id = '{run}' and r.position = 3)"
            ),
        );
    }
}
