//! The rows of both sides, compared table by table.

use std::collections::BTreeSet;

use anyhow::Result;
use serde::Serialize;
use tokio_postgres::GenericClient;
use uuid::Uuid;

use super::side::Side;
use crate::database::carried::CarriedTable;
use crate::database::checksum::{self, Checksum};
use crate::database::name::quoted;

/// Columns that a sign-in moves, or that differ on both sides whatever the rows.
const MOVING: [(&str, &str); 6] = [
    ("users", "last_sign_in_at"),
    ("users", "updated_at"),
    ("identities", "last_sign_in_at"),
    ("identities", "updated_at"),
    ("test_user_metadata", "last_sync_at"),
    ("run_parts", "transaction_id"),
];

/// A table on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pair {
    /// The table, with the columns that both sides have.
    #[serde(skip)]
    pub table: CarriedTable,
    /// Whether the source has it: it may lack a table of the ledger.
    #[serde(skip)]
    pub is_at_source: bool,
    /// What the source holds.
    pub source: Checksum,
    /// What the target holds, without users who stay.
    pub target: Checksum,
    /// Whether its rows are written again.
    pub is_carried: bool,
}

impl Pair {
    /// Whether both sides hold the same.
    pub fn is_equal(&self) -> bool {
        self.source == self.target
    }
}

/// Sums up all tables on both sides; `on_table` hears which one comes next. Users of the target whose ids are in `kept`
/// are looked past.
///
/// # Errors
/// A database refuses.
pub async fn compare(
    (source, of_source): (&impl GenericClient, &Side),
    (target, of_target): (&impl GenericClient, &Side),
    kept: &[Uuid],
    on_table: impl Fn(&str),
) -> Result<Vec<Pair>> {
    let has = |side: &Side, table: &CarriedTable| {
        let mut tables = side.tables.iter();
        tables.any(|other| (&other.schema, &other.name) == (&table.schema, &table.name))
    };
    let ledger = of_target.tables.iter();
    let ledger = ledger.filter(|table| table.schema == "seedbed" && !has(of_source, table));
    let mut pairs = Vec::new();
    for table in of_source.tables.iter().chain(ledger) {
        on_table(&table.title());
        let (mut common, _) = of_target.shape.common(table);
        // The target's rows of the ledger are those that its own transaction has written.
        common
            .columns
            .retain(|column| (table.name.as_str(), column.as_str()) != ("run_parts", "transaction_id"));
        let sum_of_source = async {
            match has(of_source, table) {
                true => sum(source, &common, &[]).await,
                false => Ok(nothing()),
            }
        };
        let sum_of_target = async {
            match has(of_target, table) {
                true => sum(target, &common, kept).await,
                false => Ok(nothing()),
            }
        };
        let (source, target) = tokio::try_join!(sum_of_source, sum_of_target)?;
        pairs.push(Pair {
            is_at_source: has(of_source, table),
            is_carried: source != target,
            source,
            target,
            table: common,
        });
    }
    carry_together(&mut pairs, &named_in_ledger(of_source, of_target));
    Ok(pairs)
}

/// The sum over a table's rows, without those of the users in `kept`.
///
/// # Errors
/// The database refuses.
pub async fn sum(client: &impl GenericClient, table: &CarriedTable, kept: &[Uuid]) -> Result<Checksum> {
    let is_moving = |column: &&String| MOVING.contains(&(table.name.as_str(), column.as_str()));
    let still = table.columns.iter().filter(|column| !is_moving(column));
    let expressions: Vec<String> = still.map(|column| format!("t.{}", quoted(column))).collect();
    let rows = match leaving(table, kept) {
        None => table.sql_name(),
        Some(condition) => format!("(select * from {} u where {condition})", table.sql_name()),
    };
    checksum::of(client, &rows, &expressions).await
}

/// SQL that is true for a row of a table that is not of a user in `kept`; none where it is true for all.
pub fn leaving(table: &CarriedTable, kept: &[Uuid]) -> Option<String> {
    let column = match (table.schema.as_str(), table.name.as_str()) {
        ("auth", "users") => "id",
        ("auth", "identities") => "user_id",
        _ => return None,
    };
    let ids: Vec<String> = kept.iter().map(Uuid::to_string).collect();
    (!kept.is_empty()).then(|| format!("{column} <> all ('{{{}}}'::uuid[])", ids.join(",")))
}

fn nothing() -> Checksum {
    Checksum {
        rows: 0,
        sum: "0".to_owned(),
    }
}

/// The tables that a run of either side has rows in.
fn named_in_ledger(source: &Side, target: &Side) -> BTreeSet<(String, String)> {
    let runs = source.runs.iter().chain(&target.runs);
    let tables = runs.flat_map(|run| &run.tables);
    tables
        .map(|table| (table.schema.clone(), table.name.clone()))
        .collect()
}

/// Carries the ledger and all that it names where one of these differs: what it names was changed by somebody when it
/// was not written by the transaction that the ledger knows.
fn carry_together(pairs: &mut [Pair], named: &BTreeSet<(String, String)>) {
    let is_of_ledger = |pair: &Pair| {
        let table = &pair.table;
        table.schema == "seedbed" || named.contains(&(table.schema.clone(), table.name.clone()))
    };
    if !pairs.iter().any(|pair| is_of_ledger(pair) && pair.is_carried) {
        return;
    }
    for pair in pairs.iter_mut().filter(|pair| is_of_ledger(pair)) {
        pair.is_carried = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(schema: &str, name: &str, is_carried: bool) -> Pair {
        Pair {
            table: CarriedTable {
                schema: schema.into(),
                name: name.into(),
                columns: Vec::new(),
                key: Vec::new(),
            },
            is_at_source: true,
            source: nothing(),
            target: nothing(),
            is_carried,
        }
    }

    #[test]
    fn what_the_ledger_names_is_carried_as_a_whole() {
        let named = BTreeSet::from([
            ("public".to_owned(), "notes".to_owned()),
            ("public".to_owned(), "tags".to_owned()),
        ]);
        let carried = |changed: &str| {
            let names = [
                ("public", "kinds"),
                ("public", "notes"),
                ("public", "tags"),
                ("seedbed", "runs"),
            ];
            let mut pairs: Vec<Pair> = names
                .into_iter()
                .map(|(schema, name)| pair(schema, name, name == changed))
                .collect();
            carry_together(&mut pairs, &named);
            let carried = pairs.into_iter().filter(|pair| pair.is_carried);
            carried.map(|pair| pair.table.name).collect::<Vec<_>>()
        };
        assert_eq!(carried("kinds"), ["kinds"]);
        assert_eq!(carried("notes"), ["notes", "tags", "runs"]);
        assert_eq!(carried("runs"), ["notes", "tags", "runs"]);
        assert!(carried("none").is_empty());
    }

    #[test]
    fn users_who_stay_are_looked_past_where_they_have_rows() {
        let id = Uuid::nil();
        let users = pair("auth", "users", true).table;
        let condition = leaving(&users, &[id]).unwrap();
        assert_eq!(condition, format!("id <> all ('{{{id}}}'::uuid[])"));
        assert_eq!(leaving(&users, &[]), None);
        assert_eq!(leaving(&pair("public", "users", true).table, &[id]), None);
    }
}
