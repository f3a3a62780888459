//! The one HTTP client: no redirects, one deadline; files are read once, and only when needed.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use reqwest::{Client, ClientBuilder, Proxy, redirect, retry};
use url::Url;
use zeroize::Zeroizing;

use super::classify::{Limits, classify};
use super::destination::{is_private, place};
use super::failure::Failure;
use super::lazy::RetryingLazy;
use super::no_proxy;
use super::response::{BodyLimit, Response};
use super::server_clock::{LastClock, ServerClock};
use super::transport_error::TransportError;
use super::trust::Trust;
use crate::diagnostics::{Host, Level, event};
use crate::loopback::is_loopback;
use crate::problem::{Kind, Problem};
use crate::secret::Secret;

/// Connect timeout.
const CONNECT: Duration = Duration::from_secs(10);
/// Timeout of a request, from the first byte sent to the last one read.
const TOTAL: Duration = Duration::from_secs(30);
/// How long an idle connection may be reused: longer than the pause between two pages, and shorter than servers keep
/// one.
const IDLE: Duration = Duration::from_secs(15);

/// How this program reaches the network.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// A proxy for everything but loopback; if `None`, the system's variables apply.
    pub proxy: Option<String>,
    /// PEM certificates to trust in addition to the system's; for https on loopback, instead of them.
    pub ca_file: Option<PathBuf>,
}

/// Whether a request may reuse an open connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reuse {
    /// A new connection. If the server has just closed an idle one, it is unknown whether the request arrived, and a
    /// refresh token or a code must not be sent twice.
    Never,
    /// One idle connection per host. For requests that may be repeated, many times in a row.
    Idle,
}

/// The client: one for the whole process, built without touching the disk. Cheap to clone.
#[derive(Clone)]
pub struct Http {
    shared: Arc<Shared>,
    /// Secrets of the credential, masked in quotations of a response whether they were sent or not.
    known: Arc<[Secret]>,
}

struct Shared {
    proxy: Option<String>,
    limits: Limits,
    trust: Trust,
    clock: LastClock,
    outside: Clients,
    direct: Clients,
    loopback: Clients,
    plain: Clients,
}

/// The clients of one route, each with its own connections; see [`Reuse`].
struct Clients {
    never: RetryingLazy<Client>,
    idle: RetryingLazy<Client>,
}

/// How a request reaches its host.
#[derive(Clone, Copy)]
enum Route {
    /// https, through the proxy if there is one.
    Outside,
    /// https, without the proxy: `NO_PROXY` names the host.
    Direct,
    /// https to this machine, never through a proxy.
    Loopback,
    /// http to this machine, never through a proxy.
    Plain,
}

pub struct Request<'a> {
    pub method: Method,
    /// https, or http to loopback.
    pub url: &'a Url,
    /// Extra headers; values are treated as secrets.
    pub headers: Vec<(String, Zeroizing<String>)>,
    /// Content type and body.
    pub body: Option<(&'static str, Zeroizing<Vec<u8>>)>,
    /// Secrets in the request that quotations of the response must not show, in addition to the client's own.
    pub secrets: Vec<Secret>,
}

impl Http {
    /// A client with a connect timeout of 10 s and a total of 30 s. Nothing is read yet: the proxy and the CA file are
    /// checked when the first request needs them.
    #[must_use]
    pub fn new(network: &Network) -> Self {
        Self::with_deadline(network, TOTAL)
    }

    /// [`new`](Self::new) with another total timeout.
    #[must_use]
    pub fn with_deadline(network: &Network, total: Duration) -> Self {
        // Connecting always has the shorter limit, so a request that times out while connecting was not sent.
        let limits = Limits { connect: CONNECT.min(total / 2), total };
        let shared = Shared {
            proxy: network.proxy.clone(),
            limits,
            trust: Trust::new(network.ca_file.clone()),
            clock: LastClock::default(),
            outside: Clients::new(),
            direct: Clients::new(),
            loopback: Clients::new(),
            plain: Clients::new(),
        };
        Self { shared: Arc::new(shared), known: Arc::default() }
    }

    /// The same client with these secrets masked in quotations of a response, in any encoding.
    #[must_use]
    pub(crate) fn concealing(&self, secrets: impl IntoIterator<Item = Secret>) -> Self {
        Self { shared: Arc::clone(&self.shared), known: secrets.into_iter().collect() }
    }

    /// Checks the proxy in the settings. Reads no files.
    ///
    /// # Errors
    /// `Kind::Usage` if it is not an address.
    pub(crate) fn check_proxy(&self) -> Result<(), Problem> {
        self.shared.proxy().map(|_| ())
    }

    /// Checks what requests to other machines need: the proxy, the CA file, the system's roots.
    ///
    /// # Errors
    /// `Kind::Usage` if one of them cannot be used.
    pub fn check(&self) -> Result<(), Problem> {
        self.shared.client(Route::Outside, Reuse::Never).map(|_| ())
    }

    /// Sends one request, once, over a new connection.
    ///
    /// # Errors
    /// [`Failure`] if there is no response; if its `sent` is false, nothing left this machine. `Kind::Usage`, with
    /// `sent` false, if the settings name a proxy or a CA file that cannot be used.
    pub async fn send(&self, request: Request<'_>, cap: BodyLimit) -> Result<Response, Failure> {
        self.send_over(Reuse::Never, request, cap).await
    }

    /// As [`send`](Self::send), over a connection that `reuse` allows.
    ///
    /// # Errors
    /// As `send`.
    pub async fn send_over(&self, reuse: Reuse, mut request: Request<'_>, cap: BodyLimit) -> Result<Response, Failure> {
        let url = request.url;
        if !is_private(url) {
            return Err(TransportError::NotHttps { place: place(url) }.into());
        }
        request.secrets.extend(self.known.iter().cloned());
        let client = self.shared.client(self.shared.way(url), reuse).map_err(Failure::unsent)?;
        let started = Instant::now();
        let result = ask(client, self.shared.limits, request, cap).await;
        logged(url, started.elapsed(), &result);
        let response = result?;
        self.shared.clock.heard(url, response.date);
        Ok(response)
    }

    /// The clock of the server that responded last; `None` if it sent no date.
    #[must_use]
    pub(crate) fn last_clock(&self) -> Option<ServerClock> {
        self.shared.clock.last()
    }
}

fn logged(url: &Url, took: Duration, result: &Result<Response, TransportError>) {
    let host = Host::of(url);
    match result {
        Ok(response) => {
            let status = u64::from(response.status);
            event(Level::Info, "request", &[("host", &host), ("status", &status), ("took", &took)]);
        }
        Err(error) => {
            event(Level::Warn, "request failed", &[("host", &host), ("reason", &error.code()), ("took", &took)]);
        }
    }
}

async fn ask(
    client: &Client,
    limits: Limits,
    request: Request<'_>,
    cap: BodyLimit,
) -> Result<Response, TransportError> {
    let url = request.url;
    let mut builder = client.request(request.method, url.clone()).headers(headers(&request.headers, url)?);
    if let Some((content_type, body)) = request.body {
        builder = builder.header(CONTENT_TYPE, content_type).body(body.to_vec());
    }
    let failed = |error: &reqwest::Error| classify(error, place(url), limits);
    let response = builder.send().await.map_err(|error| failed(&error))?;
    Response::read(response, url, cap, request.secrets, failed).await
}

impl Default for Http {
    /// The system's proxy and certificates.
    fn default() -> Self {
        Self::new(&Network::default())
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A proxy's address may hold a password.
        f.write_str("Http")
    }
}

impl Clients {
    const fn new() -> Self {
        Self { never: RetryingLazy::new(), idle: RetryingLazy::new() }
    }
}

impl Shared {
    fn way(&self, url: &Url) -> Route {
        match (is_loopback(url), url.scheme()) {
            // The variables apply only if the settings name no proxy.
            (false, _) if self.proxy.is_none() && no_proxy::excepts(url) => Route::Direct,
            (false, _) => Route::Outside,
            (true, "http") => Route::Plain,
            (true, _) => Route::Loopback,
        }
    }

    fn client(&self, way: Route, reuse: Reuse) -> Result<&Client, Problem> {
        let clients = match way {
            Route::Outside => &self.outside,
            Route::Direct => &self.direct,
            Route::Loopback => &self.loopback,
            Route::Plain => &self.plain,
        };
        let (client, idle) = match reuse {
            Reuse::Never => (&clients.never, 0),
            Reuse::Idle => (&clients.idle, 1),
        };
        client.get(|| self.build(way, idle))
    }

    fn build(&self, way: Route, idle: usize) -> Result<Client, Problem> {
        let builder = settings(self.limits).pool_max_idle_per_host(idle).pool_idle_timeout(IDLE);
        let builder = match way {
            Route::Outside => {
                // Without an explicit proxy, the builder uses the system's variables.
                let builder = match self.proxy()? {
                    Some(proxy) => builder.proxy(proxy),
                    None => builder,
                };
                builder.tls_backend_preconfigured(self.trust.outside()?)
            }
            Route::Direct => builder.no_proxy().tls_backend_preconfigured(self.trust.outside()?),
            Route::Loopback => builder.no_proxy().tls_backend_preconfigured(self.trust.loopback()?),
            Route::Plain => builder.no_proxy().tls_backend_preconfigured(Trust::nobody()?),
        };
        builder.build().map_err(|_| Problem::internal("The HTTP client could not be set up."))
    }

    fn proxy(&self) -> Result<Option<Proxy>, Problem> {
        let Some(address) = self.proxy.as_deref().map(str::trim).filter(|address| !address.is_empty()) else {
            return Ok(None);
        };
        // The error may hold the proxy's password.
        Proxy::all(address).map(Some).map_err(|_| {
            Problem::new(Kind::Usage, "The proxy in the settings is not an address.")
                .try_this("Write it as http://proxy.example.com:8080.")
        })
    }
}

fn settings(limits: Limits) -> ClientBuilder {
    let mut fixed = HeaderMap::new();
    fixed.insert(ACCEPT, HeaderValue::from_static("application/json"));
    // Some providers localize error codes.
    fixed.insert(ACCEPT_LANGUAGE, HeaderValue::from_static("en"));
    Client::builder()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .connect_timeout(limits.connect)
        .timeout(limits.total)
        .user_agent(concat!("credenza/", env!("CARGO_PKG_VERSION")))
        .default_headers(fixed)
}

fn headers(pairs: &[(String, Zeroizing<String>)], url: &Url) -> Result<HeaderMap, TransportError> {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        let parsed = HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_str(value).ok());
        let bad = || TransportError::BadHeader { place: place(url), name: name.clone() };
        let (name, mut value) = parsed.ok_or_else(bad)?;
        value.set_sensitive(true);
        map.insert(name, value);
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(proxy: &str) -> Http {
        Http::new(&Network { proxy: Some(proxy.to_owned()), ca_file: None })
    }

    #[test]
    fn pr_23_a_proxy_password_is_in_no_error_and_no_debug_text() {
        let http = through("http://u:CNRY pass@[");
        for problem in [http.check_proxy().unwrap_err(), http.check().unwrap_err()] {
            assert_eq!(problem.kind, Kind::Usage);
            assert!(!problem.to_string().contains("CNRY"));
        }
        let http = through("http://u:CNRY@127.0.0.1:9");
        assert!(http.check_proxy().is_ok());
        assert_eq!(format!("{http:?}"), "Http");
    }

    #[test]
    fn a_ca_file_that_cannot_be_used_is_told_when_it_is_needed() {
        let http = Http::new(&Network { proxy: None, ca_file: Some(PathBuf::from("/dev/null")) });
        assert_eq!(http.check().unwrap_err().kind, Kind::Usage);
        assert!(http.shared.client(Route::Loopback, Reuse::Never).is_err());
        assert!(http.shared.client(Route::Plain, Reuse::Never).is_ok(), "plain http needs no certificate");
    }
}
