//! The first bytes of a connection: whether they speak TLS, and whether they should.

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// The first byte of a TLS hello (RFC 8446 section 5.1, "handshake"); no HTTP request begins with it.
const HANDSHAKE: u8 = 22;

/// A TLS alert: fatal, `handshake_failure` (RFC 8446 section 6). The browser shows its error page at once.
const ALERT: [u8; 7] = [21, 3, 1, 0, 2, 2, 40];

/// A connection, as it began.
pub(super) enum Opened {
    /// Plain HTTP where that is expected.
    Plain(TcpStream),
    /// TLS where that is expected; boxed, since it is large.
    Secure(Box<TlsStream<TcpStream>>),
    /// A TLS hello where plain HTTP is expected; refused already.
    Hello,
    /// No TLS where it is expected.
    NotSecure(TcpStream),
}

/// Looks at the first byte. `None` when the client went away, or did not accept the certificate.
pub(super) async fn open(mut stream: TcpStream, tls: Option<&TlsAcceptor>) -> Option<Opened> {
    let mut first = [0];
    if stream.peek(&mut first).await.ok()? == 0 {
        return None;
    }
    match (tls, first == [HANDSHAKE]) {
        (None, false) => Some(Opened::Plain(stream)),
        (None, true) => {
            // Whether it arrives does not matter.
            let _ = stream.write_all(&ALERT).await;
            Some(Opened::Hello)
        }
        (Some(tls), true) => tls.accept(stream).await.ok().map(|stream| Opened::Secure(Box::new(stream))),
        (Some(_), false) => Some(Opened::NotSecure(stream)),
    }
}
