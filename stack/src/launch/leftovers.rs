//! The processes of a stack, found by what `state.json` names and by how they were called, so that nothing outlives
//! a supervisor that was killed or a state that was lost.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use rustix::process::Signal;

use crate::hint::mendable;
use crate::postgres;
use crate::process;
use crate::spec::StackSpec;
use crate::state::{ProcessId, StackState};

/// The supervisor needs most of it only where PostgreSQL is slow to stop.
const SUPERVISOR_GRACE: Duration = Duration::from_secs(8);
const SERVICE_GRACE: Duration = Duration::from_secs(2);

/// Ends them all, the supervisor first, since it would start the others again. Says whether there were any.
pub(super) async fn end(home: &Path) -> Result<bool> {
    let state = StackState::read(home)?;
    let (supervisors, services) = find(home, state.as_ref());
    let mut found = false;
    for process in &supervisors {
        found |= process::is_alive(process);
        end_one(process, Signal::TERM, SUPERVISOR_GRACE).await?;
    }
    for process in &services {
        found |= process::is_alive(process);
        // Read by PostgreSQL as the fast way to stop.
        end_one(process, Signal::INT, SERVICE_GRACE).await?;
    }
    Ok(found)
}

async fn end_one(process: &ProcessId, signal: Signal, grace: Duration) -> Result<()> {
    if process::end(process, signal, grace).await {
        return Ok(());
    }
    Err(mendable(
        format!("process {} of the stack does not end", process.pid),
        format!("end it with `kill -9 {}` as the user who started it", process.pid),
    ))
}

/// Supervisors, and other processes.
fn find(home: &Path, state: Option<&StackState>) -> (Vec<ProcessId>, Vec<ProcessId>) {
    let spec_file = StackSpec::path(home);
    let data = match StackSpec::read(&spec_file) {
        Ok(spec) => spec.data,
        // Lost or broken: where it would be.
        Err(_) => postgres::data_folder(home.parent().unwrap_or(home), home),
    };
    let cluster = data.join("data");
    let mut supervisors: Vec<_> = state.map(|state| state.supervisor.clone()).into_iter().collect();
    let mut services: Vec<_> = state
        .map(|state| state.services.values().cloned().collect())
        .unwrap_or_default();
    for (process, args) in process::all() {
        let follows = |option: &str, path: &Path| {
            args.windows(2)
                .any(|pair| pair[0] == option && Path::new(&pair[1]) == path)
        };
        if follows("supervise", &spec_file) {
            supervisors.push(process);
        } else if follows("-D", &cluster) {
            services.push(process);
        }
    }
    (supervisors, services)
}
