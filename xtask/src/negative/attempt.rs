//! Trying the rows: one transaction, a savepoint for each, nothing left at the end.

use std::time::Duration;

use anyhow::{Context, Result};
use serde::Serialize;
use stack::hint::mendable;
use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::{Client, Transaction};

use super::case::{Case, Row, Value};
use super::organization::{self, Keys};
use super::specimen::Specimen;
use crate::database::name::{literal, quoted};
use crate::database::{seed_lock, session};

/// How long a seed may keep the attempts waiting.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// A row that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// The row.
    #[serde(flatten)]
    pub case: Case,
    /// What came of it.
    pub outcome: Outcome,
    /// The error; `None` where the row was taken.
    pub came: Option<Refusal>,
    /// What would forbid the row, where it was taken.
    pub hint: Option<String>,
}

/// What came of a row that must be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was refused as expected.
    Refused,
    /// It was refused for another reason.
    RefusedOtherwise,
    /// The database took it.
    Taken,
}

/// How the database refused a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The code of the error; `None` where a trigger left the row out without one.
    pub sqlstate: Option<String>,
    /// The constraint, where the error names one.
    pub constraint: Option<String>,
    /// The error in words.
    pub message: String,
}

/// What the database says to a row.
#[derive(Debug)]
pub enum Reply {
    /// It is in the table.
    Taken,
    /// It is not.
    Refused(Refusal),
}

/// Tries all cases, and undoes everything. `talk` is told of a seed that is waited for.
///
/// # Errors
/// Another seed is at work, or the database refuses a row that is valid.
pub async fn try_all(
    client: &mut Client,
    specimen: &Specimen,
    cases: Vec<Case>,
    talk: impl Fn(&str),
) -> Result<Vec<Attempt>> {
    let mut transaction = client.transaction().await.context("begin the attempts")?;
    session::set_up(&transaction).await?;
    seed_lock::acquire(&transaction, LOCK_PATIENCE, talk).await?;
    session::hold_sequences(&transaction).await?;
    // What is looked at on commit only would otherwise never be looked at.
    let done = transaction.batch_execute("set constraints all immediate").await;
    done.context("let the constraints be checked at once")?;
    let keys = match &specimen.organizations {
        Some(organizations) => organization::find_or_make(&mut transaction, organizations).await?,
        None => Keys::default(),
    };

    let table = specimen.binding.sql_name();
    let control = row_of(specimen, &specimen.control, &keys);
    must_take(&transaction, specimen, &control).await?;
    let base = row_of(specimen, &specimen.base, &keys);
    let savepoint = transaction.savepoint("valid").await.context("set a savepoint")?;
    must_take(&savepoint, specimen, &base).await?;
    savepoint.rollback().await.context("go back to the savepoint")?;

    let mut attempts = Vec::with_capacity(cases.len());
    for case in cases {
        let savepoint = transaction
            .savepoint("attempt")
            .await
            .context("set a savepoint")?;
        let reply = insert(&savepoint, &table, &changed(&base, &case, &keys))
            .await
            .with_context(|| format!("try a product with `{}`", case.title))?;
        savepoint.rollback().await.context("go back to the savepoint")?;
        attempts.push(Attempt::new(case, reply));
    }
    transaction.rollback().await.context("undo the attempts")?;
    Ok(attempts)
}

/// A valid row of the plan, with a principal that is there.
fn row_of(specimen: &Specimen, row: &Row, keys: &Keys) -> Row {
    let mut row = row.clone();
    if let (Some(column), Some(key)) = (&specimen.principal, &keys.principal) {
        row.insert(column.clone(), Some(key.clone()));
    }
    row
}

fn changed(base: &Row, case: &Case, keys: &Keys) -> Row {
    let mut row = base.clone();
    row.extend(case.changes.iter().map(|change| {
        let value = match &change.value {
            Value::Null => None,
            Value::Text(text) => Some(text.clone()),
            Value::NonPrincipal => keys.non_principal.clone(),
        };
        (change.column.clone(), value)
    }));
    row
}

/// What the database refuses when nothing is wrong says nothing about what it refuses.
async fn must_take(transaction: &Transaction<'_>, specimen: &Specimen, row: &Row) -> Result<()> {
    match insert(transaction, &specimen.binding.sql_name(), row).await? {
        Reply::Taken => Ok(()),
        Reply::Refused(refusal) => Err(mendable(
            format!(
                "try a valid product first: `{}` refuses it: {}",
                specimen.binding.table,
                refusal.describe()
            ),
            "see what would be written with `cargo xtask seed --dry-run --verbose`, and let the table take it",
        )),
    }
}

/// Inserts a row; keys that the table would number by itself are given.
///
/// # Errors
/// The database cannot go on, for a reason that is not the row.
pub async fn insert(transaction: &Transaction<'_>, table: &str, row: &Row) -> Result<Reply> {
    let columns: Vec<String> = row.keys().map(|name| quoted(name)).collect();
    let value = |value: &Option<String>| value.as_deref().map_or_else(|| "null".to_owned(), literal);
    let values: Vec<String> = row.values().map(value).collect();
    let sql = format!(
        "insert into {table} ({}) overriding system value values ({})",
        columns.join(", "),
        values.join(", ")
    );
    match transaction.execute(&sql, &[]).await {
        Ok(0) => Ok(Reply::Refused(Refusal {
            sqlstate: None,
            constraint: None,
            message: "a trigger left the row out".into(),
        })),
        Ok(_) => Ok(Reply::Taken),
        Err(error) => match error.as_db_error() {
            Some(refusal) if is_about_the_row(refusal.code()) => Ok(Reply::Refused(Refusal::of(refusal))),
            _ => Err(error).context("insert a row"),
        },
    }
}

/// Whether an error is not the server's or the connection's own trouble: by the class of its code.
fn is_about_the_row(code: &SqlState) -> bool {
    let classes = ["08", "25", "40", "53", "55", "57", "58", "XX"];
    !classes.iter().any(|class| code.code().starts_with(class))
}

impl Attempt {
    /// Compares what came with what was expected.
    pub fn new(case: Case, reply: Reply) -> Attempt {
        let came = match reply {
            Reply::Taken => None,
            Reply::Refused(refusal) => Some(refusal),
        };
        let outcome = match &came {
            None => Outcome::Taken,
            Some(refusal) if refusal.meets(&case) => Outcome::Refused,
            Some(_) => Outcome::RefusedOtherwise,
        };
        Attempt {
            hint: came.is_none().then(|| case.remedy.clone()),
            case,
            outcome,
            came,
        }
    }
}

impl Refusal {
    fn of(error: &DbError) -> Refusal {
        Refusal {
            sqlstate: Some(error.code().code().to_owned()),
            constraint: error.constraint().map(str::to_owned),
            message: error.message().to_owned(),
        }
    }

    fn meets(&self, case: &Case) -> bool {
        let constraint = self.constraint.as_deref();
        let is_met = |sqlstate: &String| case.expected.is_met_by(sqlstate, constraint);
        self.sqlstate.as_ref().is_some_and(is_met)
    }

    /// As people read it: the words, then what to look them up by.
    pub fn describe(&self) -> String {
        match &self.sqlstate {
            Some(sqlstate) => format!("{} ({sqlstate})", self.message),
            None => self.message.clone(),
        }
    }
}
