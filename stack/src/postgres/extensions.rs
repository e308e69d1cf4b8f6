//! Which extensions a migration may create, and which of them are only there by name.

use std::path::Path;

use anyhow::{Context, Result};

/// An extension that `create extension` accepts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Extension {
    /// Its name.
    pub name: String,
    /// What is missing, where the extension is a stand-in.
    pub stub: Option<&'static str>,
}

/// A stand-in for an extension that the npm package does not have.
#[derive(Debug)]
pub(super) struct Stub {
    pub name: &'static str,
    pub version: &'static str,
    requires: Option<&'static str>,
    pub sql: &'static str,
    lacks: &'static str,
}

impl Stub {
    /// The control file. `trusted` lets `postgres` create it, as Supabase does; the script then runs as superuser.
    pub fn control(&self) -> String {
        let requires = self
            .requires
            .map(|name| format!("requires = '{name}'\n"))
            .unwrap_or_default();
        format!(
            "comment = 'stand-in: {}'\ndefault_version = '{}'\n{requires}relocatable = false\nsuperuser = true\ntrusted = true\n",
            self.lacks, self.version
        )
    }
}

pub(super) const STUBS: &[Stub] = &[
    stub(
        "http",
        "1.6",
        include_str!("sql/extensions/http.sql"),
        "no request is sent, a call is an error",
    ),
    stub("hypopg", "1.4.1", "", "only its name is there"),
    stub(
        "index_advisor",
        "0.2.0",
        include_str!("sql/extensions/index_advisor.sql"),
        "no advice is given",
    ),
    stub(
        "pg_cron",
        "1.6.4",
        include_str!("sql/extensions/pg_cron.sql"),
        "jobs are kept and never run",
    ),
    stub(
        "pg_graphql",
        "1.5.11",
        include_str!("sql/extensions/pg_graphql.sql"),
        "every query is answered with an error",
    ),
    stub(
        "pg_jsonschema",
        "0.3.3",
        include_str!("sql/extensions/pg_jsonschema.sql"),
        "every document passes",
    ),
    stub(
        "pg_net",
        "0.19.5",
        include_str!("sql/extensions/pg_net.sql"),
        "requests are queued and never sent",
    ),
    Stub {
        requires: Some("pgcrypto"),
        ..stub(
            "pgjwt",
            "0.2.0",
            include_str!("sql/extensions/pgjwt.sql"),
            "nothing, it is written in SQL",
        )
    },
    stub("pgaudit", "17.0", "", "only its name is there"),
    stub("pgsodium", "3.1.8", "", "only its name is there"),
    stub("plpgsql_check", "2.8", "", "only its name is there"),
    stub(
        "supabase_vault",
        "0.3.1",
        include_str!("sql/extensions/supabase_vault.sql"),
        "secrets are kept in clear text",
    ),
];

const fn stub(name: &'static str, version: &'static str, sql: &'static str, lacks: &'static str) -> Stub {
    Stub {
        name,
        version,
        requires: None,
        sql,
        lacks,
    }
}

/// Contrib extensions that Supabase lets `postgres` create and PostgreSQL keeps for superusers.
pub(super) const TRUSTED: &[&str] = &[
    "amcheck",
    "autoinc",
    "bloom",
    "dblink",
    "earthdistance",
    "insert_username",
    "moddatetime",
    "pg_buffercache",
    "pg_prewarm",
    "pg_stat_statements",
    "pg_walinspect",
    "pgrowlocks",
    "pgstattuple",
    "postgres_fdw",
    "refint",
    "sslinfo",
    "xml2",
];

/// The extensions that the embedded stack offers with this npm package, in order of name.
///
/// # Errors
/// The package's folder cannot be read.
pub fn available_extensions(postgres_package: &Path) -> Result<Vec<Extension>> {
    let folder = postgres_package.join("native/share/postgresql/extension");
    let entries =
        std::fs::read_dir(&folder).with_context(|| format!("read the folder `{}`", folder.display()))?;
    let real = entries.filter_map(|entry| {
        let name = entry.ok()?.file_name().into_string().ok()?;
        // The procedural languages need a Perl, Python or Tcl that the package does not bring.
        let is_language = ["plperl", "plpython", "pltcl"]
            .iter()
            .any(|language| name.contains(language));
        let name = name.strip_suffix(".control").filter(|_| !is_language)?;
        Some(Extension {
            name: name.to_owned(),
            stub: None,
        })
    });
    let stubs = STUBS.iter().map(|stub| Extension {
        name: stub.name.to_owned(),
        stub: Some(stub.lacks),
    });
    let mut all: Vec<_> = real.chain(stubs).collect();
    all.sort();
    Ok(all)
}
