//! What the stack says of itself, to `cargo xtask status` and to a person with a browser.

use axum::extract::State;
use axum::response::Html;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::state::ServiceStatus;

/// Who we are and how the parts are.
#[derive(Clone)]
pub(super) struct Status {
    pub(super) instance: String,
    pub(super) services: watch::Receiver<Vec<ServiceStatus>>,
}

pub(super) fn router(status: Status) -> Router {
    Router::new().route("/health", get(health)).with_state(status)
}

async fn health(State(status): State<Status>) -> Json<Value> {
    Json(json!({ "instance": status.instance, "services": *status.services.borrow() }))
}

/// `GET /`
pub(super) async fn welcome() -> Html<&'static str> {
    Html(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Seedbed</title>\
         <body style=\"font:16px system-ui;margin:2rem auto;max-width:40rem;padding:0 1rem\">\
         <h1>Seedbed</h1><p>This is the API of a local Supabase stack: point your client at this address. \
         <p><code>cargo xtask status --show-keys</code> prints its keys.\
         <ul><li><a href=\"/_seedbed/mail\">Mail</a> that was sent to users\
         <li><a href=\"/_seedbed/health\">Health</a> of the parts</ul></html>",
    )
}
