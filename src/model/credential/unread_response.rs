//! A response of the token endpoint that could not be read, kept so that nothing in it is lost.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::printable::printable;
use crate::secret::Secret;

/// Longest content type that is kept, in characters.
const MAX_KIND: usize = 120;

/// The complete response that could not be read; it may contain tokens.
#[derive(Clone, Debug)]
pub struct UnreadResponse {
    /// When it came.
    pub at: Timestamp,
    /// The HTTP status.
    pub status: u16,
    /// The Content-Type header, escaped and bounded; empty if there is none.
    pub content_type: String,
    /// Whether it is the response to a refresh: then the stored refresh token is spent.
    pub of_refresh: bool,
    /// The body in base64 (RFC 4648 section 4).
    pub body: Secret,
}

impl UnreadResponse {
    /// A response to any request other than a refresh.
    #[must_use]
    pub fn new(at: Timestamp, status: u16, content_type: &str, body: &[u8]) -> Self {
        let content_type = printable(content_type.trim(), MAX_KIND);
        Self { at, status, content_type, of_refresh: false, body: Secret::new(STANDARD.encode(body)) }
    }

    /// The body as it was received; empty if what was stored is not base64.
    #[must_use]
    pub fn bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(STANDARD.decode(self.body.expose()).unwrap_or_default())
    }

    /// `status 200, text/html`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let kind = if self.content_type.is_empty() { "no content type" } else { &self.content_type };
        format!("status {}, {kind}", self.status)
    }
}
