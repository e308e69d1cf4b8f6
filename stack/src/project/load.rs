//! From the project's files to a [`Project`].

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Project;
use crate::hint::mendable;

impl Project {
    /// Reads the project in `dir`. `env(NAME)` stands for a variable of the environment, or else of
    /// `supabase/.env.local`, `supabase/.env`, `.env.local` or `.env`; a setting whose variable is nowhere is left out.
    ///
    /// # Errors
    /// There is no `supabase/` in `dir`, or a file cannot be read; with the file and the line.
    pub fn load(dir: &Path) -> Result<Self> {
        Self::load_with(dir, |name| std::env::var(name).ok())
    }

    fn load_with(dir: &Path, environment: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let dir = fs::canonicalize(dir).with_context(|| format!("find the folder `{}`", dir.display()))?;
        let supabase = dir.join("supabase");
        if !supabase.is_dir() {
            return Err(mendable(
                format!("`{}` has no folder `supabase`", dir.display()),
                "name a project with `--project DIR` or `SEEDBED_PROJECT`, or make one with `supabase init`",
            ));
        }
        let variables = variables(&dir)?;
        let file = supabase.join("config.toml");
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| format!("read `{}`", file.display())),
        };
        let mut project = parse(&text, |name| {
            environment(name).or_else(|| variables.get(name).cloned())
        })
        .map_err(|fault| fault.in_file(&file))?;
        let functions = project.functions.values_mut();
        let paths = functions.flat_map(|function| [&mut function.import_map, &mut function.entrypoint]);
        for path in paths.chain([&mut project.auth.signing_keys_path]).flatten() {
            *path = supabase.join(path.strip_prefix(".").unwrap_or(path));
        }
        project.dir = dir;
        Ok(project)
    }

    /// The folder with migrations, functions and `config.toml`.
    pub fn supabase_dir(&self) -> PathBuf {
        self.dir.join("supabase")
    }

    /// The variables that every Edge Function sees: `[edge_runtime.secrets]`, then `supabase/functions/.env`. Names
    /// that begin with `SUPABASE_` belong to the runtime and are left out, as in production.
    ///
    /// # Errors
    /// The file cannot be read; with its line.
    pub fn function_variables(&self) -> Result<BTreeMap<String, String>> {
        let mut variables = self.edge_runtime.secrets.clone();
        variables.extend(read_env_file(&self.supabase_dir().join("functions/.env"))?);
        variables.retain(|name, _| !name.starts_with("SUPABASE_"));
        Ok(variables)
    }
}

/// What is wrong with a file, and where.
struct Fault {
    line: Option<usize>,
    message: String,
}

impl Fault {
    fn new(error: &toml::de::Error, text: &str) -> Self {
        let line = error
            .span()
            .map(|span| text[..span.start].matches('\n').count() + 1);
        Self {
            line,
            message: error.message().trim_end().replace('\n', ", "),
        }
    }

    fn in_file(self, file: &Path) -> anyhow::Error {
        let line = self.line.map(|line| format!(" line {line}")).unwrap_or_default();
        mendable(
            format!("`{}`{line}: {}", file.display(), self.message),
            format!("mend `{}`", file.display()),
        )
    }
}

fn parse(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Project, Fault> {
    let mut table: toml::Table = text.parse().map_err(|error| Fault::new(&error, text))?;
    table.retain(|_, value| resolve(value, &variable));
    table.try_into().map_err(|error: toml::de::Error| {
        // Only the text knows lines; it says the same unless the value came from the environment.
        match toml::from_str::<Project>(text) {
            Err(error) => Fault::new(&error, text),
            Ok(_) => Fault::new(&error, text),
        }
    })
}

/// Puts variables in the place of `env(NAME)`; false when there is none of that name.
fn resolve(value: &mut toml::Value, variable: &impl Fn(&str) -> Option<String>) -> bool {
    match value {
        toml::Value::String(text) => {
            let name = text.strip_prefix("env(").and_then(|rest| rest.strip_suffix(')'));
            match name.map(variable) {
                None => true,
                Some(None) => false,
                Some(Some(found)) => {
                    *text = found;
                    true
                }
            }
        }
        toml::Value::Array(items) => {
            items.retain_mut(|item| resolve(item, variable));
            true
        }
        toml::Value::Table(table) => {
            table.retain(|_, value| resolve(value, variable));
            true
        }
        _ => true,
    }
}

/// The variables of the project's own files; the first file that names one wins.
fn variables(dir: &Path) -> Result<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for name in [".env", ".env.local", "supabase/.env", "supabase/.env.local"] {
        all.extend(read_env_file(&dir.join(name))?);
    }
    Ok(all)
}

/// Reads a file of variables; one that is not there has none.
fn read_env_file(file: &Path) -> Result<BTreeMap<String, String>> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(error).with_context(|| format!("read `{}`", file.display())),
    };
    dotenvy::from_read_iter(text.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| {
            let bad_line = match &error {
                dotenvy::Error::LineParse(bad, _) => text.lines().position(|line| line.trim() == bad.trim()),
                _ => None,
            };
            // The line itself may hold a secret.
            Fault {
                line: bad_line.map(|at| at + 1),
                message: "expected `NAME=value`".into(),
            }
            .in_file(file)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::AuthConfig;
    use crate::project::Size;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        folder
    }

    fn load(files: &[(&str, &str)]) -> Result<Project> {
        let folder = folder(files);
        let home = fs::canonicalize(folder.path()).unwrap();
        let environment = |name: &str| (name == "FROM_ENVIRONMENT").then(|| "here".to_owned());
        Project::load_with(folder.path(), environment)
            .map_err(|error| anyhow::Error::msg(format!("{error:#}").replace(home.to_str().unwrap(), "DIR")))
    }

    fn check_fault(files: &[(&str, &str)], message: &str) {
        assert_eq!(load(files).unwrap_err().to_string(), message);
    }

    #[test]
    fn a_folder_without_config_has_the_defaults_of_the_product() {
        let project = load(&[("supabase/seed.sql", "")]).unwrap();
        assert_eq!((project.api.port, project.db.port), (54321, 54322));
        assert_eq!(project.api.schemas, ["public", "graphql_public"]);
        assert!(project.storage.enabled && project.edge_runtime.enabled && project.auth.email.enable_signup);
        assert_eq!(project.auth, AuthConfig::default());
    }

    #[test]
    fn settings_are_read_and_unknown_sections_ignored() {
        let config = r#"
            project_id = "old"
            [inbucket]
            port = 54324
            [api]
            port = 60001
            schemas = ["public", "storage"]
            [db.seed]
            sql_paths = ["./a.sql"]
            [auth]
            jwt_secret = "env(FROM_ENVIRONMENT)"
            signing_keys_path = "./keys.json"
            [auth.sms.twilio]
            enabled = true
            [storage]
            enabled = false
            [storage.buckets.docs]
            file_size_limit = "1MiB"
            [auth.hook.send_email]
            enabled = true
            [functions.users]
            verify_jwt = false
            import_map = "./functions/deno.json"
        "#;
        let project = load(&[("supabase/config.toml", config)]).unwrap();
        assert_eq!(project.api.port, 60001);
        assert_eq!(project.api.schemas, ["public", "storage"]);
        assert_eq!(project.db.seed.sql_paths, ["./a.sql"]);
        assert_eq!(project.auth.jwt_secret.as_deref(), Some("here"));
        assert_eq!(
            project.auth.signing_keys_path,
            Some(project.dir.join("supabase/keys.json"))
        );
        assert!(!project.storage.enabled);
        assert_eq!(
            project.storage.buckets["docs"].file_size_limit,
            Some(Size(1 << 20))
        );
        assert!(project.auth.hook["send_email"].enabled);
        let users = &project.functions["users"];
        assert!(users.enabled && !users.verify_jwt);
        assert_eq!(
            users.import_map,
            Some(project.dir.join("supabase/functions/deno.json"))
        );
    }

    #[test]
    fn variables_come_from_the_environment_then_the_nearest_file() {
        let config = r#"
            [edge_runtime.secrets]
            A = "env(FROM_ENVIRONMENT)"
            B = "env(NEAR)"
            C = "env(FAR)"
            D = "env(NOWHERE)"
            [api]
            port = "env(PORT)"
        "#;
        let project = load(&[
            ("supabase/config.toml", config),
            ("supabase/.env", "NEAR=near\nFROM_ENVIRONMENT=file\n"),
            (".env", "NEAR=far\nFAR=far\nPORT=60002\n"),
        ])
        .unwrap();
        let secrets: Vec<_> = project
            .edge_runtime
            .secrets
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        assert_eq!(secrets, [("A", "here"), ("B", "near"), ("C", "far")]);
        assert_eq!(project.api.port, 60002);
    }

    #[test]
    fn functions_see_their_file_and_secrets_but_no_names_of_the_runtime() {
        let folder = folder(&[
            (
                "supabase/config.toml",
                "[edge_runtime.secrets]\nA = \"config\"\nB = \"config\"\n",
            ),
            ("supabase/functions/.env", "A='file'\nSUPABASE_URL=mine\n"),
        ]);
        let variables = Project::load(folder.path())
            .unwrap()
            .function_variables()
            .unwrap();
        let variables: Vec<_> = variables.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(variables, [("A", "file"), ("B", "config")]);
    }

    #[test]
    fn faults_name_file_and_line() {
        check_fault(
            &[("supabase/config.toml", "[api]\nport = 60001\n[auth\n")],
            "`DIR/supabase/config.toml` line 3: unclosed table, expected `]`",
        );
        check_fault(
            &[("supabase/config.toml", "[api]\nport = 70000\n")],
            "`DIR/supabase/config.toml` line 2: invalid value: integer `70000`, expected a port, 1 to 65535",
        );
        check_fault(
            &[("supabase/config.toml", "[storage]\nenabled = \"maybe\"\n")],
            "`DIR/supabase/config.toml` line 2: expected true or false, found a text",
        );
        check_fault(
            &[
                ("supabase/config.toml", ""),
                (".env", "A=1\nthis is no variable\n"),
            ],
            "`DIR/.env` line 2: expected `NAME=value`",
        );
        check_fault(&[("README", "")], "`DIR` has no folder `supabase`");
    }
}
