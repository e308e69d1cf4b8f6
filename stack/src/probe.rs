//! When a service counts as ready.

use std::path::PathBuf;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long one attempt may take.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);

/// A question to a service on 127.0.0.1.
#[derive(Debug, Clone)]
pub enum Probe {
    /// PostgreSQL answers, and it is the one with this cluster: two stacks may reach for one port.
    Postgres {
        /// The server's port.
        port: u16,
        /// The folder of the cluster.
        cluster: PathBuf,
    },
    /// `GET path` answers with 200.
    Http {
        /// The service's port.
        port: u16,
        /// The path, with its slash.
        path: &'static str,
    },
}

impl Probe {
    /// Asks once.
    pub async fn passes(&self) -> bool {
        match self {
            Self::Postgres { port, cluster } => {
                let answer = async {
                    let client = crate::postgres::connect(*port, "supabase_admin", "template1").await?;
                    let row = client
                        .query_one("select current_setting('data_directory')", &[])
                        .await?;
                    anyhow::Ok(PathBuf::from(row.get::<_, String>(0)))
                };
                timeout(ATTEMPT_TIMEOUT, answer)
                    .await
                    .is_ok_and(|found| found.is_ok_and(|found| found == *cluster))
            }
            Self::Http { port, path } => http_get(*port, path)
                .await
                .is_some_and(|answer| answer.starts_with("HTTP/1.1 200")),
        }
    }
}

/// The whole answer of `GET path`, head and body, or nothing when there is none in time.
pub async fn http_get(port: u16, path: &str) -> Option<String> {
    let request = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        let head = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok()?;
        String::from_utf8(answer).ok()
    };
    timeout(ATTEMPT_TIMEOUT, request).await.ok()?
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    async fn check(answer: &'static str, passes: bool) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = vec![0; 1024];
            let read = stream.read(&mut head).await.unwrap();
            assert!(head[..read].starts_with(b"GET /health HTTP/1.1\r\n"));
            stream.write_all(answer.as_bytes()).await.unwrap();
        };
        let probe = Probe::Http {
            port,
            path: "/health",
        };
        let (found, ()) = tokio::join!(probe.passes(), server);
        assert_eq!(found, passes, "{answer}");
    }

    #[tokio::test]
    async fn http_passes_with_200_only() {
        check("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", true).await;
        check(
            "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
            false,
        )
        .await;
        check("SSH-2.0-OpenSSH_9.9\r\n", false).await;
    }

    #[tokio::test]
    async fn nothing_that_listens_does_not_pass() {
        let port = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        assert!(!Probe::Http { port, path: "/" }.passes().await);
        assert!(
            !Probe::Postgres {
                port,
                cluster: "/".into()
            }
            .passes()
            .await
        );
    }
}
