//! Whether a target answers as a Supabase with this project does.

use std::time::{Duration, Instant};

use anyhow::Result;
use reqwest::{Method, StatusCode};
use seed_core::catalog::Catalog;
use serde_json::{Value, json};

use crate::users::answer::send;
use crate::users::auth_api::AuthApi;
use crate::verify::check::{Check, Outcome};

/// How long REST may take to see tables that have just come.
const RELOAD: Duration = Duration::from_secs(15);
/// How often it is asked meanwhile.
const PAUSE: Duration = Duration::from_millis(500);

/// Asks each part, as the service and as nobody; nothing is written.
///
/// # Errors
/// A part is not reached.
pub async fn checks(api: &AuthApi, catalog: &Catalog, functions: &[String]) -> Result<Vec<Check>> {
    let mut checks = vec![auth(api).await?];
    for table in catalog.tables.iter().filter(|table| table.schema == "public") {
        checks.push(rest(api, &table.name).await?);
    }
    for name in functions {
        checks.push(function(api, name).await?);
    }
    Ok(checks)
}

async fn auth(api: &AuthApi) -> Result<Check> {
    let asked = api.as_service(Method::GET, "/auth/v1/admin/users?page=1&per_page=1");
    let answer = send(asked).await?;
    let is_list = answer.body.get("users").is_some_and(Value::is_array);
    let problem = (!answer.status.is_success() || !is_list).then(|| {
        format!(
            "it answered {} ({})",
            answer.status,
            answer.message(&api.secrets())
        )
    });
    Ok(Check::new(
        "auth",
        "lists users to the service",
        Outcome::of(problem),
    ))
}

async fn rest(api: &AuthApi, table: &str) -> Result<Check> {
    let start = Instant::now();
    let path = format!("/rest/v1/{table}?limit=0");
    loop {
        let answer = send(api.as_service(Method::GET, &path)).await?;
        if answer.status != StatusCode::NOT_FOUND || start.elapsed() > RELOAD {
            let problem = (!answer.status.is_success()).then(|| {
                format!(
                    "it answered {} ({})",
                    answer.status,
                    answer.message(&api.secrets())
                )
            });
            return Ok(Check::new(table, "is served by the API", Outcome::of(problem)));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Every function answers; `users` makes nobody for one who is not signed in.
async fn function(api: &AuthApi, name: &str) -> Result<Check> {
    let path = format!("/functions/v1/{name}");
    let title = format!("functions/{name}");
    if name == "users" {
        let answer = send(api.as_user(Method::POST, &path, None).json(&json!({}))).await?;
        let status = answer.status.as_u16();
        let problem =
            (!matches!(status, 401 | 403)).then(|| format!("it answered {status} to nobody, not 401"));
        return Ok(Check::new(
            title,
            "is closed to who is not signed in",
            Outcome::of(problem),
        ));
    }
    let answer = send(api.as_user(Method::OPTIONS, &path, None)).await?;
    let is_there = answer.status != StatusCode::NOT_FOUND && !answer.status.is_server_error();
    let problem = (!is_there).then(|| format!("it answered {}", answer.status));
    Ok(Check::new(title, "answers", Outcome::of(problem)))
}
