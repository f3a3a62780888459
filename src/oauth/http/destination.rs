//! The destination of a URL: its name in messages, and whether requests to it are allowed.

use url::Url;

use crate::loopback::is_loopback;

/// The host, with a port other than the default one; for a URL without a host, its scheme.
#[must_use]
pub fn place(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => format!("{}:", url.scheme()),
    }
}

/// Whether nobody on the network path can read what is sent: https, or http on this machine.
pub(super) fn is_private(url: &Url) -> bool {
    url.username().is_empty()
        && url.password().is_none()
        && match url.scheme() {
            "https" => url.host().is_some(),
            "http" => is_loopback(url),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pr_08_plain_http_leaves_this_machine_never() {
        for (url, allowed) in [
            ("https://accounts.example.com/token", true),
            ("http://127.0.0.1:8080/token", true),
            ("http://[::1]:8080/token", true),
            ("http://localhost:8080/token", true),
            ("http://accounts.example.com/token", false),
            ("http://localhost.example.com/token", false),
            ("http://127.0.0.1.example.com/token", false),
            ("https://name@accounts.example.com/token", false),
            ("ftp://127.0.0.1/token", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(is_private(&Url::parse(url).unwrap()), allowed, "{url}");
        }
    }
}
