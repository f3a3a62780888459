//! A raw server on loopback that gives scripted responses, counts its connections and records the requests.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use credenza::catalog::{OAuthProfile, Provider};
use credenza::model::credential::{Client, ClientId, Endpoints, Setup, TokenKind, Tokens};
use credenza::oauth::http::{Http, Network};
use credenza::oauth::permit::MustFinish;
use credenza::oauth::token::{self, GrantedTokens, RefreshRequest, RefreshedTokens, TokenError};
use credenza::secret::{AccessToken, AuthorizationCode, ClientSecret, RefreshToken};
use jiff::Timestamp;
use url::Url;

pub(super) const SECRET: &str = "CNRY-secret-0123456789abcdef01234567";
pub(super) const OLD_ACCESS: &str = "CNRY-access-0123456789abcdef01234567";
pub(super) const OLD_REFRESH: &str = "CNRY-refresh-0123456789abcdef01234567";

/// The server, which stops on drop.
pub(super) struct Fake {
    pub(super) port: u16,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
    ended: Arc<AtomicBool>,
    open: Arc<Mutex<Option<TcpStream>>>,
    thread: Option<JoinHandle<()>>,
}

impl Fake {
    /// Reads each request completely, then lets `answer` write to the connection and closes it.
    pub(super) fn new(answer: impl Fn(&mut TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (connections, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let ended = Arc::new(AtomicBool::new(false));
        let open = Arc::new(Mutex::new(None));
        let (count, kept, over) = (Arc::clone(&connections), Arc::clone(&requests), Arc::clone(&ended));
        let current = Arc::clone(&open);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(mut stream) = stream else { continue };
                count.fetch_add(1, Ordering::SeqCst);
                *current.lock().unwrap() = stream.try_clone().ok();
                let request = request(&mut stream);
                kept.lock().unwrap().push(request);
                answer(&mut stream);
                *current.lock().unwrap() = None;
            }
        });
        Self { port, connections, requests, ended, open, thread: Some(thread) }
    }

    /// Answers every request with these bytes.
    pub(super) fn saying(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::new(move |stream| {
            let _ = stream.write_all(&bytes);
        })
    }

    pub(super) fn url(&self) -> Url {
        Url::parse(&format!("http://127.0.0.1:{}/token", self.port)).unwrap()
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Waits until the client has closed the connection.
    pub(super) async fn left(&self) {
        let until = Instant::now() + Duration::from_secs(20);
        while self.open.lock().unwrap().is_some() {
            assert!(Instant::now() < until, "the client still holds the connection");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // The thread may be writing to a client that no longer reads.
        if let Some(stream) = self.open.lock().unwrap().take() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        // Wakes up the thread, which waits for a connection.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        if let Some(thread) = self.thread.take() {
            let joined = thread.join();
            assert!(joined.is_ok() || std::thread::panicking(), "the fake server failed");
        }
    }
}

/// A complete HTTP response with `Content-Length`.
pub(super) fn reply(status: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
    for (name, value) in headers {
        write!(bytes, "{name}: {value}\r\n").unwrap();
    }
    bytes.push_str("\r\n");
    [bytes.as_bytes(), body].concat()
}

/// A 200 response with a JSON body.
pub(super) fn json(body: impl AsRef<[u8]>) -> Vec<u8> {
    reply("200 OK", &[("Content-Type", "application/json;charset=UTF-8")], body)
}

pub(super) fn now() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

pub(super) fn http() -> Http {
    Http::new(&Network::default())
}

pub(super) fn provider(flow: OAuthProfile) -> Provider {
    Provider { id: "fake".to_owned(), name: "Fake".to_owned(), flow, ..Provider::default() }
}

pub(super) fn setup() -> Setup {
    let client = Client { id: ClientId("client-1".to_owned()), secret: Some(ClientSecret::new(SECRET.to_owned())) };
    Setup { client, redirect_uri: "http://localhost:8765/callback".to_owned(), ..Setup::default() }
}

/// Endpoints that are all at `url`.
pub(super) fn endpoints(url: &Url) -> Endpoints {
    Endpoints {
        grant_type: None,
        authorization: Some(url.clone()),
        token: url.clone(),
        refresh: None,
        revocation: None,
        userinfo: None,
        issuer: None,
        lookups: Vec::new(),
        device: None,
    }
}

pub(super) fn old_tokens() -> Tokens {
    Tokens {
        access: AccessToken::new(OLD_ACCESS.to_owned()),
        refresh: Some(RefreshToken::new(OLD_REFRESH.to_owned())),
        received_at: now(),
        expires_at: Some(now()),
        refresh_expires_at: None,
        scopes: Some(vec!["a.read".to_owned(), "b.write".to_owned()]),
        captured: [("api_domain".to_owned(), "https://api.example.com".to_owned())].into(),
    }
}

/// Sends a refresh with the old tokens to the fake.
pub(super) async fn refresh(fake: &Fake, flow: OAuthProfile) -> Result<Tokens, TokenError> {
    refresh_by(&http(), &fake.url(), flow).await
}

/// Sends a refresh with the old tokens, with this client and to this URL.
pub(super) async fn refresh_by(http: &Http, url: &Url, flow: OAuthProfile) -> Result<Tokens, TokenError> {
    renew_by(http, url, flow, None).await.map(|renewed| renewed.tokens)
}

/// Sends a refresh with the old tokens as the set `kind`, with this client and to this URL.
pub(super) async fn renew_by(
    http: &Http,
    url: &Url,
    flow: OAuthProfile,
    kind: Option<TokenKind>,
) -> Result<RefreshedTokens, TokenError> {
    let tokens = old_tokens();
    let of = RefreshRequest { tokens: &tokens, kind };
    token::refresh(&MustFinish::granted(), http, &provider(flow), &endpoints(url), &setup(), of, now()).await
}

/// Exchanges an authorization code at the fake.
pub(super) async fn exchange(fake: &Fake, flow: OAuthProfile) -> Result<GrantedTokens, TokenError> {
    let code = AuthorizationCode::new("CNRY-code-0123".to_owned());
    let captured = std::collections::BTreeMap::new();
    let endpoints = endpoints(&fake.url());
    token::exchange(
        &MustFinish::granted(),
        &http(),
        &provider(flow),
        &endpoints,
        &setup(),
        &code,
        None,
        &captured,
        now(),
    )
    .await
}

/// All text that an error could show, including its debug output. Checks that it contains no secret and no control
/// character.
pub(super) fn shown(error: &TokenError) -> String {
    let debug = format!("{error:?}");
    let text = format!("{} {} {debug}", error.code(), error.clone().problem());
    assert!(!text.contains("CNRY"), "{text}");
    assert!(text.chars().all(credenza::printable::is_plain), "{text:?}");
    text
}

fn request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut part = [0_u8; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        match stream.read(&mut part) {
            Ok(0) | Err(_) => return text,
            Ok(count) => bytes.extend_from_slice(&part[..count]),
        }
    }
}
