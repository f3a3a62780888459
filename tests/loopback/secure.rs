//! The listener of an https redirect URI, and the message when the browser uses the other scheme.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use credenza::oauth::loopback::{Certificate, Listener};
use credenza::oauth::redirect::AuthorizationResponse;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use sha2::{Digest as _, Sha256};

use super::{CODE, Flow, free, right, start, wait};

/// The first bytes of a TLS 1.3 `ClientHello`.
const HELLO: &[u8] = &[22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3];

/// Accepts a certificate by its fingerprint, as a user does on the browser's warning page.
#[derive(Debug)]
struct ByFingerprint(String);

impl ServerCertVerifier for ByFingerprint {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let pairs: Vec<String> = Sha256::digest(certificate).iter().map(|byte| format!("{byte:02X}")).collect();
        let same = pairs.join(":") == self.0;
        if same { Ok(ServerCertVerified::assertion()) } else { Err(rustls::Error::General("another".to_owned())) }
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, &known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

/// Starts a flow that waits for https; returns the fingerprint that it shows.
fn start_secure(folder: &std::path::Path) -> (Flow, String) {
    let certificate = Certificate::of(folder, "2026-11-29".parse().unwrap()).unwrap();
    let (uri, listener) = free("https://localhost", &|uri| Listener::bind_https(uri, &certificate));
    (wait("localhost", uri, listener), certificate.fingerprint())
}

fn get(flow: &Flow, fingerprint: &str, target: &str) -> std::io::Result<String> {
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(ByFingerprint(fingerprint.to_owned())))
        .with_no_client_auth();
    let client = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, flow.port))?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut stream = StreamOwned::new(client, stream);
    stream.write_all(&flow.request(target))?;
    let mut answer = Vec::new();
    // The connection may end without a `close_notify`.
    let _ = stream.read_to_end(&mut answer);
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[test]
fn https_brings_the_code_to_whoever_knows_the_fingerprint() {
    let folder = crate::scratch::folder();
    let (flow, fingerprint) = start_secure(folder.path());
    assert!(flow.short_link.starts_with("https://localhost:"), "{}", flow.short_link);
    assert!(get(&flow, "AB:CD", "/callback").is_err(), "another certificate is not trusted");
    let answer = get(&flow, &fingerprint, &right()).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("Signed in"), "{answer}");
    assert!(
        matches!(flow.wait.join().unwrap(), AuthorizationResponse::Code { code, .. } if code.matches(&CODE.to_owned().into()))
    );
}

#[test]
fn a_tls_hello_at_the_http_port_is_told_within_a_second() {
    let flow = start();
    let before = Instant::now();
    let answer = raw_bytes(flow.port, HELLO);
    while flow.ignored.lock().unwrap().is_empty() {
        assert!(before.elapsed() < Duration::from_secs(1), "nothing was told");
        std::thread::yield_now();
    }
    assert_eq!(answer.first(), Some(&21), "a TLS alert ends it at once: {answer:?}");
    let told = flow.ignored.lock().unwrap()[0].clone();
    assert!(told.what.contains("https at an http address") && told.try_this.contains("HTTPS-only"), "{told}");
    assert!(flow.get(&right()).contains("Signed in"), "the wait goes on");
    flow.wait.join().unwrap();
}

#[test]
fn plain_http_at_the_https_port_is_told() {
    let folder = crate::scratch::folder();
    let (flow, fingerprint) = start_secure(folder.path());
    let answer = flow.get(&right());
    assert!(answer.starts_with("HTTP/1.1 400") && !answer.contains(CODE), "{answer}");
    super::wait_for("a remark", || !flow.ignored.lock().unwrap().is_empty());
    let told = flow.ignored.lock().unwrap()[0].clone();
    assert!(told.what.contains("http at an https address"), "{told}");
    assert!(get(&flow, &fingerprint, &right()).unwrap().contains("Signed in"));
    flow.wait.join().unwrap();
}

fn raw_bytes(port: u16, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}
