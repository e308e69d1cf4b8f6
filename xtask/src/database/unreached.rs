//! What to do where a server is not reached, or lets nobody in.

use std::error::Error as _;
use std::io::{self, ErrorKind};

use tokio_postgres::error::SqlState;

use super::address::{Address, Tls};

const OF_THIS_MACHINE: &str =
    "see whether it runs with `cargo xtask status`, start it with `cargo xtask start`";
const OF_NO_ANSWER: &str = "a project that is paused is woken in the dashboard; a firewall, or restricted networks there, may \
                            keep this machine out; where this network has no IPv6, take the address of the pooler in session \
                            mode, or the project's IPv4 add-on";

/// The hint for what went wrong on the way to the server at `address`.
pub(super) fn hint(error: &tokio_postgres::Error, address: &Address) -> String {
    if let Some(code) = error.code() {
        return refused(code, error, address);
    }
    let source = error.source();
    let io = source.and_then(|source| source.downcast_ref::<io::Error>());
    let text = source.map_or_else(|| error.to_string(), ToString::to_string);
    if text.contains("does not support TLS") {
        return "leave `sslmode` away or set `sslmode=disable`, where nobody can listen in between"
            .to_owned();
    }
    if let Some(hint) = certificate(&text, address) {
        return hint;
    }
    if address.is_loopback() {
        return OF_THIS_MACHINE.to_owned();
    }
    match io.map(io::Error::kind) {
        Some(ErrorKind::ConnectionRefused) => {
            "see whether its port is right: 5432, or 6543 for the pooler in transaction mode".to_owned()
        }
        Some(_) if text.contains("lookup") => {
            "see whether its host is spelled right, and whether the project is still there; a name with IPv6 addresses alone is not \
             found where the network has none: take the address of the pooler"
                .to_owned()
        }
        _ => OF_NO_ANSWER.to_owned(),
    }
}

/// What a server says that was reached.
fn refused(code: &SqlState, error: &tokio_postgres::Error, address: &Address) -> String {
    let message = error.as_db_error().map_or("", |said| said.message());
    match *code {
        _ if message.contains("no encryption") => {
            "it takes encrypted connections only: set `sslmode=require` in its address".to_owned()
        }
        _ if message.contains("pg_hba.conf") => {
            "its `pg_hba.conf` has no line for this role, database and network: whoever runs it adds one".to_owned()
        }
        _ if message.contains("Tenant or user not found") => {
            "the pooler wants the user `postgres.REF`, with the project's reference, and the host of its region".to_owned()
        }
        SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            let role = address.get_user().unwrap_or("postgres");
            match address.is_loopback() {
                true => format!("the password of role `{role}` is another one"),
                false => format!(
                    "the password of role `{role}` is another one: the dashboard sets a new one under Database, Settings"
                ),
            }
        }
        SqlState::INVALID_CATALOG_NAME if !address.is_loopback() => {
            "it has no such database: that of a Supabase project is called `postgres`".to_owned()
        }
        SqlState::INVALID_CATALOG_NAME => {
            "a reset is at work on it, or was stopped half way: wait a moment, then run `cargo xtask reset`".to_owned()
        }
        SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE | SqlState::ADMIN_SHUTDOWN => {
            "a reset is at work on it, or was stopped: wait a moment, then run `cargo xtask reset`".to_owned()
        }
        SqlState::CANNOT_CONNECT_NOW => {
            "it is being started or reads its log after a crash: wait a moment, then run the command again; \
             `cargo xtask logs postgres` tells how far it is"
                .to_owned()
        }
        SqlState::TOO_MANY_CONNECTIONS => "close programs that hold connections to it".to_owned(),
        _ if address.is_loopback() => OF_THIS_MACHINE.to_owned(),
        _ => OF_NO_ANSWER.to_owned(),
    }
}

/// What to do about a certificate that is not believed.
fn certificate(text: &str, address: &Address) -> Option<String> {
    if !text.contains("certificate") {
        return None;
    }
    Some(match (text.contains("not valid for name"), &address.root) {
        (true, _) if address.tls == Tls::VerifyFull => format!(
            "its certificate is for another name than `{}`: give the name that it is for, or `sslmode=verify-ca`, which does \
             not compare names",
            address.host()
        ),
        (_, Some(root)) => format!(
            "its certificate is not signed by those in `{}`: give the file of this server's authority as `sslrootcert`",
            root.display()
        ),
        (_, None) => {
            "its certificate is signed by none that this machine trusts: give the file of its authority as \
                      `&sslrootcert=FILE`; the dashboard has it under Database, Settings, SSL Configuration"
                .to_owned()
        }
    })
}
