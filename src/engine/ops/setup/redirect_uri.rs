//! Refuses redirect URIs that cannot work before the user registers one: the browser would not open it, or the code
//! would be lost.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, ParseError, Url};

use crate::problem::{Kind, Problem};

/// Schemes that show no address to copy, or execute the rest of the URI.
const USELESS: [&str; 12] =
    ["about", "blob", "data", "file", "ftp", "javascript", "mailto", "tel", "view-source", "vbscript", "ws", "wss"];

/// Checks that a browser can open a redirect URI, and that the response can be received or pasted: loopback, https, or
/// a private-use scheme (RFC 8252 section 7.1).
///
/// # Errors
/// `Kind::Usage`, saying what is wrong with it.
pub(super) fn check(text: &str) -> Result<(), Problem> {
    match reason(text) {
        None => Ok(()),
        Some((what, why)) => Err(Problem::new(Kind::Usage, format!("The redirect URI {what}.")).why(why).try_this(
            "Use one such as http://localhost:8765/callback, and register exactly the same at the provider.",
        )),
    }
}

/// What is wrong with a redirect URI, and why it cannot work.
fn reason(text: &str) -> Option<(&'static str, &'static str)> {
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(ParseError::InvalidPort) => return Some(("has no valid port", "A port is a number from 1 to 65535.")),
        Err(_) => return Some(("is not an address", "It must be a full address, including the scheme.")),
    };
    let scheme = url.scheme();
    if scheme == "urn" {
        return Some((
            "is a URN, which a browser cannot open",
            "The out-of-band flow (oob) was switched off by its largest provider in 2022; others followed.",
        ));
    }
    if url.fragment().is_some() {
        return Some(("has a fragment (#)", "RFC 6749 section 3.1.2 forbids one; servers refuse the request."));
    }
    if USELESS.contains(&scheme) {
        return Some((
            "has a scheme that cannot receive a code",
            "A browser cannot be sent there, or shows no address.",
        ));
    }
    if url.cannot_be_a_base() {
        return Some((
            "has no path",
            "The scheme must be followed by // and a host, or by / and a path (scheme:/path).",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some(("contains a user name", "Browsers drop or reject a user name before an @."));
    }
    if url.port() == Some(0) {
        return Some(("has port 0", "Nothing can listen there; the port is part of the registered address."));
    }
    match url.host() {
        Some(Host::Ipv4(Ipv4Addr::UNSPECIFIED | Ipv4Addr::BROADCAST) | Host::Ipv6(Ipv6Addr::UNSPECIFIED)) => {
            Some(("has a host no browser can reach", "0.0.0.0 and [::] mean every address and cannot be used here."))
        }
        Some(Host::Domain(host)) if host.contains(['*', '{', '%']) => {
            Some(("contains a placeholder", "It is compared character by character, so it must be exact."))
        }
        None if matches!(scheme, "http" | "https") => Some(("has no host", "The browser needs an address to open.")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_work_is_taken() {
        for uri in [
            "http://localhost:8123/cb",
            "http://127.0.0.1:1/",
            "http://[::1]:65535/callback?x=1",
            "http://localhost/cb",
            "https://idp.example/cb",
            "edu.kit.data.oidc-agent:/redirect",
            "com.acme.app://cb",
            "myapp://oauth/callback",
            "com.googleusercontent.apps.123-abc:/oauth2redirect",
        ] {
            assert_eq!(reason(uri), None, "{uri}");
        }
    }

    #[test]
    fn what_cannot_work_is_refused_with_its_reason() {
        for (uri, word) in [
            ("urn:ietf:wg:oauth:2.0:oob", "URN"),
            ("urn:ietf:wg:oauth:2.0:oob:auto", "URN"),
            ("http://localhost:0/cb", "port 0"),
            ("https://idp.example:0/cb", "port 0"),
            ("http://localhost:99999/cb", "valid port"),
            ("http://localhost:*/cb", "valid port"),
            ("http://localhost:{port}/cb", "valid port"),
            ("http://0.0.0.0:8123/cb", "no browser can reach"),
            ("http://[::]:8123/cb", "no browser can reach"),
            ("http://0:8123/cb", "no browser can reach"),
            ("http://localhost:8123/cb#f", "fragment"),
            ("https://idp.example/cb#", "fragment"),
            ("com.acme.app:/cb#x", "fragment"),
            ("localhost:8123/cb", "no path"),
            ("com.acme.app:cb", "no path"),
            ("oob", "not an address"),
            ("/callback", "not an address"),
            ("127.0.0.1:8123/cb", "not an address"),
            ("http://", "not an address"),
            ("file:///tmp/cb", "scheme"),
            ("javascript:alert(1)", "scheme"),
            ("data:text/html,x", "scheme"),
            ("https://user:pass@idp.example/cb", "user name"),
            ("https://*.example.com/cb", "placeholder"),
        ] {
            let problem = check(uri).expect_err(uri);
            assert!(problem.what.contains(word) && problem.what.len() < 80, "{uri}: {problem}");
            assert!(problem.kind == Kind::Usage && !problem.why.is_empty(), "{uri}: {problem}");
        }
        assert!(check("urn:ietf:wg:oauth:2.0:oob").unwrap_err().why.contains("2022"));
    }
}
