//! The HTTP front that Supabase clients talk to: keys, routing, Auth and the mails it sends.
//!
//! It listens on loopback only. What it does not do itself it hands on to the REST and functions services, which
//! never see a client's key: they get a token that is only known inside the stack, or a JWT.

mod access_log;
mod api_key;
mod auth;
mod cors;
mod functions;
mod mail;
mod proxy;
mod rest;
mod status;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::keys::Keys;
use crate::project::Project;
use crate::spec::StackSpec;
use crate::state::ServiceStatus;
use auth::Auth;
use functions::Functions;
use mail::Outbox;
use proxy::Upstream;
use rest::Rest;
use status::Status;

/// How long requests under way may take after the gateway was asked to stop.
const GRACE: Duration = Duration::from_millis(300);

/// What the gateway serves.
pub struct GatewayConfig {
    /// Ports and places.
    pub spec: StackSpec,
    /// What `supabase/config.toml` says.
    pub project: Project,
    /// The keys of the stack.
    pub keys: Keys,
    /// What `GET /_seedbed/health` answers with, so that another program on this port is not taken for us.
    pub instance: String,
    /// The parts of the stack, as the supervisor sees them.
    pub services: watch::Receiver<Vec<ServiceStatus>>,
    /// Signs the tokens that the REST service accepts.
    pub internal_secret: String,
}

/// Serves until `shutdown` is done, then ends within a moment.
///
/// # Errors
/// If connections cannot be accepted.
pub async fn serve(
    listener: TcpListener,
    config: GatewayConfig,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let app = router(config).into_make_service_with_connect_info::<SocketAddr>();
    let (stopping, mut stopped) = watch::channel(false);
    let signal = async move {
        shutdown.await;
        _ = stopping.send(true);
    };
    let patience = async {
        // The sender is dropped when the signal was given, or with the server.
        while !*stopped.borrow() && stopped.changed().await.is_ok() {}
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = async { axum::serve(listener, app).with_graceful_shutdown(signal).await } => served,
        () = patience => Ok(()),
    }
}

fn router(config: GatewayConfig) -> Router {
    let GatewayConfig {
        spec,
        project,
        keys,
        instance,
        services,
        internal_secret,
    } = config;
    let outbox = Outbox::default();
    let upstream = |name, port| Upstream::new(name, port, services.clone());
    let auth_url = format!("http://127.0.0.1:{}/auth/v1", spec.ports.api);
    let auth = Arc::new(Auth::new(
        &project.auth,
        keys.clone(),
        auth_url,
        spec.ports.db,
        outbox.clone(),
    ));
    let rest = Arc::new(Rest::new(
        upstream("rest", spec.ports.rest),
        keys.clone(),
        internal_secret,
    ));
    let functions = Functions::new(
        upstream("functions", spec.ports.functions),
        keys.clone(),
        &project,
        &spec,
    );

    let api = Router::new()
        .nest("/auth/v1", auth::router(auth))
        .merge(rest::router(rest, project.storage.enabled))
        .route("/realtime/v1/{*rest}", any(no_realtime))
        .layer(from_fn(cors::allow))
        .merge(functions::router(Arc::new(functions)))
        .layer(from_fn_with_state(Arc::new(keys), api_key::translate));
    Router::new()
        .route("/", get(status::welcome))
        .nest(
            "/_seedbed",
            status::router(Status { instance, services }).merge(mail::router(outbox)),
        )
        .merge(api)
        .fallback(no_route)
        .layer(from_fn(access_log::log))
}

/// Any other path, in the words of the gateway in front of a hosted project.
async fn no_route() -> Response {
    let message = "no Route matched with those values";
    (
        StatusCode::NOT_FOUND,
        axum::Json(serde_json::json!({ "message": message })),
    )
        .into_response()
}

async fn no_realtime() -> Response {
    let message = "the embedded stack has no Realtime: changes are not pushed, all else works";
    (
        StatusCode::NOT_IMPLEMENTED,
        axum::Json(serde_json::json!({ "message": message })),
    )
        .into_response()
}
