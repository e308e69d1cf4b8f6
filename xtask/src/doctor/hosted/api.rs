//! Whether the API is reached, takes each key, and is of the same project as the database.

use std::time::Instant;

use anyhow::{Context as _, Result};
use reqwest::{Method, StatusCode};
use tokio_postgres::Client;
use uuid::Uuid;

use super::super::Finding;
use crate::context::Context;
use crate::deploy::functions;
use crate::target::Target;
use crate::users::answer::send;
use crate::users::auth_api::AuthApi;

const WHERE_KEYS_ARE: &str = "copy it anew from the dashboard: Project Settings, API Keys";

pub(super) async fn examine(context: &Context, target: &Target, client: Option<&Client>) -> Vec<Finding> {
    if !target.has_api() {
        return vec![Finding::notice(
            "api",
            "none that this tool knows of: rows only, no users",
            "set its address and its secret key, as `VITE_SUPABASE_URL` and `SUPABASE_SERVICE_ROLE_KEY`",
        )];
    }
    match look(context, target, client).await {
        Ok(findings) => findings,
        Err(error) => vec![Finding::from_error("api", &error)],
    }
}

async fn look(context: &Context, target: &Target, client: Option<&Client>) -> Result<Vec<Finding>> {
    let api = AuthApi::of(target)?;
    let started = Instant::now();
    let asked = api.as_service(Method::GET, "/auth/v1/admin/users?page=1&per_page=1");
    let users = match send(asked).await {
        Ok(users) => users,
        Err(error) => {
            let error = error.context(format!("reach the API at `{}`", target.api_url));
            let hint = "see whether its address is right, and whether the project is paused in the dashboard";
            return Ok(vec![Finding::bad("api", crate::error::message(&error), hint)]);
        }
    };
    let elapsed = started.elapsed().as_millis();
    let mut findings = vec![Finding::good(
        "api",
        format!("`{}` is reached in {elapsed} ms", target.api_url),
    )];
    findings.push(match users.status.is_success() {
        true => Finding::good("secret key", "accepted"),
        false => Finding::bad(
            "secret key",
            format!(
                "Auth answered {} ({})",
                users.status,
                users.message(&api.secrets())
            ),
            WHERE_KEYS_ARE,
        ),
    });
    findings.push(publishable_key(target, &api).await?);
    if let Some(client) = client
        && let Some(finding) = is_same(client, users.body["users"][0]["id"].as_str()).await?
    {
        findings.push(finding);
    }
    findings.extend(edge_functions(context, &api).await?);
    Ok(findings)
}

async fn publishable_key(target: &Target, api: &AuthApi) -> Result<Finding> {
    let name = "public key";
    if !target.has_publishable_key() {
        return Ok(Finding::notice(
            name,
            "none: policies cannot be tried, since nobody can come who is not signed in",
            "set the publishable or `anon` key, as `VITE_SUPABASE_ANON_KEY`",
        ));
    }
    let answer = send(api.as_user(Method::GET, "/auth/v1/settings", None)).await?;
    Ok(match answer.status.is_success() {
        true => Finding::good(name, "accepted"),
        false => Finding::bad(
            name,
            format!(
                "Auth answered {} ({})",
                answer.status,
                answer.message(&api.secrets())
            ),
            WHERE_KEYS_ARE,
        ),
    })
}

/// Whether a user whom the API names is in the database; nothing where there are no users to tell by.
async fn is_same(client: &Client, user: Option<&str>) -> Result<Option<Finding>> {
    let Some(id) = user.and_then(|id| Uuid::parse_str(id).ok()) else {
        return Ok(None);
    };
    let sql = "select to_regclass('auth.users') is not null";
    let has_users = client
        .query_one(sql, &[])
        .await
        .context("look for `auth.users`")?;
    let is_there = match has_users.get(0) {
        false => false,
        true => {
            let sql = "select exists (select from auth.users where id = $1)";
            let row = client.query_one(sql, &[&id]).await;
            row.context("look for a user of the API in the database")?.get(0)
        }
    };
    Ok(Some(match is_there {
        true => Finding::good("project", "API and database are of the same one"),
        false => Finding::bad(
            "project",
            "a user of the API is not in the database: they are of different projects",
            "give the address of the database and the keys of one and the same project",
        ),
    }))
}

/// Those of the project that are not there; nothing where it has none.
async fn edge_functions(context: &Context, api: &AuthApi) -> Result<Option<Finding>> {
    let names = functions::names(context);
    let mut missing = Vec::new();
    for name in &names {
        let path = format!("/functions/v1/{name}");
        let answer = send(api.as_user(Method::OPTIONS, &path, None)).await?;
        if answer.status == StatusCode::NOT_FOUND || answer.status.is_server_error() {
            missing.push(format!("`{name}` ({})", answer.status));
        }
    }
    let target = &context.target;
    Ok((!names.is_empty()).then(|| match missing.is_empty() {
        true => Finding::good("functions", format!("they answer: {}", names.join(", "))),
        false => Finding::notice(
            "functions",
            format!("they do not answer: {}", missing.join(", ")),
            format!(
                "`cargo xtask deploy --target {target}` sends them; users are made without them until then"
            ),
        ),
    }))
}
