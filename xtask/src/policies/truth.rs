//! What there is, as the database's owner sees it: how many rows, whose they are, and one of each kind to try on.

use std::collections::BTreeMap;

use anyhow::Result;
use tokio_postgres::{Client, Row};

use super::caller::Caller;
use super::exposed::Exposed;
use crate::database::name::{literal, quoted};
use crate::verify::names::OwnerColumn;

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
    /// A row that is not, of another caller where there is one.
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
    let columns: Vec<String> = relation
        .columns
        .iter()
        .map(|column| format!("t.{}::text", quoted(&column.name)))
        .collect();
    let columns = columns.join(", ");
    let address: Vec<String> = relation
        .address()
        .iter()
        .map(|column| format!("t.{}", quoted(&column.name)))
        .collect();
    let order = address.join(", ");
    let holds = |key: &String| {
        let column = owner.map_or_else(String::new, |owner| quoted(&owner.name));
        format!("t.{column}::text is not distinct from {}", literal(key))
    };
    let pick = |condition: &str, order: &str| {
        let order = if order.is_empty() {
            String::new()
        } else {
            format!(" order by {order}")
        };
        format!("(select array[{columns}]::text[] from {table} t where {condition}{order} limit 1)")
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
        let own = holds(key);
        let others = keys.iter().flatten().filter(|other| *other != key).map(holds);
        let others: Vec<String> = others.collect();
        let first = match others.is_empty() {
            true => order.clone(),
            false => [format!("({}) desc", others.join(" or ")), order.clone()].join(", "),
        };
        let first = first.trim_end_matches(", ");
        parts.extend([
            format!("(select count(*) from {table} t where {own})"),
            pick(&own, &order),
            pick(&format!("not ({own})"), first),
        ]);
    }
    format!("select {}", parts.join(",\n  "))
}

fn answer(row: &Row, relation: &Exposed, keys: Vec<Option<String>>) -> Truth {
    let count = |at| row.get::<_, i64>(at).unsigned_abs();
    let values = |at| {
        let values: Option<Vec<Option<String>>> = row.get(at);
        let names = relation.columns.iter().map(|column| column.name.clone());
        values.map(|values| names.zip(values).collect())
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
