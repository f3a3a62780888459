//! The requests that the sandbox received, recorded so that tests can count and inspect them.

use axum::body::Bytes;
use base64::Engine as _;
use http::{HeaderMap, Method, Uri, header};
use url::form_urlencoded;

/// Names and values in their order in the request.
pub(crate) type Pairs = Vec<(String, String)>;

/// One request. Its secrets are made up like everything here; they are still never printed.
#[derive(Clone, Debug)]
pub struct RecordedRequest {
    /// `GET`, `POST`...
    pub method: Method,
    /// The impersonated host; empty for the sandbox's own pages.
    pub host: String,
    /// The path at that host, with its leading slash.
    pub path: String,
    /// The query, decoded.
    pub query: Pairs,
    /// The form fields, or the top-level values of a JSON body, decoded.
    pub form: Pairs,
    pub headers: HeaderMap,
}

impl RecordedRequest {
    /// Reads a request. If the first path segment contains a dot, it is the impersonated host.
    pub(super) fn new(method: Method, uri: &Uri, headers: HeaderMap, body: &Bytes) -> Self {
        let (host, path) = split_host(uri.path());
        let query = pairs(uri.query().unwrap_or_default().as_bytes());
        let form = if is_json(&headers) { json_pairs(body) } else { pairs(body) };
        Self { method, host, path, query, form, headers }
    }

    /// The value of a parameter in the body, or else in the query.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        find(&self.form, name).or_else(|| find(&self.query, name))
    }

    /// The value of a parameter in the query.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Whether the content type of the body is JSON.
    pub(super) fn is_json(&self) -> bool {
        is_json(&self.headers)
    }

    /// Client ID and client secret from HTTP Basic (RFC 6749 section 2.3.1: each was form-encoded first).
    pub(super) fn basic(&self) -> Option<(String, String)> {
        self.basic_raw().map(|(id, secret)| (decode(&id), decode(&secret)))
    }

    /// As [`basic`](Self::basic), without decoding the two parts.
    pub(super) fn basic_raw(&self) -> Option<(String, String)> {
        let (scheme, encoded) = self.header("authorization")?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let bytes = base64::engine::general_purpose::STANDARD.decode(encoded.trim()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (id, secret) = text.split_once(':')?;
        Some((id.to_owned(), secret.to_owned()))
    }
}

fn split_host(path: &str) -> (String, String) {
    let rest = path.strip_prefix('/').unwrap_or(path);
    let (first, tail) = rest.split_once('/').unwrap_or((rest, ""));
    if first.contains('.') && first != "favicon.ico" {
        (first.to_ascii_lowercase(), format!("/{tail}"))
    } else {
        (String::new(), path.to_owned())
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/json"))
}

fn pairs(bytes: &[u8]) -> Pairs {
    form_urlencoded::parse(bytes).into_owned().collect()
}

fn json_pairs(body: &[u8]) -> Pairs {
    let Ok(serde_json::Value::Object(object)) = serde_json::from_slice(body) else {
        return Pairs::new();
    };
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    object.into_iter().map(|(name, value)| (name, text(value))).collect()
}

fn find<'a>(pairs: &'a Pairs, name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn decode(text: &str) -> String {
    // The parser sees one pair without `=`, whose name is the decoded text.
    form_urlencoded::parse(text.as_bytes()).next().map_or_else(String::new, |(name, value)| {
        if value.is_empty() { name.into_owned() } else { format!("{name}={value}") }
    })
}
