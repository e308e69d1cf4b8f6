//! HTTP clients, whose TLS is the one that connections to databases use too.

use reqwest::ClientBuilder;
use rustls::crypto::ring;

/// What makes a client.
pub fn client() -> ClientBuilder {
    // The first who installs it wins, and all install the same.
    let _ = ring::default_provider().install_default();
    reqwest::Client::builder()
}
