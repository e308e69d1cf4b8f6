//! The Auth API: finding, making and changing users with the service key, and signing in as one.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use stack::hint::mendable;
use url::form_urlencoded;
use uuid::Uuid;

use super::account::Account;
use super::answer::{Answer, send, success, success_or};
use crate::env_vars::{API_URL, SECRET_KEY};
use crate::target::Target;

/// Users asked for at once; Auth itself has no upper bound.
const PAGE_SIZE: usize = 1000;
/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How long a service that has just lost its database connections may go on failing.
const RECOVERY: Duration = Duration::from_secs(3);

/// The API of one target.
#[derive(Clone)]
pub struct AuthApi {
    http: reqwest::Client,
    base: String,
    publishable_key: String,
    service_key: String,
}

/// A user as Auth shows it.
#[derive(Debug, Clone, Deserialize)]
pub struct AuthUser {
    /// Its id.
    pub id: Uuid,
    /// Absent for users who only have a phone.
    #[serde(default)]
    pub email: Option<String>,
    /// `raw_user_meta_data`
    #[serde(default)]
    pub user_metadata: Option<Map<String, Value>>,
    /// `raw_app_meta_data`, which only the service can write
    #[serde(default)]
    pub app_metadata: Option<Map<String, Value>>,
    /// When it was made.
    pub created_at: jiff::Timestamp,
}

/// What came of signing in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignIn {
    /// The user has this access token.
    Done {
        /// Bearer token for the other APIs.
        access_token: String,
        /// Whose it is.
        user_id: Uuid,
        /// All that Auth answered: what clients keep as the session, the refresh token in it.
        session: Value,
    },
    /// Refused; `code` is the `error_code` of Auth, or the status.
    Refused {
        /// As in `email_not_confirmed`.
        code: String,
        /// In words.
        message: String,
    },
}

impl AuthApi {
    /// The API of a target.
    ///
    /// # Errors
    /// The target is a database alone, or the HTTP client cannot be made.
    pub fn of(target: &Target) -> Result<AuthApi> {
        if !target.has_api() {
            return Err(mendable(
                format!(
                    "find Auth on target `{}`: it has no API that this tool knows of",
                    target.name
                ),
                format!(
                    "set `{}` and `{}`, in the environment or where its database is named; a PostgreSQL alone has no users",
                    API_URL[0], SECRET_KEY[0]
                ),
            ));
        }
        let keys = &target.keys;
        AuthApi::new(&target.api_url, &keys.publishable, &keys.service_role)
    }

    /// The API at `api_url`, the address of the whole Supabase.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn new(api_url: &str, publishable_key: &str, service_key: &str) -> Result<AuthApi> {
        // A proxy for the outside world must not get between two programs of one machine.
        let builder = crate::http::client().timeout(TIMEOUT);
        let is_local = ["//127.", "//localhost", "//[::1]"]
            .iter()
            .any(|host| api_url.contains(host));
        let builder = if is_local { builder.no_proxy() } else { builder };
        Ok(AuthApi {
            http: builder.build().context("make an HTTP client")?,
            base: api_url.trim_end_matches('/').to_owned(),
            publishable_key: publishable_key.to_owned(),
            service_key: service_key.to_owned(),
        })
    }

    /// A request to `path` as the service itself.
    pub fn as_service(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.base);
        self.http
            .request(method, url)
            .header("apikey", &self.service_key)
            .bearer_auth(&self.service_key)
    }

    /// A request to `path` as the user of `access_token`, or as nobody.
    pub fn as_user(&self, method: Method, path: &str, access_token: Option<&str>) -> RequestBuilder {
        let url = format!("{}{path}", self.base);
        let request = self
            .http
            .request(method, url)
            .header("apikey", &self.publishable_key);
        match access_token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// All users, whatever their number.
    ///
    /// # Errors
    /// Auth does not answer, or does not take the service key.
    pub async fn users(&self) -> Result<Vec<AuthUser>> {
        self.users_like("").await
    }

    /// The user with this e-mail, in lower case.
    ///
    /// # Errors
    /// Auth does not answer, or does not take the service key.
    pub async fn user_with(&self, email: &str) -> Result<Option<AuthUser>> {
        let has_it = |user: &AuthUser| user.email.as_ref().is_some_and(|is| is.to_lowercase() == email);
        Ok(self.users_like(email).await?.into_iter().find(has_it))
    }

    /// The users whose e-mail or name contains a text; all where Auth is of an age that does not filter.
    async fn users_like(&self, text: &str) -> Result<Vec<AuthUser>> {
        let filter: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        #[derive(Deserialize)]
        struct Page {
            users: Vec<AuthUser>,
        }
        let mut users: Vec<AuthUser> = Vec::new();
        for page in 1.. {
            let mut path = format!("/auth/v1/admin/users?page={page}&per_page={PAGE_SIZE}");
            if !filter.is_empty() {
                path += &format!("&filter={filter}");
            }
            let answer = self
                .send_until_recovered(|| self.as_service(Method::GET, &path))
                .await;
            let body =
                success(answer.context("list the users of Auth")?).context("list the users of Auth")?;
            let found: Page = serde_json::from_value(body).context("read the list of users")?;
            // A server may give fewer than asked for: only an empty or a repeated page is surely past the last.
            let is_new = found
                .users
                .first()
                .is_some_and(|first| users.iter().all(|user| user.id != first.id));
            if !is_new {
                break;
            }
            users.extend(found.users);
        }
        Ok(users)
    }

    /// Makes a user who can sign in at once.
    ///
    /// # Errors
    /// Auth refuses, for example a password that is too long.
    pub async fn create(&self, account: &Account) -> Result<Uuid> {
        let body = json!({
            "email": account.email,
            "password": account.password,
            "email_confirm": true,
            "user_metadata": account.user_metadata(),
            "app_metadata": account.app_metadata(),
        });
        let request = self.as_service(Method::POST, "/auth/v1/admin/users").json(&body);
        let doing = || format!("make the user `{}` through the Auth admin API", account.email);
        let body = send(request).await.and_then(success).with_context(doing)?;
        let user: AuthUser = serde_json::from_value(body).with_context(doing)?;
        Ok(user.id)
    }

    /// Changes `fields` of a user.
    ///
    /// # Errors
    /// Auth refuses, for example a password that its rules find weak.
    pub async fn update(&self, id: Uuid, email: &str, fields: &Value) -> Result<()> {
        let request = self
            .as_service(Method::PUT, &format!("/auth/v1/admin/users/{id}"))
            .json(fields);
        let changed = send(request).await.and_then(success);
        changed.with_context(|| format!("change the user `{email}` through the Auth admin API"))?;
        Ok(())
    }

    /// Gives a user another password, which somebody has just chosen.
    ///
    /// # Errors
    /// Auth refuses it.
    pub async fn set_password(&self, id: Uuid, email: &str, password: &str) -> Result<()> {
        let request = self
            .as_service(Method::PUT, &format!("/auth/v1/admin/users/{id}"))
            .json(&json!({ "password": password }));
        let changed = send(request).await.and_then(|answer| {
            let hint = "choose one that the project's rules take: `[auth]` in `supabase/config.toml`, at most 72 bytes";
            success_or(answer, &[password], hint)
        });
        changed.with_context(|| format!("set the password of `{email}` through the Auth admin API"))?;
        Ok(())
    }

    /// The keys that no message may show.
    pub fn secrets(&self) -> [&str; 1] {
        [&self.service_key]
    }

    /// Removes a user for good, with its identities and sessions.
    ///
    /// # Errors
    /// Auth refuses, as it does where rows of the project hold the user.
    pub async fn delete(&self, id: Uuid, email: &str) -> Result<()> {
        let request = self.as_service(Method::DELETE, &format!("/auth/v1/admin/users/{id}"));
        let removed = send(request).await.and_then(success);
        removed.with_context(|| format!("remove the user `{email}` through the Auth admin API"))?;
        Ok(())
    }

    /// Signs in with the password.
    ///
    /// # Errors
    /// Auth does not answer, or answers what is not Auth's.
    pub async fn sign_in(&self, account: &Account) -> Result<SignIn> {
        let body = json!({ "email": account.email, "password": account.password });
        let doing = || format!("sign in as `{}`", account.email);
        let request = || {
            self.as_user(Method::POST, "/auth/v1/token?grant_type=password", None)
                .json(&body)
        };
        let answer = self.send_until_recovered(request).await.with_context(doing)?;
        if answer.status.is_success() {
            let token = answer.body["access_token"].as_str();
            let user_id = answer.body["user"]["id"].as_str().and_then(|id| id.parse().ok());
            let (Some(access_token), Some(user_id)) = (token, user_id) else {
                bail!(
                    "sign in as `{}`: the answer has no token and no user",
                    account.email
                )
            };
            return Ok(SignIn::Done {
                access_token: access_token.to_owned(),
                user_id,
                session: answer.body,
            });
        }
        let code = ["error_code", "code", "error"]
            .iter()
            .find_map(|key| answer.body[*key].as_str());
        Ok(SignIn::Refused {
            code: code.map_or_else(|| answer.status.as_u16().to_string(), str::to_owned),
            message: answer.message(&[&account.password]),
        })
    }

    /// Repeats a request that changes nothing while the service answers 5xx or is not reached.
    async fn send_until_recovered(&self, request: impl Fn() -> RequestBuilder) -> Result<Answer> {
        let deadline = Instant::now() + RECOVERY;
        loop {
            let answer = send(request()).await;
            let is_passing = match &answer {
                Ok(answer) => answer.status.is_server_error(),
                Err(error) => error
                    .downcast_ref::<reqwest::Error>()
                    .is_some_and(reqwest::Error::is_connect),
            };
            if !is_passing || Instant::now() > deadline {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
