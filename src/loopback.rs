//! Decides whether a URL points to this machine.

use url::{Host, Url};

/// Whether the host of an http or https URL is a literal loopback address. A name does not count, because it would have
/// to be resolved, and anyone could control the answer.
pub(crate) fn is_loopback_address(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(_)) | None => false,
        }
}

/// As [`is_loopback_address`], but also accepts `localhost`, which always resolves to loopback (RFC 6761 section 6.3).
pub(crate) fn is_loopback(url: &Url) -> bool {
    is_loopback_address(url) || (matches!(url.scheme(), "http" | "https") && url.host_str() == Some("localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_and_localhost_are_this_machine() {
        for (url, address, loopback) in [
            ("http://127.0.0.1:8080/", true, true),
            ("https://127.1.2.3/", true, true),
            ("http://[::1]/", true, true),
            ("http://localhost/", false, true),
            ("https://LOCALHOST:1/", false, true),
            ("http://localhost.example.com/", false, false),
            ("http://127.0.0.1.example.com/", false, false),
            ("http://0.0.0.0/", false, false),
            ("http://10.0.0.1/", false, false),
            ("ftp://127.0.0.1/", false, false),
            ("app://localhost/", false, false),
        ] {
            let parsed = Url::parse(url).unwrap();
            assert_eq!((is_loopback_address(&parsed), is_loopback(&parsed)), (address, loopback), "{url}");
        }
    }
}
