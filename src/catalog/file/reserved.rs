//! Parameters and headers that only this program sets: a catalog file that could replace them could redirect a login.

use std::ops::Range;

use super::report::Report;
use super::schema::Table;

/// RFC 6749 section 4.1.1, RFC 7636 section 4.3.
const AUTHORIZATION: &[&str] = &[
    "response_type",
    "client_id",
    "client_secret",
    "redirect_uri",
    "scope",
    "state",
    "code",
    "code_challenge",
    "code_challenge_method",
];
/// RFC 6749 sections 4.1.3 and 6, RFC 7636 section 4.5. `grant_type` may be replaced.
const TOKEN: &[&str] = &[
    "client_id",
    "client_secret",
    "redirect_uri",
    "scope",
    "state",
    "code",
    "code_verifier",
    "refresh_token",
    "access_token",
    "device_code",
];
/// Parameters that may be renamed.
const RENAMABLE: &[&str] = &[
    "client_id",
    "client_secret",
    "redirect_uri",
    "scope",
    "response_type",
    "grant_type",
    "code",
    "refresh_token",
    "token",
    "token_type_hint",
];
/// Parameters that may be left out.
const DROPPABLE: &[&str] = &["response_type", "scope", "grant_type", "client_id", "token_type_hint"];
/// Headers that the HTTP layer sets. `Authorization` carries the client or the token, and nothing else may.
const HEADERS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "host",
    "content-length",
    "content-type",
    "transfer-encoding",
    "connection",
    "cookie",
    "te",
    "trailer",
    "upgrade",
    "expect",
];

/// The request that extra parameters are added to.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Request {
    Authorization,
    /// The token request: code exchange or refresh.
    Token,
    /// The token request of client credentials, where `scope` may be a template over variables.
    ClientCredentials,
}

pub(super) fn check_params(report: &mut Report<'_>, params: &Table, request: Request) {
    let reserved = if request == Request::Authorization { AUTHORIZATION } else { TOKEN };
    let free = |name: &str| request == Request::ClientCredentials && name == "scope";
    for (name, value) in params {
        let folded = name.get_ref().to_ascii_lowercase();
        if reserved.contains(&folded.as_str()) && !free(&folded) {
            report.add(&name.span(), format!("{folded} is set by OAuth itself and cannot be an extra parameter"));
        }
        if folded == "response_mode" && value.get_ref() != "query" {
            report.add(
                &value.span(),
                "response_mode can only be query: the code must arrive in the query of the redirect URI",
            );
        }
        parameter_name(report, name.get_ref(), &name.span());
    }
}

/// `code` is allowed, because one provider uses it; the other standard names have meanings of their own.
pub(super) fn check_device_code_name(report: &mut Report<'_>, name: &super::schema::Text) {
    let folded = name.get_ref().to_ascii_lowercase();
    let free = ["code", "device_code"].contains(&folded.as_str());
    if !free && (TOKEN.contains(&folded.as_str()) || AUTHORIZATION.contains(&folded.as_str())) {
        report.add(&name.span(), format!("{folded} has a special meaning in OAuth"));
    }
    parameter_name(report, name.get_ref(), &name.span());
}

pub(super) fn check_rename(report: &mut Report<'_>, rename: &Table) {
    for (from, to) in rename {
        if !RENAMABLE.contains(&from.get_ref().as_str()) {
            report.add(&from.span(), format!("{} cannot be renamed", from.get_ref()));
        }
        let target = to.get_ref().to_ascii_lowercase();
        if AUTHORIZATION.contains(&target.as_str()) || TOKEN.contains(&target.as_str()) {
            report.add(&to.span(), format!("{target} has a special meaning in OAuth"));
        }
        if rename.iter().any(|(other, same)| other != from && same.get_ref() == to.get_ref()) {
            report.add(&to.span(), format!("{target} refers to two parameters"));
        }
        parameter_name(report, to.get_ref(), &to.span());
    }
}

pub(super) fn check_drop(report: &mut Report<'_>, drop: &[super::schema::Text]) {
    for name in drop {
        if !DROPPABLE.contains(&name.get_ref().as_str()) {
            report.add(&name.span(), format!("{} cannot be left out", name.get_ref()));
        }
    }
}

pub(super) fn check_headers(report: &mut Report<'_>, headers: &Table) {
    for name in headers.keys() {
        check_header_name(report, name.get_ref(), &name.span());
        if HEADERS.contains(&name.get_ref().to_ascii_lowercase().as_str()) {
            report.add(&name.span(), format!("a catalog file cannot set the header {}", name.get_ref()));
        }
    }
}

/// A header name is a token (RFC 9110 section 5.6.2).
pub(super) fn check_header_name(report: &mut Report<'_>, name: &str, span: &Range<usize>) {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || name.len() > 80 || !name.chars().all(token) {
        report.add(span, "this is not a header name");
    }
}

fn parameter_name(report: &mut Report<'_>, name: &str, span: &Range<usize>) {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~[]:".contains(c);
    if name.is_empty() || name.len() > 80 || !name.chars().all(plain) {
        report.add(span, "this is not a parameter name");
    }
}
