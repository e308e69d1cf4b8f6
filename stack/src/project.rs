//! `supabase/config.toml` as data, whatever its age: what the stack knows is read, everything else is ignored.

mod load;
mod size;
mod weak;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

pub use size::Size;
use weak::weak;

/// A project: a folder with `supabase/` in it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Project {
    /// The folder that has `supabase/` in it.
    #[serde(skip)]
    pub dir: PathBuf,
    /// `[api]`
    pub api: ApiConfig,
    /// `[db]`
    pub db: DbConfig,
    /// `[auth]`
    pub auth: AuthConfig,
    /// `[storage]`
    pub storage: StorageConfig,
    /// `[edge_runtime]`
    pub edge_runtime: EdgeRuntimeConfig,
    /// `[functions.<slug>]`
    pub functions: BTreeMap<String, FunctionConfig>,
}

/// `[api]`: the REST API.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct ApiConfig {
    /// The port that Supabase clients expect.
    #[serde(deserialize_with = "weak")]
    pub port: u16,
    /// The schemas that are exposed, the default one first.
    pub schemas: Vec<String>,
    /// Schemas that are searched besides the request's own.
    pub extra_search_path: Vec<String>,
    /// The most rows that one request returns.
    #[serde(deserialize_with = "weak")]
    pub max_rows: u32,
    /// Whether new tables in `public` are open to the API roles.
    #[serde(deserialize_with = "weak")]
    pub auto_expose_new_tables: bool,
}

/// `[db]`: the database.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct DbConfig {
    /// The port that database clients expect.
    #[serde(deserialize_with = "weak")]
    pub port: u16,
    /// The version of PostgreSQL that the hosted database has.
    #[serde(deserialize_with = "weak")]
    pub major_version: u32,
    /// `[db.seed]`
    pub seed: SeedConfig,
}

/// `[db.seed]`: SQL files that run after the migrations.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct SeedConfig {
    /// Whether they run at all.
    #[serde(deserialize_with = "weak")]
    pub enabled: bool,
    /// Patterns, relative to `supabase/`.
    pub sql_paths: Vec<String>,
}

/// `[auth]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct AuthConfig {
    /// Where links in mails lead to by default.
    pub site_url: String,
    /// Where else they may lead to.
    pub additional_redirect_urls: Vec<String>,
    /// The life of an access token, in seconds.
    #[serde(deserialize_with = "weak")]
    pub jwt_expiry: u32,
    /// The secret of HS256 tokens.
    pub jwt_secret: Option<String>,
    /// A file of signing keys; absolute after [`Project::load`].
    pub signing_keys_path: Option<PathBuf>,
    /// Whether people can sign up.
    #[serde(deserialize_with = "weak")]
    pub enable_signup: bool,
    /// In characters.
    #[serde(deserialize_with = "weak")]
    pub minimum_password_length: u32,
    /// Empty, `letters_digits`, `lower_upper_letters_digits` or `lower_upper_letters_digits_symbols`.
    pub password_requirements: String,
    /// `[auth.email]`
    pub email: EmailConfig,
    /// `[auth.hook.<name>]`: functions that Auth would call.
    pub hook: BTreeMap<String, Switch>,
    /// `[auth.external.<name>]`: others who would vouch for users.
    pub external: BTreeMap<String, Switch>,
    /// The key `sb_publishable_…`.
    pub publishable_key: Option<String>,
    /// The key `sb_secret_…`.
    pub secret_key: Option<String>,
    /// The legacy key of the role `anon`.
    pub anon_key: Option<String>,
    /// The legacy key of the role `service_role`.
    pub service_role_key: Option<String>,
}

/// `[auth.email]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct EmailConfig {
    /// Whether people can sign up by e-mail.
    #[serde(deserialize_with = "weak")]
    pub enable_signup: bool,
    /// Whether a new user must follow a link first.
    #[serde(deserialize_with = "weak")]
    pub enable_confirmations: bool,
}

/// A section of which only matters whether it is on.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Switch {
    /// Whether it is on.
    #[serde(deserialize_with = "weak")]
    pub enabled: bool,
}

/// `[storage]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct StorageConfig {
    /// Whether there is a Storage service.
    #[serde(deserialize_with = "weak")]
    pub enabled: bool,
    /// `[storage.buckets.<id>]`: buckets that are there from the beginning.
    pub buckets: BTreeMap<String, BucketConfig>,
}

/// `[storage.buckets.<id>]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct BucketConfig {
    /// Whether everybody can read it.
    #[serde(deserialize_with = "weak")]
    pub public: bool,
    /// The largest file it takes.
    pub file_size_limit: Option<Size>,
    /// What it takes, as in `image/png`; empty: anything.
    pub allowed_mime_types: Vec<String>,
}

/// `[edge_runtime]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct EdgeRuntimeConfig {
    /// Whether there are Edge Functions.
    #[serde(deserialize_with = "weak")]
    pub enabled: bool,
    /// `[edge_runtime.secrets]`: variables that functions see.
    pub secrets: BTreeMap<String, String>,
}

/// `[functions.<slug>]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct FunctionConfig {
    /// Whether it is served.
    #[serde(deserialize_with = "weak")]
    pub enabled: bool,
    /// Whether a caller must show a valid token.
    #[serde(deserialize_with = "weak")]
    pub verify_jwt: bool,
    /// Its import map or `deno.json`; absolute after [`Project::load`].
    pub import_map: Option<PathBuf>,
    /// Its first file; absolute after [`Project::load`].
    pub entrypoint: Option<PathBuf>,
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self {
            port: 54321,
            schemas: vec!["public".into(), "graphql_public".into()],
            extra_search_path: vec!["public".into(), "extensions".into()],
            max_rows: 1000,
            auto_expose_new_tables: true,
        }
    }
}

impl Default for DbConfig {
    fn default() -> Self {
        Self {
            major_version: 17,
            port: 54322,
            seed: SeedConfig::default(),
        }
    }
}

impl Default for SeedConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            sql_paths: vec!["./seed.sql".into()],
        }
    }
}

impl Default for AuthConfig {
    fn default() -> Self {
        Self {
            site_url: "http://127.0.0.1:3000".into(),
            additional_redirect_urls: Vec::new(),
            jwt_expiry: 3600,
            jwt_secret: None,
            signing_keys_path: None,
            enable_signup: true,
            minimum_password_length: 6,
            password_requirements: String::new(),
            email: EmailConfig::default(),
            hook: BTreeMap::new(),
            external: BTreeMap::new(),
            publishable_key: None,
            secret_key: None,
            anon_key: None,
            service_role_key: None,
        }
    }
}

impl Default for EmailConfig {
    fn default() -> Self {
        Self {
            enable_signup: true,
            enable_confirmations: false,
        }
    }
}

impl Default for StorageConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            buckets: BTreeMap::new(),
        }
    }
}

impl Default for EdgeRuntimeConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            secrets: BTreeMap::new(),
        }
    }
}

impl Default for FunctionConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            verify_jwt: true,
            import_map: None,
            entrypoint: None,
        }
    }
}
