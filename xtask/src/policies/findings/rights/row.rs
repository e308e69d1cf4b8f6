//! One row that a user tries to change, or to put in: whatever comes of it is taken back.

use anyhow::{Context, Result};
use seed_core::catalog::{Column, Table};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error, GenericClient, Transaction};

use super::Subject;
use crate::database::name::{literal, qualified, quoted};

/// One row, found by a condition.
pub struct Row<'a> {
    table: &'a Table,
    condition: String,
}

/// What came of a change that a user tried.
#[derive(Debug, PartialEq, Eq)]
pub enum Change {
    /// The value is another one.
    Made,
    /// It was refused, did nothing, or a trigger set it back.
    None,
    /// A constraint or a type refused the value: nothing is known of others.
    Constraint(String),
}

impl<'a> Row<'a> {
    /// A row whose `column` names `own`, by its key where it has one.
    pub async fn of_oneself(
        client: &impl GenericClient,
        table: &'a Table,
        column: &Column,
        own: &str,
    ) -> Result<Option<Row<'a>>> {
        let is_own = format!("{} = {}", quoted(&column.name), literal(own));
        match table.primary_key.is_empty() {
            false => Row::with_key(client, table, &is_own).await,
            true => Ok(Some(Row {
                table,
                condition: is_own,
            })),
        }
    }

    /// A row with a key whose `column` names somebody other than `own`.
    pub async fn of_others(
        client: &impl GenericClient,
        table: &'a Table,
        column: &Column,
        own: &str,
    ) -> Result<Option<Row<'a>>> {
        if table.primary_key.is_empty() {
            return Ok(None);
        }
        let is_of_others = format!("{}::text <> {}", quoted(&column.name), literal(own));
        Row::with_key(client, table, &is_of_others).await
    }

    /// The first row that fulfils a condition, found by its key from here on.
    async fn with_key(
        client: &impl GenericClient,
        table: &'a Table,
        condition: &str,
    ) -> Result<Option<Row<'a>>> {
        let keys: Vec<String> = table.primary_key.iter().map(|key| quoted(key)).collect();
        let texts: Vec<String> = keys.iter().map(|key| format!("{key}::text")).collect();
        let sql = format!(
            "select array[{}] from {} where {condition} limit 1",
            texts.join(", "),
            qualified(&table.schema, &table.name),
        );
        let row = client.query_opt(&sql, &[]).await;
        let row = row.with_context(|| format!("look for rows to try on in `{}`", table.name))?;
        Ok(row.map(|row| {
            let values: Vec<String> = row.get(0);
            let pairs = keys.iter().zip(values);
            let pairs: Vec<String> = pairs
                .map(|(key, value)| format!("{key} = {}", literal(&value)))
                .collect();
            Row {
                table,
                condition: pairs.join(" and "),
            }
        }))
    }

    /// The value of a column as text, past all policies; none where there is no such row.
    pub async fn read(&self, client: &impl GenericClient, column: &Column) -> Result<Option<Option<String>>> {
        let sql = format!(
            "select {}::text from {} where {} limit 1",
            quoted(&column.name),
            qualified(&self.table.schema, &self.table.name),
            self.condition
        );
        let row = client.query_opt(&sql, &[]).await;
        let row = row.with_context(|| format!("read `{}` of `{}`", column.name, self.table.name))?;
        Ok(row.map(|row| row.get(0)))
    }

    /// Sets a column as the user would, and takes it back.
    pub async fn change(
        &self,
        client: &mut Client,
        subject: &Subject,
        column: &Column,
        value: &str,
    ) -> Result<Change> {
        let before = self.read(client, column).await?;
        let transaction = client.transaction().await?;
        become_subject(&transaction, subject).await?;
        let done = transaction.execute(&self.update(column, value), &[]).await;
        let change = match done {
            Err(error) => refused(error)?,
            Ok(0) => Change::None,
            Ok(_) => {
                transaction.batch_execute("reset role").await?;
                match self.read(&transaction, column).await? == before {
                    true => Change::None,
                    false => Change::Made,
                }
            }
        };
        transaction.rollback().await?;
        Ok(change)
    }

    /// Whether the user may change the row without a change of its owner.
    pub async fn is_open(&self, client: &mut Client, subject: &Subject, column: &Column) -> Result<bool> {
        let transaction = client.transaction().await?;
        become_subject(&transaction, subject).await?;
        let update = self.update(column, &quoted(&column.name));
        let done = transaction.execute(&update, &[]).await;
        transaction.rollback().await?;
        match done {
            Ok(count) => Ok(count > 0),
            Err(error) if error.as_db_error().is_some() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn update(&self, column: &Column, value: &str) -> String {
        format!(
            "update {} set {} = {value} where {}",
            qualified(&self.table.schema, &self.table.name),
            quoted(&column.name),
            self.condition
        )
    }
}

/// Puts a row in as the user would, and takes it back; `values` are columns with literals.
pub async fn put_in(
    client: &mut Client,
    subject: &Subject,
    table: &Table,
    values: &[(&Column, String)],
) -> Result<Change> {
    let columns: Vec<String> = values.iter().map(|(column, _)| quoted(&column.name)).collect();
    let literals: Vec<&str> = values.iter().map(|(_, value)| value.as_str()).collect();
    let insert = format!(
        "insert into {} ({}) values ({})",
        qualified(&table.schema, &table.name),
        columns.join(", "),
        literals.join(", ")
    );
    let transaction = client.transaction().await?;
    become_subject(&transaction, subject).await?;
    let change = match transaction.execute(&insert, &[]).await {
        Err(error) => refused(error)?,
        Ok(0) => Change::None,
        Ok(_) => Change::Made,
    };
    transaction.rollback().await?;
    Ok(change)
}

/// What it means that the database refused.
fn refused(error: Error) -> Result<Change> {
    match error.as_db_error() {
        // One has such a row already, and can have no second one.
        Some(refusal) if *refusal.code() == SqlState::UNIQUE_VIOLATION => Ok(Change::None),
        // A constraint, or a value that its type does not take.
        Some(refusal) if ["22", "23"].contains(&&refusal.code().code()[..2]) => {
            Ok(Change::Constraint(refusal.message().to_owned()))
        }
        Some(_) => Ok(Change::None),
        None => Err(error.into()),
    }
}

async fn become_subject(transaction: &Transaction<'_>, subject: &Subject) -> Result<()> {
    let sql = include_str!("../../sql/become.sql").replace(":claims", &literal(&subject.claims));
    let done = transaction.batch_execute(&sql).await;
    done.with_context(|| format!("ask the database as `{}`", subject.role))
}
