//! The HTTP client of the buckets: HTTP/1.1 without redirects or retries, with one deadline and bounded responses.

use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Response};
use jiff::Timestamp;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use reqwest::{Body, Client, redirect, retry};

use super::exchange::{Exchange, Failure};
use super::foreign::without_unparsable_names;
use crate::clock::SuspendAwareInstant;
use crate::printable::printable;
use crate::problem::Problem;
use crate::store::team::backend::address::is_loopback;
use crate::store::team::backend::{MAX_OBJECT, tls};

/// Deadline of a request.
pub(super) const ANSWER: Duration = Duration::from_secs(15);
const CONNECT: Duration = Duration::from_secs(5);
/// Shorter than the keep-alive timeout of servers, so that a write rarely uses a connection that the server is closing.
const IDLE: Duration = Duration::from_secs(10);
/// Metadata addresses where containers on AWS get their credentials. Plain http is acceptable: it never leaves the
/// host.
const CREDENTIALS: [&str; 2] = ["169.254.170.2", "169.254.170.23"];

/// Builds the one HTTP client of a backend.
#[derive(Clone, Debug)]
pub(super) struct Connector {
    client: Client,
}

impl Connector {
    /// A client that trusts the system's root certificates or those of a file. Bypasses proxies for a store on
    /// loopback.
    pub(super) fn new(roots: Option<&Path>, loopback: bool) -> Result<Self, Problem> {
        let mut tls = tls::verifying(roots)?;
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .pool_idle_timeout(IDLE)
            .user_agent(concat!("credenza/", env!("CARGO_PKG_VERSION")));
        if loopback {
            builder = builder.no_proxy();
        }
        let client =
            builder.build().map_err(|error| Problem::internal(format!("No HTTP client could be made: {error}.")))?;
        Ok(Self { client })
    }
}

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error("{}", innermost(.0))]
    Request(#[from] reqwest::Error),
    #[error("the address is not https")]
    NotEncrypted,
    #[error("the answer is too large")]
    TooLarge,
}

type Answered<'a> = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'a>>;

impl HttpService for Connector {
    fn call<'a, 'b>(&'a self, request: HttpRequest) -> Answered<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move { self.send(request).await.map_err(noted) })
    }
}

impl Connector {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, SendError> {
        let (parts, body) = request.into_parts();
        let host = parts.uri.host().unwrap_or_default();
        if parts.uri.scheme_str() != Some("https") && !is_loopback(host) && !CREDENTIALS.contains(&host) {
            return Err(SendError::NotEncrypted);
        }
        let lists = parts.uri.query().is_some_and(|query| query.contains("list-type=") || query.contains("comp=list"));
        let mut sent = self.client.request(parts.method, parts.uri.to_string()).build()?;
        *sent.headers_mut() = parts.headers;
        *sent.body_mut() = Some(if body.content_length() == 0 { Body::from("") } else { Body::wrap(body) });
        let mut answer = self.client.execute(sent).await?;
        let (status, mut headers) = (answer.status(), answer.headers().clone());
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            // A page of a listing is smaller.
            if bytes.len() + chunk.len() > MAX_OBJECT {
                return Err(SendError::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        exchange(status.as_u16(), &headers, &bytes).note();
        if lists && status.is_success() {
            bytes = without_unparsable_names(bytes);
            headers.insert(CONTENT_LENGTH, bytes.len().into());
        }
        let mut response = Response::new(bytes.into());
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

/// Records the failure, and returns an error that the `object_store` crate does not retry.
fn noted(error: SendError) -> HttpError {
    let why = printable(&error.to_string(), 200);
    let failure = match &error {
        SendError::Request(request) => match tls::refused_certificate(request) {
            Some(certificate) => Failure::Certificate(certificate),
            None if request.is_connect() || request.is_builder() => Failure::NotSent(why),
            None => Failure::Broken(why),
        },
        SendError::NotEncrypted => Failure::NotSent(why),
        SendError::TooLarge => Failure::Broken(why),
    };
    Exchange { failure: Some(failure), ..Exchange::default() }.note();
    HttpError::new(HttpErrorKind::Unknown, error)
}

/// The innermost cause; the outer errors repeat the URL.
fn innermost(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it did not answer in time".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

fn exchange(status: u16, headers: &HeaderMap, body: &[u8]) -> Exchange {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(|text| printable(text, 100));
    let code = (status >= 300).then(|| text("x-ms-error-code").or_else(|| element(body, "Code"))).flatten();
    let region = text("x-amz-bucket-region").or_else(|| element(body, "Region"));
    Exchange {
        status: Some(status),
        code,
        date: text("date").and_then(|text| date(&text)),
        region,
        failure: None,
        received: Some(SuspendAwareInstant::now()),
    }
}

/// The text of the first XML element of this name in an error response, if it is a single word.
fn element(body: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(body.get(..body.len().min(4096))?).ok()?;
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (word, _) = rest.split_once("</")?;
    let is_word = word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') && !word.is_empty();
    is_word.then(|| printable(word, 60))
}

fn date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_tells_its_code_and_the_region_of_the_bucket() {
        let body = b"<?xml version=\"1.0\"?><Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-north-1</Region></Error>";
        let mut headers = HeaderMap::new();
        headers.insert("date", http::HeaderValue::from_static("Wed, 21 Oct 2015 07:28:00 GMT"));
        let told = exchange(400, &headers, body);
        assert_eq!(told.code.as_deref(), Some("AuthorizationHeaderMalformed"));
        assert_eq!(told.region.as_deref(), Some("eu-north-1"));
        assert_eq!(told.date, "2015-10-21T07:28:00Z".parse().ok());
        assert_eq!(exchange(200, &HeaderMap::new(), b"<Code>x</Code>").code, None);
        assert_eq!(element(b"<Code><b>", "Code"), None);
    }
}
