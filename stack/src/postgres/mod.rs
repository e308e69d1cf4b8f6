//! The private PostgreSQL: a copy of the npm package with what it lacks, a cluster, the roles and schemas of
//! a Supabase project, and database templates.
//!
//! On disk, below [`StackSpec::data`]: `postgres/` the installation, `data/` the cluster. In the cluster:
//! `postgres` the project's database, `seedbed_empty` the same before any migration, `seedbed_<hash>` the
//! same after a full reset ([`template`]), `seedbed_bench` and `seedbed_bench_start` copies to try on while they are
//! needed ([`template::scratch`]).

mod bootstrap;
mod cluster;
mod extensions;
mod initial_cluster;
mod installation;
pub mod template;

use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::Signal;
use tokio::time::{Instant, sleep};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};

pub use bootstrap::{allow_parameters, bootstrap};
pub use cluster::{data_folder, has_cluster, prepare};
pub use extensions::{Extension, available_extensions};
pub(crate) use installation::hex;

use crate::probe::Probe;
use crate::project::Project;
use crate::service::{CommandLine, ServiceSpec, SetUp, StopPolicy};
use crate::spec::StackSpec;

/// The password of `postgres`, `supabase_admin`, `supabase_auth_admin`, `supabase_storage_admin`,
/// `authenticator` and `seedbed_rest`; the same as in the Supabase CLI's local stack, and no secret.
pub const LOCAL_PASSWORD: &str = "postgres";

/// The major version of the cluster.
pub const MAJOR_VERSION: &str = "17";

/// How to connect to the stack's database server as `role`.
///
/// ```
/// let config = stack::postgres::config(54322, "postgres", "postgres");
/// assert_eq!(config.get_ports(), [54322]);
/// ```
pub fn config(port: u16, role: &str, database: &str) -> Config {
    let mut config = Config::new();
    config
        .host("127.0.0.1")
        .port(port)
        .user(role)
        .password(LOCAL_PASSWORD)
        .dbname(database)
        .application_name("seedbed")
        .connect_timeout(Duration::from_secs(5));
    config
}

/// How long a server that was killed may take to recover before a connection is given up.
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(10);
const RECOVERY_PERIOD: Duration = Duration::from_millis(25);

/// Connects as `role`; the connection ends when the client is dropped.
///
/// # Errors
/// The server does not answer or does not let the role in.
pub async fn connect(port: u16, role: &str, database: &str) -> Result<Client> {
    let deadline = Instant::now() + RECOVERY_TIMEOUT;
    let connected = loop {
        match config(port, role, database).connect(NoTls).await {
            Err(error) if is_recovering(&error) && Instant::now() < deadline => {
                sleep(RECOVERY_PERIOD).await;
            }
            result => break result,
        }
    };
    let (client, connection) = connected
        .with_context(|| format!("connect to the database `{database}` on port {port} as `{role}`"))?;
    // Its end is seen by the client, whose next query fails.
    tokio::spawn(connection);
    Ok(client)
}

/// Whether the server is being started again, or reads its log after a crash.
fn is_recovering(error: &tokio_postgres::Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<std::io::Error>());
    error.code() == Some(&SqlState::CANNOT_CONNECT_NOW)
        || cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::ConnectionRefused)
}

/// The server as a service; [`prepare`] has made what it needs, [`bootstrap`] follows.
pub fn service(spec: &StackSpec, project: &Project) -> ServiceSpec {
    let cluster = cluster::folder(spec);
    ServiceSpec {
        name: "postgres",
        command: CommandLine {
            program: installation::folder(spec).join("bin/postgres"),
            args: vec!["-D".into(), cluster.clone().into()],
            env: vec![("LC_ALL".into(), "C".into()), ("TZ".into(), "UTC".into())],
            cwd: cluster.clone(),
            account: cluster::account(),
        },
        depends_on: Vec::new(),
        ready: Probe::Postgres {
            port: spec.ports.db,
            cluster: cluster.clone(),
        },
        set_up: Some(SetUp::Bootstrap {
            port: spec.ports.db,
            expose: project.api.auto_expose_new_tables,
        }),
        start_timeout: Duration::from_secs(60),
        stop: StopPolicy {
            signal: Signal::INT,
            grace: Duration::from_secs(5),
            on_parent_death: Signal::INT,
        },
    }
}
