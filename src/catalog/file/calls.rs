//! `[request]`, `[[key]]`, `[basic]`, `[signature]`, `[[test]]`, `[[post_auth]]`, `[[product]]`: how the API behind a
//! credential is called.

use std::collections::BTreeSet;

use super::report::{Report, did_you_mean};
use super::reserved;
use super::schema::{
    BasicTable, KeyPlaceWord, KeyTable, LookupTable, Method, ProductTable, SignatureTable, TestTable, Text,
};
use super::text::{Names, id, line, lines, optional, pairs, template, template_or_empty, templates, url};
use crate::catalog::product::{Basic, KeyPlace, KeyPlacement, Lookup, Product, Signature, TestCall};
use crate::catalog::variable::Variable;

/// Placeholders allowed in the request header in addition to variables and captured values.
const IN_REQUEST: [&str; 3] = ["client_id", "access_token", "secret"];

pub(super) fn request_header(
    report: &mut Report<'_>,
    header: Option<Text>,
    value: Option<Text>,
    names: &Names,
) -> (String, String) {
    if let Some(header) = &header {
        reserved::check_header_name(report, header.get_ref(), &header.span());
    }
    let header = optional(report, header).unwrap_or_else(|| "Authorization".to_owned());
    let value = value.map(|value| template(report, value, names, &IN_REQUEST));
    (header, value.unwrap_or_else(|| "Bearer {access_token}".to_owned()))
}

/// Reads where a key goes. `proof` is the placeholder that every key of this kind of file must contain: `secret`, or
/// `access_token` for a token that is requested.
pub(super) fn key_placement(
    report: &mut Report<'_>,
    key: KeyTable,
    names: &Names,
    proof: &'static str,
) -> KeyPlacement {
    if key.place == KeyPlaceWord::Header && !key.name.get_ref().contains('{') {
        reserved::check_header_name(report, key.name.get_ref(), &key.name.span());
    }
    KeyPlacement {
        place: if key.place == KeyPlaceWord::Header { KeyPlace::Header } else { KeyPlace::Query },
        name: template(report, key.name, names, &[]),
        template: template(report, key.template, names, &[proof]),
    }
}

/// Either part may be empty: some providers take the key as the user, others as the password.
pub(super) fn basic(report: &mut Report<'_>, table: BasicTable, names: &Names) -> Basic {
    let place = table.user.span();
    let basic = Basic {
        user: template_or_empty(report, table.user, names, &["secret"]),
        password: template_or_empty(report, table.password, names, &["secret"]),
    };
    if ![&basic.user, &basic.password].into_iter().any(|part| part.contains("{secret}")) {
        report.add(&place, "user or password must hold {secret}");
    }
    basic
}

/// Reads what the signature of each request needs in addition to the secret key.
pub(super) fn signature(
    report: &mut Report<'_>,
    table: SignatureTable,
    names: &Names,
    variables: &[Variable],
) -> Signature {
    if let Some(name) = &table.session_token {
        let known = variables.iter().find(|variable| variable.name == *name.get_ref());
        if !known.is_some_and(|variable| variable.secret && variable.optional) {
            report.add(&name.span(), "session_token is the name of an optional variable that is secret");
        }
    }
    Signature {
        access_key: template(report, table.access_key, names, &[]),
        region: template(report, table.region, names, &[]),
        service: template(report, table.service, names, &[]),
        session_token: optional(report, table.session_token),
    }
}

pub(super) fn test_call(report: &mut Report<'_>, test: TestTable, names: &Names, extra_hosts: &[&str]) -> TestCall {
    reserved::check_headers(report, &test.headers);
    TestCall {
        label: optional(report, test.label).unwrap_or_default(),
        scope: optional(report, test.scope),
        method: match test.method {
            Method::Get => "GET".to_owned(),
            Method::Post => "POST".to_owned(),
        },
        url: url(report, test.url, &names.with_captured(), extra_hosts),
        query: pairs(report, test.query),
        headers: templates(report, test.headers, names, &["client_id"]),
        template: test.template.map(|value| template(report, value, names, &IN_REQUEST)),
        body: optional(report, test.body),
        ok_json: pairs(report, test.ok_json),
        records: optional(report, test.records),
        total: optional(report, test.total),
    }
}

pub(super) fn product(
    report: &mut Report<'_>,
    table: ProductTable,
    names: &Names,
    codes: &BTreeSet<String>,
) -> Product {
    for (code, host) in &table.hosts {
        if !codes.contains(code.get_ref()) {
            let near = did_you_mean(code.get_ref(), codes.iter().map(String::as_str));
            report.add(&code.span(), format!("no choice has the code {}{near}", code.get_ref()));
        }
        if let Err(why) = crate::catalog::normalize::host_name(host.get_ref()) {
            report.add(&host.span(), why.trim_end_matches('.'));
        }
    }
    for code in &table.unverified {
        if !table.hosts.contains_key(code) {
            report.add(&code.span(), format!("hosts has no {}", code.get_ref()));
        }
    }
    reserved::check_headers(report, &table.headers);
    Product {
        id: id(report, table.id),
        name: line(report, table.name),
        hosts: pairs(report, table.hosts).into_iter().collect(),
        unverified: lines(report, table.unverified),
        headers: templates(report, table.headers, names, &[]),
        record: pairs(report, table.record),
        tests: table.test.into_iter().map(|test| test_call(report, test, names, &["host"])).collect(),
        notes: lines(report, table.notes),
    }
}

pub(super) fn lookup(report: &mut Report<'_>, table: LookupTable, names: &Names) -> Lookup {
    Lookup {
        url: url(report, table.url, names, &[]),
        list: optional(report, table.list),
        label: optional(report, table.label),
        template: table.template.map(|value| template(report, value, names, &IN_REQUEST)),
        pick: pairs(report, table.pick),
    }
}
