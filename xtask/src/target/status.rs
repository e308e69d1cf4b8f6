//! What `status` tells.

use std::path::{Path, PathBuf};

use serde::Serialize;
use stack::state::ServiceStatus;
use tokio_postgres::Config;
use tokio_postgres::config::Host;

use super::{Target, TargetKind};
use crate::output::masked;

/// How a target is, with its secrets in full until [`StatusReport::masked`].
#[derive(Clone, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct StatusReport {
    pub kind: String,
    pub running: bool,
    pub project: PathBuf,
    pub api_url: Option<String>,
    pub db_url: Option<String>,
    pub mail_url: Option<String>,
    pub publishable_key: Option<String>,
    pub secret_key: Option<String>,
    pub anon_key: Option<String>,
    pub service_role_key: Option<String>,
    pub services: Vec<ServiceStatus>,
    pub problem: Option<String>,
}

impl StatusReport {
    /// The report of a target that does not run.
    pub fn stopped(kind: TargetKind, project: &Path) -> Self {
        Self {
            kind: kind.to_string(),
            running: false,
            project: project.to_owned(),
            api_url: None,
            db_url: None,
            mail_url: None,
            publishable_key: None,
            secret_key: None,
            anon_key: None,
            service_role_key: None,
            services: Vec::new(),
            problem: None,
        }
    }

    /// The report of a target that runs.
    pub fn running(target: &Target) -> Self {
        let keys = &target.keys;
        Self {
            running: true,
            api_url: Some(target.api_url.clone()),
            db_url: Some(url(&target.database)),
            publishable_key: Some(keys.publishable.clone()),
            secret_key: Some(keys.secret.clone()),
            anon_key: Some(keys.anon.clone()),
            service_role_key: Some(keys.service_role.clone()),
            ..Self::stopped(target.kind, &target.project)
        }
    }

    /// The same without secrets; the beginning of a key stays, so that one sees which it is.
    pub fn masked(mut self) -> Self {
        let keys = [
            &mut self.publishable_key,
            &mut self.secret_key,
            &mut self.anon_key,
            &mut self.service_role_key,
        ];
        for key in keys.into_iter().flatten() {
            let shown = key.match_indices('_').nth(1).map_or(3, |(end, _)| end + 1);
            *key = format!("{}****", &key[..shown.min(key.len())]);
        }
        self.db_url = self.db_url.as_deref().map(masked);
        self
    }
}

/// A database as clients want it: `postgresql://postgres:postgres@127.0.0.1:54322/postgres`.
fn url(database: &Config) -> String {
    let host = database.get_hosts().iter().find_map(|host| match host {
        Host::Tcp(name) => Some(name.as_str()),
        #[cfg(unix)]
        Host::Unix(_) => None,
    });
    let user = database.get_user().unwrap_or("postgres");
    let password = String::from_utf8_lossy(database.get_password().unwrap_or_default()).into_owned();
    let port = database.get_ports().first().copied().unwrap_or(5432);
    let name = database.get_dbname().unwrap_or("postgres");
    format!(
        "postgresql://{user}:{password}@{}:{port}/{name}",
        host.unwrap_or("127.0.0.1")
    )
}

#[cfg(test)]
mod tests {
    use super::super::ApiKeys;
    use super::*;

    #[test]
    fn a_masked_report_has_no_secret_in_it() {
        let secret = concat!("sb_", "secret_hidden").to_owned();
        let target = Target {
            kind: TargetKind::Embedded,
            project: "/p".into(),
            api_url: "http://127.0.0.1:1".into(),
            database: "postgresql://postgres:hidden@127.0.0.1:5/postgres"
                .parse()
                .unwrap(),
            keys: ApiKeys {
                publishable: "sb_publishable_hidden".into(),
                secret,
                anon: "eyJhidden.x.y".into(),
                service_role: "eyJhidden.x.y".into(),
            },
        };
        let full = StatusReport::running(&target);
        assert_eq!(
            full.db_url.as_deref(),
            Some("postgresql://postgres:hidden@127.0.0.1:5/postgres")
        );
        let shown = serde_json::to_string(&full.masked()).unwrap();
        assert!(!shown.contains("hidden"), "{shown}");
        assert!(
            shown.contains("sb_secret_****") && shown.contains("eyJ****"),
            "{shown}"
        );
    }
}
