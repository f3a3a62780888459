//! The certificate of `https://localhost`: generated on this machine, only for this machine, and recognized by its
//! fingerprint.
//!
//! It is self-signed and not a certificate authority, so trusting it vouches for nothing but `localhost`. The key never
//! leaves the state folder, which only the user can read.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::paths::{only_ours, read_bounded, replace_file};
use crate::problem::{Kind, Problem};

/// Its name in the state folder.
const FILE: &str = "redirect-certificate.pem";
/// Precedes the last day of validity, in the line above the PEM blocks.
const LAST_DAY: &str = "Last day: ";
/// Days of validity; systems reject certificates valid for more than 825.
const LIFE: i64 = 397;
/// The certificate is renewed this many days before it expires.
const RENEWED_BEFORE: i64 = 30;
/// Largest file, in bytes: a certificate, its key and one line.
const MAX_FILE: u64 = 16 << 10;
/// The names it is valid for: every spelling of this machine in a redirect URI.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// The certificate of `https://localhost`, ready to be served.
#[derive(Clone, Debug)]
pub struct Certificate {
    der: CertificateDer<'static>,
    path: PathBuf,
    last_day: Date,
    pub(super) server: Arc<ServerConfig>,
}

impl Certificate {
    /// Returns the certificate stored in `folder`, or a new one if there is none or it expires soon.
    ///
    /// # Errors
    /// `Kind::Refused` if others can read its key, `Kind::Storage` if it cannot be stored.
    pub fn of(folder: &Path, today: Date) -> Result<Self, Problem> {
        let path = folder.join(FILE);
        match read_bounded(&path, MAX_FILE) {
            Ok(bytes) => {
                only_ours(&path)?;
                let kept = Self::parse(&Zeroizing::new(bytes), &path);
                if let Some(kept) = kept.filter(|kept| kept.is_good(today)) {
                    return Ok(kept);
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(unkept(&path, &error.to_string())),
        }
        let text = made(today).map_err(|error| unkept(&path, &error.to_string()))?;
        replace_file(&path, text.as_bytes()).map_err(|error| unkept(&path, &error.to_string()))?;
        Self::parse(text.as_bytes(), &path).ok_or_else(|| Problem::internal("The new certificate cannot be served."))
    }

    /// SHA-256 of the certificate, `AB:CD:…`, as browsers show it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let pairs: Vec<String> = Sha256::digest(&self.der).iter().map(|byte| format!("{byte:02X}")).collect();
        pairs.join(":")
    }

    /// The file that contains the certificate and its key.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The last day of its validity.
    #[must_use]
    pub(crate) fn last_day(&self) -> Date {
        self.last_day
    }

    /// The certificate without its key, to be added to a system's trusted certificates.
    #[must_use]
    pub fn pem(&self) -> String {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode(&self.der);
        let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    }

    fn is_good(&self, today: Date) -> bool {
        today.checked_add(jiff::Span::new().days(RENEWED_BEFORE)).is_ok_and(|then| then < self.last_day)
    }

    /// `None` for a damaged file, which is then replaced.
    fn parse(bytes: &[u8], path: &Path) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let last_day = text.lines().find_map(|line| line.strip_prefix(LAST_DAY))?.trim().parse().ok()?;
        let der = CertificateDer::from_pem_slice(bytes).ok()?;
        let key = PrivateKeyDer::from_pem_slice(bytes).ok()?;
        let server = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .ok()?
            .with_no_client_auth()
            .with_single_cert(vec![der.clone()], key);
        let mut server = server.ok()?;
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        Some(Self { der, path: path.to_owned(), last_day, server: Arc::new(server) })
    }
}

/// Generates a key and its certificate: the contents of the file.
fn made(today: Date) -> Result<Zeroizing<String>, Box<dyn std::error::Error>> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(NAMES.map(str::to_owned))?;
    let (first, last) = (today.yesterday()?, today.checked_add(jiff::Span::new().days(LIFE))?);
    let day =
        |date: Date| rcgen::date_time_ymd(date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs());
    (params.not_before, params.not_after) = (day(first), day(last));
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Credenza on this machine (localhost)");
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = params.self_signed(&key)?;
    let key = Zeroizing::new(key.serialize_pem());
    Ok(Zeroizing::new(format!("{LAST_DAY}{last}\n{}{}", certificate.pem(), *key)))
}

fn unkept(path: &Path, why: &str) -> Problem {
    Problem::new(Kind::Storage, "The certificate of https://localhost cannot be used.")
        .why(format!("{}: {why}.", path.display()))
        .try_this(
            "Paste the address that the browser shows after the sign-in. Or move the file away and authenticate again.",
        )
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn one_certificate_is_made_kept_private_and_used_again() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let made = Certificate::of(&state, day("2026-11-29")).unwrap();
        assert_eq!(made.fingerprint().len(), 32 * 3 - 1);
        assert_eq!(fs::metadata(made.path()).unwrap().permissions().mode() & 0o777, 0o600);
        let again = Certificate::of(&state, day("2027-06-01")).unwrap();
        assert_eq!(again.fingerprint(), made.fingerprint());
        assert!(made.pem().lines().count() > 5 && !made.pem().contains("PRIVATE"));
        assert_eq!(CertificateDer::from_pem_slice(made.pem().as_bytes()).unwrap(), made.der);
        fs::set_permissions(made.path(), fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(Certificate::of(&state, day("2027-06-01")).unwrap_err().kind, Kind::Refused);
    }

    #[test]
    fn one_that_ends_soon_or_is_damaged_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let first = Certificate::of(folder.path(), day("2026-11-29")).unwrap();
        let later = Certificate::of(folder.path(), day("2027-12-20")).unwrap();
        assert_ne!(first.fingerprint(), later.fingerprint());
        assert!(later.last_day() > day("2029-01-01"));
        fs::write(later.path(), "Last day: 2029-01-20\nnonsense").unwrap();
        assert_ne!(Certificate::of(folder.path(), day("2027-12-20")).unwrap().fingerprint(), later.fingerprint());
    }
}
