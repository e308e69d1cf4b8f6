//! The life of one service: started when what it needs is ready, watched, started again when it dies.

use std::path::Path;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::board::Board;
use crate::process::Process;
use crate::service::ServiceSpec;
use crate::state::Phase;

/// Doubled after each death.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// How often in a row a service may die; the pauses add up to 1.6 seconds.
const DEATHS: u32 = 6;
/// A service that ran this long is taken for a healthy one that had an accident.
const HEALTHY_AFTER: Duration = Duration::from_secs(30);
const PROBE_PERIOD: Duration = Duration::from_millis(10);

/// Keeps `service` running until `stop` turns true.
///
/// # Errors
/// It died too often; why it did so last.
pub(super) async fn keep(
    service: &ServiceSpec,
    board: &Board,
    log: &Path,
    mut stop: watch::Receiver<bool>,
) -> Result<(), String> {
    let outcome = tokio::select! {
        _ = stop.wait_for(|stop| *stop) => None,
        () = board.ready(&service.depends_on) => Some(()),
    };
    let mut deaths = 0;
    while outcome.is_some() {
        let begin = Instant::now();
        let problem = match Process::spawn(&service.command, &service.stop, log) {
            Err(error) => format!("{error:#}"),
            Ok(mut process) => {
                let problem = tokio::select! {
                    _ = stop.wait_for(|stop| *stop) => None,
                    problem = live(service, &mut process, board) => Some(problem),
                };
                process.stop(&service.stop).await;
                match problem {
                    None => break,
                    Some(problem) => problem,
                }
            }
        };
        deaths = if begin.elapsed() > HEALTHY_AFTER {
            1
        } else {
            deaths + 1
        };
        eprintln!("`{}` is not running: {problem}", service.name);
        board.update(service.name, |status| {
            status.phase = if deaths < DEATHS {
                Phase::Restarting
            } else {
                Phase::Failed
            };
            status.pid = None;
            status.problem = Some(problem.clone());
            status.restarts += u32::from(deaths < DEATHS);
        });
        if deaths == DEATHS {
            return Err(problem);
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            () = sleep(FIRST_PAUSE * 2_u32.pow(deaths - 1)) => {}
        }
    }
    board.update(service.name, |status| {
        status.phase = Phase::Stopped;
        status.pid = None;
    });
    Ok(())
}

/// From start to death; says what it died of.
async fn live(service: &ServiceSpec, process: &mut Process, board: &Board) -> String {
    if let Err(error) = board.started(service.name, process.id()) {
        return format!("{error:#}");
    }
    let ready = tokio::select! {
        problem = death(process) => Err(problem),
        ready = become_ready(service) => ready,
    };
    if let Err(problem) = ready {
        return problem;
    }
    board.update(service.name, |status| {
        status.phase = Phase::Running;
        status.problem = None;
    });
    death(process).await
}

async fn death(process: &mut Process) -> String {
    match process.wait().await {
        Ok(status) => format!("it ended with {status}"),
        Err(error) => format!("{error:#}"),
    }
}

async fn become_ready(service: &ServiceSpec) -> Result<(), String> {
    let answers = async {
        while !service.ready.passes().await {
            sleep(PROBE_PERIOD).await;
        }
    };
    timeout(service.start_timeout, answers)
        .await
        .map_err(|_| format!("it did not answer within {} s", service.start_timeout.as_secs()))?;
    match service.set_up {
        Some(set_up) => set_up.run().await.map_err(|error| format!("{error:#}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rustix::process::Signal;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::task::{LocalSet, spawn_local};

    use super::*;
    use crate::probe::Probe;
    use crate::process;
    use crate::service::{CommandLine, StopPolicy};
    use crate::spec::Ports;
    use crate::state::{ProcessId, STATE_VERSION, ServiceStatus, StackState};

    /// A service whose probe is answered by the test, so that its process can be any.
    async fn service(script: &str) -> ServiceSpec {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 1024]).await;
                let _ = stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                    .await;
            }
        });
        ServiceSpec {
            name: "tried",
            command: CommandLine {
                program: "/bin/sh".into(),
                args: vec!["-c".into(), script.into()],
                env: vec![("PATH".into(), "/usr/bin:/bin".into())],
                cwd: "/".into(),
                account: None,
            },
            depends_on: Vec::new(),
            ready: Probe::Http { port, path: "/" },
            set_up: None,
            start_timeout: Duration::from_secs(10),
            stop: StopPolicy {
                signal: Signal::TERM,
                grace: Duration::from_secs(1),
                on_parent_death: Signal::KILL,
            },
        }
    }

    fn board(home: &Path, service: &ServiceSpec) -> Board {
        let state = StackState {
            version: STATE_VERSION,
            instance: "test".into(),
            supervisor: ProcessId {
                pid: 1,
                started: "1".into(),
            },
            project: home.into(),
            home: home.into(),
            ports: Ports {
                api: 1,
                db: 2,
                rest: 3,
                functions: 4,
            },
            preferred_ports: (1, 2),
            services: BTreeMap::new(),
            spec_hash: String::new(),
        };
        Board::new(state, std::slice::from_ref(service)).unwrap()
    }

    async fn seen(board: &Board, expect: impl Fn(&ServiceStatus) -> bool) -> ServiceStatus {
        let mut statuses = board.watch();
        let found = statuses.wait_for(|statuses| expect(&statuses[0]));
        timeout(Duration::from_secs(60), found)
            .await
            .expect("it comes to that")
            .unwrap()[0]
            .clone()
    }

    #[tokio::test]
    async fn a_service_that_dies_is_started_again_until_it_is_stopped() {
        let home = tempfile::tempdir().unwrap();
        let service = service("sleep 1000").await;
        let board = board(home.path(), &service);
        let (stop, stopped) = watch::channel(false);
        let (in_task, log) = (board.clone(), home.path().join("log"));
        let story = async {
            let kept = spawn_local(async move { keep(&service, &in_task, &log, stopped).await });
            let first = seen(&board, |status| status.phase == Phase::Running).await;
            let process = StackState::read(home.path()).unwrap().unwrap().services["tried"].clone();
            assert_eq!(Some(process.pid), first.pid);
            assert!(process::end(&process, Signal::KILL, Duration::from_secs(1)).await);
            let second = seen(&board, |status| {
                status.phase == Phase::Running && status.restarts == 1
            })
            .await;
            assert_ne!(second.pid, first.pid);
            stop.send(true).unwrap();
            assert_eq!(kept.await.unwrap(), Ok(()));
            let last = seen(&board, |status| status.phase == Phase::Stopped).await;
            assert_eq!((last.pid, process::identify(second.pid.unwrap())), (None, None));
        };
        LocalSet::new().run_until(story).await;
    }

    #[tokio::test]
    async fn a_service_that_dies_too_often_is_given_up() {
        let home = tempfile::tempdir().unwrap();
        let service = service("echo again; exit 7").await;
        let board = board(home.path(), &service);
        let (_stop, stopped) = watch::channel(false);
        let log = home.path().join("log");
        let kept = keep(&service, &board, &log, stopped).await;
        assert_eq!(kept, Err("it ended with exit status: 7".into()));
        let status = seen(&board, |status| status.phase == Phase::Failed).await;
        assert_eq!(status.problem.as_deref(), Some("it ended with exit status: 7"));
        assert_eq!(std::fs::read_to_string(log).unwrap(), "again\n".repeat(6));
    }

    #[tokio::test]
    async fn a_service_waits_for_what_it_needs() {
        let home = tempfile::tempdir().unwrap();
        let needy = ServiceSpec {
            depends_on: vec!["other"],
            ..service("exit 7").await
        };
        let board = board(home.path(), &needy);
        let (stop, stopped) = watch::channel(false);
        let log = home.path().join("log");
        let kept = keep(&needy, &board, &log, stopped);
        let kept = tokio::join!(kept, async {
            sleep(Duration::from_millis(100)).await;
            stop.send(true).unwrap();
        });
        assert_eq!(kept.0, Ok(()));
        assert!(!log.exists(), "it was not started");
    }
}
