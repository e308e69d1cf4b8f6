//! What the database holds before and after the tries: sums over the rows of each table, and where sequences stand.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use stack::hint::mendable;
use tokio_postgres::{Client, GenericClient};

use crate::database::name::{qualified, quoted};

/// A row as a whole, by a name that no column has.
const ROW: &str = "\"the whole row\"";

/// What the database holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    /// By table, the number of rows and a sum over them in which their order counts for nothing.
    tables: BTreeMap<String, (i64, String)>,
    /// What each sequence would give next.
    sequences: BTreeMap<String, Sequence>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Sequence {
    next: i64,
    /// Selects the number after the highest one in use, where the sequence numbers a column.
    free: Option<String>,
}

impl Content {
    /// Reads it, all tables at one moment.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn read(client: &Client) -> Result<Content> {
        Ok(Content {
            tables: tables(client).await.context("sum up the rows of each table")?,
            sequences: sequences(client)
                .await
                .context("read where the sequences stand")?,
        })
    }

    /// Compares what was there before with what is there now.
    ///
    /// # Errors
    /// The rows of a table are others: each is named.
    pub fn expect(&self, now: &Content) -> Result<()> {
        let names = self
            .tables
            .keys()
            .chain(now.tables.keys().filter(|name| !self.tables.contains_key(*name)));
        let changed: Vec<String> = names
            .filter_map(|name| {
                let rows = |content: &Content| content.tables.get(name).map_or(0, |(rows, _)| *rows);
                (self.tables.get(name) != now.tables.get(name))
                    .then(|| format!("`{name}` ({} rows before, {} now)", rows(self), rows(now)))
            })
            .collect();
        match changed.is_empty() {
            true => Ok(()),
            false => Err(mendable(
                format!(
                    "undo the tries: rows are not what they were before: {}",
                    changed.join(", ")
                ),
                "another session may have written meanwhile: run it again while nobody else does; \
                 `cargo xtask reset` makes the rows anew",
            )),
        }
    }

    /// Sets sequences back to where they stood, where nobody has used the numbers since: those of an insert stay
    /// drawn when it is undone.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn take_back_numbers(&self, client: &mut Client) -> Result<()> {
        let doing = "set the sequences back";
        let now = sequences(client).await.context(doing)?;
        let moved: Vec<(&String, &Sequence)> = self
            .sequences
            .iter()
            .filter(|(name, before)| now.get(*name).is_some_and(|now| now.next != before.next))
            .collect();
        if moved.is_empty() {
            return Ok(());
        }
        let transaction = client.transaction().await.context(doing)?;
        transaction
            .batch_execute("set local lock_timeout = '5s'")
            .await
            .context(doing)?;
        for (name, before) in moved {
            // Restarting it keeps others from drawing until the end of the transaction.
            let restart = format!("alter sequence {name} restart with {}", before.next);
            let savepoint = format!("savepoint before_restart; {restart}");
            transaction.batch_execute(&savepoint).await.context(doing)?;
            let free: Option<i64> = match &before.free {
                Some(sql) => transaction.query_one(sql, &[]).await.context(doing)?.get(0),
                None => None,
            };
            if free.is_some_and(|free| free > before.next) {
                transaction
                    .batch_execute("rollback to before_restart")
                    .await
                    .context(doing)?;
            }
        }
        transaction.commit().await.context(doing)
    }
}

async fn tables(client: &impl GenericClient) -> Result<BTreeMap<String, (i64, String)>> {
    let rows = client.query(include_str!("sql/own_tables.sql"), &[]).await?;
    let names: Vec<(String, String)> = rows
        .iter()
        .map(|row| (row.get("schema"), row.get("name")))
        .collect();
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sums: Vec<String> = names
        .iter()
        .enumerate()
        .map(|(place, (schema, name))| {
            format!(
                "select {place} as place, count(*), coalesce(sum(hashtextextended({ROW}::text, 0)), 0)::text from only {} {ROW}",
                qualified(schema, name)
            )
        })
        .collect();
    // Larger tables are read beside each other, and come as they are done.
    let sql = format!("{}\norder by place", sums.join("\nunion all\n"));
    let rows = client.query(&sql, &[]).await?;
    let title = |(schema, name): (String, String)| format!("{schema}.{name}");
    Ok(names
        .into_iter()
        .map(title)
        .zip(rows.iter().map(|row| (row.get(1), row.get(2))))
        .collect())
}

async fn sequences(client: &impl GenericClient) -> Result<BTreeMap<String, Sequence>> {
    let rows = client.query(include_str!("sql/own_sequences.sql"), &[]).await?;
    if rows.is_empty() {
        return Ok(BTreeMap::new());
    }
    let parts: Vec<String> = rows
        .iter()
        .map(|row| {
            let (name, step): (&str, i64) = (row.get("name"), row.get("step"));
            format!("(select case when is_called then last_value + {step} else last_value end from {name})")
        })
        .collect();
    let next = client
        .query_one(&format!("select array[{}]::bigint[]", parts.join(", ")), &[])
        .await?;
    let next: Vec<i64> = next.get(0);
    let sequence = |(row, next): (&tokio_postgres::Row, i64)| {
        let step: i64 = row.get("step");
        let column: Option<&str> = row.get("column");
        let free = column.filter(|_| step > 0).map(|column| {
            let table = qualified(row.get("schema"), row.get("table"));
            format!("select max({})::bigint + 1 from {table}", quoted(column))
        });
        (row.get::<_, String>("name"), Sequence { next, free })
    };
    Ok(rows.iter().zip(next).map(sequence).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_whose_rows_are_others_is_named() {
        let content = |rows: &[(&str, i64, &str)]| Content {
            tables: rows
                .iter()
                .map(|(name, count, sum)| ((*name).to_owned(), (*count, (*sum).to_owned())))
                .collect(),
            sequences: BTreeMap::new(),
        };
        let before = content(&[("public.tasks", 3, "7"), ("public.tags", 1, "5")]);
        assert!(before.expect(&before.clone()).is_ok());
        let same_number = content(&[("public.tasks", 3, "8"), ("public.tags", 1, "5")]);
        let error = before.expect(&same_number).unwrap_err().to_string();
        assert!(
            error.contains("`public.tasks` (3 rows before, 3 now)") && !error.contains("tags"),
            "{error}"
        );
        let gone = before
            .expect(&content(&[("public.tags", 1, "5")]))
            .unwrap_err()
            .to_string();
        assert!(gone.contains("`public.tasks` (3 rows before, 0 now)"), "{gone}");
    }
}
