//! Connections to the target's database.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use stack::hint::WithHint;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, NoTls, Socket};

use super::address::{Address, Tls};
use super::tls;
use super::unreached::hint;

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
pub async fn connect(address: &Address, command: &str) -> Result<Client> {
    let mut config = Config::clone(address);
    config
        .application_name(format!("cargo xtask {command}"))
        .connect_timeout(TIMEOUT);
    let connected = match address.tls {
        Tls::Disable => patiently(&config, NoTls).await,
        _ => patiently(&config, tls::connector(address)?).await,
    };
    let client = connected
        .map_err(|error| {
            let hint = hint(&error, address);
            (error, hint)
        })
        .or_else(|(error, hint)| {
            Err(error)
                .with_context(|| format!("connect to the database at `{address}`"))
                .with_hint(|| hint)
        })?;
    client
        .batch_execute("set client_min_messages to warning; set timezone to 'UTC'")
        .await
        .context("set up the session")?;
    Ok(client)
}

/// Connects, and waits for a server that reads its log after a crash.
async fn patiently<T>(config: &Config, tls: T) -> Result<Client, tokio_postgres::Error>
where
    T: MakeTlsConnect<Socket> + Clone,
    T::Stream: Send + 'static,
{
    let deadline = Instant::now() + RECOVERY_TIMEOUT;
    loop {
        match config.connect(tls.clone()).await {
            Err(error)
                if error.code() == Some(&SqlState::CANNOT_CONNECT_NOW) && Instant::now() < deadline =>
            {
                tokio::time::sleep(RECOVERY_PERIOD).await;
            }
            Err(error) => return Err(error),
            Ok((client, connection)) => {
                // It ends when the client is dropped; what goes wrong before is an error of the client's own call.
                tokio::spawn(connection);
                return Ok(client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use stack::hint::hints;

    use super::*;

    #[tokio::test]
    async fn a_server_that_is_not_there_is_named_without_the_password() {
        let url = "postgresql://postgres:hunter2@127.0.0.1:1/postgres";
        let address = Address::parse(url, Path::new("/")).unwrap();
        let error = connect(&address, "seed").await.unwrap_err();
        let text = format!("{error:#}");
        assert!(
            text.contains("`127.0.0.1:1/postgres`") && !text.contains("hunter2"),
            "{text}"
        );
        assert!(hints(&error)[0].contains("cargo xtask start"));
    }
}
