//! Where a database is, and how safely it is reached.

use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use anyhow::Result;
use percent_encoding::percent_decode_str;
use stack::hint::mendable;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use url::form_urlencoded;

/// The address of a database: what [`Config`] says, and the TLS that it cannot say. Prints without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    config: Config,
    /// How the server must show who it is.
    pub tls: Tls,
    /// A file of certificates that the server's own must be signed by, PEM.
    pub root: Option<PathBuf>,
}

/// `sslmode`, as [libpq] understands it.
///
/// [libpq]: https://www.postgresql.org/docs/17/libpq-ssl.html#LIBPQ-SSL-SSLMODE-STATEMENTS
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// `disable`
    Disable,
    /// `prefer`: encrypted where the server can.
    Prefer,
    /// `require`: encrypted, whoever the server is.
    Require,
    /// `verify-ca`: its certificate is signed by one that is known.
    VerifyCa,
    /// `verify-full`: the certificate is for this host, too.
    VerifyFull,
}

impl Tls {
    /// The word of `sslmode`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

/// What an address looks like, for hints.
pub const EXAMPLE: &str = "`postgresql://USER:PASSWORD@HOST:5432/NAME?sslmode=require`";

impl Address {
    /// Reads a URL as people paste it: signs of a password need not be percent-encoded, and parameters that are for
    /// other programs (`pgbouncer=true`) count for nothing. Files are looked for from `folder`.
    ///
    /// # Errors
    /// What is wrong with it, without any part of it.
    pub fn parse(url: &str, folder: &Path) -> Result<Address, &'static str> {
        let rest = ["postgresql://", "postgres://"]
            .iter()
            .find_map(|scheme| url.strip_prefix(scheme));
        let rest = rest.ok_or("it does not begin with `postgresql://`")?;
        // A password may have every sign in it, the host and what follows have no `@`.
        let (who, place) = rest.rsplit_once('@').unwrap_or(("", rest));
        let (user, password) = match who.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (who, None),
        };
        let (place, parameters) = place.split_once('?').unwrap_or((place, ""));
        let (host, name) = place.split_once('/').unwrap_or((place, ""));
        let (host, port) = host_and_port(host)?;
        let mut config = Config::new();
        config.host(decoded(host)).port(port);
        let user = if user.is_empty() { "postgres" } else { user };
        config.user(decoded(user));
        if let Some(password) = password {
            config.password(decoded(password));
        }
        let name = if name.is_empty() { "postgres" } else { name };
        config.dbname(decoded(name));
        let mut address = Address {
            config,
            tls: Tls::Prefer,
            root: None,
        };
        for (parameter, value) in form_urlencoded::parse(parameters.as_bytes()) {
            address.set(&parameter, &value, folder)?;
        }
        address.config.ssl_mode(match address.tls {
            Tls::Disable => SslMode::Disable,
            Tls::Prefer => SslMode::Prefer,
            _ => SslMode::Require,
        });
        Ok(address)
    }

    fn set(&mut self, parameter: &str, value: &str, folder: &Path) -> Result<(), &'static str> {
        match parameter {
            "sslmode" => {
                self.tls = match value {
                    "disable" => Tls::Disable,
                    "allow" | "prefer" => Tls::Prefer,
                    "require" => Tls::Require,
                    "verify-ca" => Tls::VerifyCa,
                    "verify-full" => Tls::VerifyFull,
                    _ => {
                        return Err(
                            "`sslmode` is none of disable, prefer, require, verify-ca and verify-full",
                        );
                    }
                }
            }
            "sslrootcert" if value != "system" => self.root = Some(folder.join(value)),
            "options" => {
                self.config.options(value);
            }
            _ => (),
        }
        Ok(())
    }

    /// Another database of the same server.
    pub fn with_database(&self, name: &str) -> Address {
        let mut address = self.clone();
        address.config.dbname(name);
        address
    }

    /// The same server at another port.
    pub fn with_port(&self, port: u16) -> Address {
        let mut config = Config::new();
        config
            .host(self.host())
            .port(port)
            .user(self.get_user().unwrap_or("postgres"))
            .dbname(self.get_dbname().unwrap_or("postgres"))
            .ssl_mode(self.get_ssl_mode());
        if let Some(password) = self.get_password() {
            config.password(password);
        }
        if let Some(options) = self.get_options() {
            config.options(options);
        }
        Address {
            config,
            ..self.clone()
        }
    }

    /// The host, without brackets.
    pub fn host(&self) -> String {
        self.get_hosts()
            .first()
            .map_or_else(String::new, |host| match host {
                Host::Tcp(name) => name.clone(),
                #[cfg(unix)]
                Host::Unix(path) => path.display().to_string(),
            })
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.get_ports().first().copied().unwrap_or(5432)
    }

    /// Whether the server is this machine.
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        let is_loopback = |ip: std::net::IpAddr| ip.is_loopback();
        host == "localhost" || host.starts_with('/') || host.parse().is_ok_and(is_loopback)
    }
}

impl Deref for Address {
    type Target = Config;

    fn deref(&self) -> &Config {
        &self.config
    }
}

/// A server that is ours, on this machine: without TLS.
impl From<Config> for Address {
    fn from(mut config: Config) -> Address {
        config.ssl_mode(SslMode::Disable);
        Address {
            config,
            tls: Tls::Disable,
            root: None,
        }
    }
}

/// `HOST:PORT/NAME`, without any secret; an IPv6 host stands in brackets.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, port) = (self.host(), self.port());
        match host.contains(':') {
            true => write!(f, "[{host}]:{port}")?,
            false => write!(f, "{host}:{port}")?,
        }
        write!(f, "/{}", self.get_dbname().unwrap_or("postgres"))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

/// An address that `place` gave, which is named where it is wrong.
///
/// # Errors
/// It is no address of a PostgreSQL.
pub fn read(url: &str, place: &str, folder: &Path) -> Result<Address> {
    Address::parse(url, folder).map_err(|problem| {
        mendable(
            format!("read {place}: it is no address of a PostgreSQL: {problem}"),
            format!("it looks so: {EXAMPLE}"),
        )
    })
}

fn host_and_port(text: &str) -> Result<(&str, u16), &'static str> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest
                .split_once(']')
                .ok_or("the bracket of its host does not end")?;
            (host, rest.strip_prefix(':'))
        }
        None => match text.split_once(':') {
            Some((_, port)) if port.contains(':') => {
                return Err("an IPv6 host stands in brackets, as in `[::1]`");
            }
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    if host.is_empty() {
        return Err("it names no host");
    }
    let port = match port {
        None | Some("") => 5432,
        Some(port) => port.parse().map_err(|_| "its port is not a number")?,
    };
    Ok((host, port))
}

/// Percent-decoded where it was encoded: a `%` that begins no code means itself.
fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> Result<Address, &'static str> {
        Address::parse(url, Path::new("/project"))
    }

    #[track_caller]
    fn password(url: &str, expected: &str) {
        let address = parsed(url).unwrap();
        assert_eq!(address.get_password(), Some(expected.as_bytes()));
        assert_eq!(address.to_string(), "db.example.com:6543/app");
        assert_eq!(address.get_user(), Some("postgres.ref"));
    }

    #[test]
    fn a_password_is_read_encoded_or_as_it_is() {
        password(
            "postgresql://postgres.ref:p%40s%2Fs%3A%23@db.example.com:6543/app",
            "p@s/s:#",
        );
        password(
            "postgres://postgres.ref:p@s/s:#?x=%%@db.example.com:6543/app?pgbouncer=true",
            "p@s/s:#?x=%%",
        );
    }

    #[test]
    fn an_ipv6_host_stands_in_brackets() {
        let address = parsed("postgresql://u:p@[2001:db8::1]:5433/x").unwrap();
        assert_eq!((address.host().as_str(), address.port()), ("2001:db8::1", 5433));
        assert_eq!(address.to_string(), "[2001:db8::1]:5433/x");
        assert!(parsed("postgresql://u:p@2001:db8::1:5433/x").is_err());
        assert!(parsed("postgresql://u@[::1]/x").unwrap().is_loopback());
    }

    #[test]
    fn tls_is_what_libpq_would_do() {
        let tls = |url: &str| parsed(url).map(|address| (address.tls, address.root));
        assert_eq!(tls("postgresql://h"), Ok((Tls::Prefer, None)));
        let root = Some(PathBuf::from("/project/ca.pem"));
        assert_eq!(
            tls("postgresql://h?sslmode=verify-full&sslrootcert=ca.pem"),
            Ok((Tls::VerifyFull, root))
        );
        assert!(tls("postgresql://h?sslmode=maybe").is_err());
    }

    #[test]
    fn nothing_of_a_wrong_address_is_told() {
        for url in [
            "hunter2",
            "mysql://u:hunter2@h/x",
            "postgresql://u:hunter2@/x",
            "postgresql://u:hunter2@h:port/x",
        ] {
            let error = read(url, "`DATABASE_URL`", Path::new("/")).unwrap_err();
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
        assert!(!format!("{:?}", parsed("postgresql://u:hunter2@h/x")).contains("hunter2"));
    }
}
