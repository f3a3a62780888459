//! One response: the headers that are used, and its body up to a limit.

use http::header::{CONTENT_ENCODING, CONTENT_TYPE, DATE, LINK, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderName, StatusCode};
use jiff::Timestamp;
use url::Url;
use zeroize::Zeroizing;

use super::decoded::decoded;
use super::destination::place;
use super::transport_error::TransportError;
use crate::mask::Masks;
use crate::secret::Secret;

/// Longest host with its port, in characters (RFC 1035 section 2.3.4).
const MAX_HOST: usize = 300;

/// How much of a response is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BodyLimit {
    /// 1 MiB: an ID token that lists hundreds of groups makes a response that large.
    Token,
    /// 4 MiB.
    Api,
    /// 8 MiB: enough for the largest page size of a catalog entry with records of several kilobytes.
    Records,
}

/// One response, whatever its status.
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The Content-Type header, unchanged; empty if there is none.
    pub content_type: String,
    /// Retry-After in seconds, from either of its forms (RFC 9110 section 10.2.3).
    pub retry_after: Option<u64>,
    /// The Date header: the server's clock (RFC 9110 section 6.6.1).
    pub date: Option<Timestamp>,
    /// The Link headers, joined (RFC 8288 section 3).
    pub link: Option<String>,
    /// The host that a redirect pointed to; redirects are not followed.
    pub redirect_host: Option<String>,
    /// The body, within its [`BodyLimit`].
    pub body: Zeroizing<Vec<u8>>,
    /// Why the body is incomplete. Only set for a success under [`BodyLimit::Token`], because its beginning may contain
    /// new tokens.
    pub cut: Option<TransportError>,
    secrets: Vec<Secret>,
}

impl BodyLimit {
    fn bytes(self) -> usize {
        match self {
            Self::Token => 1024 * 1024,
            Self::Api => 4 * 1024 * 1024,
            Self::Records => 8 * 1024 * 1024,
        }
    }
}

impl Response {
    /// Reads the response to the request at `url`. Quotations mask `secrets`. `broken` converts the error of a part
    /// that did not arrive.
    pub(super) async fn read(
        incoming: reqwest::Response,
        url: &Url,
        cap: BodyLimit,
        secrets: Vec<Secret>,
        broken: impl Fn(&reqwest::Error) -> TransportError,
    ) -> Result<Self, TransportError> {
        let mut response = Self::of_headers(incoming.status(), incoming.headers(), url);
        let encoding = text(incoming.headers(), &CONTENT_ENCODING).unwrap_or_default().to_owned();
        let max = cap.bytes();
        let (body, cut) = body(incoming, url, max, broken).await;
        let (body, cut) = match decoded(body, &encoding, max) {
            Ok(body) => (body, cut),
            Err(beginning) => (beginning, Some(TransportError::TooLong { place: place(url), max })),
        };
        response.body = body;
        match cut {
            Some(cut)
                if cap != BodyLimit::Token || response.body.is_empty() || !(200..300).contains(&response.status) =>
            {
                return Err(cut);
            }
            cut => response.cut = cut,
        }
        response.secrets = secrets;
        response.redirect_host = response.redirect_host.take().map(|host| response.quote(&host, MAX_HOST));
        Ok(response)
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
            cut: None,
            secrets: Vec::new(),
        }
    }

    /// The body as text: UTF-8, or UTF-16 if it begins with that byte order mark. Other bytes become U+FFFD, and
    /// damage only the word they are in.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        let wide = |unit: fn([u8; 2]) -> u16| {
            let pairs = self.body.chunks_exact(2).skip(1).filter_map(|pair| <[u8; 2]>::try_from(pair).ok());
            let units = pairs.map(unit);
            char::decode_utf16(units).map(|decoded| decoded.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        };
        Zeroizing::new(match self.body.as_slice() {
            [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
            [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
            body => String::from_utf8_lossy(body).trim_start_matches('\u{feff}').to_owned(),
        })
    }

    /// Whether it is a web page instead of API data: by its text, or by its content type if the text is not JSON
    /// either.
    #[must_use]
    pub(crate) fn is_page(&self) -> bool {
        let text = self.text();
        let is_json = text.trim_start().starts_with(['{', '[']);
        is_page(&text) || (!is_json && self.content_type.trim_start().to_ascii_lowercase().starts_with("text/html"))
    }

    /// A response with this content type and body, for tests.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn made(status: u16, content_type: &str, body: &[u8]) -> Self {
        Self {
            status,
            content_type: content_type.to_owned(),
            retry_after: None,
            date: None,
            link: None,
            redirect_host: None,
            body: Zeroizing::new(body.to_vec()),
            cut: None,
            secrets: Vec::new(),
        }
    }

    /// Quotes a server's text for the user: escaped, bounded, and with every secret masked that was sent or belongs to
    /// the credential.
    #[must_use]
    pub fn quote(&self, words: &str, max: usize) -> String {
        Masks::of(&self.secrets).quote(words, max)
    }

    /// The secrets masked in quotations.
    pub(crate) fn secrets(&self) -> &[Secret] {
        &self.secrets
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Whether a text is a web page: a captive portal or a sign-in page responded instead of the server, which never saw
/// the token. Markup after the beginning of an object was added by the server itself.
pub(in crate::oauth) fn is_page(text: &str) -> bool {
    let text = text.split('{').next().unwrap_or_default().trim_start();
    let start = text.get(..512).unwrap_or(text).to_ascii_lowercase();
    start.contains("<html") || start.contains("<!doctype html") || start.contains("<head")
}

/// Reads the body, at most `max` bytes, and returns why it is incomplete, if it is.
async fn body(
    mut incoming: reqwest::Response,
    url: &Url,
    max: usize,
    broken: impl Fn(&reqwest::Error) -> TransportError,
) -> (Zeroizing<Vec<u8>>, Option<TransportError>) {
    let mut body = Zeroizing::new(Vec::with_capacity(max.min(64 * 1024)));
    loop {
        match incoming.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > max => {
                let room = max - body.len();
                body.extend_from_slice(chunk.get(..room).unwrap_or_default());
                return (body, Some(TransportError::TooLong { place: place(url), max }));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return (body, None),
            Err(error) => return (body, Some(broken(&error))),
        }
    }
}

/// Retry-After in seconds from either of its forms. A date is compared with the Date header of the same response, not
/// with this machine's clock.
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
