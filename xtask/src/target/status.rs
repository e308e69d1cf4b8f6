//! What `status` tells.

use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use stack::state::ServiceStatus;

use super::{Target, TargetName};
use crate::database::address::Address;
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
    pub fn stopped(name: &TargetName, project: &Path) -> Self {
        Self {
            kind: name.to_string(),
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
            ..Self::stopped(&target.name, &target.project)
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
fn url(database: &Address) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
    let user = encoded(database.get_user().unwrap_or("postgres"));
    let password = String::from_utf8_lossy(database.get_password().unwrap_or_default());
    format!("postgresql://{user}:{}@{database}", encoded(&password))
}

/// What stands for itself in no part of an address.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

#[cfg(test)]
mod tests {
    use super::super::ApiKeys;
    use super::*;

    #[test]
    fn a_masked_report_has_no_secret_in_it() {
        let secret = concat!("sb_", "secret_hidden").to_owned();
        let target = Target {
            name: TargetName::Embedded,
            project: "/p".into(),
            api_url: "http://127.0.0.1:1".into(),
            database: Address::parse(
                "postgresql://postgres:hidden@127.0.0.1:5/postgres",
                Path::new("/"),
            )
            .unwrap(),
            keys: ApiKeys {
                publishable: "sb_publishable_hidden".into(),
                secret,
                anon: "eyJhidden.x.y".into(),
                service_role: "eyJhidden.x.y".into(),
            },
            hosting: None,
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
