//! What hangs on rows that have gone: foreign keys do not act while triggers are kept from firing, so what they would
//! have done is done here, and what they would have refused is refused.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use stack::hint::mendable;
use tokio_postgres::Transaction;

use crate::commands::reset::summary::grouped;
use crate::database::carried::CarriedTable;
use crate::database::catalog::SUPABASE_SCHEMAS;
use crate::database::name::{qualified, short};

/// A table, by schema and name.
type Place = (String, String);

/// A foreign key, with what finds rows that point nowhere.
struct ForeignKey {
    table: Place,
    referenced: Place,
    on_delete: String,
    is_parent: String,
    points: String,
    pointing_nowhere: String,
}

/// Settles what points from or to the tables that were written, and starts or ends elsewhere: rows of Supabase's own
/// tables, as sessions of users who are gone, do what their foreign key says.
///
/// # Errors
/// Rows of the project point nowhere: their table and number.
pub async fn settle(transaction: &Transaction<'_>, written: &[&CarriedTable]) -> Result<()> {
    let keys = foreign_keys(transaction).await?;
    let written: BTreeSet<Place> = written.iter().map(|table| place(table)).collect();
    let elsewhere = |key: &&ForeignKey| written.contains(&key.table) && !written.contains(&key.referenced);
    for key in keys.iter().filter(elsewhere) {
        refuse_orphans(transaction, key).await?;
    }
    let mut gone: Vec<Place> = written.iter().cloned().collect();
    while let Some(parent) = gone.pop() {
        let hangs = |key: &&ForeignKey| key.referenced == parent && !written.contains(&key.table);
        for key in keys.iter().filter(hangs) {
            if act(transaction, key).await? > 0 {
                gone.push(key.table.clone());
            }
        }
    }
    Ok(())
}

/// Refuses what the database itself would do to tables that are not carried, where it acts on foreign keys.
///
/// # Errors
/// Rows of the project would go, or point nowhere: their tables.
pub async fn refuse_touching(transaction: &Transaction<'_>, removed: &[&CarriedTable]) -> Result<()> {
    let removed: BTreeSet<Place> = removed.iter().map(|table| place(table)).collect();
    let touches = |key: &&ForeignKey| {
        removed.contains(&key.referenced)
            && !removed.contains(&key.table)
            && !key.is_supabases()
            && key.on_delete != "a"
            && key.on_delete != "r"
    };
    for key in foreign_keys(transaction).await?.iter().filter(touches) {
        let [table, parent] = key.titles();
        let sql = format!("select count(*) from {} t where {}", key.sql_name(), key.points);
        let row = transaction.query_one(&sql, &[]).await;
        let row = row.with_context(|| format!("look where the rows of `{table}` point"))?;
        let pointing = row.get::<_, i64>(0).unsigned_abs();
        if pointing > 0 {
            return Err(mendable(
                format!(
                    "sync: {} rows of `{table}` on the target hang on rows of `{parent}`, and would be changed with them \
                     although a sync does not carry them",
                    grouped(pointing)
                ),
                "connect as a role that may set `session_replication_role` (Supabase's `postgres`)",
            ));
        }
    }
    Ok(())
}

fn place(table: &CarriedTable) -> Place {
    (table.schema.clone(), table.name.clone())
}

async fn foreign_keys(transaction: &Transaction<'_>) -> Result<Vec<ForeignKey>> {
    let rows = transaction.query(include_str!("sql/foreign_keys.sql"), &[]).await;
    let key = |row: &tokio_postgres::Row| ForeignKey {
        table: (row.get("schema"), row.get("table")),
        referenced: (row.get("referenced_schema"), row.get("referenced_table")),
        on_delete: row.get("on_delete"),
        is_parent: row.get("is_parent"),
        points: row.get("points"),
        pointing_nowhere: row.get("pointing_nowhere"),
    };
    Ok(rows.context("read the foreign keys")?.iter().map(key).collect())
}

impl ForeignKey {
    /// SQL that is true for a row `t` that points at a row that is not there.
    fn is_orphan(&self) -> String {
        let (points, is_parent) = (&self.points, &self.is_parent);
        let parent = qualified(&self.referenced.0, &self.referenced.1);
        format!("{points} and not exists (select from {parent} r where {is_parent})")
    }

    /// Its table, as SQL takes it.
    fn sql_name(&self) -> String {
        qualified(&self.table.0, &self.table.1)
    }

    /// Whether it starts at a table of Supabase's own.
    fn is_supabases(&self) -> bool {
        SUPABASE_SCHEMAS.contains(&self.table.0.as_str())
    }

    fn titles(&self) -> [String; 2] {
        [&self.table, &self.referenced].map(|(schema, name)| short(schema, name))
    }
}

/// Does what the key says on rows that point nowhere; gives how many were deleted.
async fn act(transaction: &Transaction<'_>, key: &ForeignKey) -> Result<u64> {
    let [table, parent] = key.titles();
    let doing = || format!("settle what `{table}` has of rows that are gone from `{parent}`");
    let (name, is_orphan) = (key.sql_name(), key.is_orphan());
    match key.on_delete.as_str() {
        "c" if key.is_supabases() => {
            let sql = format!("delete from {name} t where {is_orphan}");
            transaction.execute(&sql, &[]).await.with_context(doing)
        }
        "n" if key.is_supabases() => {
            let sql = format!("update {name} t set {} where {is_orphan}", key.pointing_nowhere);
            transaction.execute(&sql, &[]).await.with_context(doing)?;
            Ok(0)
        }
        _ => refuse_orphans(transaction, key).await.map(|()| 0),
    }
}

async fn refuse_orphans(transaction: &Transaction<'_>, key: &ForeignKey) -> Result<()> {
    let [table, parent] = key.titles();
    let sql = format!(
        "select count(*) from {} t where {}",
        key.sql_name(),
        key.is_orphan()
    );
    let row = transaction.query_one(&sql, &[]).await;
    let row = row.with_context(|| format!("look where the rows of `{table}` point"))?;
    let orphans = row.get::<_, i64>(0).unsigned_abs();
    if orphans == 0 {
        return Ok(());
    }
    Err(mendable(
        format!(
            "sync: {} rows of `{table}` on the target would point at rows of `{parent}` that are not there",
            grouped(orphans)
        ),
        format!(
            "a sync does not carry both tables: put the rows into `{parent}` on the target, or take those of `{table}` out"
        ),
    ))
}
