//! Databases as copies: a reset is a copy of what an earlier, full one made.
//!
//! All run as `supabase_admin` from `template1`, the one database that nobody is connected to.

pub mod scratch;

use std::time::Duration;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use tokio::time::sleep;
use tokio_postgres::Client;

use super::bootstrap::make_roles;
use super::connect;
use super::installation::hex;

/// The project's database.
const PROJECT: &str = "postgres";
/// A project without migrations; its comment is the key of the scripts that made it.
pub(super) const EMPTY: &str = "seedbed_empty";
/// A copy on its way to become the project's database.
const NEXT: &str = "seedbed_next";
/// The comment of a project's database that was made to its end.
const MADE: &str = "made by seedbed";

/// Keeps the project's database as it is now under `key`, and drops what was kept under other keys. Everybody is
/// disconnected from it for the time of the copy, about 0.2 s.
///
/// # Errors
/// The server does not answer, or the copy fails (no disk space, for one); the database is as before.
pub async fn keep(port: u16, key: &str) -> Result<()> {
    let admin = sole_admin(port).await?;
    let kept = name(&admin, key).await?;
    drop_kept(&admin).await?;
    allow_connections(&admin, PROJECT, false).await?;
    let copied = async {
        disconnect(&admin, PROJECT).await?;
        copy(&admin, PROJECT, &kept).await
    };
    let copied = copied.await;
    allow_connections(&admin, PROJECT, true).await?;
    copied?;
    // Set last: it is what tells a whole copy from a broken one.
    execute(&admin, &format!("alter database {kept} is_template true")).await
}

/// Whether a database is kept under `key`.
///
/// # Errors
/// The server does not answer.
pub async fn exists(port: u16, key: &str) -> Result<bool> {
    let admin = connect(port, "supabase_admin", "template1").await?;
    is_kept(&admin, &name(&admin, key).await?).await
}

/// Puts a copy of what is kept under `key` in the place of the project's database.
///
/// # Errors
/// Nothing is kept under `key`, or the copy fails; the database is as before.
pub async fn reset_to(port: u16, key: &str) -> Result<()> {
    let admin = sole_admin(port).await?;
    let kept = name(&admin, key).await?;
    anyhow::ensure!(
        is_kept(&admin, &kept).await?,
        "no database is kept under this key"
    );
    replace_project(&admin, port, &kept).await
}

/// Puts a project without migrations in the place of the project's database, and gives the roles their first
/// attributes back. What was kept is dropped, and so are the roles that migrations made.
///
/// # Errors
/// The server does not answer, or the copy fails; the database is as before.
pub async fn recreate_empty(port: u16) -> Result<()> {
    let admin = sole_admin(port).await?;
    replace_project(&admin, port, EMPTY).await?;
    drop_kept(&admin).await?;
    scratch::drop_all(&admin).await?;
    drop_foreign_roles(&admin).await?;
    make_roles(&admin).await
}

/// Connects, and waits for the copy of a command that was stopped: the server goes on with it for a moment, unseen.
async fn sole_admin(port: u16) -> Result<Client> {
    let admin = connect(port, "supabase_admin", "template1").await?;
    execute(&admin, "select pg_advisory_lock(hashtext('seedbed template'))").await?;
    Ok(admin)
}

/// The key of the scripts that made the template of an empty project, if it is there.
pub(super) async fn empty_key(admin: &Client) -> Result<Option<String>> {
    comment(admin, EMPTY).await
}

/// Makes the template's database anew, with nothing in it.
pub(super) async fn start_empty(admin: &Client) -> Result<()> {
    drop_database(admin, EMPTY).await?;
    execute(admin, &format!("create database {EMPTY} template template0")).await
}

/// Marks the template as whole.
pub(super) async fn finish_empty(admin: &Client, key: &str) -> Result<()> {
    allow_connections(admin, EMPTY, false).await?;
    disconnect(admin, EMPTY).await?;
    execute(admin, &format!("comment on database {EMPTY} is '{key}'")).await
}

/// Makes the project's database unless a whole one is there; `initdb` leaves an empty one of that name.
pub(super) async fn ensure_project(admin: &Client, port: u16) -> Result<()> {
    if comment(admin, PROJECT).await?.as_deref() != Some(MADE) {
        return replace_project(admin, port, EMPTY).await;
    }
    // An earlier `keep` may have been killed in the middle.
    allow_connections(admin, PROJECT, true).await
}

/// Makes the copy beside the project's database and swaps the two, so that a failure changes nothing and clients
/// find no database for a moment only.
async fn replace_project(admin: &Client, port: u16, source: &str) -> Result<()> {
    copy(admin, source, NEXT).await?;
    execute(admin, &format!("comment on database {NEXT} is '{MADE}'")).await?;
    drop_database(admin, PROJECT).await?;
    execute(admin, &format!("alter database {NEXT} rename to {PROJECT}")).await?;
    allow_connections(admin, PROJECT, true).await?;
    let project = connect(port, "supabase_admin", PROJECT).await?;
    execute(&project, "notify pgrst, 'reload schema'").await
}

/// Copies `source`, with the settings that `ALTER DATABASE` and `ALTER ROLE … IN DATABASE` made, which PostgreSQL
/// does not copy. Nobody can connect to the copy yet.
async fn copy(admin: &Client, source: &str, target: &str) -> Result<()> {
    drop_database(admin, target).await?;
    execute(
        admin,
        &format!("create database {target} template {source} owner postgres allow_connections false"),
    )
    .await?;
    execute(
        admin,
        &format!(
            "insert into pg_db_role_setting
             select target.oid, setting.setrole, setting.setconfig
             from pg_db_role_setting setting
             join pg_database source on source.oid = setting.setdatabase and source.datname = '{source}'
             join pg_database target on target.datname = '{target}'"
        ),
    )
    .await
}

/// The name of what is kept under `key`; another bootstrap gives another name.
async fn name(admin: &Client, key: &str) -> Result<String> {
    let bootstrap = empty_key(admin).await?.unwrap_or_default();
    let hash = Sha256::digest(format!("{bootstrap}/{key}"));
    Ok(format!("seedbed_{}", &hex(&hash)[..16]))
}

async fn is_kept(admin: &Client, name: &str) -> Result<bool> {
    let found = admin
        .query_opt(
            "select from pg_database where datname = $1 and datistemplate",
            &[&name],
        )
        .await
        .with_context(|| format!("look for the database `{name}`"))?;
    Ok(found.is_some())
}

async fn drop_kept(admin: &Client) -> Result<()> {
    let kept = admin
        .query(
            "select datname from pg_database where datname ~ '^seedbed_[0-9a-f]{16}$'",
            &[],
        )
        .await
        .context("list the databases that are kept")?;
    for row in kept {
        drop_database(admin, row.get(0)).await?;
    }
    Ok(())
}

/// Drops the roles that no bootstrap made; no database is left that could depend on them.
async fn drop_foreign_roles(admin: &Client) -> Result<()> {
    let roles = admin
        .query(
            "select quote_ident(rolname) from pg_roles where oid >= 16384 and shobj_description(oid, 'pg_authid') \
             is distinct from $1",
            &[&MADE],
        )
        .await
        .context("list the roles that migrations made")?;
    for row in roles {
        execute(admin, &format!("drop role {}", row.get::<_, &str>(0))).await?;
    }
    Ok(())
}

async fn drop_database(admin: &Client, name: &str) -> Result<()> {
    let is_template = admin
        .query_opt(
            "select from pg_database where datname = $1 and datistemplate",
            &[&name],
        )
        .await
        .with_context(|| format!("look for the database `{name}`"))?
        .is_some();
    if is_template {
        execute(admin, &format!("alter database {name} is_template false")).await?;
    }
    execute(admin, &format!("drop database if exists {name} with (force)")).await
}

async fn allow_connections(admin: &Client, name: &str, allowed: bool) -> Result<()> {
    execute(
        admin,
        &format!("alter database {name} allow_connections {allowed}"),
    )
    .await
}

/// Ends all connections and waits until they are gone; left to itself `CREATE DATABASE` looks ten times a second.
async fn disconnect(admin: &Client, name: &str) -> Result<()> {
    loop {
        let left = admin
            .query(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1",
                &[&name],
            )
            .await
            .with_context(|| format!("disconnect everybody from the database `{name}`"))?;
        if left.is_empty() {
            return Ok(());
        }
        sleep(Duration::from_millis(5)).await;
    }
}

async fn comment(admin: &Client, name: &str) -> Result<Option<String>> {
    let row = admin
        .query_opt(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = $1",
            &[&name],
        )
        .await
        .with_context(|| format!("look for the database `{name}`"))?;
    Ok(row.and_then(|row| row.get(0)))
}

async fn execute(client: &Client, sql: &str) -> Result<()> {
    client
        .batch_execute(sql)
        .await
        .with_context(|| format!("run `{sql}`"))
}
