//! The one HTTP client: TLS, no redirects, one deadline, bounded answers; nothing secret in its errors.

use std::error::Error as _;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use http::header::{
    ACCEPT, ACCEPT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, LINK, LOCATION, RETRY_AFTER,
};
use http::{HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use reqwest::{Certificate, Client, ClientBuilder, Proxy, Response, redirect, retry};
use url::{Host, Url};
use zeroize::Zeroizing;

use crate::paths;
use crate::printable::printable;
use crate::problem::{Kind, Problem};

/// Until a connection stands.
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

/// How much of an answer is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cap {
    /// 64 KiB.
    Token,
    /// 4 MiB.
    Api,
    /// 8 MiB: a page of the largest size a catalog names has room for records of several kilobytes.
    Records,
}

/// One answer, whatever its status.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The Content-Type header as it came, or nothing.
    pub content_type: String,
    /// Retry-After in seconds, from either of its forms (RFC 9110 section 10.2.3).
    pub retry_after: Option<u64>,
    /// The Date header: the server's clock (RFC 9110 section 6.6.1).
    pub date: Option<Timestamp>,
    /// The Link headers, joined (RFC 8288 section 3).
    pub link: Option<String>,
    /// The host a redirect pointed to; it was not followed.
    pub redirect_host: Option<String>,
    /// The body, within its [`Cap`].
    pub body: Zeroizing<Vec<u8>>,
    secrets: Vec<Zeroizing<String>>,
}

impl Answer {
    /// A server's own words for a person: escaped, bounded, and without what we had sent, should it come back.
    #[must_use]
    pub fn quote(&self, words: &str, max: usize) -> String {
        let mut text = Zeroizing::new(words.to_owned());
        for secret in &self.secrets {
            text = Zeroizing::new(text.replace(secret.as_str(), "[concealed]"));
        }
        printable(text.trim(), max)
    }
}

/// No answer.
#[derive(Clone, Debug)]
pub struct Failure {
    /// For a person.
    pub problem: Problem,
    /// Whether the server may have got the request, and acted on it.
    pub sent: bool,
    /// It answered with more than is read: asked again, it would do so again.
    pub too_long: bool,
}

impl Failure {
    /// The request never left.
    pub(crate) fn unsent(problem: Problem) -> Self {
        Self { problem, sent: false, too_long: false }
    }
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
        let loopback = build(settings(network, total)?.pool_max_idle_per_host(idle).no_proxy())?;
        let mut outside = settings(network, total)?.pool_max_idle_per_host(idle);
        if let Some(address) = network.proxy.as_deref().filter(|address| !address.trim().is_empty()) {
            // The error may hold the proxy's password.
            let proxy = Proxy::all(address.trim()).map_err(|_| {
                let problem = Problem::new(Kind::Usage, "The proxy of the settings is not an address.");
                problem.try_this("Write it as http://proxy.example.com:8080.")
            })?;
            outside = outside.proxy(proxy);
        }
        Ok(Self { outside: build(outside)?, loopback })
    }

    /// Sends one request, once.
    ///
    /// # Errors
    /// No answer came: with `sent` false nothing left this machine for the server.
    pub async fn send(&self, request: Request<'_>, cap: Cap) -> Result<Answer, Failure> {
        let url = request.url;
        if !is_allowed(url) {
            let problem = Problem::new(Kind::Refused, format!("{} is not asked: it is not https.", place(url)));
            let problem = problem.why("Whatever is sent there could be read on the way.");
            return Err(Failure::unsent(problem));
        }
        let client = if is_loopback(url) { &self.loopback } else { &self.outside };
        let mut builder = client.request(request.method, url.clone()).headers(headers(&request.headers)?);
        if let Some((content_type, body)) = request.body {
            builder = builder.header(CONTENT_TYPE, content_type).body(body.to_vec());
        }
        let response = builder.send().await.map_err(|error| failure(&error, url))?;
        read(response, url, cap, request.secrets).await
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A proxy's address may hold a password.
        f.write_str("Http")
    }
}

impl Cap {
    fn bytes(self) -> usize {
        match self {
            Self::Token => 64 * 1024,
            Self::Api => 4 * 1024 * 1024,
            Self::Records => 8 * 1024 * 1024,
        }
    }
}

fn settings(network: &Network, total: Duration) -> Result<ClientBuilder, Problem> {
    let mut fixed = HeaderMap::new();
    fixed.insert(ACCEPT, HeaderValue::from_static("application/json"));
    // Error codes are localized at some providers.
    fixed.insert(ACCEPT_LANGUAGE, HeaderValue::from_static("en"));
    let builder = Client::builder()
        .tls_backend_rustls()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        // Always the earlier of the two: what ends while connecting was never sent.
        .connect_timeout(CONNECT.min(total / 2))
        .timeout(total)
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

fn headers(pairs: &[(String, Zeroizing<String>)]) -> Result<HeaderMap, Failure> {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        let parsed = HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_str(value).ok());
        let Some((name, mut value)) = parsed else {
            let problem = Problem::new(Kind::Usage, "A header of the request holds characters no header may have.");
            return Err(Failure::unsent(problem.why(format!("It is {name}."))));
        };
        value.set_sensitive(true);
        map.insert(name, value);
    }
    Ok(map)
}

async fn read(mut response: Response, url: &Url, cap: Cap, secrets: Vec<Zeroizing<String>>) -> Result<Answer, Failure> {
    let text = |name| response.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let content_type = text(CONTENT_TYPE).unwrap_or_default().to_owned();
    let retry_after = text(RETRY_AFTER).and_then(|value| seconds(value, text(DATE)));
    let date = text(DATE).and_then(instant);
    let status = response.status();
    let target = text(LOCATION).filter(|_| status.is_redirection()).map(|to| url.join(to));
    let links = response.headers().get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    let link = Some(links.collect::<Vec<_>>().join(", ")).filter(|link| !link.is_empty());
    let redirect_host = target.map(|to| to.map_or_else(|_| "an unreadable address".to_owned(), |to| place(&to)));
    let declared = text(CONTENT_LENGTH).and_then(|value| value.parse::<u64>().ok()).unwrap_or(0);
    let max = cap.bytes();
    let too_long = || {
        let what = format!("{} answered with more than {} KiB.", place(url), max / 1024);
        Failure {
            problem: Problem::new(Kind::Temporary, what).why("Nothing of it was used."),
            sent: true,
            too_long: true,
        }
    };
    if declared > max as u64 {
        return Err(too_long());
    }
    let mut body = Zeroizing::new(Vec::with_capacity(max.min(64 * 1024)));
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error, url))? {
        if body.len() + chunk.len() > max {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status: status.as_u16(), content_type, retry_after, date, link, redirect_host, body, secrets })
}

/// Either form of Retry-After; a date is measured against the answer's own.
fn seconds(value: &str, date: Option<&str>) -> Option<u64> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(seconds);
    }
    let wait = instant(date?)?.duration_until(instant(value)?);
    Some(u64::try_from(wait.as_secs()).unwrap_or(0))
}

fn instant(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text).ok().map(|zoned| zoned.timestamp())
}

/// Names the cause without quoting the error: its text can hold a proxy's password or the whole URL.
fn failure(error: &reqwest::Error, url: &Url) -> Failure {
    let mut causes = String::new();
    let mut cause = error.source();
    while let Some(inner) = cause {
        causes.push_str(&inner.to_string().to_ascii_lowercase());
        causes.push('\n');
        cause = inner.source();
    }
    let said = |words: &[&str]| words.iter().any(|word| causes.contains(word));
    let place = place(url);
    let (what, why) = if error.is_connect() && error.is_timeout() {
        (format!("{place} could not be reached in time."), "No connection within 10 seconds.")
    } else if error.is_timeout() {
        (format!("{place} did not answer in time."), "The whole answer must be here within 30 seconds.")
    } else if said(&["expired"]) && said(&["certificate"]) {
        (format!("{place} could not prove who it is."), "Its certificate has expired, or this machine's date is wrong.")
    } else if said(&["not valid for name", "notvalidforname"]) {
        (format!("{place} could not prove who it is."), "Its certificate is for another name.")
    } else if said(&["certificate", "unknownissuer"]) {
        (format!("{place} could not prove who it is."), "Nobody this machine trusts signed its certificate.")
    } else if said(&["invalidcontenttype", "corrupt message", "protocolversion", "protocol version", "handshake"]) {
        (format!("{place} could not be asked in private."), "It does not speak a TLS this program accepts.")
    } else if said(&["dns error", "lookup address"]) {
        (format!("{place} was not found."), "No address is known for that name.")
    } else if said(&["proxy", "tunnel"]) {
        (format!("{place} could not be reached."), "The proxy did not let us through.")
    } else if error.is_connect() {
        (format!("{place} could not be reached."), "The connection was refused, or broke before it stood.")
    } else {
        (format!("{place} gave no usable answer."), "The connection broke, or what came was not HTTP.")
    };
    let problem = Problem::new(Kind::Temporary, what).why(why);
    let problem = problem.try_this("Check the network, the proxy and the CA file in the settings, then try again.");
    Failure { problem, sent: !(error.is_connect() || error.is_builder()), too_long: false }
}

/// The host, and the port where it is not the usual one; of an address without a host, its scheme.
#[must_use]
pub fn place(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => format!("{}:", url.scheme()),
    }
}

fn is_allowed(url: &Url) -> bool {
    url.username().is_empty()
        && url.password().is_none()
        && match url.scheme() {
            "https" => url.host().is_some(),
            "http" => is_loopback(url),
            _ => false,
        }
}

/// Whether the URL stays on this machine: a loopback literal, or `localhost` (RFC 6761 section 6.3).
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pr_08_plain_http_leaves_this_machine_never() {
        for (url, allowed) in [
            ("https://accounts.example.com/token", true),
            ("http://127.0.0.1:8080/token", true),
            ("http://[::1]:8080/token", true),
            ("http://localhost:8080/token", true),
            ("http://accounts.example.com/token", false),
            ("http://localhost.example.com/token", false),
            ("http://127.0.0.1.example.com/token", false),
            ("https://name@accounts.example.com/token", false),
            ("ftp://127.0.0.1/token", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(is_allowed(&Url::parse(url).unwrap()), allowed, "{url}");
        }
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        assert_eq!(seconds("120", None), Some(120));
        let date = Some("Mon, 23 Nov 2026 10:00:00 GMT");
        assert_eq!(seconds("Mon, 23 Nov 2026 10:01:30 GMT", date), Some(90));
        assert_eq!(seconds("Mon, 23 Nov 2026 09:00:00 GMT", date), Some(0));
        assert_eq!(seconds("soon", date), None);
    }

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
