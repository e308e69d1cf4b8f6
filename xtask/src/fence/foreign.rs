//! What in a database is not ours: neither seeded, nor brought by a sync.

use anyhow::{Context, Result};
use seed_core::catalog::{Catalog, ForeignKey, Table};
use tokio_postgres::GenericClient;
use uuid::Uuid;

use crate::database::ledger::Run;
use crate::database::name::{qualified, quoted};
use crate::database::seeded::is_row_of;
use crate::users::metadata::MetadataTable;

/// SQL that is true for a row `t` of a table that is ours: the ledger names it, or a sync has written it and nobody has
/// touched it since.
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

/// SQL that is true for a row `t` that belongs to one of `users` alone, as a profile does: it has their id in a column
/// that is unique and points at `auth.users`; none where the table has no such column.
fn is_profile_of(users: &[Uuid], live: &Table) -> Option<String> {
    let is_unique = |columns: &[String]| {
        live.primary_key == columns
            || live
                .unique
                .iter()
                .any(|key| !key.partial && key.columns == columns)
    };
    let points = |key: &&ForeignKey| {
        (key.referenced_schema.as_str(), key.referenced_table.as_str()) == ("auth", "users")
            && key.referenced_columns == ["id"]
            && is_unique(&key.columns)
    };
    let key = live.foreign_keys.iter().find(points)?;
    let ids: Vec<String> = users.iter().map(Uuid::to_string).collect();
    let column = quoted(&key.columns[0]);
    (!ids.is_empty()).then(|| format!("t.{column} = any ('{{{}}}'::uuid[])", ids.join(",")))
}

/// Rows of a table, and how many of them are neither ours nor profiles of `users`.
///
/// # Errors
/// The database refuses.
pub async fn rows(
    client: &impl GenericClient,
    runs: &[Run],
    live: &Table,
    users: &[Uuid],
) -> Result<(u64, u64)> {
    let name = qualified(&live.schema, &live.name);
    let is_ours = match is_prepared(client).await? {
        true => is_ours(runs, live),
        false => "false".to_owned(),
    };
    let is_profile = is_profile_of(users, live).unwrap_or_else(|| "false".to_owned());
    // Nothing is known of a row whose columns are null: it is not ours then.
    let sql = format!(
        "select count(*), count(*) filter (where ({is_ours} or {is_profile}) is not true) from {name} t"
    );
    let row = client.query_one(&sql, &[]).await;
    let row = row.with_context(|| format!("count the rows of `{}` that are not ours", live.name))?;
    let number = |at| row.get::<_, i64>(at).unsigned_abs();
    Ok((number(0), number(1)))
}

/// Ids of users who are ours: test users, those that a run was about to make, those whom the last sync brought.
///
/// # Errors
/// The database refuses.
pub async fn our_users(client: &impl GenericClient, catalog: &Catalog) -> Result<Vec<Uuid>> {
    if !is_prepared(client).await? {
        return Ok(Vec::new());
    }
    let known = MetadataTable::of(catalog).with_announced(client).await?;
    let mut ids: Vec<Uuid> = known.into_iter().map(|user| user.user_id).collect();
    let synced = client
        .query("select user_id from seedbed.synced_users", &[])
        .await;
    let synced = synced.context("read which users a sync has brought")?;
    ids.extend(synced.iter().map(|row| row.get::<_, Uuid>(0)));
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

#[cfg(test)]
mod tests {
    use seed_core::catalog::UniqueKey;

    use super::*;

    #[test]
    fn a_profile_is_what_its_user_has_once() {
        let column = || vec!["user_id".to_owned()];
        let key = ForeignKey {
            columns: column(),
            referenced_schema: "auth".into(),
            referenced_table: "users".into(),
            referenced_columns: vec!["id".into()],
            ..ForeignKey::default()
        };
        let notes = Table {
            foreign_keys: vec![key],
            ..Table::default()
        };
        let users = [Uuid::nil()];
        assert_eq!(
            is_profile_of(&users, &notes),
            None,
            "one of many that the user has"
        );
        let profiles = Table {
            unique: vec![UniqueKey {
                columns: column(),
                ..UniqueKey::default()
            }],
            ..notes
        };
        let condition = is_profile_of(&users, &profiles).unwrap();
        assert_eq!(
            condition,
            format!("t.\"user_id\" = any ('{{{}}}'::uuid[])", users[0])
        );
        assert_eq!(is_profile_of(&[], &profiles), None);
    }
}
