//! `users env`

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use futures_util::future::try_join_all;
use serde_json::{Map, Value, json};
use stack::hint::{WithHint, mendable};
use stack::private_file;
use stack::project::Project;
use url::Url;

use crate::cli::{EnvFormat, UsersEnvArgs};
use crate::context::Context;
use crate::database::{catalog, connect};
use crate::dotenv;
use crate::error::Exit;
use crate::fence;
use crate::target::Target;
use crate::users::account::Account;
use crate::users::auth_api::AuthApi;
use crate::users::known::{Session, find, sign_in};
use crate::users::roles::called;
use crate::users::storage_state;

/// Where Playwright's own documentation puts storage states.
const PLAYWRIGHT_FOLDER: &str = "playwright/.auth";

/// Runs `users env`.
///
/// # Errors
/// The stack does not run, a test user is missing or cannot sign in, or a file cannot be written.
pub async fn run(context: &Context, args: UsersEnvArgs) -> Result<Exit> {
    if args.format != EnvFormat::Playwright && (args.out.is_some() || args.origin.is_some()) {
        return Err(mendable(
            "write what tests need: `--out` and `--origin` are for storage states",
            "add `--format playwright`, or leave them out",
        ));
    }
    let target = Target::resolve(context).await?;
    // Who signs in leaves a session.
    fence::admit(&target, "users env").await?;
    let sessions = sessions(context, &target, &args).await?;
    match args.format {
        EnvFormat::Dotenv => {
            let variables = variables(&target, &sessions);
            context
                .output
                .result(&Value::Object(variables.clone()), || dotenv_text(&variables))?;
        }
        EnvFormat::Json => {
            let value = as_json(&target, &sessions);
            context.output.result(&value, || format!("{value:#}"))?;
        }
        EnvFormat::Playwright => {
            let files = write_states(context, &target, &args, &sessions)?;
            let value: Map<String, Value> = files
                .iter()
                .map(|(role, path)| (role.clone(), json!(path)))
                .collect();
            context.output.result(&value, || {
                files
                    .iter()
                    .map(|(_, path)| format!("{}\n", path.display()))
                    .collect()
            })?;
        }
    }
    Ok(Exit::Done)
}

async fn sessions(context: &Context, target: &Target, args: &UsersEnvArgs) -> Result<Vec<Session>> {
    let settings = context.settings()?;
    let users = &settings.test_users;
    let roles = called(&users.roles, &args.roles.names)?;
    let client = connect::connect(&target.database, "users").await?;
    let catalog = catalog::read(&client, &catalog::schemas(&target.project)?).await?;
    let mut accounts = Vec::new();
    for role in roles {
        let email = Account::new(role, &users.password).email;
        accounts.push(find(&client, &catalog, users, &email).await?);
    }
    let api = AuthApi::of(target)?;
    let sessions = accounts
        .into_iter()
        .map(|(account, id)| sign_in(&api, account, id));
    try_join_all(sessions).await
}

/// Variables under the names that projects of this family use.
fn variables(target: &Target, sessions: &[Session]) -> Map<String, Value> {
    let mut variables = Map::new();
    variables.insert("VITE_SUPABASE_URL".into(), target.api_url.clone().into());
    variables.insert(
        "VITE_SUPABASE_ANON_KEY".into(),
        target.keys.publishable.clone().into(),
    );
    for session in sessions {
        let role = session.account.role.short().to_uppercase().replace('-', "_");
        let id = session.id.to_string();
        for (name, value) in [
            ("EMAIL", session.account.email.as_str()),
            ("PASSWORD", &session.account.password),
            ("ID", &id),
            ("ACCESS_TOKEN", session.text("access_token")),
            ("REFRESH_TOKEN", session.text("refresh_token")),
        ] {
            variables.insert(format!("TEST_{role}_{name}"), value.into());
        }
    }
    variables
}

fn dotenv_text(variables: &Map<String, Value>) -> String {
    variables
        .iter()
        .map(|(name, value)| dotenv::line(name, value.as_str().unwrap_or_default()))
        .collect()
}

fn as_json(target: &Target, sessions: &[Session]) -> Value {
    let user = |session: &Session| {
        let value = json!({
            "email": session.account.email,
            "password": session.account.password,
            "id": session.id,
            "access_token": session.text("access_token"),
            "refresh_token": session.text("refresh_token"),
            "expires_at": session.body["expires_at"],
        });
        (session.account.role.name.clone(), value)
    };
    let users: Map<String, Value> = sessions.iter().map(user).collect();
    json!({ "api_url": target.api_url, "publishable_key": target.keys.publishable, "users": users })
}

/// Writes a storage state for each role, each readable by its owner only, in a folder that git passes over.
fn write_states(
    context: &Context,
    target: &Target,
    args: &UsersEnvArgs,
    sessions: &[Session],
) -> Result<Vec<(String, PathBuf)>> {
    let origin = match &args.origin {
        Some(origin) => origin.clone(),
        None => Project::load(&target.project)?.auth.site_url,
    };
    let origin = Url::parse(&origin).ok().filter(Url::has_host).ok_or_else(|| {
        mendable(
            format!("read where the application runs: `{origin}` is not a URL"),
            "say it as in `--origin http://localhost:5173`",
        )
    })?;
    let api = Url::parse(&target.api_url).context("read the address of the API")?;
    let folder = args
        .out
        .clone()
        .unwrap_or_else(|| context.paths.project.join(PLAYWRIGHT_FOLDER));
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("make the folder `{}`", folder.display()))
        .with_hint(|| "name a folder that you can write to with `--out`".to_owned())?;
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        let written = private_file::write(&path, text.as_bytes());
        written.with_hint(|| {
            format!(
                "make `{}` writable for you, or name another folder with `--out`",
                folder.display()
            )
        })?;
        anyhow::Ok(path)
    };
    write(".gitignore", "*\n")?;
    let mut files = Vec::new();
    for session in sessions {
        let state = storage_state::of(session, &api, &origin);
        let path = write(
            &format!("{}.json", session.account.role.short()),
            &format!("{state:#}\n"),
        )?;
        files.push((session.account.role.name.clone(), path));
    }
    Ok(files)
}
