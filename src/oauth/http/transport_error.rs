//! Why a request got no response, as a type that callers branch on; [`error_text`](super::error_text) has the
//! messages.

use std::io;
use std::time::Duration;

/// Why there was no response. `place` is the host, or host:port, that the request was sent to.
///
/// A source is rebuilt from an error code, or is an error of rustls. An error of any other dependency can contain the
/// whole URL or the proxy's password, so it never leaves `classify.rs`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// Plain http to another machine, which is never used.
    #[error("{place}: neither https nor http on loopback")]
    NotHttps {
        /// Host and port.
        place: String,
    },
    /// A header name or value that HTTP does not allow. The value may be a secret, so it is not kept.
    #[error("{place}: the header {name} is not valid in HTTP")]
    BadHeader {
        /// Host and port.
        place: String,
        /// The header's name.
        name: String,
    },
    /// The request is not valid HTTP.
    #[error("{place}: the request cannot be written")]
    BadRequest {
        /// Host and port.
        place: String,
    },
    /// The name has no address, or no name server responded.
    #[error("{place}: no address for this name")]
    NameNotFound {
        /// Host and port.
        place: String,
    },
    /// No connection within the limit.
    #[error("{place}: no connection within {limit:?}")]
    ConnectTimeout {
        /// Host and port.
        place: String,
        /// The limit for establishing the connection.
        limit: Duration,
    },
    /// The port is closed.
    #[error("{place}: the connection was refused")]
    Refused {
        /// Host and port.
        place: String,
        #[source]
        source: io::Error,
    },
    /// The connection failed for another reason: no route, reset, out of sockets.
    #[error("{place}: no connection")]
    Connect {
        /// Host and port.
        place: String,
        /// The operating system's error, if it was one.
        #[source]
        source: Option<io::Error>,
    },
    /// The proxy was not reached, or did not open a tunnel.
    #[error("{place}: no tunnel through the proxy")]
    Proxy {
        /// Host and port that were to be reached through the proxy.
        place: String,
    },
    /// The proxy requires a password (status 407).
    #[error("{place}: the proxy asks for a user name and password")]
    ProxyPassword {
        /// Host and port that were to be reached through the proxy.
        place: String,
    },
    #[error("{place}: the certificate has expired")]
    CertificateExpired {
        /// Host and port.
        place: String,
        #[source]
        source: rustls::Error,
    },
    #[error("{place}: the certificate is not valid yet")]
    CertificateNotYetValid {
        /// Host and port.
        place: String,
        #[source]
        source: rustls::Error,
    },
    /// The certificate belongs to another host.
    #[error("{place}: the certificate is for another name")]
    CertificateWrongName {
        /// Host and port.
        place: String,
        #[source]
        source: rustls::Error,
    },
    /// The certificate chain ends at no root that is trusted here.
    #[error("{place}: the certificate is not signed by a trusted authority")]
    CertificateUntrusted {
        /// Host and port.
        place: String,
        #[source]
        source: rustls::Error,
    },
    /// The certificate is damaged, revoked, or issued for another purpose.
    #[error("{place}: the certificate cannot be accepted")]
    CertificateInvalid {
        /// Host and port.
        place: String,
        #[source]
        source: rustls::Error,
    },
    /// The handshake failed, not because of the certificate: plain HTTP, an old version, no common cipher.
    #[error("{place}: no TLS this program accepts")]
    TlsUnsupported {
        /// Host and port.
        place: String,
        /// `None` if the server closed the connection.
        #[source]
        source: Option<rustls::Error>,
    },
    /// Connected, but the response was not complete within the limit.
    #[error("{place}: no complete response within {limit:?}")]
    ResponseTimeout {
        /// Host and port.
        place: String,
        /// The limit for the whole response.
        limit: Duration,
    },
    /// The connection broke, or the response is not HTTP.
    #[error("{place}: the connection was lost, or the response is not HTTP")]
    Broken {
        /// Host and port.
        place: String,
        /// The operating system's error, if it was one.
        #[source]
        source: Option<io::Error>,
    },
    /// The response is larger than the limit.
    #[error("{place}: a response of more than {max} bytes")]
    TooLong {
        /// Host and port.
        place: String,
        /// The limit, in bytes.
        max: usize,
    },
}

impl TransportError {
    /// A fixed word for the diagnostic log.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotHttps { .. } => "not_https",
            Self::BadHeader { .. } => "bad_header",
            Self::BadRequest { .. } => "bad_request",
            Self::NameNotFound { .. } => "name_not_found",
            Self::ConnectTimeout { .. } => "connect_timeout",
            Self::Refused { .. } => "refused",
            Self::Connect { .. } => "connect",
            Self::Proxy { .. } => "proxy",
            Self::ProxyPassword { .. } => "proxy_password",
            Self::CertificateExpired { .. } => "certificate_expired",
            Self::CertificateNotYetValid { .. } => "certificate_not_yet_valid",
            Self::CertificateWrongName { .. } => "certificate_wrong_name",
            Self::CertificateUntrusted { .. } => "certificate_untrusted",
            Self::CertificateInvalid { .. } => "certificate_invalid",
            Self::TlsUnsupported { .. } => "tls_unsupported",
            Self::ResponseTimeout { .. } => "answer_timeout",
            Self::Broken { .. } => "broken",
            Self::TooLong { .. } => "too_long",
        }
    }

    /// Whether the server may have received the request and acted on it; true if in doubt.
    #[must_use]
    pub(crate) fn may_have_been_sent(&self) -> bool {
        match self {
            Self::ResponseTimeout { .. } | Self::Broken { .. } | Self::TooLong { .. } => true,
            Self::NotHttps { .. }
            | Self::BadHeader { .. }
            | Self::BadRequest { .. }
            | Self::NameNotFound { .. }
            | Self::ConnectTimeout { .. }
            | Self::Refused { .. }
            | Self::Connect { .. }
            | Self::Proxy { .. }
            | Self::ProxyPassword { .. }
            | Self::CertificateExpired { .. }
            | Self::CertificateNotYetValid { .. }
            | Self::CertificateWrongName { .. }
            | Self::CertificateUntrusted { .. }
            | Self::CertificateInvalid { .. }
            | Self::TlsUnsupported { .. } => false,
        }
    }
}
