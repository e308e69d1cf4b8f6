//! Ports of 127.0.0.1: whether one is free, who has it, and another one instead.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::hint::mendable;

/// How far apart the ports are that are tried in turn, so that the stacks of several checkouts have similar ones.
const STEP: u16 = 10;
const TRIES: u16 = 500;

/// Who listens on a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortOwner {
    /// Its program.
    pub program: String,
    /// Its number.
    pub pid: u32,
}

impl fmt::Display for PortOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` (pid {})", self.program, self.pid)
    }
}

/// Whether nobody listens on `port`, on loopback or on all addresses.
pub fn is_free(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    // macOS lets one bind to loopback beside a listener on all addresses, so a call is tried first.
    TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_err()
        && TcpListener::bind(address).is_ok()
}

/// `preferred` if it is free and not in `reserved`, or else the next free one.
///
/// # Errors
/// Hundreds of ports are taken.
pub fn choose(preferred: u16, reserved: &[u16]) -> Result<u16> {
    candidates(preferred)
        .find(|port| !reserved.contains(port) && is_free(*port))
        .ok_or_else(|| {
            mendable(
                format!("port {preferred} and {TRIES} others after it are taken"),
                "set `[api] port` and `[db] port` in `supabase/config.toml` to free ports",
            )
        })
}

/// Two ports for services that only we talk to. The operating system picks them at random, so that stacks that are
/// started at one time do not reach for the same ones.
///
/// # Errors
/// There is no free port at all.
pub fn any() -> Result<[u16; 2]> {
    // Both are held before one is let go, so that they differ.
    let hold = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let pick = || std::io::Result::Ok([hold()?, hold()?].map(|held| held.local_addr()));
    let [one, other] = pick().context("find a free port")?;
    Ok([
        one.context("find a free port")?.port(),
        other.context("find a free port")?.port(),
    ])
}

/// Ports in the order in which they are tried; none below 1024, which only root may use.
fn candidates(preferred: u16) -> impl Iterator<Item = u16> {
    (0..TRIES).map(move |n| match preferred.checked_add(n * STEP) {
        Some(port) => port,
        None => 1024 + (n * STEP) % 50_000,
    })
}

/// Who listens on `port`, as far as we may know: another user's processes keep their ports to themselves.
#[cfg(target_os = "linux")]
pub fn owner(port: u16) -> Option<PortOwner> {
    let inode = ["/proc/net/tcp", "/proc/net/tcp6"].iter().find_map(|table| {
        let table = std::fs::read_to_string(table).ok()?;
        listening_inode(&table, port).map(str::to_owned)
    })?;
    let socket = format!("socket:[{inode}]");
    let processes = std::fs::read_dir("/proc").ok()?;
    processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .find_map(|pid: u32| {
            let mut files = std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?;
            let has_it = files.any(|file| {
                file.is_ok_and(|file| std::fs::read_link(file.path()).is_ok_and(|to| to == *socket))
            });
            let program = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
            has_it.then(|| PortOwner {
                program: program.trim().to_owned(),
                pid,
            })
        })
}

/// The socket that listens on `port` (state `0A`), from a table of the kernel.
#[cfg(target_os = "linux")]
fn listening_inode(table: &str, port: u16) -> Option<&str> {
    let address_end = format!(":{port:04X}");
    table.lines().skip(1).find_map(|line| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let (local, _remote, state) = (fields.next()?, fields.next()?, fields.next()?);
        (local.ends_with(&address_end) && state == "0A")
            .then(|| fields.nth(5))
            .flatten()
    })
}

/// Who listens on `port`, as far as we may know: another user's processes keep their ports to themselves.
#[cfg(not(target_os = "linux"))]
pub fn owner(port: u16) -> Option<PortOwner> {
    let lsof = std::process::Command::new("lsof")
        .args(["-nP", "-sTCP:LISTEN", "-Fpc", &format!("-iTCP:{port}")])
        .output()
        .ok()?;
    let text = String::from_utf8(lsof.stdout).ok()?;
    let field = |mark: char| text.lines().find_map(|line| line.strip_prefix(mark));
    Some(PortOwner {
        pid: field('p')?.parse().ok()?,
        program: field('c')?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_has_its_owner_and_is_replaced_by_the_next() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(!is_free(port));
        assert_eq!(owner(port).unwrap().pid, std::process::id());
        let other = choose(port, &[]).unwrap();
        assert_ne!(other, port);
        assert!(is_free(other));
        drop(listener);
        assert_eq!(owner(port), None);
        assert_eq!(choose(port, &[]).unwrap(), port);
        assert_ne!(choose(port, &[port]).unwrap(), port);
    }

    #[test]
    fn any_two_are_free_and_differ() {
        let [one, other] = any().unwrap();
        assert!(one != other && is_free(one) && is_free(other));
    }

    #[test]
    fn a_listener_on_all_addresses_counts() {
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        assert!(!is_free(listener.local_addr().unwrap().port()));
    }

    #[test]
    fn tries_go_up_in_steps_and_stay_in_range() {
        assert_eq!(
            candidates(54321).take(3).collect::<Vec<_>>(),
            [54321, 54331, 54341]
        );
        assert!(
            candidates(65530)
                .skip(1)
                .all(|port| (1024..=65530).contains(&port))
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_connection_is_no_listener() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:D431 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0 0 10 0
   1: 0100007F:D431 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1 0 100 0 0 10 0";
        assert_eq!(listening_inode(table, 0xD431), Some("222"));
        assert_eq!(listening_inode(table, 0xD432), None);
    }
}
