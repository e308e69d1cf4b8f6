//! Connections to the target's database.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use stack::hint::WithHint;
use tokio_postgres::config::Host;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};

/// How long a server may take to accept.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How long a server that was killed may take to read its log.
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(30);
/// How often it is asked meanwhile.
const RECOVERY_PERIOD: Duration = Duration::from_millis(100);

/// Connects; `command` is the word the user typed, seen by whoever looks at `pg_stat_activity`.
///
/// # Errors
/// The server is not reached or refuses, said with what to do.
pub async fn connect(config: &Config, command: &str) -> Result<Client> {
    let mut config = config.clone();
    config
        .application_name(format!("cargo xtask {command}"))
        .connect_timeout(TIMEOUT);
    let address = address(&config);
    let deadline = Instant::now() + RECOVERY_TIMEOUT;
    let connected = loop {
        match config.connect(NoTls).await {
            Err(error)
                if error.code() == Some(&SqlState::CANNOT_CONNECT_NOW) && Instant::now() < deadline =>
            {
                tokio::time::sleep(RECOVERY_PERIOD).await;
            }
            connected => break connected,
        }
    };
    let (client, connection) = match connected {
        Ok(parts) => parts,
        Err(error) => {
            let hint = hint(&error, &config);
            return Err(error)
                .with_context(|| format!("connect to the database at `{address}`"))
                .with_hint(|| hint);
        }
    };
    // It ends when the client is dropped; what goes wrong before is an error of the client's own call.
    tokio::spawn(connection);
    client
        .batch_execute("set client_min_messages to warning; set timezone to 'UTC'")
        .await
        .context("set up the session")?;
    Ok(client)
}

/// The server without any secret.
pub fn address(config: &Config) -> String {
    let host = config
        .get_hosts()
        .first()
        .map_or_else(String::new, |host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        });
    let port = config.get_ports().first().copied().unwrap_or(5432);
    format!("{host}:{port}/{}", config.get_dbname().unwrap_or("postgres"))
}

fn hint(error: &tokio_postgres::Error, config: &Config) -> String {
    match error.code() {
        Some(&SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => {
            format!(
                "the password of role `{}` is another one",
                config.get_user().unwrap_or("postgres")
            )
        }
        Some(&SqlState::INVALID_CATALOG_NAME) => {
            "a reset is at work on it, or was stopped half way: wait a moment, then run `cargo xtask reset`"
                .into()
        }
        Some(&SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE | &SqlState::ADMIN_SHUTDOWN) => {
            "a reset is at work on it, or was stopped: wait a moment, then run `cargo xtask reset`".into()
        }
        Some(&SqlState::CANNOT_CONNECT_NOW) => {
            "it is being started or reads its log after a crash: wait a moment, then run the command again; \
             `cargo xtask logs postgres` tells how far it is"
                .into()
        }
        Some(&SqlState::TOO_MANY_CONNECTIONS) => "close programs that hold connections to it".into(),
        _ => "see whether it runs with `cargo xtask status`, start it with `cargo xtask start`".into(),
    }
}

#[cfg(test)]
mod tests {
    use stack::hint::hints;

    use super::*;

    #[tokio::test]
    async fn a_server_that_is_not_there_is_named_without_the_password() {
        let config: Config = "postgresql://postgres:hunter2@127.0.0.1:1/postgres"
            .parse()
            .unwrap();
        let error = connect(&config, "seed").await.unwrap_err();
        let text = format!("{error:#}");
        assert!(
            text.contains("`127.0.0.1:1/postgres`") && !text.contains("hunter2"),
            "{text}"
        );
        assert!(hints(&error)[0].contains("cargo xtask start"));
    }
}
