//! How a stack is: worked out each time from what is on disk and from what answers.

use std::path::Path;

use anyhow::Result;
use serde::Deserialize;

use crate::probe::http_get;
use crate::process;
use crate::state::{ServiceStatus, StackState};

/// How a stack is.
#[derive(Debug)]
pub enum StackStatus {
    /// Nothing runs.
    Stopped,
    /// The supervisor runs and answers; whether each service is ready is said in `services`.
    Running {
        /// What runs.
        state: StackState,
        /// Each part.
        services: Vec<ServiceStatus>,
    },
    /// The supervisor runs and does not answer: it is starting or stopping, or it hangs.
    Silent {
        /// What should run.
        state: StackState,
    },
}

/// The answer of `GET /_seedbed/health`.
#[derive(Deserialize)]
struct Health {
    instance: String,
    services: Vec<ServiceStatus>,
}

/// How the stack in `home` is.
///
/// # Errors
/// `state.json` is there and cannot be read.
pub async fn status(home: &Path) -> Result<StackStatus> {
    let Some(state) =
        StackState::read(&super::real(home))?.filter(|state| process::is_alive(&state.supervisor))
    else {
        return Ok(StackStatus::Stopped);
    };
    let answer = http_get(state.ports.api, "/_seedbed/health").await;
    let health =
        answer.and_then(|answer| serde_json::from_str::<Health>(answer.split_once("\r\n\r\n")?.1).ok());
    Ok(match health {
        Some(health) if health.instance == state.instance => StackStatus::Running {
            state,
            services: health.services,
        },
        _ => StackStatus::Silent { state },
    })
}
