//! The process that runs the services of one stack, and is their gateway.
//!
//! It stays until it is told to stop by SIGTERM or SIGINT, until `state.json` no longer names it, or until PostgreSQL
//! cannot be kept running. It then stops the services in the reverse of their order. Were it killed, the kernel
//! would end the services (Linux), and the next start or stop would end what is left.

mod board;
mod keeper;
mod services;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use rand::RngExt;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinSet, LocalSet};
use tokio::time::{interval, timeout};

use self::board::Board;
use crate::gateway::{self, GatewayConfig};
use crate::hint::mendable;
use crate::keys::Keys;
use crate::postgres::hex;
use crate::process;
use crate::project::Project;
use crate::service::ServiceSpec;
use crate::spec::StackSpec;
use crate::start_order::start_order;
use crate::state::{STATE_VERSION, StackState};

/// How long requests that are under way may take when the stack stops.
const GATEWAY_GRACE: Duration = Duration::from_millis(300);
/// How often it looks whether `state.json` still names it.
const STATE_CHECK_PERIOD: Duration = Duration::from_secs(5);

/// Runs the stack until it is told to stop.
///
/// Services are started from the thread that polls this future, which must live as long as it: call it from
/// `block_on`.
///
/// # Errors
/// The project or its keys cannot be read, the gateway's port is taken, or PostgreSQL died too often.
pub async fn run(spec: StackSpec) -> Result<()> {
    // Listened to before anything is started, so that no signal finds the default action.
    let mut terminate = signal(SignalKind::terminate()).context("listen to SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listen to SIGINT")?;

    let project = Project::load(&spec.project)?;
    let keys = Keys::for_project(&project)?;
    let secret = hex(&rand::rng().random::<[u8; 32]>());
    let services = services::all(&spec, &project, &keys, &secret)?;
    let waves = start_order(&services)?;
    let listener = bind(spec.ports.api).await?;
    // PostgreSQL would say so too, but only by dying a few times.
    drop(bind(spec.ports.db).await?);
    let state = StackState {
        version: STATE_VERSION,
        instance: uuid::Uuid::new_v4().to_string(),
        supervisor: process::identify(std::process::id()).context("read the start time of this process")?,
        project: spec.project.clone(),
        home: spec.home.clone(),
        ports: spec.ports,
        preferred_ports: (project.api.port, project.db.port),
        services: BTreeMap::new(),
        spec_hash: spec.hash(),
    };
    let instance = state.instance.clone();
    let board = Board::new(state, &services)?;

    let (stop_gateway, gateway_stopped) = oneshot::channel::<()>();
    let config = GatewayConfig {
        spec: spec.clone(),
        project,
        keys,
        instance: instance.clone(),
        services: board.watch(),
        internal_secret: secret,
    };
    let gateway = tokio::spawn(gateway::serve(listener, config, async {
        // An error means that the other end is gone, which asks for the same.
        let _ = gateway_stopped.await;
    }));

    let here = LocalSet::new();
    here.run_until(async {
        let mut running = Running::start(services, &board, &spec);
        let outcome = tokio::select! {
            _ = terminate.recv() => Ok(()),
            _ = interrupt.recv() => Ok(()),
            () = replaced(&spec, &instance) => Ok(()),
            problem = running.essential_failure() => Err(anyhow!(problem)),
        };
        let _ = stop_gateway.send(());
        let _ = timeout(GATEWAY_GRACE, gateway).await;
        running.stop(&waves).await;
        outcome
    })
    .await
}

async fn bind(port: u16) -> Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|error| match error.kind() {
            ErrorKind::AddrInUse => mendable(
                format!("port {port} was taken while the stack started"),
                "run the command again",
            ),
            _ => anyhow::Error::new(error).context(format!("listen on port {port}")),
        })
}

/// Returns when `state.json` names another stack or is gone, with the whole project perhaps.
async fn replaced(spec: &StackSpec, instance: &str) {
    let mut period = interval(STATE_CHECK_PERIOD);
    loop {
        period.tick().await;
        let home = spec.home.clone();
        let state = tokio::task::spawn_blocking(move || StackState::read(&home)).await;
        if let Ok(Ok(state)) = state
            && state.is_none_or(|state| state.instance != instance)
        {
            return;
        }
    }
}

/// The services, each with a task that keeps it running.
struct Running {
    tasks: JoinSet<(&'static str, Result<(), String>)>,
    stops: BTreeMap<&'static str, watch::Sender<bool>>,
}

impl Running {
    fn start(services: Vec<ServiceSpec>, board: &Board, spec: &StackSpec) -> Self {
        let mut running = Self {
            tasks: JoinSet::new(),
            stops: BTreeMap::new(),
        };
        for service in services {
            let (stop, stopped) = watch::channel(false);
            running.stops.insert(service.name, stop);
            let (board, log) = (board.clone(), spec.log(service.name));
            running.tasks.spawn_local(async move {
                let name = service.name;
                (name, keeper::keep(&service, &board, &log, stopped).await)
            });
        }
        running
    }

    /// Returns when PostgreSQL has failed for good, with why. Others may fail: the gateway answers for them.
    async fn essential_failure(&mut self) -> String {
        while let Some(ended) = self.tasks.join_next().await {
            match ended {
                Ok((name @ services::POSTGRES, Err(problem))) => {
                    return format!("`{name}` cannot be kept running: {problem}");
                }
                Err(error) => return format!("a task of the supervisor ended: {error}"),
                Ok(_) => {}
            }
        }
        // All others have failed and PostgreSQL runs; there is nothing more to wait for.
        std::future::pending().await
    }

    async fn stop(mut self, waves: &[Vec<&'static str>]) {
        for wave in waves.iter().rev() {
            let mut left: Vec<_> = wave
                .iter()
                .filter(|name| {
                    self.stops
                        .remove(*name)
                        .is_some_and(|stop| stop.send(true).is_ok())
                })
                .collect();
            while !left.is_empty()
                && let Some(ended) = self.tasks.join_next().await
            {
                left.retain(|name| ended.as_ref().is_ok_and(|(stopped, _)| stopped != *name));
            }
        }
    }
}
