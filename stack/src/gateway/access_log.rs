//! One line for each request. Queries, headers and bodies are left out: they hold tokens.

use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

pub(super) async fn log(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let start = Instant::now();
    let response = next.run(request).await;
    if path != "/_seedbed/health" {
        let milliseconds = start.elapsed().as_secs_f64() * 1000.0;
        println!(
            "{} {method} {path} {} {milliseconds:.1} ms",
            jiff::Timestamp::now(),
            response.status().as_u16()
        );
    }
    response
}
