//! A response in full detail: status, headers, body, delay, and whether it is sent completely.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response as HttpResponse;
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

/// Placeholder for a new access token in a scripted body.
pub const ACCESS: &str = "$AT";
/// Placeholder for the grant's refresh token in a scripted body.
pub const REFRESH: &str = "$RT";

/// A response, exactly as it is sent.
#[derive(Clone, Debug)]
pub struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    delay: Duration,
    end: End,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    Whole,
    CutAfter(usize),
    HangUp,
}

impl Response {
    /// An empty response.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), delay: Duration::ZERO, end: End::Whole }
    }

    /// JSON with status 200 and the headers of the real accounts server. [`ACCESS`] and [`REFRESH`] in it are replaced
    /// by working tokens.
    #[must_use]
    pub fn json(body: &Value) -> Self {
        Self::json_text(&body.to_string())
    }

    /// As [`Response::json`], for text that need not be valid JSON.
    #[must_use]
    pub fn json_text(body: &str) -> Self {
        let mut response = Self::status(200).body(body.as_bytes());
        for (name, value) in ACCOUNTS_HEADERS {
            response = response.header(name, value);
        }
        response
    }

    /// A web page.
    #[must_use]
    pub fn html(body: &str) -> Self {
        Self::status(200)
            .header("content-type", "text/html;charset=UTF-8")
            .header("server", "ZGS")
            .body(body.as_bytes())
    }

    /// A redirect to another URL.
    #[must_use]
    pub fn redirect(to: &str) -> Self {
        Self::status(302).header("location", to)
    }

    /// The accounts server's response to too many requests, in English.
    #[must_use]
    pub fn throttled() -> Self {
        Self::json(&json!({
            "error_description": "You have made too many requests continuously. Please try again after some time.",
            "error": "Access Denied",
            "status": "failure",
        }))
        .with_status(400)
    }

    /// The same for an account whose language is Chinese.
    #[must_use]
    pub fn throttled_in_chinese() -> Self {
        Self::json(&json!({
            "error_description": "您已连续提出过多请求，请稍后再试。",
            "error": "拒绝访问",
            "status": "failure",
        }))
        .with_status(400)
    }

    /// Closes the connection without sending a byte.
    #[must_use]
    pub fn hang_up() -> Self {
        Self { end: End::HangUp, ..Self::status(200) }
    }

    /// `{"error": code}` with status 200, as the accounts server does.
    #[must_use]
    pub fn error(code: &str) -> Self {
        Self::json(&json!({ "error": code }))
    }

    /// Sets the status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    /// Sets the body without copying it, because it may be large.
    pub(super) fn bytes(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    /// Delays the response.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Closes the connection after this many bytes of the body.
    #[must_use]
    pub fn cut_after(mut self, bytes: usize) -> Self {
        self.end = End::CutAfter(bytes);
        self
    }

    /// Whether the request has to be carried out, because the response contains tokens.
    pub(super) fn is_spending(&self) -> bool {
        self.holds(ACCESS) || self.holds(REFRESH)
    }

    /// Replaces a placeholder by an issued value.
    pub(super) fn replacing(mut self, mark: &str, text: &str) -> Self {
        if let Ok(body) = std::str::from_utf8(&self.body) {
            self.body = body.replace(mark, text).into_bytes();
        }
        self
    }

    /// Replaces [`ACCESS`] and [`REFRESH`] by working tokens.
    pub(super) fn fill(self, access: &str, refresh: &str) -> Self {
        self.replacing(ACCESS, access).replacing(REFRESH, refresh)
    }

    /// Sends the response. `cut` is the switch of its connection.
    pub(super) async fn send(self, cut: &Arc<AtomicBool>) -> HttpResponse {
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        let body = match self.end {
            End::Whole => Body::from(self.body),
            End::HangUp => {
                cut.store(true, Ordering::Relaxed);
                Body::empty()
            }
            End::CutAfter(bytes) => cut_body(&self.body, bytes),
        };
        let mut response = HttpResponse::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }

    fn holds(&self, mark: &str) -> bool {
        self.body.windows(mark.len()).any(|window| window == mark.as_bytes())
    }
}

/// As recorded from the accounts server, which sets cookies without being asked, and forbids caching.
const ACCOUNTS_HEADERS: [(&str, &str); 8] = [
    ("server", "ZGS"),
    ("content-type", "application/json;charset=UTF-8"),
    ("cache-control", "no-store"),
    ("pragma", "no-cache"),
    ("x-content-type-options", "nosniff"),
    ("content-language", "en-US"),
    ("set-cookie", "b266a5bf57=x; Path=/"),
    ("set-cookie", "iamcsr=x; Path=/"),
];

fn cut_body(body: &[u8], bytes: usize) -> Body {
    let head = Bytes::copy_from_slice(body.get(..bytes).unwrap_or(body));
    let cut = std::io::Error::from(std::io::ErrorKind::ConnectionAborted);
    Body::from_stream(futures_util::stream::iter([Ok(head), Err(cut)]))
}
