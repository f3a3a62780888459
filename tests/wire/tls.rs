//! Server authentication: rows PR-09, a company's own certificate authority, and an inspecting proxy.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use credenza::oauth::http::{BodyLimit, Failure, Http, Network, Request, TransportError};
use http::Method;
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use url::Url;
use zeroize::Zeroizing;

use super::fake::Fake;

pub(super) const BODY: &str = "grant_type=refresh_token&refresh_token=CNRY-refresh";

/// A company's certificate authority, with its certificate in a file.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(super) file: PathBuf,
    _folder: tempfile::TempDir,
}

impl Authority {
    pub(super) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let folder = crate::scratch::folder();
        let file = folder.path().join("company.pem");
        std::fs::write(&file, params.self_signed(&key).unwrap().pem()).unwrap();
        Self { issuer: Issuer::new(params, key), file, _folder: folder }
    }

    /// Issues a certificate for a server with this name.
    pub(super) fn signs(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        builder.with_single_cert(vec![certificate], key).unwrap()
    }
}

/// A server that speaks TLS; counts the reads of application data.
pub(super) struct Server {
    pub(super) port: u16,
    heard: Arc<AtomicUsize>,
}

impl Server {
    pub(super) fn start(config: ServerConfig) -> Self {
        let config = Arc::new(config);
        Self::each(move |stream, heard| {
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
            let mut said = Vec::new();
            let mut part = [0; 4_096];
            while !String::from_utf8_lossy(&said).ends_with(BODY) {
                match stream.read(&mut part) {
                    Ok(count @ 1..) => said.extend_from_slice(&part[..count]),
                    _ => break,
                }
                heard.fetch_add(1, Ordering::SeqCst);
            }
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
            stream.conn.send_close_notify();
            let _ = stream.flush();
        })
    }

    /// Answers the first bytes of each connection with these bytes.
    fn saying(bytes: &'static [u8]) -> Self {
        Self::each(move |mut stream, heard| {
            let mut first = [0; 4_096];
            let count = stream.read(&mut first).unwrap_or(0);
            if String::from_utf8_lossy(&first[..count]).contains("CNRY") {
                heard.fetch_add(1, Ordering::SeqCst);
            }
            let _ = stream.write_all(bytes);
            let _ = stream.shutdown(Shutdown::Write);
        })
    }

    /// The thread runs until the test program exits, because it keeps waiting for connections.
    fn each(answer: impl Fn(TcpStream, &AtomicUsize) + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let (port, heard) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&heard);
        thread::spawn(move || listener.incoming().flatten().for_each(|stream| answer(stream, &count)));
        Self { port, heard }
    }
}

pub(super) fn trusting(file: &Path) -> Network {
    Network { proxy: None, ca_file: Some(file.to_owned()) }
}

/// The HTTP status, or the text of the error.
async fn ask(network: &Network, url: &str) -> Result<u16, String> {
    status(&Http::new(network), url).await.map_err(|failure| failure.problem.to_string())
}

/// The HTTP status, or the failure.
pub(super) async fn status(http: &Http, url: &str) -> Result<u16, Failure> {
    let url = Url::parse(url).unwrap();
    let body = Some(("application/x-www-form-urlencoded", Zeroizing::new(BODY.as_bytes().to_vec())));
    let request = Request { method: Method::POST, url: &url, headers: Vec::new(), body, secrets: Vec::new() };
    let answer = http.send(request, BodyLimit::Token).await;
    if let Err(failure) = &answer {
        assert!(!failure.sent, "nothing was said to whom we do not know: {failure:?}");
    }
    answer.map(|answer| answer.status)
}

#[tokio::test]
async fn pr_09_a_companys_own_authority_is_trusted_where_the_settings_name_it_and_only_there() {
    let authority = Authority::new();
    let server = Server::start(authority.signs("localhost", |_| {}));
    let url = format!("https://localhost:{}/token", server.port);
    let refused = ask(&Network::default(), &url).await.unwrap_err();
    assert!(refused.contains("Its certificate is not signed by an authority this machine trusts"), "{refused}");
    assert!(refused.contains("CA file"), "{refused}");
    assert_eq!(server.heard.load(Ordering::SeqCst), 0);
    assert_eq!(ask(&trusting(&authority.file), &url).await, Ok(200));
    // The authority of another company is not accepted.
    let failure = status(&Http::new(&trusting(&Authority::new().file)), &url).await.unwrap_err();
    assert!(matches!(failure.cause, Some(TransportError::CertificateUntrusted { .. })), "{failure:?}");
}

#[tokio::test]
async fn pr_09_an_expired_certificate_and_one_of_another_name_are_refused_in_words() {
    let authority = Authority::new();
    let expired = authority.signs("localhost", |params| params.not_after = date_time_ymd(2020, 1, 1));
    let early = authority.signs("localhost", |params| params.not_before = date_time_ymd(2090, 1, 1));
    let other = authority.signs("accounts.example.com", |_| {});
    let client = authority.signs("localhost", |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    let http = Http::new(&trusting(&authority.file));
    for (config, variant, why) in [
        (expired, "CertificateExpired", "has expired, or this machine's date is wrong"),
        (early, "CertificateNotYetValid", "is not valid yet, or this machine's date is wrong"),
        (other, "CertificateWrongName", "is for another name"),
        (client, "CertificateInvalid", "not meant for a server"),
    ] {
        let server = Server::start(config);
        let failure = status(&http, &format!("https://localhost:{}/token", server.port)).await.unwrap_err();
        assert!(failure.problem.why.contains(why), "{failure:?}");
        assert!(format!("{:?}", failure.cause).contains(variant), "{failure:?}");
        assert_eq!(server.heard.load(Ordering::SeqCst), 0);
    }
}

/// A fatal alert `protocol_version` in a TLS 1.0 record, plain HTTP, an immediate close, and a truncated record.
#[tokio::test]
async fn pr_09_what_speaks_no_tls_of_today_gets_nothing_and_there_is_no_switch() {
    let answers: [&[u8]; 4] = [
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
        b"",
        b"\x16\x03\x01",
    ];
    for bytes in answers {
        let server = Server::saying(bytes);
        let url = format!("https://localhost:{}/token", server.port);
        let failure = status(&Http::new(&Network::default()), &url).await.unwrap_err();
        assert!(failure.problem.what.contains(&format!("localhost:{}", server.port)), "{failure:?}");
        assert!(matches!(failure.cause, Some(TransportError::TlsUnsupported { .. })), "{failure:?}");
        assert_eq!(server.heard.load(Ordering::SeqCst), 0);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/oauth/http");
    for entry in std::fs::read_dir(folder).unwrap() {
        let code = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!code.contains("danger_accept") && !code.contains("tls_danger"), "no way around");
    }
}

/// A proxy that requires a password, opens the tunnel, and presents a certificate of the company's authority for the
/// provider's name.
#[tokio::test]
async fn a_proxy_with_a_password_that_inspects_tls_is_passed_with_the_companys_authority() {
    let authority = Authority::new();
    let inspecting = Server::start(authority.signs("accounts.example.com", |_| {}));
    let proxy = proxy_to(inspecting.port);
    let address = format!("http://ana:CNRY-proxy@127.0.0.1:{}", proxy.port);
    let network = Network { proxy: Some(address.clone()), ca_file: Some(authority.file.clone()) };
    assert_eq!(ask(&network, "https://accounts.example.com/token").await, Ok(200));
    let requests = proxy.requests();
    assert!(requests[0].starts_with("CONNECT accounts.example.com:443 "), "{requests:?}");
    assert!(requests[0].to_lowercase().contains("proxy-authorization: basic yw5hoknoulktchjvehk="), "{requests:?}");
    assert!(!requests[0].contains("CNRY"), "the proxy sees only where to, not what");
    // Without the authority, the proxy is a man in the middle.
    let heard = inspecting.heard.load(Ordering::SeqCst);
    let network = Network { proxy: Some(address), ca_file: None };
    let refused = ask(&network, "https://accounts.example.com/token").await.unwrap_err();
    assert!(
        refused.contains("not signed by an authority this machine trusts") && !refused.contains("CNRY"),
        "{refused}"
    );
    assert_eq!(inspecting.heard.load(Ordering::SeqCst), heard);
}

/// A proxy that connects every tunnel to this port.
pub(super) fn proxy_to(port: u16) -> Fake {
    Fake::new(move |client| {
        let _ = client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n");
        let server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        tunnel(client, &server);
    })
}

/// Copies in both directions until both sides have closed.
fn tunnel(client: &TcpStream, server: &TcpStream) {
    thread::scope(|scope| {
        for (mut from, mut to) in [(client, server), (server, client)] {
            scope.spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Write);
            });
        }
    });
}
