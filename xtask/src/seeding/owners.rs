//! Who owns the seeded rows.

use anyhow::{Context, Result};
use seed_core::catalog::Catalog;
use seed_core::row::Key;
use seed_core::spec::{Owner, Volume};
use serde::{Deserialize, Serialize};
use stack::hint::mendable;
use tokio_postgres::Client;
use uuid::Uuid;

use super::choice::Choice;
use crate::database::bookkeeping;
use crate::settings::TestUsers;
use crate::users::metadata::MetadataTable;
use crate::users::profile::ProfileTable;
use crate::users::roles::{Account, TestRole};
use crate::verify::names::OwnerColumn;

/// The slot of a user that `TEST_USER_ID` names, apart from those of the roles.
const OWN_USER_SLOT: u16 = 3;

/// Someone who owns seeded rows; the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowOwner {
    /// Number of the block of rows.
    pub slot: u16,
    /// Its role; `None` for rows that nobody owns and for a user who is no test user.
    pub role: Option<TestRole>,
    /// Its e-mail.
    pub email: Option<String>,
    /// Its id in Auth; `None` for rows that nobody owns.
    pub user_id: Option<Uuid>,
    /// The key of its profile, as text.
    pub profile_key: Option<String>,
}

/// The owners: the user whom the settings name, else one test user of each role, else nobody.
///
/// # Errors
/// The user whom the settings name does not exist.
pub async fn find(client: &Client, catalog: &Catalog, users: &TestUsers) -> Result<Vec<RowOwner>> {
    let mut owners = match users.owner {
        Some(id) => vec![own_user(client, id).await?],
        None if bookkeeping::is_prepared(client).await? => test_users(client, catalog, users).await?,
        None => Vec::new(),
    };
    if owners.is_empty() {
        owners.push(RowOwner {
            slot: 0,
            role: None,
            email: None,
            user_id: None,
            profile_key: None,
        });
    }
    if let Some(profiles) = ProfileTable::find(catalog) {
        for owner in &mut owners {
            if let Some(user_id) = owner.user_id {
                owner.profile_key = profiles.key_of(client, user_id).await?;
            }
        }
    }
    Ok(owners)
}

async fn own_user(client: &Client, id: Uuid) -> Result<RowOwner> {
    match email_of(client, id).await? {
        Some(email) => Ok(RowOwner {
            slot: OWN_USER_SLOT,
            role: None,
            email,
            user_id: Some(id),
            profile_key: None,
        }),
        None => Err(mendable(
            format!("find the user of `TEST_USER_ID`: `auth.users` has no `{id}`"),
            "set it to the id of a user who exists, or leave it out to seed for the test users",
        )),
    }
}

/// Whether Auth has this user; the inner `None` is a user without an e-mail.
async fn email_of(client: &Client, id: Uuid) -> Result<Option<Option<String>>> {
    let row = client
        .query_opt("select email::text from auth.users where id = $1", &[&id])
        .await;
    Ok(row
        .context("look for the user of `TEST_USER_ID`")?
        .map(|row| row.get(0)))
}

/// The settings without a `TEST_USER_ID` that is gone, as it is after a reset unless the project's seed made the user.
///
/// # Errors
/// The database refuses.
pub async fn without_missing(client: &Client, users: &TestUsers) -> Result<(TestUsers, Option<String>)> {
    match users.owner {
        Some(id) if email_of(client, id).await?.is_none() => {
            let note = format!(
                "`TEST_USER_ID` names no user of the new database ({id}): the rows are for the test users"
            );
            Ok((
                TestUsers {
                    owner: None,
                    ..users.clone()
                },
                Some(note),
            ))
        }
        _ => Ok((users.clone(), None)),
    }
}

async fn test_users(client: &Client, catalog: &Catalog, users: &TestUsers) -> Result<Vec<RowOwner>> {
    let known = MetadataTable::of(catalog).users(client).await?;
    let owner = |account: Account| {
        let mut of_role = known.iter().filter(|user| user.role == account.role);
        let first = of_role.clone().next();
        let user = of_role.find(|user| user.email == account.email).or(first)?;
        Some(RowOwner {
            slot: user.role.slot(),
            role: Some(user.role),
            email: Some(user.email.clone()),
            user_id: Some(user.user_id),
            profile_key: None,
        })
    };
    Ok(Account::all(users).into_iter().filter_map(owner).collect())
}

impl RowOwner {
    /// As the plan takes it.
    pub fn to_spec(&self, choice: &Choice) -> Owner {
        let profile_id = self.profile_key.as_deref().and_then(|key| {
            let integer = key.parse().map(Key::Integer).ok();
            integer.or_else(|| key.parse().map(Key::Uuid).ok())
        });
        Owner {
            slot: self.slot,
            user_id: self.user_id,
            profile_id,
            volume: self.volume(choice),
            earlier: Vec::new(),
        }
    }

    /// How much it gets.
    pub fn volume(&self, choice: &Choice) -> Volume {
        choice.volume(self.role)
    }

    /// What a column that says whose a row is holds for this owner.
    pub fn key_for(&self, column: &OwnerColumn) -> Option<String> {
        if column.is_user_id {
            self.user_id.map(|id| id.to_string())
        } else {
            self.profile_key.clone()
        }
    }

    /// As people call it.
    pub fn title(&self) -> &str {
        match (self.role, &self.email) {
            (Some(role), _) => role.title(),
            (None, Some(email)) => email,
            (None, None) => "nobody",
        }
    }
}
