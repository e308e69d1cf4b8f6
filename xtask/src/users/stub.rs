//! A Supabase with three endpoints, for tests: Auth as it should be, and a `users` function as bad as asked for.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use uuid::Uuid;

use super::auth_api::AuthApi;

/// Few users on a page, so that the second page is met.
const PAGE: usize = 2;

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    Works,
    Missing,
    Answers(u16),
    AnswersGarbage,
    ClosesTheConnection,
    Hangs,
    MakesNobody,
    MakesUnconfirmed,
    MakesThenFails,
    /// Takes the token of the user `admin@test.local`, and not the service key.
    TakesAdministrators,
    /// Answers 503 so many times first.
    Boots(usize),
}

#[derive(Clone)]
pub struct Stub {
    function: Function,
    pub users: Arc<Mutex<Vec<Value>>>,
    pub function_calls: Arc<Mutex<usize>>,
}

impl Stub {
    /// Starts it on a free port.
    pub async fn start(function: Function) -> (Stub, AuthApi) {
        let stub = Stub {
            function,
            users: Arc::default(),
            function_calls: Arc::default(),
        };
        let router = Router::new()
            .route("/functions/v1/users", post(call_function))
            .route("/auth/v1/admin/users", get(list).post(create))
            .route("/auth/v1/admin/users/{id}", put(update))
            .route("/auth/v1/token", post(sign_in))
            .with_state(stub.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await });
        (stub, AuthApi::new(&url, "anon", "service").unwrap())
    }

    /// Adds a user by hand.
    pub fn add(&self, email: &str, password: &str, confirmed: bool) -> Uuid {
        let id = Uuid::new_v4();
        self.users.lock().unwrap().push(json!({
            "id": id, "email": email, "password": password, "email_confirm": confirmed,
            "created_at": "2026-11-23T00:00:00Z", "user_metadata": {}, "app_metadata": {},
        }));
        id
    }
}

async fn call_function(State(stub): State<Stub>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let call = {
        let mut calls = stub.function_calls.lock().unwrap();
        *calls += 1;
        *calls
    };
    let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    let taken = match stub.function {
        Function::TakesAdministrators => "Bearer token of admin@test.local",
        _ => "Bearer service",
    };
    if headers["authorization"] != taken {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "Unauthorized" }))).into_response();
    }
    match stub.function {
        Function::Boots(tries) if call <= tries => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Function::Missing => (StatusCode::NOT_FOUND, "Function not found").into_response(),
        Function::Answers(status) => (
            StatusCode::from_u16(status).unwrap(),
            Json(json!({ "error": "column is missing" })),
        )
            .into_response(),
        Function::AnswersGarbage => "<html>hello</html>".into_response(),
        // A panic without a message: the server drops the connection.
        Function::ClosesTheConnection => std::panic::resume_unwind(Box::new(())),
        Function::Hangs => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            StatusCode::OK.into_response()
        }
        Function::MakesNobody => Json(json!({ "data": {} })).into_response(),
        Function::Works
        | Function::MakesUnconfirmed
        | Function::MakesThenFails
        | Function::TakesAdministrators
        | Function::Boots(_) => {
            let is_confirmed = !matches!(
                stub.function,
                Function::MakesUnconfirmed | Function::MakesThenFails
            );
            stub.add(&text("email"), &text("password"), is_confirmed);
            let failed = stub.function == Function::MakesThenFails;
            let status = if failed {
                StatusCode::INTERNAL_SERVER_ERROR
            } else {
                StatusCode::OK
            };
            (status, Json(json!({ "data": {} }))).into_response()
        }
    }
}

async fn list(State(stub): State<Stub>, Query(query): Query<Map<String, Value>>) -> Json<Value> {
    let page: usize = query["page"].as_str().unwrap().parse().unwrap();
    let users = stub.users.lock().unwrap();
    let users: Vec<&Value> = users.iter().skip((page - 1) * PAGE).take(PAGE).collect();
    Json(json!({ "users": users }))
}

async fn create(State(stub): State<Stub>, Json(mut body): Json<Value>) -> Response {
    let mut users = stub.users.lock().unwrap();
    if users.iter().any(|user| user["email"] == body["email"]) {
        return refused(422, "email_exists");
    }
    body["id"] = json!(Uuid::new_v4());
    body["created_at"] = json!("2026-11-23T00:00:00Z");
    users.push(body.clone());
    Json(body).into_response()
}

async fn update(
    State(stub): State<Stub>,
    Path(id): Path<String>,
    Json(body): Json<Map<String, Value>>,
) -> Response {
    let mut users = stub.users.lock().unwrap();
    let Some(user) = users.iter_mut().find(|user| user["id"] == id.as_str()) else {
        return refused(404, "user_not_found");
    };
    user.as_object_mut().unwrap().extend(body);
    Json(user.clone()).into_response()
}

async fn sign_in(State(stub): State<Stub>, Json(body): Json<Value>) -> Response {
    let users = stub.users.lock().unwrap();
    match users
        .iter()
        .find(|user| user["email"] == body["email"] && user["password"] == body["password"])
    {
        None => refused(400, "invalid_credentials"),
        Some(user) if user["email_confirm"] != true => refused(400, "email_not_confirmed"),
        Some(user) => {
            let token = format!("token of {}", user["email"].as_str().unwrap());
            Json(json!({ "access_token": token, "user": { "id": user["id"] } })).into_response()
        }
    }
}

fn refused(status: u16, code: &str) -> Response {
    let body = json!({ "code": status, "error_code": code, "msg": code });
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}
