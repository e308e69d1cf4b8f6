//! The stack listens on this machine's own address only, as Linux itself lists its sockets.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use workspace_tests::{Project, processes, shared};

/// How `/proc/net/tcp` writes the state of a socket that waits for connections.
const LISTENING: &str = "0A";
/// 127.0.0.1, and ::1, in its order of bytes.
const LOOPBACK: [&str; 2] = ["0100007F", "00000000000000000000000001000000"];

#[test]
fn no_part_of_the_stack_can_be_reached_from_outside() {
    let project = shared();
    let sockets = listening_sockets();
    let own: BTreeSet<_> = pids(project).into_iter().flat_map(sockets_of).collect();
    let listening: Vec<_> = own.iter().filter_map(|inode| sockets.get(inode)).collect();
    let ports: BTreeSet<_> = listening.iter().map(|(_, port)| *port).collect();
    let status = project.status();
    for url in ["api_url", "db_url"] {
        let (_, place) = status[url].as_str().unwrap().rsplit_once(':').unwrap();
        let port: u16 = place.split('/').next().unwrap().parse().unwrap();
        assert!(
            ports.contains(&port),
            "{url} with port {port} is not among {ports:?}"
        );
    }
    // The gateway, PostgreSQL, REST and functions.
    assert!(ports.len() >= 4, "only {ports:?} were found");
    for (address, port) in listening {
        assert!(
            LOOPBACK.contains(&address.as_str()),
            "port {port} listens on {address}"
        );
    }
}

fn pids(project: &Project) -> BTreeSet<u32> {
    let status = project.status();
    let services = status["services"].as_array().unwrap().iter();
    let named = services.map(|service| u32::try_from(service["pid"].as_u64().unwrap()).unwrap());
    let called = processes::of_project(project).into_iter().map(|(pid, _)| pid);
    named.chain(called).collect()
}

/// The sockets that wait for connections, by inode: address and port.
fn listening_sockets() -> BTreeMap<u64, (String, u16)> {
    let mut sockets = BTreeMap::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let text = fs::read_to_string(table).unwrap_or_default();
        for line in text.lines().skip(1) {
            let fields: Vec<_> = line.split_whitespace().collect();
            let (address, port) = fields[1].split_once(':').expect("an address has a port");
            if fields[3] == LISTENING {
                let port = u16::from_str_radix(port, 16).unwrap();
                sockets.insert(fields[9].parse().unwrap(), (address.to_owned(), port));
            }
        }
    }
    sockets
}

/// The inodes of a process's sockets.
fn sockets_of(pid: u32) -> Vec<u64> {
    let open = fs::read_dir(format!("/proc/{pid}/fd"));
    let targets = open
        .into_iter()
        .flatten()
        .filter_map(|file| fs::read_link(file.ok()?.path()).ok());
    targets
        .filter_map(|target| {
            let name = target.to_string_lossy().into_owned();
            name.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
        })
        .collect()
}
