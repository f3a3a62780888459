//! A deserialized file to a provider: every part read, every name checked.

use std::collections::BTreeSet;

use super::auth;
use super::report::{Defect, Report, did_you_mean};
use super::reserved;
use super::schema::{
    AuthKind, Checked, File, LimitsTable, LookupTable, Method, Place, ProductTable, RedirectRule, RelocationTable,
    Table, TestTable, Text,
};
use super::text::{Names, line, lines, optional, pairs, template, templates, url};
use super::variables;
use crate::catalog::endpoints::{is_loopback, secure_url};
use crate::catalog::flow::Limits;
use crate::catalog::product::{Basic, KeyPlace, KeyPlacement, Lookup, Product, TestCall};
use crate::catalog::provider::{Console, Grant, Panel, Provider, Redirect, Source, Verification};
use crate::catalog::relocate::RelocationRule;
use crate::catalog::variable::Variable;

/// Longest id.
const MAX_ID: usize = 40;

pub(super) fn provider(mut file: File, mut report: Report<'_>) -> Result<Provider, Vec<Defect>> {
    let report_ref = &mut report;
    let kind = *file.auth.kind.get_ref();
    let keyed = matches!(kind, AuthKind::Bearer | AuthKind::ApiKey | AuthKind::Basic);
    let (variables, mut names) = variables::read(report_ref, file.variable, keyed);
    capture_names(report_ref, &file.auth.capture_redirect, &mut names);
    capture_names(report_ref, &file.auth.capture_token, &mut names);
    for lookup in &file.post_auth {
        capture_names(report_ref, &lookup.pick, &mut names);
    }
    let urls = auth::urls(report_ref, &mut file.auth, &names.without_captures());
    let scopes = lines(report_ref, std::mem::take(&mut file.auth.scopes));
    let scope_help = pairs(report_ref, std::mem::take(&mut file.auth.scope_help));
    let needs_scope = optional(report_ref, file.auth.needs_scope.take());
    let needs_client_secret = matches!(file.auth.client_secret, super::schema::Need::Required);
    let (mut flow, switches) = auth::flow(report_ref, file.auth, &names, &variables, file.error);
    let scope_groups = auth::scope_groups(report_ref, file.scope_group, &mut flow);
    let relocation = file.relocation.map(|table| relocation(report_ref, table, &variables, &flow.capture_redirect));
    let redirect = redirect(report_ref, file.redirect, file.redirect_uri);
    let console = Console {
        url: file.console.url.map(|text| url(report_ref, text, &names.without_captures(), &[])),
        steps: lines(report_ref, file.console.steps),
    };
    let header = request_header(report_ref, file.request.header, file.request.template, &names);
    reserved::check_headers(report_ref, &file.request.headers);
    let (grant, supported) = grant(kind);
    let codes = variables.iter().flat_map(|v| &v.choices).map(|c| c.code.clone()).filter(|c| !c.is_empty()).collect();
    let id = id(report_ref, file.id);
    let name = line(report_ref, file.name);
    let provider = Provider {
        group: optional(report_ref, file.group).unwrap_or_else(|| name.clone()),
        id,
        name,
        category: line(report_ref, file.category),
        aliases: lines(report_ref, file.aliases),
        verification: match file.verification {
            Checked::TwoSources => Verification::TwoSources,
            Checked::Unverified => Verification::Unverified,
        },
        sources: lines(report_ref, file.sources),
        source: Source::BuiltIn,
        grant,
        supported,
        grant_label: grant_label(grant, flow.pkce),
        scopes,
        scope_help,
        scope_groups,
        needs_scope,
        console,
        panels: file
            .panel
            .into_iter()
            .map(|panel| Panel { title: line(report_ref, panel.title), lines: lines(report_ref, panel.lines) })
            .collect(),
        needs_client_secret,
        flow,
        switches,
        urls,
        redirect,
        relocation,
        header,
        headers: templates(report_ref, file.request.headers, &names, &["client_id"]),
        tests: file.test.into_iter().map(|test| test_call(report_ref, test, &names, &[])).collect(),
        products: file.product.into_iter().map(|table| product(report_ref, table, &names, &codes)).collect(),
        lookups: file.post_auth.into_iter().map(|table| lookup(report_ref, table, &names)).collect(),
        keys: file.key.into_iter().map(|key| key_placement(report_ref, key, &names)).collect(),
        basic: file.basic.map(|basic| Basic {
            user: template(report_ref, basic.user, &names, &["secret"]),
            password: template(report_ref, basic.password, &names, &["secret"]),
        }),
        limits: limits(report_ref, file.limits),
        variables,
    };
    let defects = report.finish();
    if defects.is_empty() { Ok(provider) } else { Err(defects) }
}

impl Names {
    /// What is known before the login.
    pub(super) fn without_captures(&self) -> Self {
        Self { captured: BTreeSet::new(), ..self.clone() }
    }
}

fn capture_names(report: &mut Report<'_>, table: &Table, names: &mut Names) {
    for name in table.keys() {
        let own = variables::BUILT_IN.contains(&name.get_ref().as_str()) || names.declared.contains(name.get_ref());
        if own || !crate::catalog::template::is_name(name.get_ref()) {
            report.add(&name.span(), "a captured value's name is [a-z][a-z0-9_]*, and none that exists already");
        }
        names.captured.insert(name.get_ref().clone());
    }
}

/// Becomes a file name and part of commands: letters, digits and hyphens, never a path or an option.
fn id(report: &mut Report<'_>, text: Text) -> String {
    let span = text.span();
    let id = text.into_inner();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let edges = id.starts_with('-') || id.ends_with('-');
    if id.is_empty() || id.len() > MAX_ID || edges || !id.chars().all(plain) {
        report.add(&span, format!("an id is 1 to {MAX_ID} of a-z, 0-9 and hyphens, none of them at an end"));
    }
    id
}

fn grant(kind: AuthKind) -> (Grant, bool) {
    let grant = match kind {
        AuthKind::Oauth2Code => Grant::AuthorizationCode,
        AuthKind::Oauth2ClientCredentials => Grant::ClientCredentials,
        AuthKind::Oauth2Device => Grant::DeviceCode,
        AuthKind::Bearer => Grant::Bearer,
        AuthKind::ApiKey => Grant::ApiKey,
        AuthKind::Basic => Grant::Basic,
    };
    (grant, grant == Grant::AuthorizationCode)
}

fn grant_label(grant: Grant, pkce: bool) -> String {
    let label = match grant {
        Grant::AuthorizationCode if pkce => "OAuth 2.0 (authorization code + PKCE)",
        Grant::AuthorizationCode => "OAuth 2.0 (authorization code)",
        Grant::ClientCredentials => "OAuth 2.0 (client credentials)",
        Grant::DeviceCode => "OAuth 2.0 (device code)",
        Grant::Bearer => "Bearer token",
        Grant::ApiKey => "API key",
        Grant::Basic => "Basic",
    };
    label.to_owned()
}

fn redirect(report: &mut Report<'_>, rule: RedirectRule, uri: Option<Text>) -> Redirect {
    let Some(uri) = uri else {
        let Redirect::FixedPort(loopback) = Redirect::default() else { return Redirect::default() };
        return match rule {
            RedirectRule::Loopback => Redirect::AnyPort(loopback),
            RedirectRule::LoopbackFixedPort => Redirect::FixedPort(loopback),
            RedirectRule::HttpsPaste => Redirect::HttpsPaste("https://localhost/callback".to_owned()),
        };
    };
    let text = uri.get_ref();
    let paste = matches!(rule, RedirectRule::HttpsPaste);
    let filled = text.replace("{port}", "53682");
    let local = |u: &url::Url| u.scheme() == "http" && (is_loopback(u) || u.host_str() == Some("localhost"));
    let fits = if paste {
        secure_url(text).is_ok_and(|u| u.scheme() == "https")
    } else {
        text.contains("{port}") && url::Url::parse(&filled).is_ok_and(|u| local(&u) && u.port() == Some(53682))
    };
    if !fits {
        let message = if paste {
            "the redirect URI of https-paste is an https URL"
        } else {
            "a loopback redirect URI is such as http://localhost:{port}/callback"
        };
        report.add(&uri.span(), message);
    }
    let uri = line(report, uri);
    match rule {
        RedirectRule::Loopback => Redirect::AnyPort(uri),
        RedirectRule::LoopbackFixedPort => Redirect::FixedPort(uri),
        RedirectRule::HttpsPaste => Redirect::HttpsPaste(uri),
    }
}

fn relocation(
    report: &mut Report<'_>,
    table: RelocationTable,
    variables: &[Variable],
    captured: &[(String, String)],
) -> RelocationRule {
    let variable = variables.iter().find(|variable| variable.name == *table.variable.get_ref());
    if variable.is_none_or(|variable| variable.choices.is_empty()) {
        report.add(&table.variable.span(), "relocation needs a variable with choices");
    }
    for name in [&table.server, &table.location].into_iter().flatten() {
        if !captured.iter().any(|(ours, _)| ours == name.get_ref()) {
            let near = did_you_mean(name.get_ref(), captured.iter().map(|(ours, _)| ours.as_str()));
            report.add(&name.span(), format!("{} is not in capture_redirect{near}", name.get_ref()));
        }
    }
    RelocationRule {
        variable: line(report, table.variable),
        server: optional(report, table.server),
        location: optional(report, table.location),
    }
}

fn request_header(
    report: &mut Report<'_>,
    header: Option<Text>,
    value: Option<Text>,
    names: &Names,
) -> (String, String) {
    if let Some(header) = &header {
        reserved::check_header_name(report, header.get_ref(), &header.span());
    }
    let header = optional(report, header).unwrap_or_else(|| "Authorization".to_owned());
    let extra = ["client_id", "access_token", "secret"];
    let value = value.map(|value| template(report, value, names, &extra));
    (header, value.unwrap_or_else(|| "Bearer {access_token}".to_owned()))
}

fn key_placement(report: &mut Report<'_>, key: super::schema::KeyTable, names: &Names) -> KeyPlacement {
    if key.place == Place::Header {
        reserved::check_header_name(report, key.name.get_ref(), &key.name.span());
    }
    KeyPlacement {
        place: if key.place == Place::Header { KeyPlace::Header } else { KeyPlace::Query },
        name: line(report, key.name),
        template: template(report, key.template, names, &["secret"]),
    }
}

fn test_call(report: &mut Report<'_>, test: TestTable, names: &Names, extra_hosts: &[&str]) -> TestCall {
    reserved::check_headers(report, &test.headers);
    let mut hosts = names.clone();
    // A captured host (an instance URL, say) may begin the URL: it is checked when the call is made.
    hosts.urls.extend(names.captured.iter().cloned());
    TestCall {
        label: optional(report, test.label).unwrap_or_default(),
        scope: optional(report, test.scope),
        method: match test.method {
            Method::Get => "GET".to_owned(),
            Method::Post => "POST".to_owned(),
        },
        url: url(report, test.url, &hosts, extra_hosts),
        query: pairs(report, test.query),
        headers: templates(report, test.headers, names, &["client_id"]),
        body: optional(report, test.body),
        ok_json: pairs(report, test.ok_json),
        records: optional(report, test.records),
        total: optional(report, test.total),
    }
}

fn product(report: &mut Report<'_>, table: ProductTable, names: &Names, codes: &BTreeSet<String>) -> Product {
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

fn lookup(report: &mut Report<'_>, table: LookupTable, names: &Names) -> Lookup {
    Lookup {
        url: url(report, table.url, names, &[]),
        list: optional(report, table.list),
        label: optional(report, table.label),
        pick: pairs(report, table.pick),
    }
}

fn limits(report: &mut Report<'_>, table: LimitsTable) -> Limits {
    Limits {
        access_tokens: table.access_tokens,
        access_token_window: table.access_token_window,
        live_access_tokens: table.live_access_tokens,
        refresh_tokens_per_user: table.refresh_tokens_per_user,
        refresh_tokens_per_minute: table.refresh_tokens_per_minute,
        code_lifetime: table.code_lifetime,
        access_token_lifetime: table.access_token_lifetime,
        refresh_idle_days: table.refresh_idle_days,
        refresh_absolute_days: table.refresh_absolute_days,
        mfa_trust_days: table.mfa_trust_days,
        notes: lines(report, table.notes),
    }
}
