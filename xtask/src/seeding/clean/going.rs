//! The rows that are to go, table by table: their keys, in temporary tables that end with the transaction.

use anyhow::{Context, Result};
use seed_core::catalog::{ColumnType, Table};
use tokio_postgres::Transaction;

use crate::database::name::{qualified, quoted};

/// The rows of one table that are to go.
pub struct Going<'a> {
    /// The table.
    pub live: &'a Table,
    stage: String,
}

impl<'a> Going<'a> {
    /// Those rows `t` of a table that meet a condition; `number` is another one for each table.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn collect(
        transaction: &Transaction<'_>,
        live: &'a Table,
        number: usize,
        condition: &str,
    ) -> Result<Going<'a>> {
        let going = Going {
            live,
            stage: format!("pg_temp.seedbed_going_{number}"),
        };
        let sql = format!(
            "create temp table {} on commit drop as select {} from {} t where {condition}; analyze {0}",
            going.stage,
            going.key_list(),
            going.table(),
        );
        going.run(transaction, &sql).await?;
        Ok(going)
    }

    /// The table, quoted.
    pub fn table(&self) -> String {
        qualified(&self.live.schema, &self.live.name)
    }

    /// Whether the row that is called `row` is to go.
    pub fn holds(&self, row: &str) -> String {
        format!(
            "exists (select from {} g where {})",
            self.stage,
            self.is_same(row)
        )
    }

    /// Adds rows `t` that meet a condition; gives their number.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn add(&self, transaction: &Transaction<'_>, condition: &str) -> Result<u64> {
        let sql = format!(
            "insert into {} select {} from {} t where not {} and ({condition})",
            self.stage,
            self.key_list(),
            self.table(),
            self.holds("t"),
        );
        self.execute(transaction, &sql).await
    }

    /// Keeps rows `t` that meet a condition; gives their number.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn keep(&self, transaction: &Transaction<'_>, condition: &str) -> Result<u64> {
        let sql = format!(
            "delete from {} g using {} t where {} and ({condition})",
            self.stage,
            self.table(),
            self.is_same("t")
        );
        self.execute(transaction, &sql).await
    }

    /// How many are to go.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn count(&self, transaction: &Transaction<'_>) -> Result<u64> {
        let sql = format!("select count(*) from {}", self.stage);
        let row = transaction
            .query_one(&sql, &[])
            .await
            .with_context(|| self.doing())?;
        Ok(row.get::<_, i64>(0).unsigned_abs())
    }

    /// How many were changed since a run wrote them.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn count_changed(&self, transaction: &Transaction<'_>) -> Result<u64> {
        let sql = format!(
            "select count(*) from {} t where {} and t.xmin::text::bigint not in (
                 select transaction_id::text::bigint % 4294967296 from seedbed.run_parts)",
            self.table(),
            self.holds("t")
        );
        let row = transaction
            .query_one(&sql, &[])
            .await
            .with_context(|| self.doing())?;
        Ok(row.get::<_, i64>(0).unsigned_abs())
    }

    /// Sets columns of the rows to null.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn set_null(&self, transaction: &Transaction<'_>, columns: &[&str]) -> Result<()> {
        let sets: Vec<String> = columns
            .iter()
            .map(|name| format!("{} = null", quoted(name)))
            .collect();
        let sql = format!(
            "update {} t set {} where {}",
            self.table(),
            sets.join(", "),
            self.holds("t")
        );
        self.execute(transaction, &sql).await?;
        Ok(())
    }

    /// Deletes the rows; gives their number.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn delete(&self, transaction: &Transaction<'_>) -> Result<u64> {
        let sql = format!(
            "delete from {} t using {} g where {}",
            self.table(),
            self.stage,
            self.is_same("t")
        );
        self.execute(transaction, &sql).await
    }

    /// The highest key, for a key of one integer.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn highest_key(&self, transaction: &Transaction<'_>) -> Result<Option<i64>> {
        let Some(key) = self.integer_key() else {
            return Ok(None);
        };
        let sql = format!("select max({})::bigint from {}", quoted(key), self.stage);
        let row = transaction
            .query_one(&sql, &[])
            .await
            .with_context(|| self.doing())?;
        Ok(row.get(0))
    }

    /// The table's key, where it is one integer.
    pub fn integer_key(&self) -> Option<&'a str> {
        let [key] = self.live.primary_key.as_slice() else {
            return None;
        };
        let column = self.live.columns.iter().find(|column| column.name == *key)?;
        let is_integer = matches!(
            column.kind,
            ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt
        );
        is_integer.then_some(key)
    }

    fn key_list(&self) -> String {
        match self.live.primary_key.as_slice() {
            [] => "to_jsonb(t) as whole_row".to_owned(),
            columns => {
                let columns = columns.iter().map(|name| format!("t.{}", quoted(name)));
                columns.collect::<Vec<_>>().join(", ")
            }
        }
    }

    fn is_same(&self, row: &str) -> String {
        match self.live.primary_key.as_slice() {
            [] => format!("g.whole_row = to_jsonb({row})"),
            columns => {
                let pairs = columns
                    .iter()
                    .map(|name| format!("g.{0} = {row}.{0}", quoted(name)));
                pairs.collect::<Vec<_>>().join(" and ")
            }
        }
    }

    async fn run(&self, transaction: &Transaction<'_>, sql: &str) -> Result<()> {
        transaction.batch_execute(sql).await.with_context(|| self.doing())
    }

    async fn execute(&self, transaction: &Transaction<'_>, sql: &str) -> Result<u64> {
        transaction.execute(sql, &[]).await.with_context(|| self.doing())
    }

    fn doing(&self) -> String {
        format!("take back rows of `{}`", self.live.name)
    }
}
