//! Checks from the first byte of a connection whether it is TLS, and whether it should be.

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// The first byte of a TLS hello (RFC 8446 section 5.1, "handshake"); no HTTP request begins with it.
const HANDSHAKE: u8 = 22;

/// A fatal TLS alert, `handshake_failure` (RFC 8446 section 6). The browser shows its error page at once.
const ALERT: [u8; 7] = [21, 3, 1, 0, 2, 2, 40];

/// How a connection began.
pub(super) enum FirstBytes {
    /// Plain HTTP where that is expected.
    Plain(TcpStream),
    /// TLS where that is expected; boxed, since it is large.
    Secure(Box<TlsStream<TcpStream>>),
    /// A TLS hello where plain HTTP is expected; already refused.
    Hello,
    /// No TLS where it is expected.
    NotSecure(TcpStream),
}

/// Reads the first byte. `None` if the client closed the connection, or did not accept the certificate.
pub(super) async fn open(mut stream: TcpStream, tls: Option<&TlsAcceptor>) -> Option<FirstBytes> {
    let mut first = [0];
    if stream.peek(&mut first).await.ok()? == 0 {
        return None;
    }
    match (tls, first == [HANDSHAKE]) {
        (None, false) => Some(FirstBytes::Plain(stream)),
        (None, true) => {
            // It does not matter whether the alert arrives.
            let _ = stream.write_all(&ALERT).await;
            Some(FirstBytes::Hello)
        }
        (Some(tls), true) => tls.accept(stream).await.ok().map(|stream| FirstBytes::Secure(Box::new(stream))),
        (Some(_), false) => Some(FirstBytes::NotSecure(stream)),
    }
}
