//! `tests/catalogs`: each bad file states at its end what is wrong with it, and where; each good file is accepted.

use credenza::model::credential::GrantType;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use credenza::catalog::file::MAX_BYTES;
use credenza::catalog::{
    ApiClass, ApiError, ClientAuth, CountedPaging, KeyPlace, PageSize, Paging, Redirect, Refresh, Revocation,
    TokenBody, check,
};
use proptest::prelude::*;

use super::variables;

fn files(folder: &str) -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/catalogs").join(folder);
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap()))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    wanted.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn good(name: &str) -> credenza::catalog::Provider {
    let (_, text) = files("good").into_iter().find(|(file, _)| file == &format!("{name}.toml")).unwrap();
    check(&text, name).unwrap_or_else(|defects| panic!("{name}: {defects:#?}"))
}

/// Covers BR-08, CF-04 and CF-05 among others; each file is named after its defect.
#[test]
fn every_bad_file_is_refused_with_line_and_column() {
    for (name, text) in files("bad") {
        let expected: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("#= ")).collect();
        assert!(!expected.is_empty(), "{name} does not say what is wrong");
        let defects = check(&text, &name).err().unwrap_or_else(|| panic!("{name} was taken"));
        let found: Vec<String> = defects.iter().map(|d| format!("{}:{}: {}", d.line, d.column, d.message)).collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn every_good_file_is_taken() {
    for (name, text) in files("good") {
        check(&text, &name).unwrap_or_else(|defects| panic!("{name}: {defects:#?}"));
    }
}

#[test]
fn every_key_reaches_the_provider() {
    let provider = good("every-key");
    let flow = &provider.flow;
    assert!(!flow.pkce && flow.form_answer && flow.bare_code);
    assert_eq!((flow.scope_separator.as_str(), flow.basic_scheme.as_str()), ("+", "ID"));
    assert_eq!((flow.token_body, flow.refresh), (TokenBody::Json, Refresh::None));
    assert_eq!((flow.default_ttl, flow.throttle_wait), (Some(7200), 30));
    // In file order, with the scope group last.
    assert_eq!(
        flow.authorize_params,
        pairs(&[("audience", "api.{region}"), ("prompt", "consent"), ("user_scope", "a+b")])
    );
    assert_eq!(flow.token_params[0], pairs(&[("grant_type", "account_credentials")])[0]);
    assert_eq!(flow.refresh_params, pairs(&[("type", "refresh")]));
    assert_eq!(flow.rename, pairs(&[("client_id", "client_key"), ("redirect_uri", "redirect_url")]));
    assert_eq!(flow.drop, ["response_type"]);
    assert_eq!(flow.token_headers, pairs(&[("x-merchant-id", "{client_id}")]));
    assert_eq!(flow.revocation, Revocation::Params(pairs(&[("token", "{refresh_token}")])));
    assert_eq!(flow.token_path.as_deref(), Some("authed_user"));
    assert_eq!(flow.capture_token[1], pairs(&[("workspace", "installation.id")])[0]);
    assert_eq!(flow.capture_redirect.len(), 3);
    assert_eq!(flow.throttle_marker, Some(("status".to_owned(), "failure".to_owned())));
    assert_eq!(provider.request_header(), ("X-Acme-Access-Token", "OAuth {access_token}"));
    assert_eq!(provider.headers, pairs(&[("X-Version", "3"), ("X-Api-Key", "{client_id}")]));
    assert_eq!(provider.redirect, Redirect::AnyPort("http://127.0.0.1:{port}/callback".to_owned()));
    assert_eq!(provider.tests[0].body.as_deref(), Some(r#"{"query":"{ me { id } }"}"#));
    assert_eq!(provider.lookups[0].pick, pairs(&[("cloud_id", "id")]));
    assert_eq!(provider.products[0].unverified, ["eu"]);
    assert_eq!(provider.limits.refresh_absolute_days, Some(365));
    assert!(!provider.needs_client_secret);
    assert_eq!(provider.grant_label, "OAuth 2.0 (authorization code)");
}

#[test]
fn every_key_of_a_set_of_tokens_reaches_the_provider() {
    let flow = good("token-sets").flow;
    assert_eq!(flow.token_kinds().map(String::from).collect::<Vec<_>>(), ["bot", "user"]);
    let set = flow.token_set("user".parse().unwrap()).unwrap();
    assert_eq!((set.label.as_str(), set.path.as_str()), ("user token", "authed_user"));
    assert_eq!((set.scope_param.as_str(), set.scopes.as_str()), ("user_scope", "{user_scopes}"));
}

#[test]
fn every_key_of_a_load_and_of_a_refusal_reaches_the_provider() {
    let provider = good("every-key");
    let [devices, users] = provider.loads.as_slice() else { panic!("two loads") };
    assert_eq!((devices.product.as_deref(), devices.scope.as_deref()), (Some("one"), Some("a.read")));
    assert_eq!(
        (devices.parameters.clone(), devices.query.clone()),
        (pairs(&[("site", "Site")]), pairs(&[("kind", "all")]))
    );
    let filters = pairs(&[("model", "Model"), ("state", "State: in use or retired")]);
    assert_eq!(devices.filters.iter().cloned().collect::<BTreeSet<_>>(), filters.into_iter().collect());
    assert_eq!(devices.named().map(|(name, _)| name.as_str()).next(), Some("site"), "what the URL needs comes first");
    assert_eq!((devices.records.as_deref(), devices.key.as_str()), (Some("list.devices"), "device_id"));
    assert_eq!(
        (devices.total.as_deref(), devices.ok_json.clone()),
        (Some("list.total"), pairs(&[("status", "success")]))
    );
    let counted = CountedPaging {
        parameter: "list.start".to_owned(),
        first: 1,
        size: PageSize { parameter: "list.rows".to_owned(), records: 100 },
        more: Some("list.more".to_owned()),
        json: Some("input".to_owned()),
    };
    assert_eq!((&devices.paging, devices.per_minute), (&Paging::Offset(counted), Some(30)));
    let (parameter, at) = ("cursor".to_owned(), "meta.next".to_owned());
    assert_eq!((&users.records, &users.paging), (&None, &Paging::Cursor { parameter, at, size: None }));
    let license = ApiError {
        product: Some("one".to_owned()),
        status: Some(403),
        says: Some(("errors.code".to_owned(), "no_license".to_owned())),
        class: ApiClass::Unavailable,
        hint: "Not bought.".to_owned(),
    };
    let teapot = ApiError {
        status: Some(418),
        class: ApiClass::Throttled,
        hint: "Pour later.".to_owned(),
        ..ApiError::default()
    };
    assert_eq!(provider.api_errors, [license, teapot]);
}

#[test]
fn a_variable_can_decide_how_the_client_proves_itself() {
    let provider = good("every-key");
    assert_eq!(provider.flow_for(&variables(&[])).unwrap().client_auth, ClientAuth::Basic);
    assert_eq!(provider.flow_for(&variables(&[("how", "body")])).unwrap().client_auth, ClientAuth::Body);
    assert!(provider.flow_for(&variables(&[("how", "jwt")])).is_err());
}

#[test]
fn client_credentials_need_neither_a_browser_nor_a_redirect_uri() {
    let provider = good("client-credentials");
    assert_eq!(
        (provider.grant, provider.grant_label.as_str()),
        (GrantType::ClientCredentials, "OAuth 2.0 (client credentials)")
    );
    assert!(provider.redirect_uri(53_682).is_empty());
    let values = provider.variables.iter().map(|one| (one.name.clone(), one.example.clone())).collect();
    let endpoints = provider.endpoints(&values, &credenza::catalog::Origin::Internet).unwrap();
    assert!(endpoints.authorization.is_none() && endpoints.device.is_none());
}

#[test]
fn device_codes_need_a_device_endpoint_and_no_redirect_uri() {
    let provider = good("device");
    assert_eq!((provider.grant, provider.grant_label.as_str()), (GrantType::DeviceCode, "OAuth 2.0 (device code)"));
    assert!(provider.redirect_uri(53_682).is_empty());
    assert!(provider.gives_device_codes(&variables(&[])));
    let endpoints = provider.endpoints(&variables(&[]), &credenza::catalog::Origin::Internet).unwrap();
    assert!(endpoints.authorization.is_none() && endpoints.device.is_some());
}

#[test]
fn grants_without_an_authorization_server_are_read_and_shown_and_have_no_endpoints() {
    let cases = [
        ("two-keys", GrantType::ApiKey, "API key"),
        ("bearer-prefix", GrantType::Bearer, "Bearer token"),
        ("basic-token-suffix", GrantType::Basic, "Basic"),
    ];
    for (name, grant, label) in cases {
        let provider = good(name);
        assert_eq!((provider.grant, provider.grant_label.as_str()), (grant, label));
        let problem = provider.endpoints(&variables(&[]), &credenza::catalog::Origin::Internet).unwrap_err();
        assert!(problem.what.contains("no authorization server"), "{problem}");
        assert!(provider.facts().contains(&("Grant".to_owned(), label.to_owned())));
    }
    let keys = good("two-keys").keys;
    assert_eq!((keys[0].place, keys[1].place), (KeyPlace::Header, KeyPlace::Query));
    assert!(good("two-keys").variables[0].secret);
    assert_eq!(good("basic-token-suffix").basic.unwrap().user, "{email}/token");
}

#[test]
fn a_key_may_be_the_user_or_the_password_and_a_call_may_have_its_own_header() {
    let provider = good("empty-basic-user");
    let basic = provider.basic.unwrap();
    assert_eq!((basic.user.as_str(), basic.password.as_str()), ("", "{secret}"));
    assert_eq!(provider.tests[0].template.as_deref(), Some("Token {secret}"));
}

#[test]
fn client_credentials_may_have_secret_variables_and_a_scope_that_hangs_on_one() {
    let provider = good("scope-of-a-variable");
    let (name, template) = &provider.flow.token_params[0];
    let values = variables(&[("instance", "eu")]);
    assert_eq!(
        (name.as_str(), provider.fill(template, &values).unwrap().as_str()),
        ("scope", "https://eu.acme.example/.default")
    );
    assert!(provider.variables[1].secret);
    assert_eq!(provider.lookups[0].template.as_deref(), Some("OAuth {access_token}"));
}

#[test]
fn a_message_never_repeats_a_line_of_the_file() {
    let lines = [
        "refresh_token = \"CNRY-token\" oops",
        "CNRY-token",
        "name = CNRY-token",
        "name = [\"CNRY-token\"]",
        "auth = \"CNRY-token\"",
        "verification = 'CNRY-token\nCNRY-token'",
    ];
    for line in lines {
        for defect in check(&format!("schema = 1\n{line}\n"), "x").unwrap_err() {
            assert!(!defect.message.contains("CNRY"), "{line}: {}", defect.message);
        }
    }
}

#[test]
fn cf_03_toml_bombs_end_in_an_error_at_once() {
    let deep = format!("schema = 1\na = {}{}", "[".repeat(10_000), "]".repeat(10_000));
    let tables: String = (0..25_000).map(|n| format!("[a{n}]")).collect::<Vec<_>>().join("\n");
    let dotted = format!("schema = 1\na{} = 1", ".a".repeat(100_000));
    let bombs = [
        ("100 MB", "#".repeat(100 << 20)),
        ("nesting", deep),
        ("tables", tables),
        ("dotted key", dotted),
        ("nested inline tables", format!("a = {}", "{ a = ".repeat(10_000))),
        ("long text", format!("schema = 1\nname = \"{}\"", "x".repeat(MAX_BYTES - 100))),
        ("long name", format!("schema = 1\n{} = 1", "x".repeat(MAX_BYTES - 100))),
    ];
    for (name, bomb) in bombs {
        let start = Instant::now();
        let defects = check(&bomb, name).unwrap_err();
        assert!(!defects.is_empty() && defects.len() <= 50, "{name}");
        assert!(defects.iter().all(|defect| defect.message.chars().count() <= 300), "{name}");
        // Much longer than any of them takes, but much shorter than a parser with quadratic run time would need.
        assert!(start.elapsed() < Duration::from_secs(20), "{name} took {:?}", start.elapsed());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn a_mangled_file_is_read_or_refused_in_its_place(from in 0usize..3_000, length in 0usize..60, with in "\\PC{0,8}") {
        let text = include_str!("../catalogs/good/every-key.toml");
        let boundary = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        let mangled = format!("{}{with}{}", &text[..boundary(from)], &text[boundary(from + length)..]);
        if let Err(defects) = check(&mangled, "mangled") {
            prop_assert!(!defects.is_empty());
            for defect in defects {
                let line = mangled.split('\n').nth(defect.line - 1);
                prop_assert!(line.is_some_and(|line| defect.column <= line.chars().count() + 1), "{:?}", defect);
            }
        }
    }
}
