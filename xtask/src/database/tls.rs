//! TLS to a database, with the promises of libpq's `sslmode`.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use stack::hint::WithHint;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::{Address, Tls};

/// What makes encrypted connections to the server at `address`.
///
/// # Errors
/// The file of `sslrootcert` cannot be read, or the machine knows no certificates.
pub fn connector(address: &Address) -> Result<MakeRustlsConnect> {
    let provider = Arc::new(ring::default_provider());
    let verifies = match address.tls {
        Tls::Disable | Tls::Prefer => None,
        // As libpq: who gives certificates wants them looked at.
        Tls::Require => address.root.is_some().then_some(Names::Ignored),
        Tls::VerifyCa => Some(Names::Ignored),
        Tls::VerifyFull => Some(Names::Compared),
    };
    let signed = verifies
        .map(|names| Ok::<_, anyhow::Error>((names, signed_by(address, &provider)?)))
        .transpose()?;
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .context("set up TLS")?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Verifier { provider, signed }))
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// Whether a certificate must be for the host that is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    Compared,
    Ignored,
}

#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    /// `None`: whoever the server is.
    signed: Option<(Names, Arc<WebPkiServerVerifier>)>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some((names, signed)) = &self.signed else {
            return Ok(ServerCertVerified::assertion());
        };
        match signed.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if *names == Names::Ignored => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// What believes certificates that are signed by those of `sslrootcert`, or by those that the machine believes.
fn signed_by(address: &Address, provider: &Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>> {
    let mut roots = RootCertStore::empty();
    match &address.root {
        Some(file) => {
            for certificate in read(file)? {
                roots
                    .add(certificate)
                    .with_context(|| format!("read the certificates in `{}`", file.display()))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .context("find certificates to trust: this machine has none")
        .with_hint(|| "name a file of them in the address: `&sslrootcert=FILE`".to_owned())
}

fn read(file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let read = || -> Result<Vec<CertificateDer<'static>>> {
        let certificates: Vec<_> = CertificateDer::pem_file_iter(file)?.collect::<Result<_, _>>()?;
        ensure!(!certificates.is_empty(), "there is none in it");
        Ok(certificates)
    };
    read()
        .with_context(|| format!("read the certificates in `{}`", file.display()))
        .with_hint(|| "`sslrootcert` names a PEM file, by its path from the project's folder".to_owned())
}
