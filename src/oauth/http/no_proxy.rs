//! Parses the forms of `NO_PROXY` that curl and other programs accept and the HTTP client does not: `*.example.com`,
//! and entries with a port. Plain names, `.example.com`, addresses, networks and `*` are left to the client.

use std::env;

use url::Url;

/// Whether the variable names the host of `url` in one of these forms.
pub(super) fn excepts(url: &Url) -> bool {
    let list = ["NO_PROXY", "no_proxy"].iter().find_map(|name| env::var(name).ok()).unwrap_or_default();
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    names(&list, host, url.port_or_known_default().unwrap_or_default())
}

fn names(list: &str, host: &str, port: u16) -> bool {
    list.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        let (name, wanted) = match entry.rsplit_once(':') {
            // The last group of an IPv6 address without brackets is not a port.
            Some((name, digits)) if !name.contains(':') || name.ends_with(']') => match digits.parse::<u16>() {
                Ok(wanted) => (name, Some(wanted)),
                Err(_) => return false,
            },
            _ => (entry, None),
        };
        if wanted.is_some_and(|wanted| wanted != port) {
            return false;
        }
        let name = name.trim_matches(['[', ']']);
        let domain = name.strip_prefix("*.").or(name.strip_prefix('.'));
        match (domain, wanted) {
            (Some(domain), _) => below(host, domain),
            (None, Some(_)) => name == "*" || host.eq_ignore_ascii_case(name) || below(host, name),
            (None, None) => false,
        }
    })
}

/// Whether `host` is a subdomain.
fn below(host: &str, domain: &str) -> bool {
    let rest = host.len().checked_sub(domain.len()).and_then(|at| host.split_at_checked(at));
    rest.is_some_and(|(before, end)| before.len() > 1 && before.ends_with('.') && end.eq_ignore_ascii_case(domain))
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn the_usual_forms_are_understood() {
        for (list, host, port, expected) in [
            ("*.example.com", "login.example.com", 443, true),
            ("*.example.com", "a.b.EXAMPLE.com", 443, true),
            ("*.example.com", "example.com", 443, false),
            ("*.example.com", "notexample.com", 443, false),
            ("x, *.example.com", "login.example.com", 443, true),
            (".example.com", "login.example.com", 443, true),
            ("login.example.com:443", "login.example.com", 443, true),
            ("login.example.com:8443", "login.example.com", 443, false),
            ("example.com:443", "login.example.com", 443, true),
            ("*.example.com:8443", "login.example.com", 8443, true),
            ("10.1.2.3:8443", "10.1.2.3", 8443, true),
            ("[fd00::1]:8443", "fd00::1", 8443, true),
            ("fd00::1", "fd00::1", 443, false),
            ("*:8443", "login.example.com", 8443, true),
            ("login.example.com:x", "login.example.com", 443, false),
            ("", "login.example.com", 443, false),
            (",*.", "login.example.com", 443, false),
        ] {
            assert_eq!(names(list, host, port), expected, "{list} and {host}:{port}");
        }
    }
}
