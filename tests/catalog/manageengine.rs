//! Checks the facts in the ManageEngine file one by one.

use std::collections::BTreeMap;

use credenza::catalog::{ClientAuth, ErrorClass, Origin, Refresh, Revocation, Source, TokenBody, Verification};

use super::{provider, variables};

/// Code, accounts server, API domain, console, MDM, ServiceDesk Plus, Endpoint Central.
const DATA_CENTERS: [[&str; 7]; 10] = [
    [
        "us",
        "accounts.zoho.com",
        "www.zohoapis.com",
        "api-console.zoho.com",
        "mdm.manageengine.com",
        "sdpondemand.manageengine.com",
        "endpointcentral.manageengine.com",
    ],
    [
        "eu",
        "accounts.zoho.eu",
        "www.zohoapis.eu",
        "api-console.zoho.eu",
        "mdm.manageengine.eu",
        "sdpondemand.manageengine.eu",
        "endpointcentral.manageengine.eu",
    ],
    [
        "in",
        "accounts.zoho.in",
        "www.zohoapis.in",
        "api-console.zoho.in",
        "mdm.manageengine.in",
        "sdpondemand.manageengine.in",
        "endpointcentral.manageengine.in",
    ],
    [
        "cn",
        "accounts.zoho.com.cn",
        "www.zohoapis.com.cn",
        "api-console.zoho.com.cn",
        "mdm.manageengine.cn",
        "servicedeskplus.cn",
        "endpointcentral.manageengine.cn",
    ],
    [
        "au",
        "accounts.zoho.com.au",
        "www.zohoapis.com.au",
        "api-console.zoho.com.au",
        "mdm.manageengine.com.au",
        "servicedeskplus.net.au",
        "endpointcentral.manageengine.com.au",
    ],
    [
        "jp",
        "accounts.zoho.jp",
        "www.zohoapis.jp",
        "api-console.zoho.jp",
        "mdm.manageengine.jp",
        "servicedeskplus.jp",
        "endpointcentral.manageengine.jp",
    ],
    [
        "ca",
        "accounts.zohocloud.ca",
        "www.zohoapis.ca",
        "api-console.zohocloud.ca",
        "mdm.manageengine.ca",
        "servicedeskplus.ca",
        "endpointcentral.manageengine.ca",
    ],
    [
        "sa",
        "accounts.zoho.sa",
        "www.zohoapis.sa",
        "api-console.zoho.sa",
        "mdm.manageengine.sa",
        "servicedeskplus.sa",
        "endpointcentral.manageengine.sa",
    ],
    [
        "uk",
        "accounts.zoho.uk",
        "www.zohoapis.uk",
        "api-console.zoho.uk",
        "mdm.manageengine.uk",
        "servicedeskplus.uk",
        "endpointcentral.manageengine.uk",
    ],
    ["ae", "accounts.zoho.ae", "www.zohoapis.ae", "api-console.zoho.ae", "", "servicedeskplus.ae", ""],
];

#[test]
fn ten_data_centers_with_their_hosts() {
    let provider = provider("manageengine");
    let domain = provider.variable("accounts_host").unwrap();
    assert_eq!((domain.label.as_str(), domain.default.as_deref()), ("Customer Domain", Some("accounts.zoho.com")));
    assert_eq!(domain.choices.len(), DATA_CENTERS.len());
    for ([code, accounts, api, console, products @ ..], choice) in DATA_CENTERS.iter().zip(&domain.choices) {
        assert_eq!((choice.code.as_str(), choice.value.as_str()), (*code, *accounts));
        let here = variables(&[("accounts_host", accounts)]);
        let endpoints = provider.endpoints(&here, &Origin::Internet).unwrap();
        assert_eq!(endpoints.authorization.as_ref().unwrap().as_str(), format!("https://{accounts}/oauth/v2/auth"));
        assert_eq!(endpoints.token.as_str(), format!("https://{accounts}/oauth/v2/token"));
        assert_eq!(endpoints.revocation.unwrap().as_str(), format!("https://{accounts}/oauth/v2/token/revoke"));
        let url = provider.console_url(&here, &Origin::Internet).unwrap().unwrap();
        assert_eq!(url.as_str(), format!("https://{console}/"));
        assert_eq!(provider.fill("https://{api_host}", &here).unwrap(), format!("https://{api}"));
        for (product, host) in provider.products.iter().zip(products) {
            assert_eq!(product.hosts.get(*code).map_or("", String::as_str), *host, "{} {code}", product.id);
        }
        assert_eq!(provider.data_center(&here).unwrap().label, choice.label);
    }
}

#[test]
fn the_authorization_request_is_what_the_provider_wants() {
    let provider = provider("manageengine");
    let flow = &provider.flow;
    assert_eq!(
        provider.scopes.join(&flow.scope_separator),
        "MDMOnDemand.MDMInventory.CREATE,MDMOnDemand.MDMInventory.READ,SDPOnDemand.assets.ALL,\
         DesktopCentralCloud.Common.READ,DesktopCentralCloud.SOM.READ,DesktopCentralCloud.SOM.UPDATE,\
         DesktopCentralCloud.Inventory.READ,DesktopCentralCloud.Inventory.UPDATE,\
         DesktopCentralCloud.PatchMgmt.READ,DesktopCentralCloud.PatchMgmt.UPDATE"
    );
    let params: BTreeMap<_, _> = flow.authorize_params.iter().cloned().collect();
    assert_eq!(params, variables(&[("access_type", "offline"), ("prompt", "consent")]));
    assert!(flow.pkce && provider.needs_client_secret && flow.bare_code);
    assert_eq!(provider.redirect_uri(53682), "http://localhost:53682/callback");
    assert!(provider.redirects_to_loopback());
    let captured: BTreeMap<_, _> = flow.capture_redirect.iter().cloned().collect();
    assert_eq!(captured, variables(&[("accounts_server", "accounts-server"), ("location", "location")]));
}

#[test]
fn tokens_are_read_refreshed_sent_and_revoked_its_way() {
    let provider = provider("manageengine");
    let flow = &provider.flow;
    assert_eq!((flow.client_auth, flow.token_body, flow.refresh), (ClientAuth::Body, TokenBody::Form, Refresh::Static));
    assert!(flow.refresh_token_required.as_deref().unwrap().contains("consent"));
    assert_eq!(flow.expires_in_seconds_key.as_deref(), Some("expires_in_sec"));
    assert_eq!(flow.throttle_wait, 600);
    assert_eq!(flow.throttle_marker, Some(("status".to_owned(), "failure".to_owned())));
    assert_eq!(flow.revocation, Revocation::Params(vec![("token".to_owned(), "{refresh_token}".to_owned())]));
    assert_eq!(provider.request_header(), ("Authorization", "Zoho-oauthtoken {access_token}"));
    let header = provider.fill(provider.request_header().1, &variables(&[("access_token", "1000.a.b")])).unwrap();
    assert_eq!(header, "Zoho-oauthtoken 1000.a.b");
}

#[test]
fn its_error_codes_have_a_class_and_a_hint() {
    let provider = provider("manageengine");
    let rule = |code: &str| provider.flow.errors.iter().find(|rule| rule.code == code).unwrap();
    let table = [
        ("invalid_code", ErrorClass::Reauthenticate, "21st"),
        ("invalid_client", ErrorClass::Misconfigured, "Customer Domain"),
        ("invalid_client_secret", ErrorClass::Misconfigured, "data center"),
        ("invalid_redirect_uri", ErrorClass::Misconfigured, "slash"),
        ("redirect_uri_mismatch", ErrorClass::Misconfigured, "slash"),
        ("access_denied", ErrorClass::Throttled, "ten minutes"),
        ("invalid_grant", ErrorClass::Reauthenticate, "Authenticate again"),
        ("general_error", ErrorClass::Temporary, "later"),
    ];
    for (code, class, word) in table {
        assert_eq!(rule(code).class, class, "{code}");
        assert!(rule(code).hint.contains(word), "{code}: {}", rule(code).hint);
    }
}

#[test]
fn products_tests_limits_and_help_are_data() {
    let provider = provider("manageengine");
    let tests: Vec<(&str, &str)> =
        provider.products.iter().flat_map(|p| &p.tests).map(|t| (t.method.as_str(), t.url.as_str())).collect();
    assert_eq!(tests[0], ("GET", "https://{host}/api/v1/mdm/devices"));
    assert_eq!(tests[1], ("GET", "https://{host}/api/v3/assets"));
    assert_eq!(tests[2], ("GET", "https://{host}/api/1.4/som/computers"));
    let sdp = &provider.products[1];
    assert_eq!(sdp.headers, [("Accept".to_owned(), "application/vnd.manageengine.sdp.v3+json".to_owned())]);
    let limits = &provider.limits;
    assert_eq!((limits.access_tokens, limits.access_token_window), (Some(10), Some(600)));
    assert_eq!((limits.refresh_tokens_per_user, limits.mfa_trust_days), (Some(20), Some(180)));
    let panel = &provider.panels[0];
    assert_eq!(panel.title, "Zoho asks for MFA");
    for word in ["sign out of the API console", "private window", "180 days", "duplicate"] {
        assert!(panel.lines.iter().any(|line| line.contains(word)), "{word}");
    }
    assert_eq!(provider.scope_help.len(), provider.scopes.len());
}

#[test]
fn the_generic_file_has_the_same_oauth_and_no_scopes() {
    let (zoho, manageengine) = (provider("zoho"), provider("manageengine"));
    assert!(zoho.scopes.is_empty() && zoho.products.is_empty());
    assert_eq!(format!("{:?}", zoho.flow), format!("{:?}", manageengine.flow));
    assert_eq!(format!("{:?}", zoho.variables), format!("{:?}", manageengine.variables));
    assert_eq!(zoho.relocation, manageengine.relocation);
}

#[test]
fn catalog_show_has_rows_for_all_of_it() {
    let provider = provider("manageengine");
    assert_eq!((&provider.source, provider.verification), (&Source::BuiltIn, Verification::Vendor));
    let facts = provider.facts();
    let row = |label: &str, value: &str| facts.iter().any(|(l, v)| l == label && v.contains(value));
    assert!(row("Grant", "authorization code + PKCE"));
    assert!(row(
        "Customer Domain choice",
        "accounts.zohocloud.ca (Canada, ca; console_host: api-console.zohocloud.ca; api_host: www.zohoapis.ca)"
    ));
    assert!(row("Customer Domain correction", "accounts.zoho.cn becomes accounts.zoho.com.cn"));
    assert!(row("ServiceDesk Plus host, au", "servicedeskplus.net.au"));
    assert!(row("Endpoint Central host, sa", "(unverified)"));
    assert!(row("API header", "Authorization: Zoho-oauthtoken {access_token}"));
    assert!(row("Access tokens of a refresh token", "10 in 600 s"));
    assert!(facts.iter().all(|(label, value)| !label.is_empty() && !value.is_empty()));
}

#[test]
fn what_can_be_loaded_of_each_product_and_how_its_pages_follow() {
    let facts = provider("manageengine").facts();
    let rows: Vec<&str> =
        facts.iter().filter(|(label, _)| label.starts_with("Records, ")).map(|(_, value)| value.as_str()).collect();
    assert_eq!(
        rows,
        [
            "mdm-devices: https://{host}/api/v1/mdm/devices (pages by offset and limit, 50 a page; unique key device_id; \
         needs MDMOnDemand.MDMInventory.READ)",
            "sdp-assets: https://{host}/api/v3/assets (pages by list_info.start_index and list_info.row_count, 100 a page; \
         unique key id; needs SDPOnDemand.assets.ALL)",
            "sdp-portal-assets: https://{host}/app/{portal}/api/v3/assets (pages by list_info.start_index and \
         list_info.row_count, 100 a page; unique key id; needs SDPOnDemand.assets.ALL)",
            "ec-computers: https://{host}/api/1.4/som/computers (pages by page and pagelimit, 100 a page; unique key \
         resource_id; needs DesktopCentralCloud.SOM.READ)",
        ]
    );
}
