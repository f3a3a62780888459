//! The one HTTP client: TLS, no redirects, one deadline, bounded answers; nothing secret in its errors.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use http::header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use reqwest::{Certificate, Client, ClientBuilder, Proxy, redirect, retry};
use url::Url;
use zeroize::Zeroizing;

use super::answer::{Answer, Cap};
use super::classify::{Limits, classify};
use super::failure::Failure;
use super::place::{is_loopback, is_private, place};
use super::transport_error::TransportError;
use crate::paths;
use crate::problem::{Kind, Problem};

/// Until a connection is established.
const CONNECT: Duration = Duration::from_secs(10);
/// From the first byte sent to the last one read.
const TOTAL: Duration = Duration::from_secs(30);
/// The largest CA file.
const MAX_CA_FILE: u64 = 4 * 1024 * 1024;

/// How we reach the network.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// A proxy for everything but loopback; without it the system's variables count.
    pub proxy: Option<String>,
    /// PEM certificates to trust beside the system's.
    pub ca_file: Option<PathBuf>,
}

/// The client. Cheap to clone.
#[derive(Clone)]
pub struct Http {
    outside: Client,
    /// Loopback is never asked through a proxy.
    loopback: Client,
    limits: Limits,
}

/// One request.
pub struct Request<'a> {
    /// GET, POST.
    pub method: Method,
    /// https, or http to loopback.
    pub url: &'a Url,
    /// Extra headers; values are treated as secrets.
    pub headers: Vec<(String, Zeroizing<String>)>,
    /// Content type and body.
    pub body: Option<(&'static str, Zeroizing<Vec<u8>>)>,
    /// What went into it that no quotation of the answer may show.
    pub secrets: Vec<Zeroizing<String>>,
}

impl Http {
    /// A client with the deadlines of the design: 10 s to connect, 30 s in all.
    ///
    /// # Errors
    /// Usage: the proxy or the CA file cannot be used.
    pub fn new(network: &Network) -> Result<Self, Problem> {
        Self::with_deadline(network, TOTAL)
    }

    /// [`new`](Self::new) with another deadline in all.
    ///
    /// # Errors
    /// As `new`.
    pub fn with_deadline(network: &Network, total: Duration) -> Result<Self, Problem> {
        Self::with(network, total, 0)
    }

    /// [`new`](Self::new) for many requests in a row to one host: the connection is kept. For what may be asked twice
    /// only: a request over a connection that the server had just closed may or may not have come.
    ///
    /// # Errors
    /// As `new`.
    pub fn keeping_connections(network: &Network) -> Result<Self, Problem> {
        Self::with(network, TOTAL, 1)
    }

    fn with(network: &Network, total: Duration, idle: usize) -> Result<Self, Problem> {
        // Connecting always has the shorter limit: what ends while connecting was never sent.
        let limits = Limits { connect: CONNECT.min(total / 2), total };
        let loopback = build(settings(network, limits)?.pool_max_idle_per_host(idle).no_proxy())?;
        let mut outside = settings(network, limits)?.pool_max_idle_per_host(idle);
        if let Some(address) = network.proxy.as_deref().filter(|address| !address.trim().is_empty()) {
            // The error may hold the proxy's password.
            let proxy = Proxy::all(address.trim()).map_err(|_| {
                let problem = Problem::new(Kind::Usage, "The proxy of the settings is not an address.");
                problem.try_this("Write it as http://proxy.example.com:8080.")
            })?;
            outside = outside.proxy(proxy);
        }
        Ok(Self { outside: build(outside)?, loopback, limits })
    }

    /// Sends one request, once.
    ///
    /// # Errors
    /// No answer came: with `sent` false nothing left this machine for the server.
    pub async fn send(&self, request: Request<'_>, cap: Cap) -> Result<Answer, Failure> {
        Ok(self.ask(request, cap).await?)
    }

    async fn ask(&self, request: Request<'_>, cap: Cap) -> Result<Answer, TransportError> {
        let url = request.url;
        if !is_private(url) {
            return Err(TransportError::NotHttps { place: place(url) });
        }
        let client = if is_loopback(url) { &self.loopback } else { &self.outside };
        let mut builder = client.request(request.method, url.clone()).headers(headers(&request.headers, url)?);
        if let Some((content_type, body)) = request.body {
            builder = builder.header(CONTENT_TYPE, content_type).body(body.to_vec());
        }
        let failed = |error: &reqwest::Error| classify(error, place(url), self.limits);
        let response = builder.send().await.map_err(|error| failed(&error))?;
        Answer::read(response, url, cap, request.secrets, failed).await
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A proxy's address may hold a password.
        f.write_str("Http")
    }
}

fn settings(network: &Network, limits: Limits) -> Result<ClientBuilder, Problem> {
    let mut fixed = HeaderMap::new();
    fixed.insert(ACCEPT, HeaderValue::from_static("application/json"));
    // Error codes are localized at some providers.
    fixed.insert(ACCEPT_LANGUAGE, HeaderValue::from_static("en"));
    let builder = Client::builder()
        .tls_backend_rustls()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .connect_timeout(limits.connect)
        .timeout(limits.total)
        .user_agent(concat!("credenza/", env!("CARGO_PKG_VERSION")))
        .default_headers(fixed);
    match &network.ca_file {
        Some(path) => Ok(builder.tls_certs_merge(certificates(path)?)),
        None => Ok(builder),
    }
}

fn certificates(path: &std::path::Path) -> Result<Vec<Certificate>, Problem> {
    let unusable = |why: &str| {
        let what = format!("The CA file {} cannot be used.", path.display());
        Problem::new(Kind::Usage, what).why(why).try_this("Name a file of PEM certificates, or none.")
    };
    let pem = paths::read_bounded(path, MAX_CA_FILE).map_err(|error| unusable(&error.to_string()))?;
    let found = Certificate::from_pem_bundle(&pem).map_err(|_| unusable("It holds no certificates in PEM form."))?;
    if found.is_empty() {
        return Err(unusable("It holds no certificates in PEM form."));
    }
    Ok(found)
}

fn build(builder: ClientBuilder) -> Result<Client, Problem> {
    builder.build().map_err(|_| {
        let problem = Problem::new(Kind::Usage, "The network cannot be set up.");
        problem.why("The system's certificates, or those of the CA file, could not be loaded.")
    })
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

    #[test]
    fn pr_23_a_proxy_password_is_in_no_error_and_no_debug_text() {
        let network = Network { proxy: Some("http://u:CNRY pass@[".to_owned()), ca_file: None };
        let problem = Http::new(&network).unwrap_err();
        assert!(!problem.to_string().contains("CNRY"));
        let network = Network { proxy: Some("http://u:CNRY@127.0.0.1:9".to_owned()), ca_file: None };
        assert_eq!(format!("{:?}", Http::new(&network).unwrap()), "Http");
    }

    #[test]
    fn a_ca_file_without_certificates_is_refused() {
        let network = Network { proxy: None, ca_file: Some(PathBuf::from("/dev/null")) };
        assert_eq!(Http::new(&network).unwrap_err().kind, Kind::Usage);
    }
}
