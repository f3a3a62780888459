//! Which certificates are accepted: the system's roots and the CA file, each read at most once, and only when needed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use super::lazy::RetryingLazy;
use crate::paths;
use crate::problem::{Kind, Problem};

const MAX_CA_FILE: u64 = 4 * 1024 * 1024;

/// TLS settings for the routes of a request. What is read from disk is shared by all clients.
pub(super) struct Trust {
    ca_file: Option<PathBuf>,
    extra: RetryingLazy<Vec<CertificateDer<'static>>>,
    outside: RetryingLazy<ClientConfig>,
    loopback: RetryingLazy<ClientConfig>,
}

impl Trust {
    pub(super) const fn new(ca_file: Option<PathBuf>) -> Self {
        Self { ca_file, extra: RetryingLazy::new(), outside: RetryingLazy::new(), loopback: RetryingLazy::new() }
    }

    /// For servers on other machines: the system's roots, and those of the CA file.
    ///
    /// # Errors
    /// `Kind::Usage` if the CA file or the system's roots cannot be read.
    pub(super) fn outside(&self) -> Result<ClientConfig, Problem> {
        let make = || {
            let verifier = match self.extra()? {
                [] => Verifier::new(provider()),
                extra => Verifier::new_with_extra_roots(extra.iter().cloned(), provider()),
            };
            accepting(Arc::new(verifier.map_err(no_roots)?))
        };
        self.outside.get(make).cloned()
    }

    /// For https on loopback: only the roots of the CA file. No public authority signs for this machine's own names.
    ///
    /// # Errors
    /// `Kind::Usage` if the CA file cannot be read.
    pub(super) fn loopback(&self) -> Result<ClientConfig, Problem> {
        self.loopback.get(|| only(self.extra()?)).cloned()
    }

    /// For plain http on loopback: trusts no roots and reads no files.
    ///
    /// # Errors
    /// `Kind::Internal` if the cryptography of this program lacks TLS, which does not happen.
    pub(super) fn nobody() -> Result<ClientConfig, Problem> {
        only(&[])
    }

    /// The certificates of the CA file; empty if the settings name none.
    fn extra(&self) -> Result<&[CertificateDer<'static>], Problem> {
        let Some(path) = &self.ca_file else { return Ok(&[]) };
        self.extra.get(|| certificates(path)).map(Vec::as_slice)
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn only(certificates: &[CertificateDer<'static>]) -> Result<ClientConfig, Problem> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates.iter().cloned());
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let builder = builder.map_err(no_tls)?;
    Ok(speaking_http(builder.with_root_certificates(roots).with_no_client_auth()))
}

/// Sets the platform's verifier the way reqwest does. rustls calls every verifier but its own "dangerous".
fn accepting(verifier: Arc<dyn ServerCertVerifier>) -> Result<ClientConfig, Problem> {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let builder = builder.map_err(no_tls)?.dangerous().with_custom_certificate_verifier(verifier);
    Ok(speaking_http(builder.with_no_client_auth()))
}

/// Sets the ALPN protocol that reqwest offers without HTTP/2, because reqwest does not change a configuration that is
/// passed to it.
fn speaking_http(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let unusable = |why: &str| {
        let what = format!("The CA file {} cannot be used.", path.display());
        Problem::new(Kind::Usage, what).why(why).try_this("Name a file of PEM certificates in the settings, or none.")
    };
    let pem = paths::read_bounded(path, MAX_CA_FILE).map_err(|error| unusable(&error.to_string()))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let found = found.ok().filter(|found| !found.is_empty());
    let found = found.ok_or_else(|| unusable("It contains no certificates in PEM format."))?;
    let mut roots = RootCertStore::empty();
    for certificate in &found {
        roots.add(certificate.clone()).map_err(|_| unusable("It contains a damaged certificate."))?;
    }
    Ok(found)
}

/// The cause is not quoted, because it can name files of the system, which do not belong in a log.
fn no_roots(_: rustls::Error) -> Problem {
    Problem::new(Kind::Usage, "The system's CA certificates could not be loaded.")
        .why("Without them no server can prove who it is.")
        .try_this("Install the system's CA certificates (ca-certificates), or name a CA file in the settings.")
}

fn no_tls(_: rustls::Error) -> Problem {
    Problem::internal("TLS could not be set up.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ca_file_without_certificates_is_refused() {
        for content in ["", "not PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), content).unwrap();
            let trust = Trust::new(Some(file.path().to_owned()));
            assert_eq!(trust.outside().unwrap_err().kind, Kind::Usage, "{content}");
            assert_eq!(trust.loopback().unwrap_err().kind, Kind::Usage, "{content}");
        }
    }

    #[test]
    fn a_missing_ca_file_can_be_put_in_its_place_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("company.pem");
        let trust = Trust::new(Some(path.clone()));
        assert_eq!(trust.loopback().unwrap_err().kind, Kind::Usage);
        let key = rcgen::KeyPair::generate().unwrap();
        std::fs::write(&path, rcgen::CertificateParams::default().self_signed(&key).unwrap().pem()).unwrap();
        assert!(trust.loopback().is_ok());
        std::fs::remove_file(&path).unwrap();
        assert!(trust.loopback().is_ok() && trust.outside().is_ok());
    }
}
