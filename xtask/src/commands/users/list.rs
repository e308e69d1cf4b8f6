//! `users list`

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::cli::UsersListArgs;
use crate::commands::reset::summary::grouped;
use crate::context::Context;
use crate::database::{catalog, connect};
use crate::error::Exit;
use crate::table;
use crate::target::Target;
use crate::users::known::{in_order, with_roles_of};
use crate::users::metadata::{MetadataTable, TestUser};
use crate::users::roles::{called, title};

/// A test user, as the result shows it.
#[derive(Debug, Serialize)]
struct Listed {
    role: String,
    email: String,
    id: Uuid,
    confirmed: bool,
    created_at: Option<Timestamp>,
    last_sign_in_at: Option<Timestamp>,
    owns: std::collections::BTreeMap<String, u64>,
}

/// Runs `users list`.
///
/// # Errors
/// The stack does not run, or there is no such role.
pub async fn run(context: &Context, args: UsersListArgs) -> Result<Exit> {
    let settings = context.settings()?;
    let target = Target::resolve(context).await?;
    let client = connect::connect(&target.database, "users").await?;
    let catalog = catalog::read(&client, &catalog::schemas(&target.project)?).await?;
    let mut users = MetadataTable::of(&catalog).with_announced(&client).await?;
    let roles = with_roles_of(&users, &settings.test_users.roles);
    let roles = called(&roles, &args.roles.names)?;
    if !args.roles.names.is_empty() {
        users.retain(|user| roles.iter().any(|role| role.name == user.role));
    }
    let users = with_auth(&client, in_order(users, &settings.test_users.roles)).await?;
    context.output.result(&users, || text(&users))?;
    if users.is_empty() {
        context
            .output
            .say("there are none: `cargo xtask users` makes them");
    }
    Ok(Exit::Done)
}

/// Adds what Auth knows of them.
async fn with_auth(client: &Client, users: Vec<TestUser>) -> Result<Vec<Listed>> {
    let sql = "select id, email_confirmed_at is not null, created_at, last_sign_in_at from auth.users where id = any($1)";
    let ids: Vec<Uuid> = users.iter().map(|user| user.user_id).collect();
    let rows = client
        .query(sql, &[&ids])
        .await
        .context("read the test users in Auth")?;
    let listed = users.into_iter().filter_map(|user| {
        let row = rows.iter().find(|row| row.get::<_, Uuid>(0) == user.user_id)?;
        Some(Listed {
            role: user.role,
            email: user.email,
            id: user.user_id,
            confirmed: row.get(1),
            created_at: row.get(2),
            last_sign_in_at: row.get(3),
            owns: user.owns,
        })
    });
    Ok(listed.collect())
}

fn text(users: &[Listed]) -> String {
    if users.is_empty() {
        return String::new();
    }
    let head = ["role", "e-mail", "id", "last sign-in", "rows"].map(str::to_owned);
    let line = |user: &Listed| {
        let last = match (user.confirmed, user.last_sign_in_at) {
            (false, _) => "not confirmed".to_owned(),
            (true, None) => "never".to_owned(),
            (true, Some(at)) => at.strftime("%Y-%m-%d %H:%M").to_string(),
        };
        let rows = grouped(user.owns.values().sum());
        vec![
            title(&user.role),
            user.email.clone(),
            user.id.to_string(),
            last,
            rows,
        ]
    };
    table::text(head.into(), users.iter().map(line).collect(), 4..5)
}
