//! A redirect response may move a credential to another data center in the list, but nowhere else.

use credenza::catalog::Origin;
use credenza::problem::Kind;
use url::Url;

use super::{provider, variables};

fn at(host: &str) -> std::collections::BTreeMap<String, String> {
    variables(&[("accounts_host", host)])
}

#[test]
fn the_account_of_another_data_center_moves_the_credential_and_says_so() {
    let provider = provider("manageengine");
    let here = at("accounts.zoho.com");
    let cases = [
        &[("accounts_server", "https://accounts.zoho.eu"), ("location", "eu")][..],
        &[("accounts_server", "https://accounts.zoho.eu/")],
        &[("location", "eu")],
    ];
    for captured in cases {
        let moved = provider.relocate(&here, &variables(captured), &Origin::Internet).unwrap();
        assert_eq!(moved.variables, at("accounts.zoho.eu"), "{captured:?}");
        assert_eq!(
            moved.note.as_deref(),
            Some("Your account lives in Europe: Customer Domain is now accounts.zoho.eu."),
        );
    }
}

#[test]
fn the_same_data_center_or_none_changes_nothing() {
    let provider = provider("manageengine");
    let cases = [
        &[("accounts_server", "https://accounts.zoho.com"), ("location", "us")][..],
        &[("location", "us")],
        &[("accounts_server", ""), ("location", "")],
        &[],
    ];
    for captured in cases {
        let stayed = provider.relocate(&at("accounts.zoho.com"), &variables(captured), &Origin::Internet).unwrap();
        assert_eq!((stayed.variables, stayed.note), (at("accounts.zoho.com"), None), "{captured:?}");
    }
}

#[test]
fn a7_an_unknown_accounts_server_is_refused() {
    let provider = provider("manageengine");
    let servers = [
        "https://accounts.zoho.evil",
        "https://accounts.zoho.com@evil",
        "https://evil@accounts.zoho.com",
        "http://accounts.zoho.com",
        "https://accounts.zoho.com:8443",
        "https://accounts.zoho.com:443",
        "https://accounts.zoho.com//",
        "https://accounts.zoho.com/oauth",
        "https://accounts.zoho.com?x",
        "https://accounts.zoho.com#x",
        "https://accounts.zoho.com.",
        "https://Accounts.zoho.com",
        "HTTPS://accounts.zoho.com",
        " https://accounts.zoho.com",
        "//accounts.zoho.com",
        "accounts.zoho.com",
        "https://acounts.zoho.com.au",
        "https://accounts.zoho.ca",
        "http://127.0.0.1:8080/accounts.zoho.com",
    ];
    for server in servers {
        for origin in [Origin::Internet, Origin::Sandbox(Url::parse("http://127.0.0.1:8080").unwrap())] {
            let captured = variables(&[("accounts_server", server)]);
            let problem = provider.relocate(&at("accounts.zoho.com"), &captured, &origin).expect_err(server);
            assert_eq!(problem.kind, Kind::Refused, "{server}");
        }
    }
}

#[test]
fn a9_a_location_that_disagrees_is_refused() {
    let provider = provider("manageengine");
    let cases = [
        &[("accounts_server", "https://accounts.zoho.com"), ("location", "eu")][..],
        &[("accounts_server", "https://accounts.zoho.com"), ("location", "xx")],
        &[("location", "xx")],
        &[("location", "US")],
    ];
    for captured in cases {
        let problem = provider.relocate(&at("accounts.zoho.com"), &variables(captured), &Origin::Internet).unwrap_err();
        assert_eq!(problem.kind, Kind::Refused, "{captured:?}");
    }
}

#[test]
fn the_sandbox_is_told_the_real_host_and_endpoints_move_it() {
    let provider = provider("manageengine");
    let sandbox = Origin::Sandbox(Url::parse("http://127.0.0.1:8080").unwrap());
    let captured = variables(&[("accounts_server", "https://accounts.zoho.eu"), ("location", "eu")]);
    let moved = provider.relocate(&at("accounts.zoho.com"), &captured, &sandbox).unwrap();
    let endpoints = provider.endpoints(&moved.variables, &sandbox).unwrap();
    assert_eq!(endpoints.token.as_str(), "http://127.0.0.1:8080/accounts.zoho.eu/oauth/v2/token");
    let console = provider.console_url(&moved.variables, &sandbox).unwrap().unwrap();
    assert_eq!(console.as_str(), "http://127.0.0.1:8080/api-console.zoho.eu/");
}

#[test]
fn a_sandbox_elsewhere_than_on_loopback_is_refused() {
    let provider = provider("manageengine");
    for base in
        ["http://sandbox.example", "https://10.0.0.1", "http://localhost:80", "http://0.0.0.0:80", "ftp://127.0.0.1"]
    {
        let origin = Origin::Sandbox(Url::parse(base).unwrap());
        let problem = provider.endpoints(&at("accounts.zoho.com"), &origin).expect_err(base);
        assert_eq!(problem.kind, Kind::Refused);
        let (_, problems) = credenza::catalog::Catalog::load(std::path::Path::new("/nonexistent"), origin);
        assert_eq!(problems[0].kind, Kind::Refused);
    }
    let base = Origin::Sandbox(Url::parse("https://[::1]:9/base/").unwrap());
    let endpoints = provider.endpoints(&at("accounts.zoho.com"), &base).unwrap();
    assert_eq!(
        endpoints.authorization.as_ref().unwrap().as_str(),
        "https://[::1]:9/base/accounts.zoho.com/oauth/v2/auth"
    );
}
