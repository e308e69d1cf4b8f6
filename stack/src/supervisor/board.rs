//! What each service does, for the gateway to tell, and which processes there are, for `state.json`.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use tokio::sync::watch;

use crate::service::ServiceSpec;
use crate::state::{Phase, ProcessId, ServiceStatus, StackState};

/// Shared by the supervisor's tasks.
#[derive(Clone)]
pub(super) struct Board {
    statuses: watch::Sender<Vec<ServiceStatus>>,
    state: Arc<Mutex<StackState>>,
}

impl Board {
    /// With every service waiting and the gateway, which is this process, running. Writes `state.json`.
    pub fn new(state: StackState, services: &[ServiceSpec]) -> Result<Self> {
        state.write()?;
        let waiting = services.iter().map(|service| ServiceStatus {
            name: service.name.into(),
            phase: Phase::Waiting,
            pid: None,
            restarts: 0,
            problem: None,
        });
        let gateway = ServiceStatus {
            name: "gateway".into(),
            phase: Phase::Running,
            pid: Some(state.supervisor.pid),
            restarts: 0,
            problem: None,
        };
        let statuses = watch::Sender::new(waiting.chain([gateway]).collect());
        Ok(Self {
            statuses,
            state: Arc::new(Mutex::new(state)),
        })
    }

    pub fn watch(&self) -> watch::Receiver<Vec<ServiceStatus>> {
        self.statuses.subscribe()
    }

    /// Changes what is said of one service.
    pub fn update(&self, name: &str, change: impl FnOnce(&mut ServiceStatus)) {
        self.statuses.send_modify(|statuses| {
            if let Some(status) = statuses.iter_mut().find(|status| status.name == name) {
                change(status);
            }
        });
    }

    /// Returns when every service in `names` is ready.
    pub async fn ready(&self, names: &[&str]) {
        let is_ready = |statuses: &Vec<ServiceStatus>| {
            names.iter().all(|name| {
                statuses
                    .iter()
                    .any(|status| status.name == *name && status.phase == Phase::Running)
            })
        };
        // The channel cannot close: its sender is `self`.
        let _ = self.watch().wait_for(is_ready).await;
    }

    /// Notes the process of a service. It is written down before the process has done anything.
    pub fn started(&self, name: &str, process: &ProcessId) -> Result<()> {
        self.update(name, |status| {
            status.phase = Phase::Starting;
            status.pid = Some(process.pid);
        });
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.services.insert(name.to_owned(), process.clone());
        state.write()
    }
}
