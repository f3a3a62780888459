//! Texts of a catalog file: plain, bounded, and templates over names that exist.

use std::collections::BTreeSet;

use super::report::{Report, did_you_mean};
use super::schema::{Table, Text};
use crate::catalog::endpoints::in_authority;
use crate::catalog::secure_url::secure_url;
use crate::catalog::template::{Piece, pieces};
use crate::printable::is_plain;

/// Longest single text, in characters.
const MAX_TEXT: usize = 2_000;
/// Longest name or label, in characters.
const MAX_TITLE: usize = 80;

const MAX_ID: usize = 40;

/// The names templates may use.
#[derive(Clone, Default)]
pub(super) struct Names {
    /// Variables and what their choices set.
    pub(super) declared: BTreeSet<String>,
    /// Those whose value may be part of a host name.
    pub(super) hosts: BTreeSet<String>,
    /// Those of the above whose value is a whole URL.
    pub(super) urls: BTreeSet<String>,
    /// Values captured from the redirect or the token response.
    pub(super) captured: BTreeSet<String>,
    /// Captured values that came from the provider's servers, not from the browser: only they may be a URL.
    pub(super) answered: BTreeSet<String>,
}

/// Reads a text. It is a defect if it is empty, too long or contains invisible characters.
pub(super) fn line(report: &mut Report<'_>, text: Text) -> String {
    if text.get_ref().trim().is_empty() {
        report.add(&text.span(), "this text is empty");
    }
    plain(report, text)
}

/// As [`line`], for what is shown in a row of a list.
pub(super) fn title(report: &mut Report<'_>, text: Text) -> String {
    if text.get_ref().chars().count() > MAX_TITLE {
        report.add(&text.span(), format!("this text is longer than {MAX_TITLE} characters"));
    }
    line(report, text)
}

/// As [`line`], but the text may be empty.
pub(super) fn plain(report: &mut Report<'_>, text: Text) -> String {
    let value = text.get_ref();
    if value.chars().count() > MAX_TEXT {
        report.add(&text.span(), format!("this text is longer than {MAX_TEXT} characters"));
    }
    if !value.chars().all(is_plain) {
        report.add(&text.span(), "this text contains control or invisible characters");
    }
    text.into_inner()
}

pub(super) fn lines(report: &mut Report<'_>, texts: Vec<Text>) -> Vec<String> {
    texts.into_iter().map(|text| line(report, text)).collect()
}

pub(super) fn optional(report: &mut Report<'_>, text: Option<Text>) -> Option<String> {
    text.map(|text| line(report, text))
}

/// The pairs of a table in the order of the file.
pub(super) fn pairs(report: &mut Report<'_>, table: Table) -> Vec<(String, String)> {
    let mut pairs: Vec<(Text, Text)> = table.into_iter().collect();
    pairs.sort_by_key(|(key, _)| key.span().start);
    pairs.into_iter().map(|(key, value)| (line(report, key), plain(report, value))).collect()
}

/// Pairs whose values are templates over `names` and `extra`.
pub(super) fn templates(report: &mut Report<'_>, table: Table, names: &Names, extra: &[&str]) -> Vec<(String, String)> {
    for value in table.values() {
        check_template(report, value, names, extra);
    }
    pairs(report, table)
}

pub(super) fn template(report: &mut Report<'_>, text: Text, names: &Names, extra: &[&str]) -> String {
    check_template(report, &text, names, extra);
    line(report, text)
}

/// As [`template`], but the text may be empty.
pub(super) fn template_or_empty(report: &mut Report<'_>, text: Text, names: &Names, extra: &[&str]) -> String {
    check_template(report, &text, names, extra);
    plain(report, text)
}

fn check_template(report: &mut Report<'_>, text: &Text, names: &Names, extra: &[&str]) {
    let Ok(pieces) = pieces(text.get_ref()) else {
        report.add(&text.span(), "a brace here does not enclose a name such as {host}");
        return;
    };
    for piece in pieces {
        let Piece::Name(name) = piece else { continue };
        let known = names.declared.contains(name) || names.captured.contains(name) || extra.contains(&name);
        if !known {
            let all = names.declared.iter().chain(&names.captured).map(String::as_str).chain(extra.iter().copied());
            report.add(&text.span(), format!("{{{name}}} is not declared{}", did_you_mean(name, all)));
        }
    }
}

/// A URL template: https, or http to a loopback literal; only host-like values before the path.
pub(super) fn url(report: &mut Report<'_>, text: Text, names: &Names, extra_hosts: &[&str]) -> String {
    check_template(report, &text, names, extra_hosts);
    let Ok(pieces) = pieces(text.get_ref()) else { return line(report, text) };
    let mut sample = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(part) => sample.push_str(part),
            Piece::Name(name) if sample.is_empty() && names.urls.contains(name) => {
                sample.push_str("https://sample.example");
            }
            Piece::Name(name) => {
                let known = names.declared.contains(name) || names.captured.contains(name);
                let host = names.hosts.contains(name) || extra_hosts.contains(&name) || !known;
                if in_authority(&sample) && !host {
                    report.add(&text.span(), format!("{{{name}}} cannot be in a host: its kind is not host"));
                }
                sample.push('x');
            }
        }
    }
    if let Err(why) = secure_url(&sample) {
        report.add(&text.span(), why.trim_end_matches('.'));
    }
    line(report, text)
}

/// Reads an id. It becomes a file name and part of commands, so: letters, digits and hyphens, never a path or an
/// option.
pub(super) fn id(report: &mut Report<'_>, text: Text) -> String {
    let span = text.span();
    let id = text.into_inner();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let edges = id.starts_with('-') || id.ends_with('-');
    if id.is_empty() || id.len() > MAX_ID || edges || !id.chars().all(plain) {
        report.add(
            &span,
            format!("an id has 1 to {MAX_ID} characters of a-z, 0-9 and hyphens, with no hyphen at either end"),
        );
    }
    id
}
