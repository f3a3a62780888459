//! Which URLs a secret may be sent to.

use url::Url;

use crate::loopback::is_loopback_address;

/// Parses an endpoint: https, or http to a loopback literal; no user name, no fragment.
pub(super) fn secure_url(text: &str) -> Result<Url, &'static str> {
    if text.contains(char::is_whitespace) || text.contains(char::is_control) || text.contains('\\') {
        return Err("A URL cannot contain spaces or backslashes.");
    }
    let url = Url::parse(text).map_err(|_| "It is not a URL such as https://login.example.com/oauth/authorize.")?;
    let secure = match url.scheme() {
        "https" => url.host().is_some(),
        "http" => is_loopback_address(&url),
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
