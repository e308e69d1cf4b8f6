//! Rows of ours to write on, where the API does not undo writes.
//!
//! They are placed past all triggers and noted by their keys in one transaction, together with the keys of rows that
//! tries may put in; so a run that is killed is tidied by the next one.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Map, Value};
use tokio_postgres::{Client, Transaction};

use super::exposed::Exposed;
use super::trial::{Spare, Trials};
use crate::database::address::Address;
use crate::database::bookkeeping;
use crate::database::connect::connect;
use crate::database::name::{literal, qualified, quoted};

/// Neither triggers nor foreign keys have a say in what is placed and taken away.
const UNNOTICED: &str = "set local session_replication_role = replica; set local lock_timeout = '5s'";

/// How long taking away may last when a run is dropped.
const PATIENCE: Duration = Duration::from_secs(8);

/// Takes away what was placed also where the run is dropped in the middle, as it is by Ctrl-C.
pub struct Guard {
    database: Address,
    is_armed: bool,
}

impl Guard {
    /// For what is about to be placed.
    pub fn new(database: &Address) -> Guard {
        Guard {
            database: database.clone(),
            is_armed: true,
        }
    }

    /// Nothing is there any more.
    pub fn disarm(mut self) {
        self.is_armed = false;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.is_armed {
            return;
        }
        let database = self.database.clone();
        // The command's own runtime is about to end. What cannot be taken away now, the next run takes.
        let cleaning = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let taken = async {
                    let mut client = connect(&database, "policies").await?;
                    take_away(&mut client).await
                };
                tokio::time::timeout(PATIENCE, taken).await?
            })
        });
        let _ = cleaning.join();
    }
}

/// Places the rows that the trials on a relation need; a try whose row cannot be placed is made on none.
///
/// # Errors
/// The database does not let this role place rows past its triggers.
pub async fn place(client: &mut Client, relation: &Exposed, trials: &mut [Trials]) -> Result<()> {
    bookkeeping::prepare(client).await?;
    let doing = "place rows to try on";
    let mut transaction = client.transaction().await.context(doing)?;
    transaction.batch_execute(UNNOTICED).await.context(doing)?;
    for trials in trials {
        let spares: Vec<(usize, Spare)> = trials
            .spares()
            .map(|(number, spare)| (number, spare.clone()))
            .collect();
        for (number, spare) in spares {
            if let Err(why) = place_row(&mut transaction, relation, &spare).await? {
                trials.give_up(number, &why);
            }
        }
    }
    transaction.commit().await.context(doing)
}

/// Notes one row and places it, unless the try is to put it in; what the database has against it is no error.
async fn place_row(
    transaction: &mut Transaction<'_>,
    relation: &Exposed,
    spare: &Spare,
) -> Result<Result<(), String>> {
    let doing = || format!("place a row in `{}`", relation.title());
    let key = key(relation, spare);
    // A row that is there already is somebody's own.
    let taken = format!(
        "select exists (select from {} where {})",
        relation.sql_name(),
        condition(&key)
    );
    let savepoint = transaction.savepoint("one_row").await.with_context(doing)?;
    let done = async {
        if savepoint.query_one(&taken, &[]).await?.get(0) {
            return Ok(Some("its key is taken".to_owned()));
        }
        if spare.is_placed {
            savepoint.execute(&insertion(relation, spare), &[]).await?;
        }
        let note = "insert into seedbed.placed_rows (table_schema, table_name, key) values ($1, $2, $3)";
        let key = Value::Object(key.clone());
        savepoint
            .execute(note, &[&relation.schema, &relation.name, &key])
            .await?;
        Ok::<_, tokio_postgres::Error>(None)
    };
    let done = done.await;
    match done {
        Ok(None) => savepoint.commit().await.with_context(doing).map(Ok),
        Ok(Some(why)) => Ok(Err(why)),
        Err(error) => match error.as_db_error() {
            Some(refusal) => {
                let why = format!("no row could be placed: {}", refusal.message());
                savepoint.rollback().await.with_context(doing)?;
                Ok(Err(why))
            }
            None => Err(error).with_context(doing),
        },
    }
}

/// Takes away what is noted, by this run or by one that was killed; says how many rows there were.
///
/// # Errors
/// The database refuses.
pub async fn take_away(client: &mut Client) -> Result<u64> {
    let doing = "take away the rows that were placed to try on";
    let there = "select to_regclass('seedbed.placed_rows') is not null";
    if !client
        .query_one(there, &[])
        .await
        .context(doing)?
        .get::<_, bool>(0)
    {
        return Ok(0);
    }
    let transaction = client.transaction().await.context(doing)?;
    transaction.batch_execute(UNNOTICED).await.context(doing)?;
    let noted = "delete from seedbed.placed_rows
        returning table_schema, table_name, key, to_regclass(format('%I.%I', table_schema, table_name)) is not null";
    let mut rows = 0;
    for noted in transaction.query(noted, &[]).await.context(doing)? {
        let (schema, name): (&str, &str) = (noted.get(0), noted.get(1));
        if let (Value::Object(key), true) = (noted.get(2), noted.get(3)) {
            let sql = format!(
                "delete from {} where {}",
                qualified(schema, name),
                condition(&key)
            );
            rows += transaction.execute(&sql, &[]).await.context(doing)?;
        }
    }
    transaction.commit().await.context(doing)?;
    Ok(rows)
}

/// What the row is found by.
fn key(relation: &Exposed, spare: &Spare) -> Map<String, Value> {
    let names = relation.keys.first().into_iter().flatten();
    let value = |name: &String| spare.values.get(name).cloned().flatten();
    names
        .map(|name| (name.clone(), value(name).map_or(Value::Null, Value::String)))
        .collect()
}

fn condition(key: &Map<String, Value>) -> String {
    let is = |(name, value): (&String, &Value)| {
        format!(
            "{} = {}",
            quoted(name),
            literal(value.as_str().unwrap_or_default())
        )
    };
    key.iter().map(is).collect::<Vec<_>>().join(" and ")
}

fn insertion(relation: &Exposed, spare: &Spare) -> String {
    let given: Vec<(&String, &Option<String>)> = spare
        .values
        .iter()
        .filter(|(name, _)| {
            let is_key = relation.keys.first().is_some_and(|key| key.contains(name));
            is_key || relation.column(name).is_some_and(|column| !column.is_computed)
        })
        .collect();
    let columns: Vec<String> = given.iter().map(|(name, _)| quoted(name)).collect();
    let value = |value: &Option<String>| value.as_deref().map_or_else(|| "null".to_owned(), literal);
    let values: Vec<String> = given.iter().map(|(_, one)| value(one)).collect();
    format!(
        "insert into {} ({}) overriding system value values ({})",
        relation.sql_name(),
        columns.join(", "),
        values.join(", ")
    )
}
