//! What there is, as the database's owner sees it: how many rows, whose they are, and one of each kind to try on.

use std::collections::BTreeMap;

use anyhow::Result;
use tokio_postgres::{Client, Row, Transaction};

use super::caller::Caller;
use super::exposed::{Exposed, ExposedColumn};
use super::in_database::condition;
use super::question::Address;
use crate::database::name::{literal, quoted};
use crate::verify::names::OwnerColumn;

/// Longer than looking at one row should take.
const SETTINGS: &str = "set local statement_timeout = '20s'";

/// The values of a row as PostgreSQL prints them, by column.
pub type Values = BTreeMap<String, Option<String>>;

/// What there is of one relation, in one snapshot.
#[derive(Debug, Clone, Default)]
pub struct Truth {
    /// Rows in all.
    pub all: u64,
    /// For each caller the rows that are its own.
    pub own: Vec<Shares>,
    /// Why nothing is known, as where a view cannot be read.
    pub problem: Option<String>,
}

/// What there is of one relation for one caller.
#[derive(Debug, Clone, Default)]
pub struct Shares {
    /// What the owner column holds in its own rows; `None` where nothing can be its own.
    pub key: Option<String>,
    /// How many rows are its own.
    pub count: u64,
    /// One of them.
    pub row: Option<Values>,
    /// A row that is not: one that the caller sees where it sees any, of another caller where there is one.
    pub others: Option<Values>,
}

impl Truth {
    /// Counts the rows of a relation and picks those to try on. A relation that cannot be read is no error.
    ///
    /// # Errors
    /// The connection is lost.
    pub async fn read(
        client: &Client,
        relation: &Exposed,
        owner: Option<&OwnerColumn>,
        callers: &[Caller],
    ) -> Result<Truth> {
        let keys: Vec<Option<String>> = callers.iter().map(|caller| caller.key(owner?)).collect();
        let sql = question(relation, owner, &keys);
        match client.query_typed_one(&sql, &[]).await {
            Ok(row) => Ok(answer(&row, relation, keys)),
            Err(error) => match error.as_db_error() {
                Some(refusal) => Ok(Truth {
                    own: keys
                        .into_iter()
                        .map(|key| Shares {
                            key,
                            ..Shares::default()
                        })
                        .collect(),
                    problem: Some(format!("its rows cannot be read: {}", refusal.message())),
                    ..Truth::default()
                }),
                None => Err(error.into()),
            },
        }
    }
}

/// One statement, so that all of it is of the same moment.
fn question(relation: &Exposed, owner: Option<&OwnerColumn>, keys: &[Option<String>]) -> String {
    let table = relation.sql_name();
    let columns = texts(&relation.columns.iter().collect::<Vec<_>>());
    let order = order(relation);
    let pick = |condition: &str, order: &str| {
        let by = ordered(order);
        format!("(select array[{columns}]::text[] from {table} t where {condition}{by} limit 1)")
    };
    let mut parts = vec![format!("(select count(*) from {table})")];
    for key in keys {
        let Some(key) = key else {
            parts.extend([
                "0::bigint".to_owned(),
                "null::text[]".to_owned(),
                pick("true", &order),
            ]);
            continue;
        };
        let own = holds(owner, key);
        let (not_own, first) = others(relation, owner, Some(key), keys);
        parts.extend([
            format!("(select count(*) from {table} t where {own})"),
            pick(&own, &order),
            pick(&not_own, &first),
        ]);
    }
    format!("select {}", parts.join(",\n  "))
}

/// Which rows are not the caller's own, whose own ones hold `key`, and in which order: those of another caller first.
fn others(
    relation: &Exposed,
    owner: Option<&OwnerColumn>,
    key: Option<&String>,
    keys: &[Option<String>],
) -> (String, String) {
    let order = order(relation);
    let Some(key) = key else {
        return ("true".to_owned(), order);
    };
    let others = keys.iter().flatten().filter(|other| *other != key);
    let others: Vec<String> = others.map(|other| holds(owner, other)).collect();
    let first = match others.is_empty() {
        true => order,
        false => [format!("({}) desc", others.join(" or ")), order].join(", "),
    };
    let first = first.trim_end_matches(", ").to_owned();
    (format!("not ({})", holds(owner, key)), first)
}

/// Rows of whom this is the key.
fn holds(owner: Option<&OwnerColumn>, key: &str) -> String {
    let column = owner.map_or_else(String::new, |owner| quoted(&owner.name));
    format!("t.{column}::text is not distinct from {}", literal(key))
}

fn order(relation: &Exposed) -> String {
    let address = relation.address().into_iter();
    let columns: Vec<String> = address
        .map(|column| format!("t.{}", quoted(&column.name)))
        .collect();
    columns.join(", ")
}

fn ordered(order: &str) -> String {
    match order.is_empty() {
        true => String::new(),
        false => format!(" order by {order}"),
    }
}

fn texts(columns: &[&ExposedColumn]) -> String {
    let columns: Vec<String> = columns
        .iter()
        .map(|column| format!("t.{}::text", quoted(&column.name)))
        .collect();
    columns.join(", ")
}

/// Takes for others' row one that the caller sees, where policies show it some of them and not that one: what it may do
/// with a row that is hidden from it says little of those that are not. What cannot be read stays as it is.
///
/// # Errors
/// The connection is lost.
pub async fn prefer_seen(
    client: &mut Client,
    callers: &[Caller],
    relations: &[(&Exposed, Option<&OwnerColumn>)],
    truths: &mut [Truth],
) -> Result<()> {
    let mut transaction = client.transaction().await?;
    transaction.batch_execute(SETTINGS).await?;
    for ((relation, owner), truth) in relations.iter().zip(truths) {
        let keys: Vec<Option<String>> = truth.own.iter().map(|shares| shares.key.clone()).collect();
        for (caller, shares) in callers.iter().zip(&mut truth.own) {
            if shares.others.is_none() || relation.address().is_empty() {
                continue;
            }
            let look = transaction.savepoint("one_look").await?;
            let seen = seen(&look, caller, relation, *owner, &keys, shares.key.as_ref()).await?;
            look.rollback().await?;
            let Some(address) = seen else { continue };
            let sql = format!(
                "select array[{}]::text[] from {} t where {} limit 1",
                texts(&relation.columns.iter().collect::<Vec<_>>()),
                relation.sql_name(),
                condition(&address)
            );
            let look = transaction.savepoint("one_look").await?;
            let row = look.query_typed_opt(&sql, &[]).await;
            look.rollback().await?;
            match row {
                Ok(Some(row)) => shares.others = Some(named(relation, row.get(0))),
                Err(error) if error.as_db_error().is_none() => return Err(error.into()),
                _ => (),
            }
        }
    }
    transaction.rollback().await?;
    Ok(())
}

/// The first row that a caller sees of those that are not its own.
async fn seen(
    transaction: &Transaction<'_>,
    caller: &Caller,
    relation: &Exposed,
    owner: Option<&OwnerColumn>,
    keys: &[Option<String>],
    key: Option<&String>,
) -> Result<Option<Address>> {
    let address = relation.address();
    let (condition, order) = others(relation, owner, key, keys);
    let sql = format!(
        "select array[{}]::text[] from {} t where {condition}{} limit 1",
        texts(&address),
        relation.sql_name(),
        ordered(&order)
    );
    transaction
        .batch_execute(&caller.session(&relation.schema))
        .await?;
    match transaction.query_typed_opt(&sql, &[]).await {
        Ok(row) => Ok(row.map(|row| {
            let values: Vec<Option<String>> = row.get(0);
            let names = address.iter().map(|column| column.name.clone());
            Address::Row(names.zip(values).collect())
        })),
        Err(error) if error.as_db_error().is_some() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The values of all columns, by their names.
fn named(relation: &Exposed, values: Vec<Option<String>>) -> Values {
    let names = relation.columns.iter().map(|column| column.name.clone());
    names.zip(values).collect()
}

fn answer(row: &Row, relation: &Exposed, keys: Vec<Option<String>>) -> Truth {
    let count = |at| row.get::<_, i64>(at).unsigned_abs();
    let values = |at| {
        let values: Option<Vec<Option<String>>> = row.get(at);
        values.map(|values| named(relation, values))
    };
    let shares = |(at, key): (usize, Option<String>)| Shares {
        key,
        count: count(1 + 3 * at),
        row: values(2 + 3 * at),
        others: values(3 + 3 * at),
    };
    Truth {
        all: count(0),
        own: keys.into_iter().enumerate().map(shares).collect(),
        problem: None,
    }
}
