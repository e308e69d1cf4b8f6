//! Who gets in, and what they see through the API.

use anyhow::Result;
use futures_util::future::join_all;
use reqwest::Method;
use reqwest::header::CONTENT_RANGE;
use tokio_postgres::Client;
use url::form_urlencoded::Serializer;

use super::check::{Check, Outcome};
use super::names::SEEDED_UUIDS;
use crate::database::name::qualified;
use crate::users::account::Account;
use crate::users::auth_api::{AuthApi, SignIn};

/// The account of a test user, and its token where it can sign in.
pub struct SignedIn {
    /// As whom.
    pub account: Account,
    /// Bearer token; `None` where signing in failed.
    pub access_token: Option<String>,
}

/// Signs in as each account, all at once.
pub async fn sign_in(api: &AuthApi, accounts: Vec<Account>) -> (Vec<Check>, Vec<SignedIn>) {
    let answers = join_all(accounts.iter().map(|account| api.sign_in(account))).await;
    let mut checks = Vec::new();
    let mut signed_in = Vec::new();
    for (account, answer) in accounts.into_iter().zip(answers) {
        let (problem, access_token) = match answer {
            Ok(SignIn::Done { access_token, .. }) => (None, Some(access_token)),
            Ok(SignIn::Refused { code, message }) => (Some(format!("{message} ({code})")), None),
            Err(error) => (Some(format!("{error:#}")), None),
        };
        checks.push(Check::new(
            "users",
            format!("{} signs in", account.email),
            Outcome::of(problem),
        ));
        signed_in.push(SignedIn {
            account,
            access_token,
        });
    }
    (checks, signed_in)
}

/// What holds for a user who can sign in.
pub fn sign_in_rule(email: &str) -> String {
    format!("{email} signs in")
}

/// A table with an owner column, as the API shows it.
pub struct OwnedTable<'a> {
    /// Its schema.
    pub schema: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The column that says whose a row is, unquoted.
    pub owner_column: &'a str,
    /// Its key, where that is a UUID: people's own rows may be shared with anyone.
    pub uuid_key: Option<&'a str>,
    /// The owner of the account manager's rows.
    pub manager_key: Option<&'a str>,
}

/// That policies do their work: signed out one sees nothing, an account manager sees only own rows.
///
/// # Errors
/// The database does not answer.
pub async fn policies(
    client: &Client,
    api: &AuthApi,
    users: &[SignedIn],
    table: OwnedTable<'_>,
) -> Result<Vec<Check>> {
    let rules = [
        "shows nothing to those who are not signed in",
        "shows an account manager own rows only",
    ];
    let Policies {
        enabled,
        ask_for_owner,
    } = read_policies(client, &table).await?;
    if !enabled {
        let why = || Outcome::Skipped {
            why: "the table has no row level security".into(),
        };
        return Ok(rules.map(|rule| Check::new(table.name, rule, why())).to_vec());
    }
    let manager = users
        .iter()
        .find(|user| user.account.role.name == "account_manager");
    let token = manager.and_then(|user| user.access_token.as_deref());
    let own_only = async {
        match (token, table.manager_key) {
            _ if !ask_for_owner => Outcome::Skipped {
                why: format!("no policy asks for `{}`", table.owner_column),
            },
            (Some(token), Some(key)) => nothing_of(count(api, &table, Some(token), Some(key)).await),
            _ => Outcome::Skipped {
                why: "no account manager who can sign in owns rows".into(),
            },
        }
    };
    let (signed_out, own_only) = tokio::join!(count(api, &table, None, None), own_only);
    let signed_out = nothing_of(signed_out);
    Ok(vec![
        Check::new(table.name, rules[0], signed_out),
        Check::new(table.name, rules[1], own_only),
    ])
}

/// Passed where the API shows no row.
fn nothing_of(shown: Result<u64, String>) -> Outcome {
    match shown {
        Ok(0) => Outcome::Passed,
        Ok(rows) => Outcome::Failed {
            rows: rows.cast_signed(),
            examples: vec!["what the API shows".into()],
        },
        Err(problem) => Outcome::of(Some(problem)),
    }
}

struct Policies {
    enabled: bool,
    ask_for_owner: bool,
}

async fn read_policies(client: &Client, table: &OwnedTable<'_>) -> Result<Policies> {
    let sql = include_str!("../database/sql/policies.sql");
    let name = qualified(table.schema, table.name);
    let row = client.query_one(sql, &[&name, &table.owner_column]).await?;
    Ok(Policies {
        enabled: row.get("enabled"),
        ask_for_owner: row.get("ask_for_owner"),
    })
}

/// Rows that the API shows, those of `except` left out; a refusal is no row.
async fn count(
    api: &AuthApi,
    table: &OwnedTable<'_>,
    token: Option<&str>,
    except: Option<&str>,
) -> Result<u64, String> {
    let mut query = Serializer::new(String::new());
    query
        .append_pair("select", table.owner_column)
        .append_pair("limit", "1");
    if let Some(key) = except {
        query.append_pair("or", &format!("({0}.neq.{key},{0}.is.null)", table.owner_column));
    }
    if let Some(column) = table.uuid_key {
        let [first, end] = SEEDED_UUIDS;
        query
            .append_pair(column, &format!("gte.{first}"))
            .append_pair(column, &format!("lt.{end}"));
    }
    let request = api
        .as_user(
            Method::GET,
            &format!("/rest/v1/{}?{}", table.name, query.finish()),
            token,
        )
        .header("accept-profile", table.schema)
        .header("prefer", "count=exact");
    let response = request
        .send()
        .await
        .map_err(|error| error.without_url().to_string())?;
    let status = response.status();
    if [401, 403].contains(&status.as_u16()) {
        return Ok(0);
    }
    let range = response
        .headers()
        .get(CONTENT_RANGE)
        .and_then(|value| value.to_str().ok());
    let total = range.and_then(|range| range.rsplit('/').next()?.parse().ok());
    total.ok_or_else(|| format!("the API answered {status} without a count"))
}
