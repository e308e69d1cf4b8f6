//! What to do about failures of the server itself, whatever the command was doing.

use anyhow::Error;
use tokio_postgres::error::SqlState;

/// What the user can do where the server ran out of room, went away or waits for another session; none for everything else.
pub fn hint(error: &Error) -> Option<&'static str> {
    let mut causes = error.chain();
    let cause = causes.find_map(|cause| cause.downcast_ref::<tokio_postgres::Error>())?;
    match cause.code() {
        Some(&SqlState::DISK_FULL) => {
            Some("make room on the disk of the database, then run the command again")
        }
        Some(&SqlState::ADMIN_SHUTDOWN | &SqlState::CRASH_SHUTDOWN | &SqlState::CANNOT_CONNECT_NOW) => {
            Some(CLOSED)
        }
        Some(&SqlState::LOCK_NOT_AVAILABLE) => Some(
            "another session holds what it waits for: let it end its transaction, then run the command again",
        ),
        Some(&SqlState::FOREIGN_KEY_VIOLATION) => Some(
            "a row that it belongs to was deleted since it was seeded: take the others back with `cargo xtask clean`, \
             then seed again",
        ),
        None if cause.is_closed() => Some(CLOSED),
        _ => None,
    }
}

const CLOSED: &str = "the server closed the connection, as it does on a full disk: see `cargo xtask status`, \
                      `cargo xtask logs postgres` and `cargo xtask doctor`, then run the command again";

#[cfg(test)]
mod tests {
    use anyhow::Context;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio_postgres::{Config, NoTls};

    use super::*;

    /// What comes of a server that answers with an error of this code, or none, and hangs up.
    async fn error_of(code: Option<&str>) -> Error {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut config = Config::new();
        config.host("127.0.0.1").port(port).user("postgres");
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            assert_ne!(stream.read(&mut [0; 1024]).await.unwrap(), 0);
            if let Some(code) = code {
                let fields = format!("SERROR\0C{code}\0Mwords\0\0");
                stream.write_u8(b'E').await.unwrap();
                stream.write_u32(fields.len() as u32 + 4).await.unwrap();
                stream.write_all(fields.as_bytes()).await.unwrap();
            }
        };
        let (connected, ()) = tokio::join!(config.connect(NoTls), serve);
        let failed = connected.map(drop).context("copy rows");
        failed.unwrap_err()
    }

    #[tokio::test]
    async fn a_full_disk_a_lock_and_a_lost_server_have_their_hints() {
        let full = error_of(Some("53100")).await;
        assert!(hint(&full).is_some_and(|hint| hint.contains("room")), "{full:#}");
        let locked = error_of(Some("55P03")).await;
        assert!(
            hint(&locked).is_some_and(|hint| hint.contains("another session")),
            "{locked:#}"
        );
        for code in [Some("57P01"), Some("57P02"), None] {
            let lost = error_of(code).await;
            assert_eq!(hint(&lost), Some(CLOSED), "{lost:#}");
        }
        let orphan = error_of(Some("23503")).await;
        assert!(
            hint(&orphan).is_some_and(|hint| hint.contains("cargo xtask clean")),
            "{orphan:#}"
        );
        let other = error_of(Some("42P01")).await;
        assert_eq!(hint(&other), None, "{other:#}");
        assert_eq!(hint(&anyhow::anyhow!("other")), None);
    }
}
