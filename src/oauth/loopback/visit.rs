//! One connection to the listener: a bounded read, a strict look, one answer.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{Duration, timeout};
use tokio_rustls::TlsAcceptor;
use url::Url;

use super::opening::{Opened, open};
use super::page::Page;
use crate::oauth::redirect::{Expected, Response, parse_response};
use crate::problem::{Kind, Problem};
use crate::secret::Secret;

/// How long a client may take for its request.
const READ: Duration = Duration::from_secs(5);
/// The longest request line.
const MAX_LINE: usize = 8 * 1024;
const MAX_HEAD: usize = 32 * 1024;
/// Headers of one request.
const MAX_HEADERS: usize = 100;

/// What the listener answers to.
pub(super) struct Site {
    /// The only Host headers, lower case.
    pub(super) hosts: Vec<String>,
    /// The redirect URI's path.
    pub(super) path: String,
    /// The path of the short link.
    pub(super) short: Secret,
    /// Where the short link leads.
    pub(super) target: Option<Url>,
    /// For a redirect URI that is https.
    pub(super) tls: Option<TlsAcceptor>,
}

/// What a connection came to.
#[derive(Debug)]
pub(super) enum Event {
    /// Nothing worth telling.
    Nothing,
    /// Something that looked like a response, and was not ours.
    Ignored(Problem),
    Response(Response),
}

/// Serves one connection. It ends early, before its request is read, when `evicted` is dropped or told.
pub(super) async fn serve(
    stream: TcpStream,
    evicted: oneshot::Receiver<()>,
    site: &Site,
    expected: &Expected,
    taken: &AtomicBool,
) -> Event {
    let mut head = Vec::with_capacity(1_024);
    let opening = async {
        let mut opened = open(stream, site.tls.as_ref()).await?;
        let read = match &mut opened {
            Opened::Plain(stream) | Opened::NotSecure(stream) => read(stream, &mut head).await,
            Opened::Secure(stream) => read(stream, &mut head).await,
            Opened::Hello => Ok(()),
        };
        Some((opened, read))
    };
    let opened = tokio::select! {
        _ = evicted => return Event::Nothing,
        opened = timeout(READ, opening) => opened,
    };
    match opened {
        Err(_) | Ok(None | Some((_, Err(None)))) => Event::Nothing,
        Ok(Some((Opened::Hello, _))) => Event::Ignored(came_with_https(expected)),
        Ok(Some((Opened::NotSecure(stream), _))) => {
            Page::Ignored(400).send(stream).await;
            Event::Ignored(came_with_http(expected))
        }
        Ok(Some((Opened::Plain(stream), read))) => answer(stream, read, &head, site, expected, taken).await,
        Ok(Some((Opened::Secure(stream), read))) => answer(*stream, read, &head, site, expected, taken).await,
    }
}

async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    read: Result<(), Option<u16>>,
    head: &[u8],
    site: &Site,
    expected: &Expected,
    taken: &AtomicBool,
) -> Event {
    let (page, event) = match read {
        Err(status) => (Page::Ignored(status.unwrap_or(400)), Event::Nothing),
        Ok(()) => judge(head, site, expected, taken),
    };
    page.send(stream).await;
    event
}

/// A TLS hello at the http port: browsers change http to https where they are told to.
fn came_with_https(expected: &Expected) -> Problem {
    Problem::new(Kind::Refused, "The browser asked for https at an http address.")
        .why(format!("The redirect URI is {}; the browser's HTTPS-only mode changes it.", expected.redirect_uri))
        .try_this(
            "Change https to http in the browser's address bar, or allow localhost in its HTTPS-only setting, or paste \
             the address here.",
        )
}

/// Plain http at the https port.
fn came_with_http(expected: &Expected) -> Problem {
    Problem::new(Kind::Refused, "The browser asked for http at an https address.")
        .why(format!("The redirect URI is {}.", expected.redirect_uri))
        .try_this("Change http to https in the browser's address bar, or paste the address here.")
}

/// Reads up to the empty line; the status to refuse with, or `None` when the client went away.
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

fn judge(head: &[u8], site: &Site, expected: &Expected, taken: &AtomicBool) -> (Page, Event) {
    let ignored = |status| (Page::Ignored(status), Event::Nothing);
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    if request.parse(head).is_err() {
        return ignored(400);
    }
    let (Some(method), Some(target)) = (request.method, request.path) else { return ignored(400) };
    if method != "GET" {
        return (Page::Method, Event::Nothing);
    }
    let mut hosts = request.headers.iter().filter(|header| header.name.eq_ignore_ascii_case("host"));
    let host = hosts.next().map(|header| header.value.to_ascii_lowercase());
    let known = host.is_some_and(|host| site.hosts.iter().any(|known| known.as_bytes() == host));
    if !known || hosts.next().is_some() {
        // A page elsewhere whose name was made to mean this machine (DNS rebinding).
        let problem = Problem::new(Kind::Refused, "A page of another site opened the redirect address.");
        return (Page::Ignored(421), Event::Ignored(problem.why("It was ignored; the sign-in goes on.")));
    }
    // A body that is announced could hide a second request.
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
        return (Page::Go(to.clone()), Event::Nothing);
    }
    if path != site.path {
        return ignored(404);
    }
    match parse_response(expected, &format!("?{}", query.unwrap_or_default())) {
        Err(problem) => (Page::Ignored(400), Event::Ignored(problem)),
        // One response is used; the same again is a replay, or a reload.
        Ok(_) if taken.swap(true, Ordering::SeqCst) => ignored(400),
        Ok(response @ (Response::Code { .. } | Response::ConsoleCode(_))) => (Page::Done, Event::Response(response)),
        Ok(response @ Response::Denied { .. }) => (Page::Denied, Event::Response(response)),
    }
}
