//! From an empty cluster to a Supabase project without migrations.

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use tokio_postgres::Client;

use super::installation::hex;
use super::{LOCAL_PASSWORD, connect, template};

const ROLES: &str = include_str!("sql/roles.sql");

/// What makes an empty database a project's, in order.
const DATABASE: &[(&str, &str)] = &[
    ("schemas.sql", include_str!("sql/schemas.sql")),
    ("auth.sql", include_str!("sql/auth.sql")),
    ("storage.sql", include_str!("sql/storage.sql")),
    ("realtime.sql", include_str!("sql/realtime.sql")),
    ("functions.sql", include_str!("sql/functions.sql")),
    ("schema_cache.sql", include_str!("sql/schema_cache.sql")),
];

const UNEXPOSED: (&str, &str) = ("unexposed.sql", include_str!("sql/unexposed.sql"));

/// Makes sure that the running server has the roles, the template of an empty project, and the database `postgres`.
/// With `expose` new tables in `public` are open to the API roles (`[api] auto_expose_new_tables`).
///
/// An existing `postgres` is left alone, also when the template is of another version: the next full reset takes
/// the new one.
///
/// # Errors
/// The server does not answer, or refuses a statement.
pub async fn bootstrap(port: u16, expose: bool) -> Result<()> {
    let admin = connect(port, "supabase_admin", "template1").await?;
    let scripts = || DATABASE.iter().chain((!expose).then_some(&UNEXPOSED));
    let mut digest = Sha256::new();
    digest.update(ROLES);
    scripts().for_each(|(_, sql)| digest.update(sql));
    let key = hex(&digest.finalize());

    if template::empty_key(&admin).await?.as_deref() != Some(&key) {
        make_roles(&admin).await?;
        template::start_empty(&admin).await?;
        let database = connect(port, "supabase_admin", template::EMPTY).await?;
        for (name, sql) in scripts() {
            run(&database, name, sql).await?;
        }
        drop(database);
        template::finish_empty(&admin, &key).await?;
    }
    template::ensure_project(&admin, port).await
}

/// Gives every role that belongs to a project the attributes and settings it starts with.
pub(super) async fn make_roles(admin: &Client) -> Result<()> {
    let password = format!("'{LOCAL_PASSWORD}'");
    run(admin, "roles.sql", &ROLES.replace(":password", &password)).await
}

/// Lets `postgres` set the custom parameters that the project's own migrations set, as Supabase does; PostgreSQL
/// keeps parameters that it does not know for superusers.
///
/// # Errors
/// The server does not answer.
pub async fn allow_parameters(port: u16, names: &[String]) -> Result<()> {
    let admin = connect(port, "supabase_admin", "template1").await?;
    for name in names {
        let quoted = name.replace('"', "\"\"");
        admin
            .batch_execute(&format!("grant set on parameter \"{quoted}\" to postgres"))
            .await
            .with_context(|| format!("let `postgres` set the parameter `{name}`"))?;
    }
    Ok(())
}

async fn run(client: &Client, name: &str, sql: &str) -> Result<()> {
    client
        .batch_execute(sql)
        .await
        .with_context(|| format!("run the bootstrap script `{name}`"))
}
