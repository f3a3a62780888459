//! Reads an authorization response that the listener received or the user pasted (RFC 6749 section 4.1.2, RFC 9207).

use std::collections::BTreeMap;

use url::{Url, form_urlencoded};

use crate::printable::printable;
use crate::problem::{Kind, Problem};
use crate::secret::{AuthorizationCode, Secret};

/// Longest response that is read, in bytes.
const MAX_RESPONSE: usize = 32 * 1024;
/// Longest error code, in characters.
const MAX_ERROR: usize = 80;
/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 300;
/// Longest captured value, in bytes.
const MAX_CAPTURED: usize = 2_048;

/// What a response must match.
#[derive(Clone, Debug)]
pub struct ExpectedResponse {
    /// As in the authorization request.
    pub redirect_uri: String,
    /// As in the authorization request.
    pub state: Secret,
    /// The required `iss` (RFC 9207); `None` if it is not checked.
    pub issuer: Option<String>,
    /// Query parameters to keep, as (our name, parameter name).
    pub capture: Vec<(String, String)>,
    /// Whether a bare code may be pasted.
    pub bare_code: bool,
}

/// A response of the authorization server. It had the right state, or was a bare code that the user pasted.
#[derive(Clone, Debug)]
pub enum AuthorizationResponse {
    /// An authorization code, good for one exchange.
    Code {
        code: AuthorizationCode,
        /// The values of [`ExpectedResponse::capture`] that the redirect contained, by our names.
        captured: BTreeMap<String, String>,
    },
    /// A bare code that was generated in the provider's console for this client; not bound to any request.
    ConsoleCode(AuthorizationCode),
    /// A refusal, escaped and bounded.
    Denied {
        error: String,
        /// `error_description`; may be empty.
        description: String,
    },
}

/// Reads the full URL, its query, or a bare code if that is allowed.
///
/// # Errors
/// `Kind::Refused` or `Kind::Usage` if it is not a response to this request. The caller keeps waiting.
pub fn parse_response(expected: &ExpectedResponse, text: &str) -> Result<AuthorizationResponse, Problem> {
    if text.len() > MAX_RESPONSE {
        return Err(refuse("The address is too long to be a redirect."));
    }
    let text = text.trim();
    // A terminal breaks a long address into lines when the user copies it.
    let joined: String = text.split(['\r', '\n']).map(str::trim).collect();
    if joined.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(refuse("The text contains spaces or control characters, which no redirect has."));
    }
    if joined.is_empty() {
        return Err(paste_again("Nothing was pasted."));
    }
    let scheme = expected.redirect_uri.split_once(':').map_or("", |(scheme, _)| scheme);
    // A private-use scheme may be followed by a single slash (RFC 8252 section 7.1).
    let is_ours = joined.split_once(':').is_some_and(|(known, _)| known.eq_ignore_ascii_case(scheme));
    if (is_ours || joined.contains("://")) && !joined.starts_with('?') && !is_query(&joined) {
        let url = Url::parse(&joined).map_err(|_| paste_again("That is not an address."))?;
        check_place(expected, &url)?;
        return from_query(expected, url.query().unwrap_or_default());
    }
    if let Some(query) = joined.strip_prefix('?') {
        return from_query(expected, query);
    }
    if is_query(&joined) {
        return from_query(expected, &joined);
    }
    if expected.bare_code && joined.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(AuthorizationResponse::ConsoleCode(AuthorizationCode::new(joined)));
    }
    Err(paste_again("That is not the address the browser was redirected to."))
}

/// Whether it begins like the query of a response.
fn is_query(text: &str) -> bool {
    let name = text.split_once('=').map_or("", |(name, _)| name);
    matches!(name, "code" | "state" | "error" | "error_description" | "iss" | "scope" | "session_state" | "location")
}

/// Checks that the response came to the registered redirect URI.
fn check_place(expected: &ExpectedResponse, url: &Url) -> Result<(), Problem> {
    let ours = Url::parse(&expected.redirect_uri)
        .map_err(|_| Problem::new(Kind::Usage, "The redirect URI of the credential is not an address."))?;
    let origin = |url: &Url| (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port_or_known_default());
    let clean = url.username().is_empty() && url.password().is_none();
    if origin(url) == origin(&ours) && url.path() == ours.path() && clean {
        return Ok(());
    }
    let place = |url: &Url| match url.host_str() {
        Some(host) => {
            let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
            format!("{}://{host}{port}{}", url.scheme(), url.path())
        }
        None => format!("{}:{}", url.scheme(), url.path()),
    };
    let problem = Problem::new(Kind::Usage, "That address is not the one the provider redirects to.");
    let problem =
        problem.why(format!("The pasted address is {}, but the redirect URI is {}.", place(url), place(&ours)));
    Err(problem.try_this("Finish in the browser first; then copy the whole address from its address bar."))
}

fn from_query(expected: &ExpectedResponse, query: &str) -> Result<AuthorizationResponse, Problem> {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let state =
        Secret::new(single_value(&pairs, "state")?.filter(|state| !state.is_empty()).unwrap_or_default().to_owned());
    if state.is_empty() {
        return Err(without_state(&pairs));
    }
    if !state.matches(&expected.state) {
        return Err(stale("That redirect belongs to an earlier sign-in attempt."));
    }
    if let Some(issuer) = &expected.issuer
        && single_value(&pairs, "iss")? != Some(issuer.as_str())
    {
        let problem = Problem::new(Kind::Refused, "The redirect does not come from the expected issuer.");
        let problem =
            problem.why(format!("It must name {issuer} (RFC 9207); another server may have been confused with it."));
        return Err(problem.try_this("Check the issuer in the credential, then authenticate again."));
    }
    if let Some(error) = single_value(&pairs, "error")? {
        let description = single_value(&pairs, "error_description")?.unwrap_or_default();
        return Ok(AuthorizationResponse::Denied {
            error: printable(error, MAX_ERROR),
            description: printable(description, MAX_DESCRIPTION),
        });
    }
    let Some(code) = single_value(&pairs, "code")?.filter(|code| !code.is_empty()) else {
        return Err(refuse("The redirect contains no code."));
    };
    let mut captured = BTreeMap::new();
    for (name, parameter) in &expected.capture {
        if let Some(value) = single_value(&pairs, parameter)?.filter(|value| value.len() <= MAX_CAPTURED) {
            captured.insert(name.clone(), value.to_owned());
        }
    }
    Ok(AuthorizationResponse::Code { code: AuthorizationCode::new(code.to_owned()), captured })
}

/// The value of a parameter, which may occur only once.
fn single_value<'a>(pairs: &'a [(String, String)], name: &str) -> Result<Option<&'a str>, Problem> {
    let mut values = pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let value = values.next();
    if values.next().is_some() {
        return Err(refuse(&format!("The redirect contains {name} twice.")));
    }
    let is_words = name == "error_description";
    // U+FFFD replaces bytes that were not UTF-8, which could not be forwarded unchanged.
    let bad = |c: char| c == '\u{fffd}' || (c.is_control() && !is_words);
    match value {
        Some(value) if value.contains(bad) && !is_words => {
            Err(refuse(&format!("The redirect's {name} contains control characters.")))
        }
        value => Ok(value),
    }
}

/// A response without `state` ends no sign-in, since it matches none; but it may say why the server could not read the
/// request.
fn without_state(pairs: &[(String, String)]) -> Problem {
    let said = |name: &str, most| {
        let value = pairs.iter().find(|(known, value)| known == name && !value.trim().is_empty());
        value.map(|(_, value)| printable(value.trim(), most))
    };
    let what = "The redirect contains no state.";
    let Some(error) = said("error", MAX_ERROR) else { return stale(what) };
    let words = said("error_description", MAX_DESCRIPTION).map(|words| format!(": {words}")).unwrap_or_default();
    Problem::new(Kind::Refused, what)
        .why(format!("Nothing was changed. It says {error}{words}"))
        .try_this("If the browser shows the same, compare client, scopes and redirect URI with the provider's console.")
}

fn refuse(what: &str) -> Problem {
    Problem::new(Kind::Refused, what).try_this("It was ignored. Continue in the browser, or authenticate again.")
}

fn stale(what: &str) -> Problem {
    let problem = Problem::new(Kind::Refused, what);
    problem.try_this("Use the browser page that was opened last.")
}

fn paste_again(what: &str) -> Problem {
    let problem = Problem::new(Kind::Usage, what);
    problem.try_this("Copy the whole address from the browser's address bar, from http to the end.")
}
