//! Makes the test users, or brings them in line, and signs in as each.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::future::try_join_all;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use seed_core::catalog::Catalog;
use serde::Serialize;
use stack::hint::mendable;
use tokio_postgres::Client;
use uuid::Uuid;

use super::account::Account;
use super::auth_api::{AuthApi, AuthUser};
use super::function_source;
use super::make::{BY_FUNCTION, Function, Maker, Ready, align_metadata};
use super::metadata::{MetadataTable, TestUser};
use super::profile::ProfileTable;
use super::prove::{self, Proof, prove};
use crate::cli::Via;
use crate::database::bookkeeping;

/// As many users as are asked for one by one.
const FEW: usize = 8;
/// Users who sign in side by side: hashing passwords is what takes the time, and processors are few.
const AT_ONCE: usize = 8;

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
    /// The name of its role.
    pub role: String,
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

/// What users are made with.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// Auth, and the functions.
    pub api: &'a AuthApi,
    /// The tables that there are.
    pub catalog: &'a Catalog,
    /// The folder `supabase` of the project.
    pub supabase: &'a Path,
    /// Who would administer: a function may take nobody's word but theirs.
    pub administrator: Option<&'a Account>,
}

/// Makes `accounts` where they are missing, brings them in line where they are not, and signs in as each.
///
/// `talk` gets a sentence for each thing that did not go the usual way, `done` the users that are ready so far.
///
/// # Errors
/// Somebody else's user has one of the e-mails, or Auth refuses.
pub async fn ensure(
    client: &mut Client,
    means: Means<'_>,
    accounts: &[Account],
    wish: Wish,
    talk: &mut dyn FnMut(String),
    done: &dyn Fn(usize),
) -> Result<Vec<Report>> {
    bookkeeping::prepare(client).await?;
    let metadata = MetadataTable::of(means.catalog);
    let existing = existing(means.api, accounts).await?;
    let ours = metadata.users(client).await?;
    for account in accounts {
        if let Some(user) = existing.get(&account.email) {
            refuse_others(client, account, user, &ours, wish.adopts).await?;
        }
    }
    let mut maker = Maker {
        api: means.api,
        via: wish.via,
        patience: wish.patience,
        administrator: means
            .administrator
            .filter(|account| ours.iter().any(|user| user.email == account.email))
            .cloned(),
        function: Function::Open,
        missing_columns: function_source::missing_columns(means.supabase, means.catalog),
        talk,
    };
    // A function may take nobody's word but an administrator's, who must be complete by then.
    let (administrators, others): (Vec<_>, Vec<_>) = accounts
        .iter()
        .enumerate()
        .partition(|(_, account)| account.role.is_administrator);
    let mut reports = Vec::new();
    let mut unfinished: Vec<(&str, &String)> = Vec::new();
    for group in [administrators, others] {
        let mut ready = Vec::new();
        for (at, account) in group {
            let user = match existing.get(&account.email) {
                Some(user) => Ready {
                    id: user.id,
                    made: None,
                    changes: align_metadata(means.api, account, user).await?,
                },
                None => {
                    announce(client, account).await?;
                    let user = maker.make(account).await?;
                    // At once: who stops the run here has to find the users that are there.
                    metadata
                        .record(client, user.id, &account.email, &account.role.name)
                        .await?;
                    user
                }
            };
            ready.push((at, account, user));
            done(reports.len() + ready.len());
        }
        let proofs = ready
            .iter()
            .map(|(_, account, user)| prove(means.api, account, user.id));
        let proofs: Vec<Proof> = stream::iter(proofs).buffered(AT_ONCE).try_collect().await?;
        for ((at, account, user), proof) in ready.into_iter().zip(proofs) {
            if user.made == Some(BY_FUNCTION) {
                unfinished.extend(proof.repairs.iter().map(|repair| (*repair, &account.email)));
            }
            reports.push((
                at,
                complete(client, means, &metadata, account, user, proof).await?,
            ));
            if account.role.is_administrator {
                maker.administrator.get_or_insert_with(|| account.clone());
            }
        }
    }
    for sentence in of_refused_roles(means.catalog, accounts) {
        (maker.talk)(sentence);
    }
    for sentence in of_unfinished(&unfinished) {
        (maker.talk)(sentence);
    }
    maker.finish();
    reports.sort_by_key(|(at, _)| *at);
    Ok(reports.into_iter().map(|(_, report)| report).collect())
}

/// A sentence for each role that the project's table of users has no word for.
fn of_refused_roles(catalog: &Catalog, accounts: &[Account]) -> Vec<String> {
    let Some(profiles) = ProfileTable::find(catalog) else {
        return Vec::new();
    };
    let roles = accounts.iter().map(|account| &account.role);
    let mut sentences: Vec<String> = roles.filter_map(|role| profiles.refused_role(role)).collect();
    sentences.dedup();
    sentences
}

/// A sentence for each thing that the function left undone, however many users it made so.
fn of_unfinished(repairs: &[(&str, &String)]) -> Vec<String> {
    let mut kinds: Vec<&str> = repairs.iter().map(|(repair, _)| *repair).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let sentence = |kind: &str| {
        let mut emails = repairs
            .iter()
            .filter(|(repair, _)| *repair == kind)
            .map(|(_, email)| email);
        let first = emails.next()?;
        let who = match emails.count() {
            0 => format!("`{first}`"),
            more => format!("{} users, `{first}` the first of them,", more + 1),
        };
        Some(format!(
            "the users function made {who} so that nobody could sign in: brought the {kind} in line; {}",
            prove::remedy(kind)
        ))
    };
    kinds.into_iter().filter_map(sentence).collect()
}

/// Brings the profile and the notes of a user who can sign in, in line.
async fn complete(
    client: &mut Client,
    means: Means<'_>,
    metadata: &MetadataTable,
    account: &Account,
    mut user: Ready,
    proof: Proof,
) -> Result<Report> {
    user.changes
        .extend(proof.repairs.iter().map(|repair| (*repair).to_owned()));
    if let Some(profiles) = ProfileTable::find(means.catalog) {
        user.changes
            .extend(profiles.align(client, user.id, account).await?);
    }
    if metadata
        .record(client, user.id, &account.email, &account.role.name)
        .await?
    {
        user.changes.push("role as test user".to_owned());
    }
    Ok(Report {
        role: account.role.name.clone(),
        email: account.email.clone(),
        id: user.id,
        signed_in: true,
        outcome: match (user.made, user.changes) {
            (Some(via), _) => Outcome::Made { via },
            (None, changes) if changes.is_empty() => Outcome::Unchanged,
            (None, changes) => Outcome::Changed { changes },
        },
        access_token: proof.access_token,
    })
}

/// Those of the accounts whose users exist, by e-mail: asked for one by one while they are few, since a project may
/// have very many users.
async fn existing(api: &AuthApi, accounts: &[Account]) -> Result<HashMap<String, AuthUser>> {
    let users = if accounts.len() > FEW {
        api.users().await?
    } else {
        let found = accounts.iter().map(|account| api.user_with(&account.email));
        try_join_all(found).await?.into_iter().flatten().collect()
    };
    let by_email = users.into_iter();
    Ok(by_email
        .filter_map(|user| Some((user.email.as_ref()?.to_lowercase(), user)))
        .collect())
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
            "pass `--adopt` to make this user a test user (its password becomes the test password), or set {} to another e-mail",
            account.role.email_place()
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
