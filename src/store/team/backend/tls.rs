//! TLS trust for stores: the system's root certificates, or those of the file that the settings name.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{CertificateError, ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use super::platform;
use crate::problem::{Kind, Problem};

/// A client config that verifies the certificate and the host name. With a file, only its authorities are trusted.
pub(super) fn verifying(roots: Option<&Path>) -> Result<ClientConfig, Problem> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    match roots {
        Some(path) => by_file(path, provider),
        None => by_system(provider),
    }
}

fn by_file(path: &Path, provider: Arc<CryptoProvider>) -> Result<ClientConfig, Problem> {
    let unusable = |why: &str| {
        Problem::new(Kind::Usage, format!("The CA file {} cannot be used.", path.display()))
            .why(why)
            .try_this("Name a file of PEM certificates.")
    };
    let text = platform::read(path)?.ok_or_else(|| unusable("It does not exist."))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    let certificates = certificates.map_err(|_| unusable("It contains no certificates in PEM format."))?;
    let mut roots = RootCertStore::empty();
    if roots.add_parsable_certificates(certificates).0 == 0 {
        return Err(unusable("It contains no certificates in PEM format."));
    }
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(builder.map_err(no_tls)?.with_root_certificates(roots).with_no_client_auth())
}

/// The verifier of the operating system. rustls calls every verifier but its own "dangerous".
fn by_system(provider: Arc<CryptoProvider>) -> Result<ClientConfig, Problem> {
    let verifier = Verifier::new(Arc::clone(&provider)).map_err(|_| {
        Problem::new(Kind::Usage, "The system's CA certificates could not be loaded.")
            .why("Without them no server can prove who it is.")
            .try_this("Install the system's CA certificates (ca-certificates).")
    })?;
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(no_tls)?.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    Ok(builder.with_no_client_auth())
}

fn no_tls(_: rustls::Error) -> Problem {
    Problem::internal("TLS could not be set up.")
}

/// Why a certificate was rejected, if that is among the causes of an error.
pub(super) fn refused_certificate(error: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        // `io::Error::source` skips the wrapped rustls error and returns its source, so it has to be unwrapped by hand.
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let inner = inner.map(|inner| inner as &(dyn std::error::Error + 'static));
        for candidate in [Some(error), inner].into_iter().flatten() {
            if let Some(found) = candidate.downcast_ref::<rustls::Error>() {
                return Some(in_words(found));
            }
        }
        cause = inner.or_else(|| error.source());
    }
    None
}

fn in_words(error: &rustls::Error) -> &'static str {
    let rustls::Error::InvalidCertificate(why) = error else {
        return "the TLS handshake failed";
    };
    match why {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "its certificate has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet by the clock of this machine"
        }
        CertificateError::UnknownIssuer => {
            "its certificate was issued by an authority that this machine does not trust"
        }
        CertificateError::Revoked => "its certificate was revoked",
        _ => "its certificate is not valid",
    }
}
