//! Every known deviation of providers from the RFCs occurs in at least one shipped catalog file.
use credenza::model::credential::GrantType;

use credenza::catalog::{ClientAuth, Provider, Redirect, Refresh, TokenBody, VariableKind};

use super::{provider, shipped};

type Holds = fn(&Provider) -> bool;

fn has(pairs: &[(String, String)], name: &str, value: &str) -> bool {
    pairs.iter().any(|(n, v)| n == name && v == value)
}

/// The number of the deviation, its description, a provider that has it, and a check that its catalog file says so.
const LOGIN: &[(u8, &str, &str, Holds)] = &[
    (1, "scopes joined by a comma", "todoist", |p| p.flow.scope_separator == ","),
    (2, "a second scope parameter", "hubspot", |p| p.scope_groups[0].param == "optional_scope"),
    (3, "no scope at all", "pipedrive", |p| p.scopes.is_empty()),
    (4, "errors with status 200", "zoho-crm", |p| has_marker(p)),
    (5, "error codes of its own", "zoho-desk", |p| p.flow.errors.iter().any(|e| e.code == "invalid_code")),
    (6, "tokens below the top", "slack-user", |p| p.flow.token_path.as_deref() == Some("authed_user")),
    (7, "values beside the token", "wrike", |p| has(&p.flow.capture_token, "api_host", "host")),
    (8, "values in the redirect", "quickbooks", |p| has(&p.flow.capture_redirect, "realm_id", "realmId")),
    (9, "a lookup after login", "xero", |p| has(&p.lookups[0].pick, "tenant_id", "tenantId")),
    (10, "a host for each customer", "snowflake", |p| p.variables[0].kind == VariableKind::Host),
    (11, "extra authorization parameters", "lever", |p| {
        has(&p.flow.authorize_params, "audience", "https://api.lever.co/v1/")
    }),
    (12, "another grant type", "zoom-s2s", |p| has(&p.flow.token_params, "grant_type", "account_credentials")),
    (12, "a parameter of refreshes only", "basecamp", |p| {
        has(&p.flow.refresh_params, "type", "refresh") && p.flow.drop == ["grant_type"]
    }),
    (13, "another name for the client ID", "tiktok", |p| has(&p.flow.rename, "client_id", "client_key")),
    (13, "a standard parameter left out", "notion", |p| p.flow.drop == ["scope"]),
    (14, "a JSON token request", "spendesk", |p| p.flow.token_body == TokenBody::Json),
    (15, "the client by HTTP Basic only", "figma", |p| p.flow.client_auth == ClientAuth::Basic),
    (16, "a header of token requests", "ups", |p| has(&p.flow.token_headers, "x-merchant-id", "{merchant_id}")),
    (19, "another refresh endpoint", "figma", |p| p.urls.refresh.is_some()),
    (20, "a refresh token only for a scope", "typeform", |p| p.needs_scope.as_deref() == Some("offline")),
    (20, "a refresh token that ends after days", "netsuite", |p| p.limits.refresh_absolute_days == Some(7)),
    (20, "a refresh token only on consent", "gmail", |p| p.flow.refresh_token_required.is_some()),
    (21, "refresh tokens that work once", "gitlab-device", |p| p.flow.refresh == Refresh::Rotating),
    (22, "no expires_in", "sage-people", |p| p.flow.default_ttl == Some(900) && !p.flow.capture_token.is_empty()),
    (23, "no refresh at all", "intercom", |p| p.flow.refresh == Refresh::None),
    (24, "PKCE refused", "linkedin", |p| !p.flow.pkce),
    (24, "PKCE needed", "airtable", |p| p.flow.pkce),
    (25, "no http loopback redirect", "quickbooks", |p| matches!(p.redirect, Redirect::HttpsLoopback(_))),
    (26, "one endpoint for both", "egnyte", |p| p.urls.authorization == p.urls.token),
    (27, "a query in the token endpoint", "paycor", |p| p.urls.token.contains("?subscription-key={")),
];

const CALLS: &[(u8, &str, &str, Holds)] = &[
    (17, "another word before the token", "zoho-people", |p| p.header.1 == "Zoho-oauthtoken {access_token}"),
    (17, "another header", "shopify", |p| p.header.0 == "X-Shopify-Access-Token"),
    (17, "another word in one call", "mailchimp", |p| p.lookups[0].template.as_deref() == Some("OAuth {access_token}")),
    (18, "constant headers", "notion-token", |p| has(&p.headers, "Notion-Version", "2022-06-28")),
    (18, "the client ID as a header", "adobe-user-management", |p| has(&p.headers, "x-api-key", "{client_id}")),
    (28, "a test that is no GET", "linear", |p| p.tests[0].method == "POST" && p.tests[0].body.is_some()),
    (28, "a failure with status 200", "slack-token", |p| has(&p.tests[0].ok_json, "ok", "true")),
    (29, "a word before the key", "okta-token", |p| p.keys[0].template == "SSWS {secret}"),
    (29, "two keys", "datadog-keys", |p| p.keys.len() == 2 && p.variables[1].secret),
    (29, "two keys in one header", "tenable", |p| p.keys[0].template.contains("{access_key};secretKey={secret}")),
    (29, "a key in the query", "prtg", |p| p.keys[0].place == credenza::catalog::KeyPlace::Query),
    (29, "a key as the user", "freshservice", |p| basic(p) == ("{secret}", "X")),
    (29, "no user", "azure-devops", |p| basic(p) == ("", "{secret}")),
    (29, "a suffix to the user", "zendesk-token", |p| basic(p) == ("{email}/token", "{secret}")),
    (30, "variants of one vendor", "microsoft-entra-app", |p| {
        p.group == "Microsoft" && p.grant == GrantType::ClientCredentials
    }),
];

fn has_marker(provider: &Provider) -> bool {
    has(&provider.flow.throttle_marker.clone().into_iter().collect::<Vec<_>>(), "status", "failure")
}

fn basic(provider: &Provider) -> (&str, &str) {
    let basic = provider.basic.as_ref().unwrap();
    (&basic.user, &basic.password)
}

#[test]
fn every_deviation_is_in_use() {
    for (number, words, id, holds) in LOGIN.iter().chain(CALLS) {
        assert!(holds(&provider(id)), "{number}: {words} is not what {id} says");
    }
    let named: std::collections::BTreeSet<u8> = LOGIN.iter().chain(CALLS).map(|(number, ..)| *number).collect();
    assert_eq!(named.into_iter().collect::<Vec<_>>(), (1..=30).collect::<Vec<_>>());
}

/// Variants repeat the sign-in settings of their vendor; a correction in one file must be made in all of them.
#[test]
fn variants_of_a_vendor_agree() {
    let agree = |first: &str, others: &[&str], same: fn(&Provider, &Provider) -> bool| {
        for other in others {
            assert!(same(&provider(first), &provider(other)), "{other} differs from {first}");
        }
    };
    agree("zoho", &["zoho-crm", "zoho-desk", "zoho-people"], |a, b| {
        let values = |p: &Provider| -> Vec<String> {
            let variable = &p.variables[0];
            let choices = variable.choices.iter().map(|choice| format!("{choice:?}"));
            choices.chain(variable.corrections.iter().map(|pair| format!("{pair:?}"))).collect()
        };
        values(a) == values(b) && a.flow.errors == b.flow.errors && a.urls.token == b.urls.token
    });
    // Power BI has separate APIs in the national clouds, and its file describes only the worldwide one.
    let microsoft = ["microsoft-intune", "microsoft-sharepoint", "microsoft-teams"];
    agree("microsoft-entra", &microsoft, |a, b| {
        a.urls.authorization == b.urls.authorization && a.flow.authorize_params == b.flow.authorize_params
    });
    agree("google-workspace", &["gmail", "google-calendar", "google-cloud", "google-drive"], |a, b| {
        a.urls.token == b.urls.token
            && a.flow.authorize_params == b.flow.authorize_params
            && a.flow.refresh_token_required == b.flow.refresh_token_required
    });
}

#[test]
fn every_grant_is_described() {
    let catalog = shipped();
    let count = |grant: GrantType| catalog.iter().filter(|provider| provider.grant == grant).count();
    assert!(count(GrantType::AuthorizationCode) >= 110 && count(GrantType::ClientCredentials) >= 50);
    assert!(count(GrantType::DeviceCode) >= 4 && count(GrantType::Bearer) >= 40);
    assert!(count(GrantType::ApiKey) >= 40 && count(GrantType::Basic) >= 30);
}
