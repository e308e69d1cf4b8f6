//! Asking through the API, as an application would.

use std::time::{Duration, Instant};

use anyhow::Result;
use reqwest::header::CONTENT_RANGE;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Map, Value};
use stack::hint::mendable;
use url::Url;
use url::form_urlencoded::Serializer;

use super::caller::Caller;
use super::exposed::Exposed;
use super::question::{Address, Question};
use super::reply::{Refusal, Reply};
use crate::users::auth_api::AuthApi;

/// What helps where the API gives no answer.
const SEE: &str = "see `cargo xtask status` and `cargo xtask logs rest`, then run the command again";
/// How long a question may go on failing for reasons that pass.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait before it is asked again.
const PAUSE: Duration = Duration::from_millis(100);

/// Asks a question; one that fails for a reason that passes is asked again.
///
/// # Errors
/// The API gives no answer to it.
pub async fn ask(api: &AuthApi, relation: &Exposed, caller: &Caller, question: &Question) -> Result<Reply> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let reply = match request(api, relation, caller.token.as_deref(), question)
            .send()
            .await
        {
            Ok(response) => reply(response).await,
            Err(error) => lost(error),
        };
        if !reply.is_passing() || Instant::now() > deadline {
            return match reply.lost_because() {
                Some(why) => Err(mendable(
                    format!(
                        "try `{}` through the API as `{}`: {why}",
                        relation.title(),
                        caller.actor.name
                    ),
                    SEE,
                )),
                None => Ok(reply),
            };
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Sends a write as the service, which passes all policies; gives what it preferred and the API applied beside the reply.
///
/// # Errors
/// The API does not answer.
pub async fn write_as_service(
    api: &AuthApi,
    relation: &Exposed,
    question: &Question,
) -> Result<(Reply, Vec<String>)> {
    let request = api.as_service(method(question), &path(relation, question));
    let sent = dressed(request, relation, question).send().await;
    let response = sent.map_err(|error| {
        mendable(
            format!(
                "write to `{}` through the API as the service: the API does not answer: {}",
                relation.title(),
                error.without_url()
            ),
            SEE,
        )
    })?;
    let applied = response.headers().get_all("preference-applied").iter();
    let applied = applied.filter_map(|value| value.to_str().ok());
    let applied = applied
        .flat_map(|value| value.split(','))
        .map(|one| one.trim().to_owned());
    let applied = applied.collect();
    Ok((reply(response).await, applied))
}

fn request(api: &AuthApi, relation: &Exposed, token: Option<&str>, question: &Question) -> RequestBuilder {
    let request = api.as_user(method(question), &path(relation, question), token);
    dressed(request, relation, question)
}

fn method(question: &Question) -> Method {
    match question {
        Question::Count { .. } => Method::GET,
        Question::Insert { .. } => Method::POST,
        Question::Update { .. } => Method::PATCH,
        Question::Delete { .. } => Method::DELETE,
    }
}

/// The request with its headers and its body.
fn dressed(request: RequestBuilder, relation: &Exposed, question: &Question) -> RequestBuilder {
    let [profile, prefer] = match question {
        Question::Count { .. } => [
            ("accept-profile", relation.schema.as_str()),
            ("prefer", "count=exact"),
        ],
        // Without the rows in the answer: seeing them is another right.
        _ => [
            ("content-profile", relation.schema.as_str()),
            ("prefer", "return=minimal,count=exact,tx=rollback"),
        ],
    };
    let request = request.header(profile.0, profile.1).header(prefer.0, prefer.1);
    match question {
        Question::Insert { row } => request.json(row),
        Question::Update { column, value, .. } => {
            let value = value.as_ref().map_or(Value::Null, |value| value.as_str().into());
            request.json(&Map::from_iter([(column.clone(), value)]))
        }
        Question::Count { .. } | Question::Delete { .. } => request,
    }
}

/// `/rest/v1/contacts?id=eq.1`
fn path(relation: &Exposed, question: &Question) -> String {
    let mut query = Serializer::new(String::new());
    match question {
        Question::Count { column, only } => {
            query
                .append_pair("select", &column_name(column))
                .append_pair("limit", "1");
            for (column, value) in only {
                query.append_pair(&column_name(column), &format!("eq.{value}"));
            }
        }
        Question::Insert { .. } => (),
        Question::Update { address, .. } | Question::Delete { address } => add_address(&mut query, address),
    }
    let mut url = Url::parse("http://api/rest/v1").expect("a valid address");
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.push(&relation.name);
    }
    match query.finish() {
        query if query.is_empty() => url.path().to_owned(),
        query => format!("{}?{query}", url.path()),
    }
}

fn add_address(query: &mut Serializer<'_, String>, address: &Address) {
    match address {
        Address::Row(values) => {
            for (column, value) in values {
                let condition = value
                    .as_ref()
                    .map_or_else(|| "is.null".to_owned(), |value| format!("eq.{value}"));
                query.append_pair(&column_name(column), &condition);
            }
        }
        Address::Nowhere(column) => {
            let column = column_name(column);
            query
                .append_pair(&column, "is.null")
                .append_pair(&column, "not.is.null");
        }
    }
}

/// A column as the API's own syntax takes it: in quotes where a letter of it would mean something else.
fn column_name(name: &str) -> String {
    let is_bare = name
        .chars()
        .all(|letter| letter.is_alphanumeric() || letter == '_');
    match is_bare {
        true => name.to_owned(),
        false => format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

async fn reply(response: Response) -> Reply {
    let status = response.status();
    if status.is_success() {
        let range = response
            .headers()
            .get(CONTENT_RANGE)
            .and_then(|value| value.to_str().ok());
        let total = range.and_then(|range| range.rsplit('/').next()?.parse().ok());
        return total.map_or_else(
            || refused("", format!("the API answered {status} without a count")),
            Reply::Rows,
        );
    }
    match response.text().await {
        Ok(text) => {
            let body: Value = serde_json::from_str(&text).unwrap_or_default();
            let message = body["message"].as_str().or(body["msg"].as_str());
            let message = message.map_or_else(|| format!("the API answered {status}"), str::to_owned);
            match body["code"].as_str() {
                Some(code) => refused(code, message),
                None if status.is_server_error() => refused("", message),
                None => refused(status.as_str(), message),
            }
        }
        Err(error) => lost(error),
    }
}

fn lost(error: reqwest::Error) -> Reply {
    refused("", format!("the API does not answer: {}", error.without_url()))
}

fn refused(code: &str, message: String) -> Reply {
    Reply::Refused(Refusal {
        code: code.to_owned(),
        message,
    })
}

#[cfg(test)]
mod tests {
    use stack::hint::hints;

    use super::*;
    use crate::policies::matrix::RelationKind;

    fn relation(name: &str) -> Exposed {
        Exposed {
            schema: "public".into(),
            name: name.into(),
            kind: RelationKind::Table,
            row_security: true,
            policies: Vec::new(),
            columns: Vec::new(),
            keys: Vec::new(),
            followers: Vec::new(),
            guarded: Vec::new(),
        }
    }

    #[track_caller]
    fn check(name: &str, question: &Question, expected: &str) {
        assert_eq!(path(&relation(name), question), expected);
    }

    #[test]
    fn names_and_values_arrive_as_they_are() {
        let only = vec![("sales_id".to_owned(), "7".to_owned())];
        let count = Question::Count {
            column: "id".into(),
            only,
        };
        check("tasks", &count, "/rest/v1/tasks?select=id&limit=1&sales_id=eq.7");
        let address = Address::Row(vec![
            ("Row Id".into(), Some("a&b=c,d+e".into())),
            ("note".into(), None),
        ]);
        check(
            "contact Notes/old",
            &Question::Delete { address },
            "/rest/v1/contact%20Notes%2Fold?%22Row+Id%22=eq.a%26b%3Dc%2Cd%2Be&note=is.null",
        );
        check("tasks", &Question::Insert { row: Map::new() }, "/rest/v1/tasks");
        let nowhere = Question::Delete {
            address: Address::Nowhere("id".into()),
        };
        check("tasks", &nowhere, "/rest/v1/tasks?id=is.null&id=not.is.null");
    }

    #[tokio::test]
    async fn where_the_api_does_not_answer_it_is_said_what_to_look_at() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let api = AuthApi::new(&address, "publishable", "service").unwrap();
        let address = Address::Nowhere("id".into());
        let asked = write_as_service(&api, &relation("tasks"), &Question::Delete { address }).await;
        let error = asked.err().unwrap();
        let said = "write to `tasks` through the API as the service: the API does not answer";
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(hints(&error), [SEE]);
    }
}
