//! Who owns the seeded rows.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use seed_core::catalog::Catalog;
use seed_core::row::Key;
use seed_core::spec::{Owner, Volume};
use serde::{Deserialize, Serialize};
use stack::hint::mendable;
use tokio_postgres::GenericClient;
use uuid::Uuid;

use crate::database::ledger::Run;
use crate::settings::TestUsers;
use crate::users::account::Account;
use crate::users::metadata::{MetadataTable, TestUser};
use crate::users::profile::ProfileTable;
use crate::users::roles::{Role, title};
use crate::verify::names::OwnerColumn;

/// The first slot of users who are no test user of a role.
const FIRST_FREE_SLOT: u16 = 3;

/// Someone who owns seeded rows; the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowOwner {
    /// Number of the block of rows.
    pub slot: u16,
    /// The name of its role; `None` for rows that nobody owns and for a user who is no test user.
    pub role: Option<String>,
    /// Its e-mail.
    pub email: Option<String>,
    /// Its id in Auth; `None` for rows that nobody owns.
    pub user_id: Option<Uuid>,
    /// The key of its profile, as text.
    pub profile_key: Option<String>,
    /// How much it gets.
    pub volume: Volume,
    /// How much it had before, run by run.
    pub earlier: Vec<Volume>,
}

/// The owners: the users with these e-mails, else the one whom the settings name, else one test user of each role,
/// else nobody. Their volumes are still to be said.
///
/// # Errors
/// A user who was named does not exist.
pub async fn find(
    client: &impl GenericClient,
    catalog: &Catalog,
    users: &TestUsers,
    emails: &[String],
    runs: &[Run],
) -> Result<Vec<RowOwner>> {
    let known = MetadataTable::of(catalog).users(client).await?;
    let mut slots = Slots::of(runs)?;
    let mut owners = Vec::new();
    if !emails.is_empty() {
        for email in emails {
            let id = user_of(client, email).await?;
            let owner = slots.place(id, Some(email.to_lowercase()), &known, users);
            if !owners.contains(&owner) {
                owners.push(owner);
            }
        }
    } else if let Some(id) = users.owner {
        let email = own_user(client, id).await?;
        owners.push(slots.place(id, email, &known, users));
    } else {
        owners.extend(test_users(&known, users));
    }
    if owners.is_empty() {
        owners.push(RowOwner::nobody());
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

/// The owners where there is no database that knows them: in the slots that they will have, without keys.
pub fn unknown(users: &TestUsers) -> Vec<RowOwner> {
    if users.owner.is_some() {
        return vec![RowOwner::new(FIRST_FREE_SLOT, None, None, None)];
    }
    let owner =
        |role: &Role| RowOwner::new(role.slot, Some(role.name.clone()), Some(role.email.clone()), None);
    users.roles.iter().map(owner).collect()
}

/// The owners of a run, as the ledger kept them.
///
/// # Errors
/// Another version of the tool wrote them.
pub fn of_run(run: &Run) -> Result<Vec<RowOwner>> {
    serde_json::from_value(run.owners.clone()).context("read the owners of the seed")
}

/// Which user has which block of rows: one that was ever given stays.
struct Slots(BTreeMap<u16, Option<Uuid>>);

impl Slots {
    fn of(runs: &[Run]) -> Result<Slots> {
        let mut slots = BTreeMap::new();
        for run in runs {
            slots.extend(of_run(run)?.into_iter().map(|owner| (owner.slot, owner.user_id)));
        }
        Ok(Slots(slots))
    }

    /// The user as an owner: in its own slot, else in that of its role, else in the next free one.
    fn place(&mut self, id: Uuid, email: Option<String>, known: &[TestUser], users: &TestUsers) -> RowOwner {
        let role = known
            .iter()
            .find(|user| user.user_id == id)
            .map(|user| user.role.clone());
        let own = self
            .0
            .iter()
            .find(|(_, user)| **user == Some(id))
            .map(|(slot, _)| *slot);
        let of_role = || {
            let tests = test_users(known, users);
            tests
                .iter()
                .find(|owner| owner.user_id == Some(id))
                .map(|owner| owner.slot)
        };
        let free = || (FIRST_FREE_SLOT..).find(|slot| !self.0.contains_key(slot));
        let slot = own
            .or_else(of_role)
            .or_else(free)
            .expect("users are fewer than numbers");
        self.0.insert(slot, Some(id));
        RowOwner::new(slot, role, email, Some(id))
    }
}

/// The id of the user with an e-mail, whatever its case.
///
/// # Errors
/// Auth has none.
pub async fn user_of(client: &impl GenericClient, email: &str) -> Result<Uuid> {
    let sql = "select id from auth.users where lower(email) = lower($1) order by created_at limit 1";
    let row = client.query_opt(sql, &[&email]).await;
    let row = row.with_context(|| format!("look for the user `{email}`"))?;
    row.map(|row| row.get(0)).ok_or_else(|| {
        mendable(
            format!("find the user `{email}`: Auth has none with this e-mail"),
            "`cargo xtask users` makes the test users; `--user` takes the e-mail of any user who exists",
        )
    })
}

async fn own_user(client: &impl GenericClient, id: Uuid) -> Result<Option<String>> {
    email_of(client, id).await?.ok_or_else(|| {
        mendable(
            format!("find the user of `TEST_USER_ID`: `auth.users` has no `{id}`"),
            "set it to the id of a user who exists, or leave it out to seed for the test users",
        )
    })
}

/// Whether Auth has this user; the inner `None` is a user without an e-mail.
async fn email_of(client: &impl GenericClient, id: Uuid) -> Result<Option<Option<String>>> {
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
pub async fn without_missing(
    client: &impl GenericClient,
    users: &TestUsers,
) -> Result<(TestUsers, Option<String>)> {
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

fn test_users(known: &[TestUser], users: &TestUsers) -> Vec<RowOwner> {
    let owner = |account: Account| {
        let of_role = || known.iter().filter(|user| user.role == account.role.name);
        let has_it = |user: &&TestUser| user.email == account.email;
        // Its e-mail may have been another one; the numbered ones are for load tests.
        let is_alone = |user: &&TestUser| account.with_email(&user.email).is_none();
        let user = of_role().find(has_it).or_else(|| of_role().find(is_alone))?;
        Some(RowOwner::new(
            account.role.slot,
            Some(user.role.clone()),
            Some(user.email.clone()),
            Some(user.user_id),
        ))
    };
    Account::all(users).into_iter().filter_map(owner).collect()
}

fn is_numbered(email: &str) -> bool {
    let user = email.rsplit_once('@').map_or(email, |(user, _)| user);
    user.ends_with(|letter: char| letter.is_ascii_digit())
}

/// A key that came as text.
pub fn key(text: &str) -> Option<Key> {
    let integer = text.parse().map(Key::Integer).ok();
    integer.or_else(|| text.parse().map(Key::Uuid).ok())
}

impl RowOwner {
    /// The owner of rows that nobody owns.
    pub fn nobody() -> RowOwner {
        RowOwner::new(0, None, None, None)
    }

    fn new(slot: u16, role: Option<String>, email: Option<String>, user_id: Option<Uuid>) -> RowOwner {
        RowOwner {
            slot,
            role,
            email,
            user_id,
            profile_key: None,
            volume: Volume::default(),
            earlier: Vec::new(),
        }
    }

    /// How much one of its role usually has.
    pub fn usual_volume(&self, roles: &[Role]) -> Volume {
        let role = self.role.as_ref();
        let own = role.and_then(|name| roles.iter().find(|role| role.name == *name));
        own.map_or(Volume::UNOWNED, |role| role.volume)
    }

    /// How much it has when the run is over.
    pub fn total(&self) -> Volume {
        self.to_spec().total()
    }

    /// Whether it gets products and has no company of its own that could supply them.
    pub fn is_without_principals(&self) -> bool {
        self.volume.products > 0 && self.total().organizations == 0
    }

    /// As the plan takes it.
    pub fn to_spec(&self) -> Owner {
        let profile_id = self.profile_key.as_deref().and_then(key);
        Owner {
            slot: self.slot,
            user_id: self.user_id,
            profile_id,
            volume: self.volume,
            earlier: self.earlier.clone(),
        }
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
    pub fn title(&self) -> String {
        match (&self.role, &self.email) {
            // Of the numbered users of a role each goes by its e-mail.
            (Some(_), Some(email)) if is_numbered(email) => email.clone(),
            (Some(role), _) => title(role),
            (None, Some(email)) => email.clone(),
            (None, None) => "nobody".to_owned(),
        }
    }
}
