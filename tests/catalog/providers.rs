//! The other shipped providers: their differences in shape, and the rules that all of them must follow.

use std::collections::BTreeMap;
use std::time::Instant;

use credenza::catalog::{ClientAuth, Origin, Provider, Redirect, Refresh, TokenBody, Variable, VariableKind};

use super::{provider, shipped, variables};

/// The values a user would enter: the default, the example, or a single letter.
fn typed(provider: &Provider) -> BTreeMap<String, String> {
    let value = |v: &Variable| match (&v.default, v.example.as_str()) {
        (Some(default), _) => default.clone(),
        (None, "") => "x".to_owned(),
        (None, example) => example.to_owned(),
    };
    provider.variables.iter().map(|variable| (variable.name.clone(), value(variable))).collect()
}

#[test]
fn every_provider_gives_https_endpoints_from_its_examples() {
    let catalog = shipped();
    for provider in catalog.iter() {
        let values = typed(provider);
        provider.console_url(&values, &Origin::Internet).unwrap();
        provider.flow_for(&values).unwrap();
        for (_, template) in provider.flow.authorize_params.iter().chain(&provider.flow.token_headers) {
            provider.fill(template, &values).unwrap();
        }
        if provider.grant.is_static_secret() {
            continue;
        }
        let endpoints =
            provider.endpoints(&values, &Origin::Internet).unwrap_or_else(|p| panic!("{}: {p}", provider.id));
        let all = [
            endpoints.authorization.as_ref(),
            Some(&endpoints.token),
            endpoints.refresh.as_ref(),
            endpoints.revocation.as_ref(),
        ];
        assert!(all.into_iter().flatten().all(|url| url.scheme() == "https"), "{}", provider.id);
    }
}

/// Grants that cannot be run yet have their templates filled in here, so that a broken one does not go unnoticed.
#[test]
fn every_other_template_is_a_url_once_filled() {
    let catalog = shipped();
    for provider in catalog.iter() {
        let mut values = typed(provider);
        values.insert("instance_url".to_owned(), "https://acme.example".to_owned());
        values.extend(provider.flow.capture_redirect.iter().map(|(name, _)| (name.clone(), "1".to_owned())));
        let urls = [Some(&provider.urls.token).filter(|url| !url.is_empty()), provider.urls.device.as_ref()];
        let calls =
            provider.tests.iter().map(|test| &test.url).chain(provider.lookups.iter().map(|lookup| &lookup.url));
        for template in urls.into_iter().flatten().chain(calls) {
            let host = values.get("host").cloned().unwrap_or_default();
            values.insert("host".to_owned(), host);
            let Ok(filled) = provider.fill(template, &values) else {
                assert!(template.starts_with('{'), "{}: {template}", provider.id);
                continue;
            };
            let url = url::Url::parse(&filled).unwrap_or_else(|e| panic!("{}: {filled}: {e}", provider.id));
            assert!(url.scheme() == "https" && url.host_str().is_some_and(|host| host.contains('.')), "{filled}");
        }
    }
}

#[test]
fn every_provider_says_what_a_person_needs_to_know() {
    let catalog = shipped();
    for provider in catalog.iter() {
        let id = &provider.id;
        assert!(!provider.console.steps.is_empty() && !provider.sources.is_empty(), "{id}");
        for variable in &provider.variables {
            assert!(!variable.label.is_empty() && !variable.help.is_empty(), "{id}: {}", variable.name);
            let shown = variable.secret || !variable.choices.is_empty() || !variable.example.is_empty();
            assert!(shown, "{id}: {} has no example", variable.name);
        }
        for test in &provider.tests {
            assert!(!test.label.is_empty(), "{id}: a test without label");
        }
    }
}

#[test]
fn shapes_that_differ_are_data() {
    let google = provider("google-workspace");
    assert_eq!(google.flow.authorize_params.len(), 2);
    assert!(google.flow.refresh_token_required.is_some());
    assert_eq!(provider("microsoft-entra").needs_scope.as_deref(), Some("offline_access"));
    let slack = provider("slack");
    assert!(!slack.flow.pkce && slack.redirects_to_loopback());
    assert_eq!(slack.redirect_uri(53682), "https://localhost:53682/callback");
    assert_eq!(provider("slack-user").flow.token_path.as_deref(), Some("authed_user"));
    let notion = provider("notion").flow;
    assert_eq!(
        (notion.client_auth, notion.token_body, notion.refresh),
        (ClientAuth::Basic, TokenBody::Json, Refresh::Rotating)
    );
    let github = provider("github").flow;
    assert!(github.form_answer && github.default_ttl.is_none() && github.refresh == Refresh::None);
    assert_eq!(provider("zoom").flow.client_auth, ClientAuth::Basic);
    assert_eq!(provider("jira").flow.authorize_params[0], ("audience".to_owned(), "api.atlassian.com".to_owned()));
    assert_eq!(provider("salesforce").flow.capture_token[0].0, "instance_url");
    assert!(matches!(provider("okta").redirect, Redirect::FixedPort(_)));
}

#[test]
fn a_provider_not_listed_can_be_typed_in() {
    let custom = provider("custom-oauth2");
    let typed = variables(&[
        ("authorization_url", "https://login.example.com/authorize"),
        ("token_url", "https://login.example.com/token"),
        ("client_auth", "basic"),
        ("scope_separator", "comma"),
        ("pkce", "none"),
        ("header_prefix", "Token"),
    ]);
    let endpoints = custom.endpoints(&typed, &Origin::Internet).unwrap();
    assert_eq!(endpoints.token.as_str(), "https://login.example.com/token");
    assert!(endpoints.refresh.is_none() && endpoints.revocation.is_none() && endpoints.issuer.is_none());
    let flow = custom.flow_for(&typed).unwrap();
    assert_eq!((flow.client_auth, flow.scope_separator.as_str(), flow.pkce), (ClientAuth::Basic, ",", false));
    let mut values = typed.clone();
    values.insert("access_token".to_owned(), "T".to_owned());
    assert_eq!(custom.fill(custom.request_header().1, &values).unwrap(), "Token T");
    assert!(custom.endpoints(&variables(&[]), &Origin::Internet).unwrap_err().what.contains("Authorization URL"));

    let oidc = provider("openid-connect");
    let issuer = "https://sso.example.com/realms/main";
    let mut typed = typed;
    typed.retain(|name, _| name.ends_with("_url"));
    typed.insert("issuer".to_owned(), issuer.to_owned());
    assert_eq!(oidc.endpoints(&typed, &Origin::Internet).unwrap().issuer.as_deref(), Some(issuer));
    assert_eq!(oidc.variable("token_url").unwrap().kind, VariableKind::Url);
    assert_eq!(oidc.flow_for(&typed).unwrap().client_auth, ClientAuth::Basic);
}

#[test]
fn loading_reads_no_shipped_file_before_it_is_asked_for() {
    let folder = crate::scratch::folder();
    let start = Instant::now();
    for _ in 0..100 {
        let _ = credenza::catalog::Catalog::load(folder.path(), Origin::Internet);
    }
    assert!(start.elapsed().as_millis() < 200, "{:?}", start.elapsed());
}

#[test]
fn slack_is_asked_for_a_user_token_only_where_its_scopes_are_entered() {
    use credenza::model::credential::{Client, ClientId, Setup};
    use credenza::oauth::authorization::AuthorizationRequest;
    let slack = provider("slack");
    let asked = |scopes: Option<&str>| {
        let mut setup = Setup {
            client: Client { id: ClientId("1".to_owned()), secret: None },
            scopes: vec!["users:read".to_owned(), "team:read".to_owned()],
            redirect_uri: slack.redirect_uri(53682),
            ..Setup::default()
        };
        setup.variables.extend(scopes.map(|scopes| ("user_scopes".to_owned(), scopes.to_owned())));
        let endpoints = slack.endpoints(&setup.variables, &Origin::Internet).unwrap();
        let url = AuthorizationRequest::new(&slack, &endpoints, &setup).unwrap().url;
        url.query_pairs().filter(|(name, _)| name.ends_with("scope")).map(|(_, value)| value.into_owned()).collect()
    };
    let (alone, both): (Vec<String>, Vec<String>) = (asked(None), asked(Some("search:read, users.profile:read")));
    assert_eq!(alone, ["users:read,team:read"]);
    assert_eq!(both, ["users:read,team:read", "search:read,users.profile:read"]);
}
