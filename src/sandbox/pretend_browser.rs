//! A simulated browser: follows a URL and its redirects over plain HTTP on loopback, and returns the final page.
//!
//! Used where there is no browser (the demo over ssh, tests). It connects only to loopback addresses.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use url::Url;

use crate::problem::{Kind, Problem};

/// Most redirects that are followed.
const MAX_REDIRECTS: usize = 5;
/// Longest response that is read, in bytes.
const MAX_ANSWER: u64 = 1 << 20;
/// Timeout of one request.
const DEADLINE: Duration = Duration::from_secs(10);

/// The page on which a visit ended.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its URL.
    pub url: Url,
    pub status: u16,
    pub text: String,
}

/// Visits `url` and follows its redirects to other loopback addresses.
///
/// # Errors
/// `Kind::Refused` for a URL that is not plain HTTP on loopback, `Kind::Temporary` if there is no response.
pub async fn visit(url: &Url) -> Result<Page, Problem> {
    let mut url = url.clone();
    for _ in 0..=MAX_REDIRECTS {
        let fetched = tokio::time::timeout(DEADLINE, fetch(&url)).await.map_err(|_| silent(&url))?;
        let (status, location, text) = fetched?;
        match location.and_then(|location| url.join(&location).ok()) {
            Some(next) if (300..400).contains(&status) => url = next,
            _ => return Ok(Page { url, status, text }),
        }
    }
    Err(Problem::new(Kind::Temporary, "The simulated browser was redirected in a loop."))
}

/// A simulated user who accepts whatever the sandbox asks.
#[derive(Clone, Debug)]
pub struct Visitor {
    base: Url,
    handle: Handle,
}

impl Visitor {
    pub(super) fn new(base: Url, handle: Handle) -> Self {
        Self { base, handle }
    }

    /// Starts a visit to an authorization URL of the sandbox, which accepts after the delay `after`. Returns at once.
    ///
    /// # Errors
    /// `Kind::Refused` for a URL that is not the sandbox's.
    pub fn accept(&self, url: &Url, after: Duration) -> Result<(), Problem> {
        if url.origin() != self.base.origin() {
            return Err(Problem::new(Kind::Refused, "The simulated browser opens the sandbox's pages only."));
        }
        let mut url = url.clone();
        url.query_pairs_mut().append_pair("sandbox_auto", "accept");
        self.handle.spawn(async move {
            tokio::time::sleep(after).await;
            // The caller may no longer be waiting for the redirect.
            let _ = visit(&url).await;
        });
        Ok(())
    }
}

async fn fetch(url: &Url) -> Result<(u16, Option<String>, String), Problem> {
    let (host, port) = loopback(url)?;
    let mut stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await.map_err(|_| silent(url))?;
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let request =
        format!("GET {target} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: text/html\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.map_err(|_| silent(url))?;
    let mut bytes = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut bytes).await.map_err(|_| silent(url))?;
    parse(&bytes).ok_or_else(|| silent(url))
}

fn loopback(url: &Url) -> Result<(String, u16), Problem> {
    match (url.scheme(), url.host_str()) {
        ("http", Some(host @ ("localhost" | "127.0.0.1" | "[::1]"))) => Ok((host.to_owned(), url.port().unwrap_or(80))),
        _ => Err(Problem::new(Kind::Refused, "The simulated browser opens loopback addresses only.")),
    }
}

fn parse(bytes: &[u8]) -> Option<(u16, Option<String>, String)> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(body) = response.parse(bytes).ok()? else { return None };
    let location = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("location"));
    let location = location.and_then(|header| std::str::from_utf8(header.value).ok()).map(str::to_owned);
    Some((response.code?, location, String::from_utf8_lossy(bytes.get(body..)?).into_owned()))
}

fn silent(url: &Url) -> Problem {
    Problem::new(Kind::Temporary, format!("Nothing answers at {}.", url.host_str().unwrap_or("that address")))
}
