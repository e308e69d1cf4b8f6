//! The services of a stack: what each is started with.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::Signal;
use serde_json::{Map, Value, json};

use crate::keys::Keys;
use crate::postgres::{self, LOCAL_PASSWORD};
use crate::private_file;
use crate::probe::Probe;
use crate::project::Project;
use crate::service::{CommandLine, ServiceSpec, StopPolicy};
use crate::spec::StackSpec;

pub(super) const POSTGRES: &str = "postgres";

/// What the Deno services see of our environment: where programs and caches are, and how to get out of the house.
const PASSED_THROUGH: &[&str] = &[
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "XDG_CACHE_HOME",
    "DENO_DIR",
    "DENO_CERT",
    "DENO_AUTH_TOKENS",
    "SSL_CERT_FILE",
    "NODE_EXTRA_CA_CERTS",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "http_proxy",
    "https_proxy",
    "NPM_CONFIG_REGISTRY",
    "JSR_URL",
];

/// All services of a stack; writes the file of settings that the functions service reads.
pub(super) fn all(
    spec: &StackSpec,
    project: &Project,
    keys: &Keys,
    secret: &str,
) -> Result<Vec<ServiceSpec>> {
    let mut services = vec![postgres::service(spec, project), rest(spec, project, secret)?];
    if project.edge_runtime.enabled {
        services.push(functions(spec, project, keys)?);
    }
    Ok(services)
}

fn rest(spec: &StackSpec, project: &Project, secret: &str) -> Result<ServiceSpec> {
    let workspace = workspace(spec)?;
    let url = format!(
        "postgresql://seedbed_rest:{LOCAL_PASSWORD}@127.0.0.1:{}/postgres",
        spec.ports.db
    );
    let mut env = vec![
        ("SEEDBED_PORT", spec.ports.rest.to_string().into()),
        ("SEEDBED_DB_URL", url.into()),
        ("SEEDBED_JWT_SECRET", secret.into()),
        ("SEEDBED_SCHEMAS", project.api.schemas.join(",").into()),
        (
            "SEEDBED_EXTRA_SEARCH_PATH",
            project.api.extra_search_path.join(",").into(),
        ),
        ("SEEDBED_MAX_ROWS", project.api.max_rows.to_string().into()),
    ];
    let mut args = [
        "run",
        "--cached-only",
        "--no-prompt",
        "--no-remote",
        "--v8-flags=--optimize-for-size",
        "--allow-net=127.0.0.1",
        "--allow-env",
    ]
    .map(OsString::from)
    .to_vec();
    args.push("--allow-sys=osRelease".into());
    if project.storage.enabled {
        let files = spec.data.join("storage");
        std::fs::create_dir_all(&files).with_context(|| format!("make the folder `{}`", files.display()))?;
        args.push(allow("read", &[workspace, &files]));
        args.push(allow("write", &[&files]));
        env.push(("SEEDBED_STORAGE_DIR", files.into()));
    } else {
        args.push(allow("read", &[workspace]));
    }
    args.push(spec.tools.runtime.join("rest.ts").into());
    Ok(ServiceSpec {
        depends_on: vec![POSTGRES],
        ..deno(
            spec,
            "rest",
            args,
            env,
            Probe::Http {
                port: spec.ports.rest,
                path: "/health",
            },
        )
    })
}

fn functions(spec: &StackSpec, project: &Project, keys: &Keys) -> Result<ServiceSpec> {
    let config = spec.home.join("functions.json");
    private_file::write(
        &config,
        &serde_json::to_vec_pretty(&functions_config(spec, project, keys)?)?,
    )?;
    let mut args = [
        "run",
        "--no-prompt",
        "--cached-only",
        "--no-remote",
        "--allow-env",
        "--allow-read",
        "--allow-run",
    ]
    .map(OsString::from)
    .to_vec();
    args.push(allow("write", &[&spec.home]));
    args.push(spec.tools.runtime.join("functions.ts").into());
    let env = vec![
        ("SEEDBED_PORT", spec.ports.functions.to_string().into()),
        ("SEEDBED_PROJECT", project.dir.clone().into()),
        ("SEEDBED_FUNCTIONS_CONFIG", config.into()),
        ("DENO_TLS_CA_STORE", "system,mozilla".into()),
    ];
    Ok(deno(
        spec,
        "functions",
        args,
        env,
        Probe::Http {
            port: spec.ports.functions,
            path: "/_health",
        },
    ))
}

/// The variables that the real runtime gives to functions, with the user's own, and the functions' settings.
fn functions_config(spec: &StackSpec, project: &Project, keys: &Keys) -> Result<Value> {
    let mut env: Map<String, Value> = project
        .function_variables()?
        .into_iter()
        .map(|(name, value)| (name, value.into()))
        .collect();
    let runtime = [
        ("SUPABASE_URL", format!("http://127.0.0.1:{}", spec.ports.api)),
        ("SUPABASE_ANON_KEY", keys.anon.clone()),
        ("SUPABASE_SERVICE_ROLE_KEY", keys.service_role.clone()),
        (
            "SUPABASE_DB_URL",
            format!(
                "postgresql://postgres:{LOCAL_PASSWORD}@127.0.0.1:{}/postgres",
                spec.ports.db
            ),
        ),
        ("SUPABASE_JWKS", keys.jwks().to_string()),
        (
            "SUPABASE_PUBLISHABLE_KEYS",
            json!({ "default": keys.publishable }).to_string(),
        ),
        (
            "SUPABASE_SECRET_KEYS",
            json!({ "default": keys.secret }).to_string(),
        ),
    ];
    env.extend(runtime.map(|(name, value)| (name.to_owned(), value.into())));
    let functions: Map<String, Value> = project
        .functions
        .iter()
        .map(|(slug, function)| {
            let settings = json!({
                "entrypoint": function.entrypoint,
                "import_map": function.import_map,
                "verify_jwt": function.verify_jwt,
                "enabled": function.enabled,
            });
            (slug.clone(), settings)
        })
        .collect();
    Ok(json!({ "env": env, "functions": functions }))
}

fn deno(
    spec: &StackSpec,
    name: &'static str,
    args: Vec<OsString>,
    env: Vec<(&str, OsString)>,
    ready: Probe,
) -> ServiceSpec {
    let passed_through = PASSED_THROUGH
        .iter()
        .filter_map(|name| Some((*name, std::env::var_os(name)?)));
    let loopback = no_proxy(
        std::env::var("NO_PROXY")
            .or_else(|_| std::env::var("no_proxy"))
            .ok(),
    );
    let ours = [
        ("NO_COLOR", OsString::from("1")),
        ("DENO_NO_UPDATE_CHECK", "1".into()),
        ("NO_PROXY", loopback.into()),
    ];
    ServiceSpec {
        name,
        command: CommandLine {
            program: spec.tools.deno.clone(),
            args,
            env: passed_through
                .chain(ours)
                .chain(env)
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            cwd: spec.home.clone(),
            account: None,
        },
        depends_on: Vec::new(),
        ready,
        set_up: None,
        start_timeout: Duration::from_secs(30),
        stop: StopPolicy {
            signal: Signal::TERM,
            grace: Duration::from_millis(300),
            // A worker in an endless loop outlives anything weaker.
            on_parent_death: Signal::KILL,
        },
    }
}

/// What is reached without a proxy: functions call this stack.
fn no_proxy(theirs: Option<String>) -> String {
    let theirs = theirs
        .filter(|hosts| !hosts.is_empty())
        .map(|hosts| format!("{hosts},"));
    format!("{}127.0.0.1,localhost", theirs.unwrap_or_default())
}

/// The folder with `node_modules`.
fn workspace(spec: &StackSpec) -> Result<&Path> {
    let runtime = &spec.tools.runtime;
    runtime
        .ancestors()
        .find(|folder| folder.join("node_modules").is_dir())
        .with_context(|| format!("find `node_modules` above `{}`", runtime.display()))
}

/// `--allow-read=a,b`. Deno cannot name a path that has a comma in it; then everything is allowed.
fn allow(what: &str, paths: &[&Path]) -> OsString {
    let mut option = OsString::from(format!("--allow-{what}"));
    if paths
        .iter()
        .any(|path| path.as_os_str().as_encoded_bytes().contains(&b','))
    {
        return option;
    }
    for (n, path) in paths.iter().enumerate() {
        option.push(if n == 0 { "=" } else { "," });
        option.push(path);
    }
    option
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Ports, StackTools};

    #[test]
    fn the_stack_itself_is_reached_without_a_proxy() {
        assert_eq!(no_proxy(None), "127.0.0.1,localhost");
        assert_eq!(no_proxy(Some("internal".into())), "internal,127.0.0.1,localhost");
    }

    #[test]
    fn functions_are_given_the_stack_and_the_users_own_variables() {
        let folder = tempfile::tempdir().unwrap();
        let functions = folder.path().join("supabase/functions");
        std::fs::create_dir_all(&functions).unwrap();
        std::fs::write(functions.join(".env"), "OWN=1\nSUPABASE_URL=elsewhere\n").unwrap();
        let config = "[functions.users]\nverify_jwt = false\n";
        std::fs::write(folder.path().join("supabase/config.toml"), config).unwrap();
        let project = Project::load(folder.path()).unwrap();
        let spec = StackSpec {
            project: project.dir.clone(),
            home: project.dir.clone(),
            data: project.dir.clone(),
            tools: StackTools {
                deno: "d".into(),
                postgres_package: "p".into(),
                runtime: "r".into(),
            },
            ports: Ports {
                api: 7001,
                db: 7002,
                rest: 7003,
                functions: 7004,
            },
        };
        let keys = Keys::for_project(&project).unwrap();
        let config = functions_config(&spec, &project, &keys).unwrap();
        let env = &config["env"];
        assert_eq!(env["OWN"], "1");
        assert_eq!(env["SUPABASE_URL"], "http://127.0.0.1:7001");
        assert_eq!(
            env["SUPABASE_DB_URL"],
            "postgresql://postgres:postgres@127.0.0.1:7002/postgres"
        );
        assert_eq!(env["SUPABASE_SERVICE_ROLE_KEY"], *keys.service_role);
        assert_eq!(
            env["SUPABASE_SECRET_KEYS"],
            json!({ "default": keys.secret }).to_string()
        );
        assert_eq!(config["functions"]["users"]["verify_jwt"], false);
    }

    #[test]
    fn deno_is_given_paths_that_it_can_read() {
        let check = |paths: &[&str], expect| {
            let paths: Vec<_> = paths.iter().map(Path::new).collect();
            assert_eq!(allow("read", &paths), expect);
        };
        check(&["/a b"], "--allow-read=/a b");
        check(&["/a", "/b"], "--allow-read=/a,/b");
        check(&["/a", "/b, c"], "--allow-read");
    }
}
