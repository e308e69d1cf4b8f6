//! In which order services start and stop, worked out before any of them runs.

use thiserror::Error;

use crate::service::ServiceSpec;

/// Services that do not fit together.
#[derive(Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StartOrderError {
    /// A service needs one that is not there.
    #[error("the service `{service}` needs `{missing}`, which is not there")]
    Missing {
        /// The one that needs it.
        service: &'static str,
        /// The one that is not there.
        missing: &'static str,
    },
    /// Services wait for each other.
    #[error("the services {} wait for each other", quoted(.0))]
    Cycle(Vec<&'static str>),
}

fn quoted(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The services in waves: each needs only services of earlier waves. Read backwards it is the order to stop them.
///
/// # Errors
/// A needed service is missing, or services need each other.
pub fn start_order(services: &[ServiceSpec]) -> Result<Vec<Vec<&'static str>>, StartOrderError> {
    for service in services {
        if let Some(missing) = service
            .depends_on
            .iter()
            .find(|name| services.iter().all(|other| other.name != **name))
        {
            return Err(StartOrderError::Missing {
                service: service.name,
                missing,
            });
        }
    }
    let mut waves: Vec<Vec<&'static str>> = Vec::new();
    let mut left: Vec<&ServiceSpec> = services.iter().collect();
    while !left.is_empty() {
        let is_placed = |name: &&str| waves.iter().flatten().any(|placed| placed == name);
        let (wave, rest): (Vec<_>, Vec<_>) = left
            .into_iter()
            .partition(|service| service.depends_on.iter().all(is_placed));
        if wave.is_empty() {
            return Err(StartOrderError::Cycle(
                rest.iter().map(|service| service.name).collect(),
            ));
        }
        waves.push(wave.iter().map(|service| service.name).collect());
        left = rest;
    }
    Ok(waves)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustix::process::Signal;

    use super::*;
    use crate::probe::Probe;
    use crate::service::{CommandLine, StopPolicy};

    fn check(
        services: &[(&'static str, &[&'static str])],
        expect: Result<&[&[&'static str]], StartOrderError>,
    ) {
        let specs: Vec<_> = services
            .iter()
            .map(|(name, depends_on)| ServiceSpec {
                name,
                command: CommandLine {
                    program: "true".into(),
                    args: Vec::new(),
                    env: Vec::new(),
                    cwd: "/".into(),
                    account: None,
                },
                depends_on: depends_on.to_vec(),
                ready: Probe::Http { port: 1, path: "/" },
                set_up: None,
                start_timeout: Duration::ZERO,
                stop: StopPolicy {
                    signal: Signal::TERM,
                    grace: Duration::ZERO,
                    on_parent_death: Signal::KILL,
                },
            })
            .collect();
        let expect = expect.map(|waves| waves.iter().map(|wave| wave.to_vec()).collect());
        assert_eq!(start_order(&specs), expect);
    }

    #[test]
    fn a_service_comes_after_all_that_it_needs() {
        check(&[], Ok(&[]));
        check(
            &[("rest", &["postgres"]), ("functions", &[]), ("postgres", &[])],
            Ok(&[&["functions", "postgres"], &["rest"]]),
        );
        check(
            &[("c", &["a", "b"]), ("b", &["a"]), ("a", &[])],
            Ok(&[&["a"], &["b"], &["c"]]),
        );
    }

    #[test]
    fn what_cannot_start_is_named() {
        check(
            &[("rest", &["postgres"])],
            Err(StartOrderError::Missing {
                service: "rest",
                missing: "postgres",
            }),
        );
        check(
            &[("a", &["b"]), ("b", &["a"]), ("c", &[])],
            Err(StartOrderError::Cycle(vec!["a", "b"])),
        );
        assert_eq!(
            StartOrderError::Cycle(vec!["a", "b"]).to_string(),
            "the services `a`, `b` wait for each other"
        );
    }
}
