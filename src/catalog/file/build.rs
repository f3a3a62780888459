//! Builds a provider from a deserialized file: reads every part and checks every name.

use std::collections::BTreeSet;

use super::auth;
use super::calls::{basic, key_placement, lookup, product, request_header, signature, test_call};
use super::evidence;
use super::loads::{api_errors, loads};
use super::redirect::{redirect, relocation};
use super::report::{Defect, Report};
use super::reserved;
use super::schema::{File, Need, Table};
use super::steps::steps;
use super::text::{Names, id, lines, optional, pairs, templates, title, url};
use super::{token_sets, variables};
use crate::catalog::provider::{Console, Panel, Provider};
use crate::model::credential::GrantType;

pub(super) fn provider(mut file: File, mut report: Report<'_>) -> Result<Provider, Vec<Defect>> {
    let report_ref = &mut report;
    let grant = file.auth.kind.get_ref().grant_type();
    need_key(report_ref, &file);
    auth::check_scopes(report_ref, &file.auth);
    // Values asked for in the browser are stored as plain variables.
    let browser = grant.is_consented_to();
    let (variables, mut names) = variables::read(report_ref, std::mem::take(&mut file.variable), !browser);
    captures(report_ref, &file, &mut names);
    let mut provider = about(report_ref, &mut file, &names);
    provider.variables = variables;
    calls(report_ref, &mut file, &names, &mut provider);
    evidence::read(report_ref, &mut file, &mut provider);
    let rule =
        file.relocation.map(|table| relocation(report_ref, table, &provider.variables, &file.auth.capture_redirect));
    provider.relocation = rule;
    let auth = &mut file.auth;
    provider.urls = auth::urls(report_ref, auth, &names.without_captures());
    provider.scopes = lines(report_ref, std::mem::take(&mut auth.scopes));
    provider.scope_help = pairs(report_ref, std::mem::take(&mut auth.scope_help));
    provider.needs_scope = optional(report_ref, auth.needs_scope.take());
    provider.needs_client_secret = matches!(auth.client_secret, Need::Required);
    let main_kind = auth.token_kind.take();
    (provider.flow, provider.switches) = auth::flow(report_ref, file.auth, &names, &provider.variables);
    provider.flow.errors = file.error.into_iter().map(|error| auth::error_rule(report_ref, error)).collect();
    provider.scope_groups = auth::scope_groups(report_ref, file.scope_group, &mut provider.flow);
    token_sets::read(report_ref, main_kind, file.token_set, &names, &mut provider.flow);
    provider.grant = grant;
    if provider.grant.is_static_secret() {
        // A token that the user enters is the secret itself, and needs no client.
        provider.header.1 = provider.header.1.replace("{access_token}", "{secret}");
        provider.needs_client_secret = false;
    }
    provider.grant_label = match grant.label() {
        label if grant == GrantType::AuthorizationCode && provider.flow.pkce => label.replace(')', " + PKCE)"),
        label => label.to_owned(),
    };
    if provider.console.steps.is_empty() {
        provider.console.steps = steps(&provider);
    }
    let defects = report.finish();
    if defects.is_empty() { Ok(provider) } else { Err(defects) }
}

/// Reads the descriptive parts: names, sources, console, help.
fn about(report: &mut Report<'_>, file: &mut File, names: &Names) -> Provider {
    let name = title(report, file.name.clone());
    let group = file.group.take().map(|group| title(report, group));
    let aliases = std::mem::take(&mut file.aliases);
    let console = std::mem::take(&mut file.console);
    let panels = std::mem::take(&mut file.panel);
    Provider {
        id: id(report, file.id.clone()),
        group: group.unwrap_or_else(|| name.clone()),
        name,
        category: title(report, file.category.clone()),
        aliases: aliases.into_iter().map(|alias| title(report, alias)).collect(),
        redirect: redirect(report, file.redirect, file.redirect_uri.take()),
        console: Console {
            url: console.url.map(|text| url(report, text, &names.without_captures(), &[])),
            steps: lines(report, console.steps),
        },
        panels: panels
            .into_iter()
            .map(|panel| Panel { title: title(report, panel.title), lines: lines(report, panel.lines) })
            .collect(),
        ..Provider::default()
    }
}

/// Reads the requests that need a token.
fn calls(report: &mut Report<'_>, file: &mut File, names: &Names, provider: &mut Provider) {
    let request = std::mem::take(&mut file.request);
    reserved::check_headers(report, &request.headers);
    provider.header = request_header(report, request.header, request.template, names);
    provider.headers = templates(report, request.headers, names, &["client_id"]);
    let codes = provider.variables.iter().flat_map(|variable| &variable.choices).map(|choice| choice.code.clone());
    let codes: BTreeSet<String> = codes.filter(|code| !code.is_empty()).collect();
    for test in std::mem::take(&mut file.test) {
        provider.tests.push(test_call(report, test, names, &[]));
    }
    for table in std::mem::take(&mut file.product) {
        provider.products.push(product(report, table, names, &codes));
    }
    provider.loads = loads(report, std::mem::take(&mut file.load), names, &provider.products);
    provider.api_errors = api_errors(report, std::mem::take(&mut file.api_error), &provider.products);
    for table in std::mem::take(&mut file.post_auth) {
        provider.lookups.push(lookup(report, table, names));
    }
    let proof = if file.auth.kind.get_ref().grant_type().is_static_secret() { "secret" } else { "access_token" };
    for key in std::mem::take(&mut file.key) {
        provider.keys.push(key_placement(report, key, names, proof));
    }
    provider.basic = file.basic.take().map(|table| basic(report, table, names));
    provider.signature = file.signature.take().map(|table| signature(report, table, names, &provider.variables));
}

fn need_key(report: &mut Report<'_>, file: &File) {
    let lacks = match file.auth.kind.get_ref().grant_type() {
        GrantType::ApiKey if file.key.is_empty() => "[[key]]",
        GrantType::Basic if file.basic.is_none() => "[basic]",
        GrantType::SignatureV4 if file.signature.is_none() => "[signature]",
        _ => return,
    };
    report.add(&file.auth.kind.span(), format!("this kind needs {lacks}"));
}

fn captures(report: &mut Report<'_>, file: &File, names: &mut Names) {
    capture_names(report, &file.auth.capture_redirect, names);
    let templates = file.post_auth.iter().map(|lookup| &lookup.pick).chain([&file.auth.capture_token]);
    for table in templates {
        capture_names(report, table, names);
        names.answered.extend(table.keys().map(|name| name.get_ref().clone()));
    }
}

impl Names {
    /// The names whose values are known before signing in.
    pub(super) fn without_captures(&self) -> Self {
        Self { captured: BTreeSet::new(), ..self.clone() }
    }

    /// The names for calls after the login: a captured value of a response (such as an instance URL) may begin the URL.
    /// It is checked when the call is made.
    pub(super) fn with_captured(&self) -> Self {
        let mut names = self.clone();
        names.urls.extend(self.answered.iter().cloned());
        names
    }

    /// Whether a new name is allowed: well formed, and neither built in nor the name of a variable.
    pub(super) fn is_free(&self, name: &str) -> bool {
        let taken = variables::BUILT_IN.contains(&name) || self.declared.contains(name);
        !taken && crate::catalog::template::is_name(name)
    }
}

fn capture_names(report: &mut Report<'_>, table: &Table, names: &mut Names) {
    for name in table.keys() {
        if !names.is_free(name.get_ref()) {
            report.add(&name.span(), "a captured value's name must match [a-z][a-z0-9_]* and must not exist already");
        }
        names.captured.insert(name.get_ref().clone());
    }
}
