//! Makes the test users, or brings them in line, and signs in as each.

use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::future::try_join_all;
use seed_core::catalog::Catalog;
use serde::Serialize;
use stack::hint::mendable;
use tokio_postgres::Client;
use uuid::Uuid;

use super::auth_api::{AuthApi, AuthUser};
use super::make::{Maker, Ready, align_metadata, by_email, prove};
use super::metadata::{MetadataTable, TestUser};
use super::profile::ProfileTable;
use super::roles::{Account, TestRole};
use crate::cli::Via;
use crate::database::bookkeeping;

/// What is wanted besides the accounts.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// Only this way; `None`: the function first, then the admin API.
    pub via: Option<Via>,
    /// Whether users with these e-mails whom somebody else made become test users.
    pub adopts: bool,
    /// How long the function may take.
    pub patience: Duration,
}

/// What happened to one user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// It was as it should be.
    Unchanged,
    /// It was made.
    Made {
        /// `users function` or `Auth admin API`.
        via: &'static str,
    },
    /// It was brought in line.
    Changed {
        /// What was not as it should be.
        changes: Vec<String>,
    },
}

/// One test user, who can sign in.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// What it may do.
    pub role: TestRole,
    /// Its e-mail.
    pub email: String,
    /// Its id in Auth.
    pub id: Uuid,
    /// Always true: who cannot sign in is an error.
    pub signed_in: bool,
    /// What happened to it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// For requests in its name.
    #[serde(skip)]
    pub access_token: String,
}

/// Makes `accounts` where they are missing, brings them in line where they are not, and signs in as each.
///
/// `talk` gets a sentence for each thing that did not go the usual way.
///
/// # Errors
/// Somebody else's user has one of the e-mails, or Auth refuses.
pub async fn ensure(
    client: &mut Client,
    api: &AuthApi,
    catalog: &Catalog,
    accounts: &[Account],
    wish: Wish,
    talk: &mut dyn FnMut(String),
) -> Result<Vec<Report>> {
    bookkeeping::prepare(client).await?;
    let metadata = MetadataTable::of(catalog);
    let profiles = ProfileTable::find(catalog);
    let existing = by_email(api.users().await?);
    let ours = metadata.users(client).await?;
    for account in accounts {
        if let Some(user) = existing.get(&account.email) {
            refuse_others(client, account, user, &ours, wish.adopts).await?;
        }
    }

    let mut maker = Maker {
        api,
        via: wish.via,
        patience: wish.patience,
        problem: None,
        talk,
    };
    let mut users = Vec::new();
    for account in accounts {
        let user = match existing.get(&account.email) {
            Some(user) => Ready {
                id: user.id,
                made: None,
                changes: align_metadata(api, account, user).await?,
            },
            None => {
                announce(client, account).await?;
                maker.make(account).await?
            }
        };
        users.push(user);
    }

    let proofs = accounts
        .iter()
        .zip(&users)
        .map(|(account, user)| prove(api, account, user.id));
    let proofs = try_join_all(proofs).await?;
    let mut reports = Vec::new();
    for ((account, mut user), proof) in accounts.iter().zip(users).zip(proofs) {
        if let (Some(via), [repair, ..]) = (user.made, proof.repairs.as_slice()) {
            (maker.talk)(format!(
                "the {via} made `{}` so that it could not sign in: brought the {repair} in line",
                account.email
            ));
        }
        user.changes.extend(proof.repairs);
        if let Some(profiles) = &profiles {
            user.changes
                .extend(profiles.align(client, user.id, account).await?);
        }
        if metadata
            .record(client, user.id, &account.email, account.role)
            .await?
        {
            user.changes.push("role as test user".to_owned());
        }
        reports.push(Report {
            role: account.role,
            email: account.email.clone(),
            id: user.id,
            signed_in: true,
            outcome: match (user.made, user.changes) {
                (Some(via), _) => Outcome::Made { via },
                (None, changes) if changes.is_empty() => Outcome::Unchanged,
                (None, changes) => Outcome::Changed { changes },
            },
            access_token: proof.access_token,
        });
    }
    Ok(reports)
}

/// Somebody's own user is never taken over by accident.
async fn refuse_others(
    client: &Client,
    account: &Account,
    user: &AuthUser,
    ours: &[TestUser],
    adopts: bool,
) -> Result<()> {
    if adopts || ours.iter().any(|one| one.user_id == user.id) {
        return Ok(());
    }
    let sql = "select 1 from seedbed.announced_users where email = $1 and announced_at <= $2::timestamptz + interval '1 second'";
    let announced = client.query_opt(sql, &[&account.email, &user.created_at]).await;
    if announced
        .context("look for users of a run that was stopped")?
        .is_some()
    {
        return Ok(());
    }
    Err(mendable(
        format!(
            "make the test user `{}`: a user with this e-mail exists and is not in `test_user_metadata`",
            account.email
        ),
        format!(
            "pass `--adopt` to make this user a test user (its password becomes the test password), or set `{}` to another e-mail",
            account.role.email_variable()
        ),
    ))
}

/// Notes the e-mail first, so that a user whom a killed run made is known as ours.
async fn announce(client: &Client, account: &Account) -> Result<()> {
    let sql = "insert into seedbed.announced_users (email) values ($1) on conflict (email) do update set announced_at = now()";
    client
        .execute(sql, &[&account.email])
        .await
        .context("note which user is about to be made")?;
    Ok(())
}
