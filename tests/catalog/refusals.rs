//! Error responses of ManageEngine's three APIs, and how the catalog file classifies them: class, hint, and who has to
//! act.

use std::collections::BTreeSet;

use credenza::api::call::ApiCaller;
use credenza::api::page::{Page, PageCursor, PageRequest, Refusal, RefusalClass};
use credenza::catalog::{ApiClass, Provider};
use credenza::clock::Clock;
use credenza::model::credential::Setup;
use credenza::oauth::http::{Http, Network};
use credenza::sandbox::{Options, Response, Sandbox};
use credenza::secret::AccessToken;

use super::provider;

const JSON: &str = "application/json;charset=UTF-8";
const TEXT: &str = "text/plain;charset=UTF-8";

/// Requests a page of a load from an API that gives this response.
async fn asked(provider: &Provider, load: &str, answer: Response) -> Result<Page, Refusal> {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    sandbox.script().call(answer);
    let load = provider.load(load).unwrap();
    let tokens = credenza::model::credential::Tokens {
        access: AccessToken::new("1000.a.b".to_owned()),
        refresh: None,
        received_at: Clock::system().now(),
        expires_at: None,
        refresh_expires_at: None,
        scopes: None,
        captured: std::collections::BTreeMap::new(),
    };
    let setup = Setup { variables: super::variables(&[("accounts_host", "accounts.zoho.com")]), ..Setup::default() };
    let caller = ApiCaller { provider, setup: &setup, tokens: Some(&tokens) };
    let url = provider.load_url(load, &caller.values(), &super::variables(&[("portal", "itdesk")])).unwrap();
    let product = provider.product_of(load);
    let wanted = PageRequest { load, product, errors: &provider.api_errors, url: &url, at_most: Some(1) };
    let located = sandbox.at(url.host_str().unwrap(), url.path()).parse().unwrap();
    let http = Http::new(&Network::default());
    let answer = caller.page(&http, wanted, &located, Clock::system().now()).await.unwrap();
    wanted.read(&answer, &url, &PageCursor::First)
}

fn sdp(code: u16, message: &str) -> String {
    format!(
        r#"{{"response_status":{{"status_code":4000,"status":"failed","messages":[{{"status_code":{code},"type":"failed","message":"{message}"}}]}}}}"#
    )
}

fn ec(message: &str) -> String {
    format!(r#"{{"error":{{"code":401,"requestURI":"/api/1.4/som/computers","message":"{message}"}}}}"#)
}

/// The row in the list of facts, the load, the HTTP status and body, the expected class, and a word of the hint.
fn rows() -> Vec<(&'static str, &'static str, u16, String, ApiClass, &'static str)> {
    let mdm = |code: &str, words: &str| format!(r#"{{"error_code":"{code}","error_description":"{words}"}}"#);
    let page = "<!doctype html><h1>The page you are looking for does not exist</h1>".to_owned();
    let in_a_list = r#"{"response_status":[{"status_code":4000,"status":"failed","messages":[{"status_code":4002,"message":"Forbidden"}]}]}"#;
    vec![
        ("M2", "mdm-devices", 401, mdm("COM0013", "Unauthorized"), ApiClass::Token, "MFA"),
        ("M2 scope", "mdm-devices", 401, mdm("COM0013", "INVALID_OAUTHSCOPE"), ApiClass::Scope, "Add it"),
        ("M3", "mdm-devices", 400, mdm("COM0024", "extra parameter"), ApiClass::Request, ""),
        ("M license", "mdm-devices", 403, mdm("COM0013", "no license"), ApiClass::Unavailable, "license"),
        ("M off", "mdm-devices", 412, mdm("COM0001", "feature off"), ApiClass::Unavailable, "is off"),
        ("P2", "sdp-assets", 400, sdp(4_007, "Invalid URL"), ApiClass::Unavailable, "named portal"),
        ("P2 406", "sdp-assets", 406, sdp(4_007, "Invalid URL"), ApiClass::Unavailable, "named portal"),
        ("P3", "sdp-assets", 200, sdp(4_002, "Forbidden"), ApiClass::Scope, "role"),
        (
            "P4",
            "sdp-assets",
            401,
            r#"{"response_status":{"status_code":4022,"status":"failed","messages":[{"message":"Invalid API Key"}]}}"#
                .into(),
            ApiClass::Token,
            "MFA",
        ),
        ("P4 in its message", "sdp-assets", 401, sdp(4_022, "Invalid API Key"), ApiClass::Token, "MFA"),
        ("P5 scope", "sdp-assets", 403, sdp(4_002, "Forbidden"), ApiClass::Scope, "role"),
        ("P5 wait", "sdp-portal-assets", 429, sdp(4_015, "Too many"), ApiClass::Throttled, "minute"),
        ("P5 portal", "sdp-portal-assets", 404, sdp(4_007, "Invalid URL"), ApiClass::Unavailable, "named portal"),
        ("P6", "sdp-assets", 200, in_a_list.to_owned(), ApiClass::Scope, "role"),
        ("P license", "sdp-assets", 403, sdp(7_001, "license"), ApiClass::Unavailable, "license"),
        (
            "E3",
            "ec-computers",
            200,
            r#"{"message_type":"computers","message_version":"1.4","status":"error","message_response":{}}"#.into(),
            ApiClass::Request,
            "",
        ),
        ("E4", "ec-computers", 401, ec("INVALID_OAUTHTOKEN"), ApiClass::Token, "180 days"),
        ("E5", "ec-computers", 401, ec("INVALID_OAUTHSCOPE"), ApiClass::Scope, "Add it"),
        ("E role", "ec-computers", 403, ec("UNAUTHORISED"), ApiClass::Scope, "role"),
        ("E sign-in", "ec-computers", 401, ec("AUTHENTICATION_FAILED"), ApiClass::Token, "MFA"),
        ("E6", "ec-computers", 404, page, ApiClass::Unavailable, ""),
        ("E6 as JSON", "ec-computers", 404, ec("URL_RULE_NOT_CONFIGURED"), ApiClass::Unavailable, "subscribed"),
    ]
}

#[tokio::test]
async fn every_refusal_has_the_class_that_says_whose_turn_it_is() {
    let provider = provider("manageengine");
    let mut used = BTreeSet::new();
    for (row, load, status, body, class, hint) in rows() {
        let kind = if body.starts_with('<') { "text/html" } else { JSON };
        let answer = Response::status(status).header("content-type", kind).body(body.as_bytes());
        let refusal = asked(&provider, load, answer).await.unwrap_err();
        assert_eq!((refusal.status, refusal.class), (status, RefusalClass::Said(class)), "{row}: {refusal:?}");
        assert_eq!(refusal.hint.is_empty(), hint.is_empty(), "{row}: {refusal:?}");
        assert!(refusal.hint.contains(hint), "{row}: {refusal:?}");
        used.insert(refusal.hint);
    }
    for rule in &provider.api_errors {
        assert!(used.contains(&rule.hint), "no answer leads to the rule {rule:?}");
    }
}

#[tokio::test]
async fn what_looks_odd_and_is_no_refusal_is_read() {
    let provider = provider("manageengine");
    let sdp = |status: &str| {
        format!(r#"{{"response_status":{status},"list_info":{{"has_more_rows":false}},"assets":[{{"id":"1"}}]}}"#)
    };
    let ec = r#"{"message_type":"computers","message_response":{"total":3,"computers":[{"resource_id":52549000000197007}]},"status":"success"}"#;
    let rows = [
        ("M4", "mdm-devices", 200, JSON, r#"{"devices":[]}"#.to_owned(), 0),
        ("P1", "sdp-assets", 200, JSON, sdp(r#"[{"status_code":2000,"status":"success"}]"#), 1),
        ("P6", "sdp-assets", 200, JSON, sdp(r#"{"status_code":2000,"status":"success"}"#), 1),
        ("E1", "ec-computers", 200, TEXT, ec.to_owned(), 1),
        ("E2", "ec-computers", 204, TEXT, String::new(), 0),
    ];
    for (row, load, status, kind, body, records) in rows {
        let answer = Response::status(status).header("content-type", kind).body(body.as_bytes());
        let page = asked(&provider, load, answer).await.unwrap_or_else(|refusal| panic!("{row}: {refusal:?}"));
        assert_eq!(page.records.len(), records, "{row}");
        if row == "E1" {
            assert!(page.records[0].get().contains("52549000000197007"), "{:?}", page.records);
            assert_eq!(page.total, Some(3));
        }
    }
}
