//! Handles one connection to the listener: a bounded read, strict parsing, one response.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{Duration, timeout};
use tokio_rustls::TlsAcceptor;
use url::Url;

use super::first_bytes::{FirstBytes, open};
use super::page::Page;
use crate::oauth::redirect::{AuthorizationResponse, ExpectedResponse, parse_response};
use crate::problem::{Kind, Problem};
use crate::secret::Secret;

/// Timeout for reading a request.
const READ: Duration = Duration::from_secs(5);
/// Longest request line, in bytes.
const MAX_LINE: usize = 8 * 1024;
const MAX_HEAD: usize = 32 * 1024;
/// Most headers of one request.
const MAX_HEADERS: usize = 100;

/// What the listener responds to.
pub(super) struct ListenerConfig {
    /// The allowed Host headers, lower case.
    pub(super) hosts: Vec<String>,
    /// The redirect URI's path.
    pub(super) path: String,
    /// The path of the short link.
    pub(super) short: Secret,
    /// The URL that the short link redirects to.
    pub(super) target: Option<Url>,
    /// Set if the redirect URI is https.
    pub(super) tls: Option<TlsAcceptor>,
}

/// The result of a connection.
#[derive(Debug)]
pub(super) enum ConnectionEvent {
    /// Nothing to report.
    Nothing,
    /// A request that looked like an authorization response, but does not match.
    Ignored(Problem),
    Response(AuthorizationResponse),
}

/// Serves one connection. Ends early, before the request is read, when `evicted` is dropped or receives a message.
pub(super) async fn serve(
    stream: TcpStream,
    evicted: oneshot::Receiver<()>,
    site: &ListenerConfig,
    expected: &ExpectedResponse,
    taken: &AtomicBool,
) -> ConnectionEvent {
    let mut head = Vec::with_capacity(1_024);
    let opening = async {
        let mut opened = open(stream, site.tls.as_ref()).await?;
        let read = match &mut opened {
            FirstBytes::Plain(stream) | FirstBytes::NotSecure(stream) => read(stream, &mut head).await,
            FirstBytes::Secure(stream) => read(stream, &mut head).await,
            FirstBytes::Hello => Ok(()),
        };
        Some((opened, read))
    };
    let opened = tokio::select! {
        _ = evicted => return ConnectionEvent::Nothing,
        opened = timeout(READ, opening) => opened,
    };
    match opened {
        Err(_) | Ok(None | Some((_, Err(None)))) => ConnectionEvent::Nothing,
        Ok(Some((FirstBytes::Hello, _))) => ConnectionEvent::Ignored(came_with_https(expected)),
        Ok(Some((FirstBytes::NotSecure(stream), _))) => {
            Page::Ignored(400).send(stream).await;
            ConnectionEvent::Ignored(came_with_http(expected))
        }
        Ok(Some((FirstBytes::Plain(stream), read))) => answer(stream, read, &head, site, expected, taken).await,
        Ok(Some((FirstBytes::Secure(stream), read))) => answer(*stream, read, &head, site, expected, taken).await,
    }
}

async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    read: Result<(), Option<u16>>,
    head: &[u8],
    site: &ListenerConfig,
    expected: &ExpectedResponse,
    taken: &AtomicBool,
) -> ConnectionEvent {
    let (page, event) = match read {
        Err(status) => (Page::Ignored(status.unwrap_or(400)), ConnectionEvent::Nothing),
        Ok(()) => judge(head, site, expected, taken),
    };
    page.send(stream).await;
    event
}

/// A TLS hello on the http port: browsers can be configured to change http to https.
fn came_with_https(expected: &ExpectedResponse) -> Problem {
    Problem::new(Kind::Refused, "The browser asked for https at an http address.")
        .why(format!("The redirect URI is {}; the browser's HTTPS-only mode changes it.", expected.redirect_uri))
        .try_this(
            "Change https to http in the browser's address bar, or allow localhost in its HTTPS-only setting, or paste \
             the address here.",
        )
}

/// Plain http on the https port.
fn came_with_http(expected: &ExpectedResponse) -> Problem {
    Problem::new(Kind::Refused, "The browser asked for http at an https address.")
        .why(format!("The redirect URI is {}.", expected.redirect_uri))
        .try_this("Change http to https in the browser's address bar, or paste the address here.")
}

/// Reads up to the empty line. The error is the status to refuse with, or `None` if the client closed the connection.
async fn read(stream: &mut (impl AsyncRead + Unpin), head: &mut Vec<u8>) -> Result<(), Option<u16>> {
    loop {
        let mut chunk = [0; 2_048];
        let count = stream.read(&mut chunk).await.map_err(|_| None)?;
        if count == 0 {
            return Err(None);
        }
        head.extend_from_slice(&chunk[..count]);
        let line = head.iter().position(|byte| *byte == b'\n').unwrap_or(head.len());
        if line > MAX_LINE {
            return Err(Some(414));
        }
        if head.len() > MAX_HEAD {
            return Err(Some(431));
        }
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        match httparse::Request::new(&mut headers).parse(head) {
            Ok(httparse::Status::Complete(_)) => return Ok(()),
            Ok(httparse::Status::Partial) => {}
            Err(httparse::Error::TooManyHeaders) => return Err(Some(431)),
            Err(_) => return Err(Some(400)),
        }
    }
}

fn judge(
    head: &[u8],
    site: &ListenerConfig,
    expected: &ExpectedResponse,
    taken: &AtomicBool,
) -> (Page, ConnectionEvent) {
    let ignored = |status| (Page::Ignored(status), ConnectionEvent::Nothing);
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    if request.parse(head).is_err() {
        return ignored(400);
    }
    let (Some(method), Some(target)) = (request.method, request.path) else { return ignored(400) };
    if method != "GET" {
        return (Page::Method, ConnectionEvent::Nothing);
    }
    let mut hosts = request.headers.iter().filter(|header| header.name.eq_ignore_ascii_case("host"));
    let host = hosts.next().map(|header| header.value.to_ascii_lowercase());
    let known = host.is_some_and(|host| site.hosts.iter().any(|known| known.as_bytes() == host));
    if !known || hosts.next().is_some() {
        // A page of another site, whose host name was made to resolve to this machine (DNS rebinding).
        let problem = Problem::new(Kind::Refused, "A page of another site opened the redirect URI.");
        return (
            Page::Ignored(421),
            ConnectionEvent::Ignored(problem.why("The request was ignored; the sign-in continues.")),
        );
    }
    // An announced body could hide a second request.
    let hides = |header: &httparse::Header<'_>| {
        let named = |name: &str| header.name.eq_ignore_ascii_case(name);
        named("transfer-encoding") || (named("content-length") && header.value != b"0")
    };
    if request.headers.iter().any(hides) {
        return ignored(400);
    }
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    if let Some(to) = &site.target
        && site.short.matches(&Secret::new(path.to_owned()))
    {
        return (Page::Go(to.clone()), ConnectionEvent::Nothing);
    }
    if path != site.path {
        return ignored(404);
    }
    match parse_response(expected, &format!("?{}", query.unwrap_or_default())) {
        Err(problem) => (Page::Ignored(400), ConnectionEvent::Ignored(problem)),
        // Only one response is used; another copy of it is a replay or a reload.
        Ok(_) if taken.swap(true, Ordering::SeqCst) => ignored(400),
        Ok(response @ (AuthorizationResponse::Code { .. } | AuthorizationResponse::ConsoleCode(_))) => {
            (Page::Done, ConnectionEvent::Response(response))
        }
        Ok(response @ AuthorizationResponse::Denied { .. }) => (Page::Denied, ConnectionEvent::Response(response)),
    }
}
