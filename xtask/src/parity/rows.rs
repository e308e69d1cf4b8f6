//! The rows of one table on both sides: their sums, and where these differ, the first rows that do.

use std::collections::HashMap;

use anyhow::{Context, Result};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use serde::Serialize;
use tokio_postgres::Transaction;

use super::merge::{self, Digest, Unlike};
use super::recipe::Recipe;
use super::shown::{self, Shown};
use crate::database::checksum::{self, Checksum};

/// Rows that are asked for at once.
const BATCH: i32 = 1000;

/// The rows of a table on one side.
pub struct Rows<'t> {
    transaction: &'t Transaction<'t>,
    recipe: &'t Recipe,
    sql: String,
}

/// A row that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowDifference {
    /// Which row it is: its key; all of it where it has none.
    pub key: Shown,
    /// In what it differs.
    #[serde(flatten)]
    pub what: What,
}

/// In what a row differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum What {
    /// Only this side has it.
    OnlyHere,
    /// Only the other side has it.
    OnlyThere,
    /// Values differ.
    Changed {
        /// Each of them.
        columns: Vec<ValueDifference>,
    },
}

/// A value that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValueDifference {
    /// The column.
    pub column: String,
    /// The value here, cut where it is long, and masked where it is a secret.
    pub here: Option<String>,
    /// The value there, the same way.
    pub there: Option<String>,
}

impl<'t> Rows<'t> {
    /// The rows of the recipe's table; `seeded` is as [`Recipe::rows_sql`] takes it.
    pub fn of<'c: 't>(transaction: &'t Transaction<'c>, recipe: &'t Recipe, seeded: &str) -> Rows<'t> {
        let sql = recipe.rows_sql(seeded);
        Rows {
            transaction,
            recipe,
            sql,
        }
    }

    /// Their number and sum.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn sum(&self) -> Result<Checksum> {
        let title = self.recipe.title();
        checksum::of_query(self.transaction, &title, &self.sql, &self.recipe.values()).await
    }

    /// What stands for each row, in order, a batch at a time.
    async fn digests(&self) -> Result<impl Stream<Item = Result<Digest>>> {
        let doing = format!(
            "read the rows of {} in the order of their keys",
            self.recipe.title()
        );
        let sql = format!(
            r#"select ({}) collate "C", hashtextextended(row({})::text, 0) from ({}) t order by 1, 2"#,
            self.recipe.key_sql(),
            self.recipe.values().join(", "),
            self.sql
        );
        let statement = self
            .transaction
            .prepare(&sql)
            .await
            .with_context(|| doing.clone())?;
        let portal = self
            .transaction
            .bind(&statement, &[])
            .await
            .with_context(|| doing.clone())?;
        let batches = stream::try_unfold((portal, doing), async |(portal, doing)| {
            let rows = self.transaction.query_portal(&portal, BATCH).await;
            let rows = rows.with_context(|| doing.clone())?;
            anyhow::Ok((!rows.is_empty()).then_some((rows, (portal, doing))))
        });
        let digest = |row: tokio_postgres::Row| Digest {
            key: row.get(0),
            hash: row.get(1),
        };
        Ok(batches
            .map_ok(move |rows| stream::iter(rows.into_iter().map(move |row| anyhow::Ok(digest(row)))))
            .try_flatten()
            .boxed_local())
    }

    /// The values of the rows with these keys, as text.
    async fn values(&self, keys: &[&str]) -> Result<HashMap<String, Vec<Option<String>>>> {
        let texts: Vec<String> = self
            .recipe
            .values()
            .iter()
            .map(|value| format!("{value}::text"))
            .collect();
        let sql = format!(
            "select {key}, array[{}]::text[] from ({}) t where {key} = any ($1)",
            texts.join(", "),
            self.sql,
            key = self.recipe.key_sql(),
        );
        let rows = self.transaction.query(&sql, &[&keys]).await;
        let rows = rows.with_context(|| format!("read the rows of {} that differ", self.recipe.title()))?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }
}

/// The first rows that differ, at most `limit`, and whether there are more.
///
/// # Errors
/// A database refuses.
pub async fn differences(
    here: &Rows<'_>,
    there: &Rows<'_>,
    limit: usize,
) -> Result<(Vec<RowDifference>, bool)> {
    let (one, other) = tokio::try_join!(here.digests(), there.digests())?;
    let mut unlike = merge::unlike(one, other, limit + 1).await?;
    let has_more = unlike.len() > limit;
    unlike.truncate(limit);
    let keys: Vec<&str> = unlike.iter().map(Unlike::key).collect();
    let (one, other) = tokio::try_join!(here.values(&keys), there.values(&keys))?;
    let recipe = here.recipe;
    let differences = unlike.iter().map(|unlike| {
        let none = Vec::new();
        let (one, other) = (one.get(unlike.key()), other.get(unlike.key()));
        let (one, other) = (one.unwrap_or(&none), other.unwrap_or(&none));
        RowDifference {
            key: shown::key(recipe, if one.is_empty() { other } else { one }),
            what: match unlike {
                Unlike::OnlyHere(_) => What::OnlyHere,
                Unlike::OnlyThere(_) => What::OnlyThere,
                Unlike::Changed(_) => What::Changed {
                    columns: changed(recipe, one, other),
                },
            },
        }
    });
    Ok((differences.collect(), has_more))
}

fn changed(recipe: &Recipe, here: &[Option<String>], there: &[Option<String>]) -> Vec<ValueDifference> {
    let pairs = recipe.columns.iter().zip(here.iter().zip(there));
    let differing = pairs.filter(|(_, (here, there))| here != there);
    let difference = differing.map(|(column, (here, there))| {
        let (here, there) = shown::pair(&column.name, here.as_deref(), there.as_deref());
        let column = column.name.clone();
        ValueDifference { column, here, there }
    });
    difference.collect()
}
