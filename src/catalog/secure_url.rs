//! Which URLs a secret may be sent to.

use url::{Host, Url};

/// Parses an endpoint: https, or http to a loopback literal; no user name, no fragment.
pub(super) fn secure_url(text: &str) -> Result<Url, &'static str> {
    if text.contains(char::is_whitespace) || text.contains(char::is_control) || text.contains('\\') {
        return Err("A URL cannot contain spaces or backslashes.");
    }
    let url = Url::parse(text).map_err(|_| "It is not a URL such as https://login.example.com/oauth/authorize.")?;
    let secure = match url.scheme() {
        "https" => url.host().is_some(),
        "http" => is_loopback(&url),
        _ => false,
    };
    if !secure {
        return Err("It must begin with https:// (http:// only to 127.0.0.1 or [::1]).");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("This URL must not contain a user name or password.");
    }
    if url.fragment().is_some() {
        return Err("This URL must not have a fragment (#).");
    }
    Ok(url)
}

/// Whether the host is a loopback literal. A name would be resolved, by anyone.
pub(super) fn is_loopback(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            _ => false,
        }
}

/// Whether a browser of this machine comes to it: a loopback literal, or `localhost` (RFC 6761 section 6.3).
pub(super) fn is_this_machine(url: &Url) -> bool {
    is_loopback(url) || url.host_str() == Some("localhost")
}
