//! A bare HTTP client for loopback, so that tests can check every byte of a response.

use std::fmt::Write as _;
use std::time::Duration;

use credenza::clock::Clock;
use credenza::sandbox::{Consent, Options, Registration, Sandbox};
use jiff::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Url;

pub(crate) const CLIENT_ID: &str = "1000.4F7KQ2M8VZ1T6RXC3B0NDY5WHJ9QZE";
pub(crate) const CLIENT_SECRET: &str = "0123456789abcdef0123456789abcdef0123456789";
pub(super) const REDIRECT_URI: &str = "http://localhost:53682/callback";
pub(crate) const SCOPES: &str = "MDMOnDemand.MDMInventory.READ,SDPOnDemand.assets.ALL,DesktopCentralCloud.SOM.READ";
pub(crate) const US: &str = "accounts.zoho.com";

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(super) fn location(&self) -> &str {
        self.header("location").unwrap()
    }

    pub(super) fn code(&self) -> String {
        let url = Url::parse(self.location()).unwrap();
        url.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned()
    }
}

/// Sends a request and reads the whole response; fails if the connection breaks before its end.
pub(super) async fn send(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> std::io::Result<Reply> {
    let url = Url::parse(url).unwrap();
    let (host, port) = (url.host_str().unwrap().to_owned(), url.port().unwrap());
    let mut stream = TcpStream::connect((host.as_str(), port)).await?;
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let mut request = format!("{method} {target} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    if !headers.iter().any(|(name, _)| *name == "Host") {
        write!(request, "Host: {host}:{port}\r\n").unwrap();
    }
    for (name, value) in headers {
        write!(request, "{name}: {value}\r\n").unwrap();
    }
    stream.write_all(format!("{request}\r\n{body}").as_bytes()).await?;
    let mut bytes = Vec::new();
    tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes)).await.unwrap()?;
    parse(&bytes).ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
}

pub(super) async fn get(url: &str) -> Reply {
    send("GET", url, &[], "").await.unwrap()
}

pub(crate) async fn post(url: &str, form: &[(&str, &str)]) -> Reply {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    send("POST", url, &headers, &body).await.unwrap()
}

fn parse(bytes: &[u8]) -> Option<Reply> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(at) = response.parse(bytes).ok()? else { return None };
    let headers: Vec<(String, String)> = response
        .headers
        .iter()
        .map(|header| (header.name.to_owned(), String::from_utf8_lossy(header.value).into_owned()))
        .collect();
    let reply = Reply { status: response.code?, headers, body: bytes[at..].to_vec() };
    match reply.header("content-length").map(|length| length.parse::<usize>().unwrap()) {
        Some(length) if length != reply.body.len() => None,
        _ => Some(reply),
    }
}

/// A sandbox with one registered client, a settable clock, and automatic consent.
pub(super) async fn sandbox() -> (Sandbox, Clock) {
    let clock = Clock::settable(Timestamp::from_second(1_800_000_000).unwrap());
    let client = Registration {
        id: CLIENT_ID.to_owned(),
        secret: Some(CLIENT_SECRET.to_owned()),
        redirect_uris: vec![REDIRECT_URI.to_owned()],
    };
    let options =
        Options { clock: clock.clone(), consent: Consent::Accept, clients: vec![client], ..Options::default() };
    (Sandbox::start(options).await.unwrap(), clock)
}

/// The authorization URL, with some parameters changed (or left out, if their value is empty).
pub(super) fn authorization(sandbox: &Sandbox, host: &str, changed: &[(&str, &str)]) -> String {
    let usual = [
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT_URI),
        ("scope", SCOPES),
        ("access_type", "offline"),
        ("prompt", "consent"),
        ("state", "st-ate"),
    ];
    let changed_value = |name| changed.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let extra = changed.iter().filter(|(name, _)| !usual.iter().any(|(key, _)| key == name)).copied();
    let all = usual.into_iter().map(|(name, value)| (name, changed_value(name).unwrap_or(value))).chain(extra);
    let mut url = Url::parse(&sandbox.at(host, "/oauth/v2/auth")).unwrap();
    url.query_pairs_mut().extend_pairs(all.filter(|(_, value)| !value.is_empty()));
    url.into()
}

/// Exchanges a code at `host`.
pub(super) async fn exchange(sandbox: &Sandbox, host: &str, code: &str, changed: &[(&str, &str)]) -> Reply {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("redirect_uri", REDIRECT_URI),
    ];
    for (name, value) in changed {
        form.retain(|(key, _)| key != name);
        form.push((name, value));
    }
    form.retain(|(_, value)| !value.is_empty());
    post(&sandbox.at(host, "/oauth/v2/token"), &form).await
}

/// Refreshes at `host`.
pub(super) async fn refresh(sandbox: &Sandbox, host: &str, token: &str) -> Reply {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
    ];
    post(&sandbox.at(host, "/oauth/v2/token"), &form).await
}

/// The access and refresh token from a complete flow at `host`.
pub(crate) async fn tokens(sandbox: &Sandbox, host: &str, scopes: &str) -> (String, String) {
    let reply = get(&authorization(sandbox, host, &[("scope", scopes)])).await;
    let answer = exchange(sandbox, host, &reply.code(), &[]).await.json();
    (answer["access_token"].as_str().unwrap().to_owned(), answer["refresh_token"].as_str().unwrap().to_owned())
}
