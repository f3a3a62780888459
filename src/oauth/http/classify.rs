//! Classifies reqwest's errors by the types in their source chain. The text of these errors never leaves this file.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use rustls::CertificateError;

use super::transport_error::TransportError;

/// How long each part of a request may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Until a connection is established.
    pub(super) connect: Duration,
    /// From the first byte sent to the last one read.
    pub(super) total: Duration,
}

/// Classifies why there is no complete response to the request to `place`.
pub(super) fn classify(error: &reqwest::Error, place: String, limits: Limits) -> TransportError {
    if error.is_connect() {
        return unconnected(error, place, limits);
    }
    // From here on the request may have arrived. A TLS alert after the handshake also looks like a broken connection,
    // so "not sent" would be a guess.
    if error.is_timeout() {
        TransportError::ResponseTimeout { place, limit: limits.total }
    } else if error.is_builder() {
        TransportError::BadRequest { place }
    } else {
        TransportError::Broken { place, source: system(error).map(anew) }
    }
}

fn unconnected(error: &reqwest::Error, place: String, limits: Limits) -> TransportError {
    // Checked first, because errors about the proxy's own name, port or certificate are not about `place`.
    if through_a_tunnel(error) {
        if chain(error).any(|cause| cause.to_string().contains("proxy authorization required")) {
            return TransportError::ProxyPassword { place };
        }
        return TransportError::Proxy { place };
    }
    if error.is_timeout() {
        return TransportError::ConnectTimeout { place, limit: limits.connect };
    }
    if error.is_dns() {
        return TransportError::NameNotFound { place };
    }
    if let Some(tls) = chain(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        return untrusted(tls.clone(), place);
    }
    match system(error) {
        Some(refused) if refused.kind() == io::ErrorKind::ConnectionRefused => {
            TransportError::Refused { place, source: anew(refused) }
        }
        // tokio-rustls reports a server that closed the connection during the handshake as an end of file, which
        // connecting itself never returns.
        Some(ended) if ended.kind() == io::ErrorKind::UnexpectedEof => {
            TransportError::TlsUnsupported { place, source: None }
        }
        other => TransportError::Connect { place, source: other.map(anew) },
    }
}

fn untrusted(source: rustls::Error, place: String) -> TransportError {
    let rustls::Error::InvalidCertificate(verdict) = &source else {
        return TransportError::TlsUnsupported { place, source: Some(source) };
    };
    match verdict {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            TransportError::CertificateExpired { place, source }
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            TransportError::CertificateNotYetValid { place, source }
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            TransportError::CertificateWrongName { place, source }
        }
        // A bad signature means that a trusted root has the issuer's name, but did not sign this certificate.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            TransportError::CertificateUntrusted { place, source }
        }
        // This includes `Other`, which the platform's verifier returns for a wrong purpose.
        _ => TransportError::CertificateInvalid { place, source },
    }
}

/// Every cause below `error`, outermost first, including those inside an `io::Error`, which its `source` skips.
fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let mut next = error.source();
    std::iter::from_fn(move || {
        let cause = next?;
        next = match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inside) => Some(inside),
            None => cause.source(),
        };
        Some(cause)
    })
}

/// The innermost `io::Error`, from the operating system or a test.
fn system(error: &reqwest::Error) -> Option<&io::Error> {
    chain(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).last()
}

/// The same error without its text and cause.
fn anew(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| io::Error::from(error.kind()), io::Error::from_raw_os_error)
}

/// Whether a proxy could not be reached or opened no tunnel.
///
/// This is the only test of an error's text, because hyper-util keeps `TunnelError` private and reqwest has no
/// `is_proxy`. If the text changes, the tests below fail, and users read "could not be reached" without the proxy being
/// named as the cause.
fn through_a_tunnel(error: &reqwest::Error) -> bool {
    chain(error).any(|cause| cause.to_string().starts_with("tunnel error: "))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    const LIMITS: Limits = Limits { connect: Duration::from_secs(5), total: Duration::from_secs(10) };

    /// A port that was bound and released, so nothing listens on it.
    fn closed_port() -> u16 {
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
    }

    /// A proxy that answers the first request with `response`.
    fn proxy(response: &'static [u8]) -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = [0; 4_096];
            let _ = stream.read(&mut head);
            let _ = stream.write_all(response);
        });
        port
    }

    /// A host name that is never sent to a name server, because its label is longer than DNS allows.
    fn nobody() -> String {
        format!("http://{}.example", "x".repeat(70))
    }

    async fn ask(url: &str, proxy: Option<String>) -> reqwest::Error {
        let builder = reqwest::Client::builder().tls_certs_only([]).connect_timeout(LIMITS.connect).no_proxy();
        let builder = match proxy {
            Some(proxy) => builder.proxy(reqwest::Proxy::all(proxy).unwrap()),
            None => builder,
        };
        builder.build().unwrap().get(url).send().await.unwrap_err()
    }

    #[tokio::test]
    async fn a_proxy_is_the_cause_where_it_is_one_and_only_there() {
        let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
        let error = ask("https://a.example/", Some(format!("http://u:CNRY@127.0.0.1:{}", proxy(refusal)))).await;
        let sorted = classify(&error, "a.example".to_owned(), LIMITS);
        assert!(matches!(sorted, TransportError::ProxyPassword { .. }), "{sorted:?}");
        assert!(!format!("{sorted:?} {sorted}").contains("CNRY"));
        for port in [
            closed_port(),
            proxy(b"HTTP/1.1 403 Forbidden\r\n\r\n"),
            proxy(b"HTTP/1.1 502 Bad Gateway\r\n\r\n"),
            proxy(b""),
        ] {
            let error = ask("https://a.example/", Some(format!("http://u:CNRY@127.0.0.1:{port}"))).await;
            assert!(through_a_tunnel(&error), "{error:?}");
            let sorted = classify(&error, "a.example".to_owned(), LIMITS);
            assert!(matches!(sorted, TransportError::Proxy { .. }), "{sorted:?}");
            assert!(!format!("{sorted:?} {sorted}").contains("CNRY"));
        }
        // The name that cannot be resolved is the proxy's, not the server's.
        let error = ask("https://a.example/", Some(nobody())).await;
        let sorted = classify(&error, "a.example".to_owned(), LIMITS);
        assert!(matches!(sorted, TransportError::Proxy { .. }), "{sorted:?}");
        let error = ask(&format!("http://127.0.0.1:{}/tunnel", closed_port()), None).await;
        assert!(!through_a_tunnel(&error), "{error:?}");
    }

    #[tokio::test]
    async fn what_the_system_said_is_kept_without_the_url() {
        let error = ask(&format!("http://127.0.0.1:{}/?key=CNRY", closed_port()), None).await;
        let sorted = classify(&error, "127.0.0.1".to_owned(), LIMITS);
        let TransportError::Refused { source, .. } = &sorted else { panic!("{sorted:?}") };
        assert!(source.raw_os_error().is_some());
        assert!(!format!("{sorted:?} {sorted}").contains("CNRY"));
        let error = ask(&format!("{}/?key=CNRY", nobody()), None).await;
        let sorted = classify(&error, "x.example".to_owned(), LIMITS);
        assert!(matches!(sorted, TransportError::NameNotFound { .. }), "{sorted:?}");
    }

    #[test]
    fn causes_inside_an_io_error_are_seen() {
        let inner = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let outer = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, inner));
        let outside = TransportError::Broken { place: "a.example".to_owned(), source: Some(outer) };
        assert!(chain(&outside).any(<dyn StdError>::is::<rustls::Error>));
        assert_eq!(chain(&outside).filter(|cause| cause.is::<io::Error>()).count(), 2);
    }
}
