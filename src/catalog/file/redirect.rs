//! `redirect` and `[relocation]`: where the browser is redirected to, and what the redirect may say about the account's
//! data center.

use super::report::{Report, did_you_mean};
use super::schema::{RedirectRule, RelocationTable, Table, Text};
use super::text::{line, optional};
use crate::catalog::provider::{Redirect, RelocationRule};
use crate::catalog::secure_url::secure_url;
use crate::catalog::variable::Variable;
use crate::loopback::is_loopback;

/// Reads the redirect URI: loopback with `{port}`, over http or https, or an https address that the user pastes back.
pub(super) fn redirect(report: &mut Report<'_>, rule: RedirectRule, uri: Option<Text>) -> Redirect {
    let Some(uri) = uri else {
        let Redirect::FixedPort(loopback) = Redirect::default() else { return Redirect::default() };
        return match rule {
            RedirectRule::Loopback => Redirect::AnyPort(loopback),
            RedirectRule::LoopbackFixedPort => Redirect::FixedPort(loopback),
            RedirectRule::LoopbackHttps => Redirect::HttpsLoopback("https://localhost:{port}/callback".to_owned()),
            RedirectRule::HttpsPaste => Redirect::HttpsPaste("https://localhost/callback".to_owned()),
        };
    };
    let text = uri.get_ref();
    let paste = matches!(rule, RedirectRule::HttpsPaste);
    let filled = text.replace("{port}", "53682");
    let scheme = if matches!(rule, RedirectRule::LoopbackHttps) { "https" } else { "http" };
    let local = |u: &url::Url| u.scheme() == scheme && is_loopback(u);
    let fits = if paste {
        secure_url(text).is_ok_and(|u| u.scheme() == "https")
    } else {
        text.contains("{port}") && url::Url::parse(&filled).is_ok_and(|u| local(&u) && u.port() == Some(53682))
    };
    if !fits {
        let message = match rule {
            RedirectRule::HttpsPaste => "the redirect URI of https-paste is an https URL",
            RedirectRule::LoopbackHttps => {
                "the redirect URI of loopback-https is such as https://localhost:{port}/callback"
            }
            _ => "a loopback redirect URI is such as http://localhost:{port}/callback",
        };
        report.add(&uri.span(), message);
    }
    let uri = line(report, uri);
    match rule {
        RedirectRule::Loopback => Redirect::AnyPort(uri),
        RedirectRule::LoopbackFixedPort => Redirect::FixedPort(uri),
        RedirectRule::LoopbackHttps => Redirect::HttpsLoopback(uri),
        RedirectRule::HttpsPaste => Redirect::HttpsPaste(uri),
    }
}

/// Reads `[relocation]`: a variable with choices, and the values captured from the redirect.
pub(super) fn relocation(
    report: &mut Report<'_>,
    table: RelocationTable,
    variables: &[Variable],
    captured: &Table,
) -> RelocationRule {
    let variable = variables.iter().find(|variable| variable.name == *table.variable.get_ref());
    if variable.is_none_or(|variable| variable.choices.is_empty()) {
        report.add(&table.variable.span(), "relocation needs a variable with choices");
    }
    for name in [&table.server, &table.location].into_iter().flatten() {
        if !captured.contains_key(name) {
            let near = did_you_mean(name.get_ref(), captured.keys().map(|ours| ours.get_ref().as_str()));
            report.add(&name.span(), format!("{} is not in capture_redirect{near}", name.get_ref()));
        }
    }
    RelocationRule {
        variable: line(report, table.variable),
        server: optional(report, table.server),
        location: optional(report, table.location),
    }
}
