//! Handing a request on to a service, body and answer streamed.

use axum::Json;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONNECTION, HOST, RETRY_AFTER, TRANSFER_ENCODING, UPGRADE};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, Version};
use axum::response::{IntoResponse, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::json;
use tokio::sync::watch;

use crate::state::{Phase, ServiceStatus};

/// Headers that belong to one connection and are not handed on.
const HOP_BY_HOP: [HeaderName; 6] = [
    CONNECTION,
    UPGRADE,
    TRANSFER_ENCODING,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("te"),
    HeaderName::from_static("trailer"),
];

/// A service behind the gateway.
pub(super) struct Upstream {
    name: &'static str,
    port: u16,
    client: Client<HttpConnector, Body>,
    services: watch::Receiver<Vec<ServiceStatus>>,
}

impl Upstream {
    pub(super) fn new(name: &'static str, port: u16, services: watch::Receiver<Vec<ServiceStatus>>) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self {
            name,
            port,
            client,
            services,
        }
    }

    /// The service's answer to a request, which is sent under this path; 503 where it does not answer.
    pub(super) async fn forward(&self, mut request: Request, path_and_query: &str) -> Response {
        let Ok(path_and_query) = PathAndQuery::try_from(path_and_query) else {
            return (StatusCode::BAD_REQUEST, "the path of the URL is not valid\n").into_response();
        };
        let uri = Uri::builder()
            .scheme("http")
            .authority(format!("127.0.0.1:{}", self.port))
            .path_and_query(path_and_query)
            .build();
        *request.uri_mut() = uri.expect("a port and a path make a URL");
        *request.version_mut() = Version::HTTP_11;
        let headers = request.headers_mut();
        for name in &HOP_BY_HOP {
            headers.remove(name);
        }
        if let Some(host) = headers.remove(HOST) {
            headers.insert("x-forwarded-host", host);
        }
        headers.insert("x-forwarded-proto", HeaderValue::from_static("http"));
        match self.client.request(request).await {
            Ok(response) => {
                let mut response = response.map(Body::new).into_response();
                for name in &HOP_BY_HOP {
                    response.headers_mut().remove(name);
                }
                response
            }
            Err(error) => {
                println!("{}: no answer: {error}", self.name);
                self.unavailable()
            }
        }
    }

    /// What a client is told while the service is away.
    fn unavailable(&self) -> Response {
        let services = self.services.borrow();
        let status = services.iter().find(|service| service.name == self.name);
        let why = match status.map(|status| status.phase) {
            Some(Phase::Waiting | Phase::Starting) => "is starting; try again in a moment",
            Some(Phase::Failed) => "failed too often; see its log with `cargo xtask logs`",
            Some(Phase::Stopped) => "is stopped",
            // It may have died a moment ago, before the supervisor saw it.
            _ => "is being restarted; try again in a moment",
        };
        let message = format!("the service `{}` of the embedded stack {why}", self.name);
        let body = json!({ "code": "503", "message": message, "msg": message });
        (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")], Json(body)).into_response()
    }
}
