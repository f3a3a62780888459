//! Why no answer came, as a type: what callers branch on, and what [`words`](super::words) are found for.

use std::io;
use std::time::Duration;

/// Why no answer came. Each variant names the place that was asked, as host or host:port.
///
/// A source is created from an error code, or is one of rustls's: an error of a dependency can hold the whole URL,
/// or the proxy's password, and goes no further than `classify.rs`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// Nothing is sent where others could read it.
    #[error("{place}: neither https nor http on loopback")]
    NotHttps {
        /// Host and port.
        place: String,
    },
    /// A header name or value that HTTP does not allow. The value may be a secret, and is not kept.
    #[error("{place}: the header {name} is not valid in HTTP")]
    BadHeader {
        /// Host and port.
        place: String,
        /// The header's name.
        name: String,
    },
    /// The request could not be written as HTTP.
    #[error("{place}: the request cannot be written")]
    BadRequest {
        /// Host and port.
        place: String,
    },
    /// The name has no address, or no name server answered.
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
        /// How long it was tried.
        limit: Duration,
    },
    /// The port is closed.
    #[error("{place}: the connection was refused")]
    Refused {
        /// Host and port.
        place: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// There was no connection for another reason: no route, reset, out of sockets.
    #[error("{place}: no connection")]
    Connect {
        /// Host and port.
        place: String,
        /// What the system said, where it was the system.
        #[source]
        source: Option<io::Error>,
    },
    /// The proxy was not reached, or opened no tunnel.
    #[error("{place}: no tunnel through the proxy")]
    Proxy {
        /// Host and port that were to be reached through it.
        place: String,
    },
    /// The proxy wants to know who asks (status 407).
    #[error("{place}: the proxy asks for a user name and password")]
    ProxyPassword {
        /// Host and port that were to be reached through it.
        place: String,
    },
    /// The certificate's time is over.
    #[error("{place}: the certificate has expired")]
    CertificateExpired {
        /// Host and port.
        place: String,
        /// The verdict on it.
        #[source]
        source: rustls::Error,
    },
    /// The certificate's time has not begun.
    #[error("{place}: the certificate is not valid yet")]
    CertificateNotYetValid {
        /// Host and port.
        place: String,
        /// The verdict on it.
        #[source]
        source: rustls::Error,
    },
    /// The certificate is another host's.
    #[error("{place}: the certificate is for another name")]
    CertificateWrongName {
        /// Host and port.
        place: String,
        /// The verdict on it.
        #[source]
        source: rustls::Error,
    },
    /// The certificate leads to no root that is trusted here.
    #[error("{place}: the certificate is not signed by a trusted authority")]
    CertificateUntrusted {
        /// Host and port.
        place: String,
        /// The verdict on it.
        #[source]
        source: rustls::Error,
    },
    /// The certificate is damaged, revoked, or made for something else.
    #[error("{place}: the certificate cannot be accepted")]
    CertificateInvalid {
        /// Host and port.
        place: String,
        /// The verdict on it.
        #[source]
        source: rustls::Error,
    },
    /// The handshake failed for another reason than the certificate: plain HTTP, an old version, no cipher in common.
    #[error("{place}: no TLS this program accepts")]
    TlsUnsupported {
        /// Host and port.
        place: String,
        /// What was wrong with it; nothing where the server hung up.
        #[source]
        source: Option<rustls::Error>,
    },
    /// Connected, but the whole answer was not there within the limit.
    #[error("{place}: no complete response within {limit:?}")]
    AnswerTimeout {
        /// Host and port.
        place: String,
        /// How long all of it may take.
        limit: Duration,
    },
    /// The connection broke, or what came is not HTTP.
    #[error("{place}: the connection was lost, or the response is not HTTP")]
    Broken {
        /// Host and port.
        place: String,
        /// What the system said, where it was the system.
        #[source]
        source: Option<io::Error>,
    },
    /// More came than is read.
    #[error("{place}: a response of more than {max} bytes")]
    TooLong {
        /// Host and port.
        place: String,
        /// The most that is read, in bytes.
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
            Self::AnswerTimeout { .. } => "answer_timeout",
            Self::Broken { .. } => "broken",
            Self::TooLong { .. } => "too_long",
        }
    }

    /// Whether the server may have got the request, and acted on it. In doubt it has.
    #[must_use]
    pub fn may_have_been_sent(&self) -> bool {
        match self {
            Self::AnswerTimeout { .. } | Self::Broken { .. } | Self::TooLong { .. } => true,
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
