//! One answer: its headers of use, and its body up to a bound.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, LINK, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderName, StatusCode};
use jiff::Timestamp;
use reqwest::Response;
use url::Url;
use zeroize::Zeroizing;

use super::place::place;
use super::transport_error::TransportError;
use crate::printable::printable;

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

impl Cap {
    fn bytes(self) -> usize {
        match self {
            Self::Token => 64 * 1024,
            Self::Api => 4 * 1024 * 1024,
            Self::Records => 8 * 1024 * 1024,
        }
    }
}

impl Answer {
    /// Reads an answer to the request at `url`; `secrets` went into that. `broken` says why a part of it did not come.
    pub(super) async fn read(
        response: Response,
        url: &Url,
        cap: Cap,
        secrets: Vec<Zeroizing<String>>,
        broken: impl Fn(&reqwest::Error) -> TransportError,
    ) -> Result<Self, TransportError> {
        let mut answer = Self::of_headers(response.status(), response.headers(), url);
        answer.body = body(response, url, cap, broken).await?;
        answer.secrets = secrets;
        Ok(answer)
    }

    fn of_headers(status: StatusCode, headers: &HeaderMap, url: &Url) -> Self {
        let target = text(headers, &LOCATION).filter(|_| status.is_redirection()).map(|to| url.join(to));
        let links = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
        Self {
            status: status.as_u16(),
            content_type: text(headers, &CONTENT_TYPE).unwrap_or_default().to_owned(),
            retry_after: text(headers, &RETRY_AFTER).and_then(|value| seconds(value, text(headers, &DATE))),
            date: text(headers, &DATE).and_then(instant),
            link: Some(links.collect::<Vec<_>>().join(", ")).filter(|link| !link.is_empty()),
            redirect_host: target.map(|to| to.map_or_else(|_| "an unreadable address".to_owned(), |to| place(&to))),
            body: Zeroizing::default(),
            secrets: Vec::new(),
        }
    }

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

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

async fn body(
    mut response: Response,
    url: &Url,
    cap: Cap,
    broken: impl Fn(&reqwest::Error) -> TransportError,
) -> Result<Zeroizing<Vec<u8>>, TransportError> {
    let max = cap.bytes();
    let too_long = || TransportError::TooLong { place: place(url), max };
    let declared = text(response.headers(), &CONTENT_LENGTH).and_then(|value| value.parse::<u64>().ok()).unwrap_or(0);
    if declared > max as u64 {
        return Err(too_long());
    }
    let mut body = Zeroizing::new(Vec::with_capacity(max.min(64 * 1024)));
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(&error))? {
        if body.len() + chunk.len() > max {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_forms() {
        assert_eq!(seconds("120", None), Some(120));
        let date = Some("Mon, 23 Nov 2026 10:00:00 GMT");
        assert_eq!(seconds("Mon, 23 Nov 2026 10:01:30 GMT", date), Some(90));
        assert_eq!(seconds("Mon, 23 Nov 2026 09:00:00 GMT", date), Some(0));
        assert_eq!(seconds("soon", date), None);
    }
}
