//! What Auth and functions answer, and what went wrong in words.

use anyhow::{Result, anyhow};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};
use stack::hint::mendable;

use crate::output::masked;

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

/// What is shorter is no password that Auth takes, and stands in any text.
const SHORTEST_SECRET: usize = 6;

/// A text in which nothing of `secrets` stands, as they are or as JSON writes them, and no token and no key.
fn without(text: String, secrets: &[&str]) -> String {
    let text = secrets
        .iter()
        .filter(|secret| secret.len() >= SHORTEST_SECRET)
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

/// The reply, where it is a success.
///
/// # Errors
/// What was refused, and what to do about it.
pub fn success(answer: Answer) -> Result<Value> {
    let hint = "set `TEST_USER_PASSWORD` to one that the project's rules take";
    success_or(answer, &[], hint)
}

/// The reply, where it is a success; `of_passwords` says what to do about a password that is refused.
///
/// # Errors
/// What was refused, without `secrets`.
pub fn success_or(answer: Answer, secrets: &[&str], of_passwords: &str) -> Result<Value> {
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
        // In two pieces: no token stands in a file of ours.
        let token = format!("{}{}.eyJyb2xlIjoi.c2ln", "eyJhbGci", "Oi".repeat(100));
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
    fn a_text_stays_readable_where_a_secret_is_a_letter() {
        let refused = answer(422, json!({ "msg": "Password should be at least 8 characters." }));
        assert_eq!(
            refused.message(&["a"]),
            "Password should be at least 8 characters."
        );
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
