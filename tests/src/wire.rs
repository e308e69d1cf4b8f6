//! HTTP as bytes: requests that no client library would send, and what comes back.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

use crate::running::DEADLINE;

/// A request, put together without a look at whether it is a good one.
#[derive(Clone, Default)]
pub struct WireRequest {
    /// `GET` and the like.
    pub method: String,
    /// Path and query.
    pub target: Vec<u8>,
    /// In this order, as they are. What a body needs is added when it is sent.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Empty for none.
    pub body: Vec<u8>,
}

impl fmt::Debug for WireRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(2000)]).into_owned();
        write!(f, "{}\n{:?}", shown(&self.head()), shown(&self.body))
    }
}

impl WireRequest {
    /// A request without headers and body.
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.into(),
            target: target.into(),
            ..Self::default()
        }
    }

    /// The same with one header more.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same with a body.
    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.body = body.to_string().into_bytes();
        self
    }

    /// Request line and headers, as they go over the wire.
    pub fn head(&self) -> Vec<u8> {
        let mut head = [self.method.as_bytes(), b" ", &self.target, b" HTTP/1.1\r\n"].concat();
        for (name, value) in &self.headers {
            head.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        head
    }

    /// Sends it to a port of this machine and waits for the answer.
    ///
    /// # Errors
    /// If there is no answer, or none that is HTTP.
    pub fn send(&self, port: u16) -> io::Result<WireAnswer> {
        let mut connection = TcpStream::connect(("127.0.0.1", port))?;
        connection.set_read_timeout(Some(DEADLINE))?;
        let length = self.body.len();
        let end = format!("host: 127.0.0.1:{port}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
        // A server may have answered and closed before it has read all; the answer tells.
        let _ = connection.write_all(&[&self.head(), end.as_bytes(), &self.body].concat());
        let mut bytes = Vec::new();
        let read = connection.read_to_end(&mut bytes);
        match WireAnswer::parse(&bytes) {
            Some(answer) => Ok(answer),
            None => Err(read.err().unwrap_or_else(|| io::ErrorKind::InvalidData.into())),
        }
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct WireAnswer {
    /// Its status.
    pub status: u16,
    /// Its headers, the names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

impl WireAnswer {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines.filter_map(|line| line.split_once(": "));
        Some(Self {
            status,
            headers: headers
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect(),
            body: body.to_owned(),
        })
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body, `null` where it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}
