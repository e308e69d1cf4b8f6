//! What in a database is not ours: neither seeded, nor brought by the last sync.

use anyhow::{Context, Result};
use seed_core::catalog::{Catalog, Table};
use tokio_postgres::GenericClient;

use crate::database::ledger::Run;
use crate::database::name::qualified;
use crate::database::seeded::is_row_of;
use crate::users::metadata::MetadataTable;

/// SQL that is true for a row `t` of a table that is ours: the ledger names it, or the last sync has written it and
/// nobody has touched it since.
pub fn is_ours(runs: &[Run], live: &Table) -> String {
    let mut conditions =
        vec!["exists (select from seedbed.syncs s where t.xmin = s.transaction_id::xid)".to_owned()];
    for run in runs {
        let entries = run.tables.iter();
        let of_table = entries.filter(|entry| entry.schema == live.schema && entry.name == live.name);
        conditions.extend(of_table.map(|entry| format!("({})", is_row_of(run.id, entry, live))));
    }
    conditions.join(" or ")
}

/// Whether anything of ours was ever noted there.
async fn is_prepared(client: &impl GenericClient) -> Result<bool> {
    let sql = "select to_regclass('seedbed.synced_users') is not null";
    let there = client.query_one(sql, &[]).await;
    Ok(there.context("look for schema `seedbed`")?.get(0))
}

/// Rows of a table, and how many of them are not ours.
///
/// # Errors
/// The database refuses.
pub async fn rows(client: &impl GenericClient, runs: &[Run], live: &Table) -> Result<(u64, u64)> {
    let name = qualified(&live.schema, &live.name);
    let is_ours = match is_prepared(client).await? {
        true => is_ours(runs, live),
        false => "false".to_owned(),
    };
    let sql = format!("select count(*), count(*) filter (where not ({is_ours})) from {name} t");
    let row = client.query_one(&sql, &[]).await;
    let row = row.with_context(|| format!("count the rows of `{}` that are not ours", live.name))?;
    let number = |at| row.get::<_, i64>(at).unsigned_abs();
    Ok((number(0), number(1)))
}

/// Ids of users who are ours: test users, those that a run was about to make, those whom the last sync brought.
///
/// # Errors
/// The database refuses.
pub async fn our_users(client: &impl GenericClient, catalog: &Catalog) -> Result<Vec<uuid::Uuid>> {
    if !is_prepared(client).await? {
        return Ok(Vec::new());
    }
    let known = MetadataTable::of(catalog).with_announced(client).await?;
    let mut ids: Vec<uuid::Uuid> = known.into_iter().map(|user| user.user_id).collect();
    let synced = client
        .query("select user_id from seedbed.synced_users", &[])
        .await;
    let synced = synced.context("read which users a sync has brought")?;
    ids.extend(synced.iter().map(|row| row.get::<_, uuid::Uuid>(0)));
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// How many users are not ours.
///
/// # Errors
/// The database refuses.
pub async fn users(client: &impl GenericClient, catalog: &Catalog) -> Result<u64> {
    let there = client
        .query_one("select to_regclass('auth.users') is not null", &[])
        .await;
    if !there.context("look for `auth.users`")?.get::<_, bool>(0) {
        return Ok(0);
    }
    let ours = our_users(client, catalog).await?;
    let sql = "select count(*) from auth.users where id <> all ($1)";
    let row = client.query_one(sql, &[&ours]).await;
    Ok(row
        .context("count the users that are not ours")?
        .get::<_, i64>(0)
        .unsigned_abs())
}
