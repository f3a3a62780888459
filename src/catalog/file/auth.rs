//! `[auth]`: the endpoints, and how the provider's OAuth differs.

use super::report::{Report, did_you_mean};
use super::reserved::{self, Request};
use super::schema::{AuthTable, Class, ErrorTable, ScopeGroupTable, Text};
use super::text::{Names, line, optional, pairs, templates, url};
use crate::catalog::flow::{
    ClientAuth, ErrorClass, ErrorRule, OAuthProfile, Refresh, Revocation, SEPARATOR_WORDS, TokenBody, separator,
};
use crate::catalog::product::ScopeGroup;
use crate::catalog::provider::ProfileOverrides;
use crate::catalog::urls::Urls;
use crate::catalog::variable::Variable;
use crate::model::credential::GrantType;

/// Reads the endpoints; those that the kind needs must be present.
pub(super) fn urls(report: &mut Report<'_>, auth: &mut AuthTable, names: &Names) -> Urls {
    let token = ("token_url", auth.token_url.is_some());
    let needs: &[(&str, bool)] = match auth.kind.get_ref().grant_type() {
        GrantType::AuthorizationCode => &[("authorize_url", auth.authorize_url.is_some()), token],
        GrantType::DeviceCode => &[("device_url", auth.device_url.is_some()), token],
        grant if grant.is_static_secret() => &[],
        _ => &[token],
    };
    for (key, _) in needs.iter().filter(|(_, there)| !there) {
        report.add(&auth.kind.span(), format!("this authorization type needs {key}"));
    }
    let mut read = |text: Option<Text>| text.map(|text| url(report, text, names, &[]));
    Urls {
        authorization: read(auth.authorize_url.take()).unwrap_or_default(),
        token: read(auth.token_url.take()).unwrap_or_default(),
        refresh: read(auth.refresh_url.take()),
        revocation: read(auth.revoke_url.take()),
        userinfo: read(auth.userinfo_url.take()),
        issuer: read(auth.issuer.take()),
        device: read(auth.device_url.take()),
    }
}

/// A fixed word, or a `{variable}` whose choices are all such words.
struct Switch<T> {
    value: Option<T>,
    variable: Option<String>,
}

fn switch<T>(
    report: &mut Report<'_>,
    text: Option<Text>,
    variables: &[Variable],
    words: &[&str],
    read: impl Fn(&str) -> Option<T>,
) -> Switch<T> {
    let Some(text) = text else { return Switch { value: None, variable: None } };
    let word = text.get_ref().as_str();
    if let Some(name) = word.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        let variable = variables.iter().find(|variable| variable.name == name);
        let fits = variable.is_some_and(|variable| {
            !variable.choices.is_empty() && variable.choices.iter().all(|choice| words.contains(&choice.value.as_str()))
        });
        if !fits {
            report.add(&text.span(), format!("a variable here must have choices out of {}", words.join(", ")));
        }
        return Switch { value: None, variable: Some(name.to_owned()) };
    }
    let value = read(word);
    if value.is_none() {
        report.add(&text.span(), format!("this must be one of {}", words.join(", ")));
    }
    Switch { value, variable: None }
}

/// Checks that the scope is given in only one place.
pub(super) fn check_scopes(report: &mut Report<'_>, auth: &AuthTable) {
    let twice = auth.token_params.keys().find(|name| name.get_ref() == "scope" && !auth.scopes.is_empty());
    if let Some(name) = twice {
        report.add(&name.span(), "scope is already in scopes");
    }
}

/// Reads everything in `[auth]` that decides how requests look.
pub(super) fn flow(
    report: &mut Report<'_>,
    mut auth: AuthTable,
    names: &Names,
    variables: &[Variable],
) -> (OAuthProfile, ProfileOverrides) {
    check_reserved(report, &auth);
    let (flow, overrides) = parse_flow(report, &mut auth, variables);
    let default = OAuthProfile::default();
    let flow = OAuthProfile {
        authorize_params: templates(report, auth.authorize_params, &names.without_captures(), &["client_id"]),
        token_params: templates(report, auth.token_params, names, &["client_id"]),
        refresh_params: templates(report, auth.refresh_params, names, &["client_id"]),
        rename: pairs(report, auth.rename),
        drop: super::text::lines(report, auth.drop),
        token_types: super::text::lines(report, auth.token_types).iter().map(|word| word.to_lowercase()).collect(),
        token_headers: templates(report, auth.token_headers, names, &["client_id"]),
        basic_scheme: optional(report, auth.basic_scheme).unwrap_or(default.basic_scheme),
        form_answer: auth.form_answer,
        token_path: optional(report, auth.token_path),
        capture_token: pairs(report, auth.capture_token),
        capture_redirect: pairs(report, auth.capture_redirect),
        refresh_token_required: optional(report, auth.refresh_token_required),
        default_ttl: auth.default_ttl,
        expires_in_seconds_key: optional(report, auth.expires_in_seconds_key),
        throttle_wait: auth.throttle_wait.unwrap_or(default.throttle_wait),
        throttle_marker: auth.throttle_marker.map(|marker| (line(report, marker.key), line(report, marker.value))),
        bare_code: auth.bare_code,
        revocation: match auth.revoke_params {
            None => Revocation::Standard,
            Some(params) => {
                let extra = ["client_id", "refresh_token", "access_token"];
                Revocation::Params(templates(report, params, names, &extra))
            }
        },
        device_params: templates(report, auth.device_params, &names.without_captures(), &["client_id"]),
        device_code_name: optional(report, auth.device_code_name).unwrap_or(default.device_code_name),
        device_interval: auth.device_interval.unwrap_or(default.device_interval),
        ..flow
    };
    (flow, overrides)
}

fn check_reserved(report: &mut Report<'_>, auth: &AuthTable) {
    reserved::check_params(report, &auth.authorize_params, Request::Authorization);
    let token_request = if auth.kind.get_ref().grant_type().uses_client_credentials() {
        Request::ClientCredentials
    } else {
        Request::Token
    };
    reserved::check_params(report, &auth.token_params, token_request);
    reserved::check_params(report, &auth.refresh_params, Request::Token);
    reserved::check_params(report, &auth.device_params, Request::Token);
    if let Some(name) = &auth.device_code_name {
        reserved::check_device_code_name(report, name);
    }
    reserved::check_rename(report, &auth.rename);
    reserved::check_drop(report, &auth.drop);
    reserved::check_headers(report, &auth.token_headers);
}

/// Reads the keys whose value is a fixed word, or is decided by a variable.
fn parse_flow(
    report: &mut Report<'_>,
    auth: &mut AuthTable,
    variables: &[Variable],
) -> (OAuthProfile, ProfileOverrides) {
    let default = OAuthProfile::default();
    let client_auth = switch(report, auth.client_auth.take(), variables, &ClientAuth::WORDS, ClientAuth::from_word);
    let token_body = switch(report, auth.token_body.take(), variables, &TokenBody::WORDS, TokenBody::from_word);
    let refresh = switch(report, auth.refresh.take(), variables, &Refresh::WORDS, Refresh::from_word);
    let pkce = switch(report, auth.pkce.take(), variables, &["S256", "none"], |word| match word {
        "S256" => Some(true),
        "none" => Some(false),
        _ => None,
    });
    let scopes = switch(report, auth.scope_separator.take(), variables, &SEPARATOR_WORDS, separator);
    let flow = OAuthProfile {
        pkce: pkce.value.unwrap_or(default.pkce),
        scope_separator: scopes.value.map_or(default.scope_separator, str::to_owned),
        client_auth: client_auth.value.unwrap_or(default.client_auth),
        token_body: token_body.value.unwrap_or(default.token_body),
        refresh: refresh.value.unwrap_or(default.refresh),
        ..OAuthProfile::default()
    };
    let switches = ProfileOverrides {
        client_auth: client_auth.variable,
        token_body: token_body.variable,
        pkce: pkce.variable,
        scope_separator: scopes.variable,
        refresh: refresh.variable,
    };
    (flow, switches)
}

/// Reads a rule. The code is normalized as the token reader does it: lower case, spaces as `_`.
pub(super) fn error_rule(report: &mut Report<'_>, error: ErrorTable) -> ErrorRule {
    if error.code.is_none() && (error.at.is_some() || error.status.is_none()) {
        report.add(
            &error.class.span(),
            "a rule needs code (at is optional) or status; otherwise it matches every response",
        );
    }
    let code = error.code.map(|code| error_code(report, code)).unwrap_or_default();
    let class = match *error.class.get_ref() {
        Class::Reauthenticate => ErrorClass::Reauthenticate,
        Class::Misconfigured => ErrorClass::Misconfigured,
        Class::Throttled => ErrorClass::Throttled,
        Class::Temporary => ErrorClass::Temporary,
    };
    let status = error.status.map(|status| *status.get_ref());
    ErrorRule { code, path: optional(report, error.at), status, class, hint: line(report, error.hint) }
}

fn error_code(report: &mut Report<'_>, text: Text) -> String {
    let span = text.span();
    let code = line(report, text);
    let folded = code.to_lowercase().replace([' ', '-'], "_");
    if folded != code {
        report.add(
            &span,
            format!("write the code in lower case with _ instead of spaces{}", did_you_mean(&code, [&*folded])),
        );
    }
    code
}

/// Reads further scope parameters; each becomes an extra parameter of the authorization request.
pub(super) fn scope_groups(
    report: &mut Report<'_>,
    tables: Vec<ScopeGroupTable>,
    flow: &mut OAuthProfile,
) -> Vec<ScopeGroup> {
    let mut groups = Vec::with_capacity(tables.len());
    for table in tables {
        let mut as_params = super::schema::Table::new();
        as_params.insert(table.param.clone(), table.label.clone());
        reserved::check_params(report, &as_params, Request::Authorization);
        let param = line(report, table.param);
        let scopes = super::text::lines(report, table.scopes);
        if !scopes.is_empty() {
            flow.authorize_params.push((param.clone(), scopes.join(&flow.scope_separator)));
        }
        groups.push(ScopeGroup { param, label: line(report, table.label), scopes });
    }
    groups
}
