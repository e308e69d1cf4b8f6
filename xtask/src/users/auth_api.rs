//! The Auth API: finding, making and changing users with the service key, and signing in as one.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use stack::hint::mendable;
use url::form_urlencoded;
use uuid::Uuid;

use super::account::Account;
use crate::output::masked;
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
    /// The HTTP client cannot be made.
    pub fn of(target: &Target) -> Result<AuthApi> {
        let keys = &target.keys;
        AuthApi::new(&target.api_url, &keys.publishable, &keys.service_role)
    }

    /// The API at `api_url`, the address of the whole Supabase.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn new(api_url: &str, publishable_key: &str, service_key: &str) -> Result<AuthApi> {
        // A proxy for the outside world must not get between two programs of one machine.
        let builder = reqwest::Client::builder().timeout(TIMEOUT);
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

/// A reply, read to its end.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// JSON, or the text as a JSON string.
    pub body: Value,
}

impl Answer {
    /// What it says went wrong, in words, without `secrets` and whatever else is one by its looks: a function can
    /// answer with all that it was sent.
    pub fn message(&self, secrets: &[&str]) -> String {
        let said = ["msg", "message", "error_description", "error"]
            .iter()
            .find_map(|key| match &self.body[*key] {
                Value::String(text) => Some(text.clone()),
                Value::Object(inner) => inner.get("message").and_then(Value::as_str).map(str::to_owned),
                _ => None,
            });
        let text = said
            .or_else(|| self.body.as_str().map(str::to_owned))
            .unwrap_or_default();
        // Before it is cut: half a token is not known as one.
        let text = without(text, secrets);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match text.char_indices().nth(120) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }
}

/// A text in which nothing of `secrets` stands, as they are or as JSON writes them, and no token and no key.
fn without(text: String, secrets: &[&str]) -> String {
    let text = secrets
        .iter()
        .filter(|secret| !secret.is_empty())
        .fold(text, |text, secret| {
            let in_json = json!(secret).to_string();
            text.replace(secret, "****")
                .replace(in_json.trim_matches('"'), "****")
        });
    masked(&text)
}

/// Sends a request and reads all of the reply.
///
/// # Errors
/// Nothing, or only a part of a reply came.
pub async fn send(request: RequestBuilder) -> Result<Answer> {
    let response = request.send().await.map_err(without_url)?;
    let status = response.status();
    let text = response.text().await.map_err(without_url)?;
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Ok(Answer { status, body })
}

/// The address is in the context already, and could carry a key.
fn without_url(error: reqwest::Error) -> reqwest::Error {
    error.without_url()
}

/// What to do where [`is_of_a_damaged_row`].
pub const ASK_THE_DOCTOR: &str =
    "`cargo xtask users doctor` says which users have rows that Auth cannot read, `--fix` mends them";

/// Whether Auth says so when it cannot read the row of a user.
pub fn is_of_a_damaged_row(message: &str) -> bool {
    ["querying schema", "finding user", "loading user"]
        .iter()
        .any(|doing| message.contains(&format!("Database error {doing}")))
}

fn success(answer: Answer) -> Result<Value> {
    let hint = "set `TEST_USER_PASSWORD` to one that the project's rules take";
    success_or(answer, &[], hint)
}

/// The reply, where it is a success; `of_passwords` says what to do about a password that is refused.
fn success_or(answer: Answer, secrets: &[&str], of_passwords: &str) -> Result<Value> {
    if answer.status.is_success() && answer.body.is_object() {
        return Ok(answer.body);
    }
    let (status, message) = (answer.status.as_u16(), answer.message(secrets));
    Err(match status {
        401 | 403 => mendable(
            format!("Auth answered {status}: {message}"),
            "the service key is not this project's: compare `SUPABASE_SERVICE_ROLE_KEY` with `cargo xtask status --show-keys`",
        ),
        422 if answer.body["error_code"] == "weak_password" || answer.body["code"] == "weak_password" => {
            mendable(format!("Auth answered 422: {message}"), of_passwords)
        }
        422 if answer.body["error_code"] == "email_exists" || answer.body["code"] == "email_exists" => {
            mendable(
                format!("Auth answered 422: {message}"),
                "Auth does not list this user: `cargo xtask users doctor` says what is wrong with it, `--fix` mends it",
            )
        }
        500 if is_of_a_damaged_row(&message) => {
            mendable(format!("Auth answered {status}: {message}"), ASK_THE_DOCTOR)
        }
        400..500 if !secrets.is_empty() => {
            mendable(format!("Auth answered {status}: {message}"), of_passwords)
        }
        400..500 => mendable(
            format!("Auth answered {status}: {message}"),
            "mend what Auth names; `cargo xtask logs gateway` shows what was asked",
        ),
        200..300 => anyhow!("Auth answered {status} with what is not an object"),
        _ => anyhow!("Auth answered {status}: {message}"),
    })
}

#[cfg(test)]
mod tests {
    use stack::hint;

    use super::*;

    fn answer(status: u16, body: Value) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            body,
        }
    }

    #[test]
    fn what_was_sent_is_not_told_again() {
        let token = format!("eyJhbGciOi{}.eyJyb2xlIjoi.c2ln", "x".repeat(200));
        let sent =
            json!({ "password": "Pass \"123!", "apikey": "plain-service-key", "token": token }).to_string();
        for text in [
            format!("secret Pass \"123! {token} sb_secret_abc"),
            format!("got {sent}"),
            format!("headers: apikey=plain-service-key&authorization=Bearer {token}&x={token}"),
        ] {
            let said = answer(500, json!({ "error": text })).message(&["Pass \"123!", "plain-service-key"]);
            for secret in ["123!", "eyJ", "sb_secret", "service-key"] {
                assert!(!said.contains(secret), "{said}");
            }
        }
    }

    #[test]
    fn a_refused_password_is_for_who_chose_it_to_mend() {
        let refused = |code: &str| answer(422, json!({ "error_code": code, "msg": "no: short-one" }));
        for code in ["weak_password", "validation_failed"] {
            let error = success_or(refused(code), &["short-one"], "choose another").unwrap_err();
            assert_eq!(hint::hints(&error), ["choose another"]);
            assert!(!error.to_string().contains("short-one"), "{error}");
        }
        let error = success(refused("validation_failed")).unwrap_err();
        assert_eq!(hint::hints(&error).len(), 1, "{error}");
        assert!(hint::hints(&success(answer(500, json!({}))).unwrap_err()).is_empty());
    }
}
