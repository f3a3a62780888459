//! Authorization, token and revocation requests on the wire: bytes, headers and limits of Zoho's accounts server.

use credenza::sandbox::{Consent, Mode, Response};
use jiff::SignedDuration;
use serde_json::json;

use super::wire::{CLIENT_ID, REDIRECT_URI, US, authorization, exchange, get, post, refresh, sandbox, send, tokens};

#[tokio::test]
async fn the_redirect_has_state_first_the_data_center_and_a_last_ampersand() {
    let (sandbox, _) = sandbox().await;
    let reply = get(&authorization(&sandbox, US, &[])).await;
    let expected = format!(
        "{REDIRECT_URI}?state=st-ate&code={}&location=us&accounts-server=https%3A%2F%2Faccounts.zoho.com&",
        reply.code()
    );
    assert_eq!((reply.status, reply.location()), (302, expected.as_str()));
    let shape = regex_lite::Regex::new(r"^1000\.[0-9a-f]{32}\.[0-9a-f]{32}$").unwrap();
    assert!(shape.is_match(&reply.code()));
}

#[tokio::test]
async fn a_rejection_says_so_in_the_redirect() {
    let (sandbox, _) = sandbox().await;
    sandbox.script().consent(Consent::Reject);
    let reply = get(&authorization(&sandbox, US, &[])).await;
    assert_eq!(reply.location(), format!("{REDIRECT_URI}?state=st-ate&error=access_denied"));
}

#[tokio::test]
async fn wrong_client_redirect_or_scope_is_a_page_and_no_redirect() {
    let (sandbox, _) = sandbox().await;
    let cases = [
        (("client_id", "1000.UNKNOWN"), "The transmitted client ID does not exist"),
        (("redirect_uri", "http://localhost:53682/callback/"), "does not match with the one configured"),
        (("redirect_uri", "http://localhost:53683/callback"), "does not match with the one configured"),
        (("scope", "nonsense"), "Scope does not exist"),
        (("scope", "A.b.READ C.d.READ"), "Scope does not exist"),
    ];
    for (changed, text) in cases {
        let reply = get(&authorization(&sandbox, US, &[changed])).await;
        assert_eq!((reply.status, reply.header("location")), (200, None), "{changed:?}");
        assert!(reply.text().contains(text), "{changed:?}");
        assert_eq!(reply.header("content-type"), Some("text/html;charset=UTF-8"));
    }
}

#[tokio::test]
async fn somebody_elsewhere_is_sent_to_their_own_data_center() {
    let (sandbox, _) = sandbox().await;
    sandbox.script().person("chandra");
    let reply = get(&authorization(&sandbox, US, &[])).await;
    assert!(reply.location().ends_with("&location=in&accounts-server=https%3A%2F%2Faccounts.zoho.in&"));
    let code = reply.code();
    assert_eq!(exchange(&sandbox, US, &code, &[]).await.json(), json!({ "error": "invalid_client" }));
    let tokens = exchange(&sandbox, "accounts.zoho.in", &code, &[]).await.json();
    assert_eq!(tokens["api_domain"], "https://www.zohoapis.in");
}

#[tokio::test]
async fn the_token_answer_has_the_recorded_headers_and_keys() {
    let (sandbox, _) = sandbox().await;
    let code = get(&authorization(&sandbox, US, &[])).await.code();
    let reply = exchange(&sandbox, US, &code, &[]).await;
    assert_eq!(reply.status, 200);
    for (name, value) in [
        ("server", "ZGS"),
        ("content-type", "application/json;charset=UTF-8"),
        ("cache-control", "no-store"),
        ("pragma", "no-cache"),
        ("set-cookie", "b266a5bf57=x; Path=/"),
    ] {
        assert_eq!(reply.header(name), Some(value));
    }
    let body = reply.json();
    let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["access_token", "refresh_token", "scope", "api_domain", "token_type", "expires_in"]);
    assert_eq!(body["scope"], "MDMOnDemand.MDMInventory.READ SDPOnDemand.assets.ALL DesktopCentralCloud.SOM.READ");
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(3600)));
}

#[tokio::test]
async fn no_offline_access_or_no_prompt_means_no_refresh_token() {
    let (sandbox, _) = sandbox().await;
    for left_out in ["access_type", "prompt"] {
        let code = get(&authorization(&sandbox, US, &[(left_out, "")])).await.code();
        let body = exchange(&sandbox, US, &code, &[]).await.json();
        assert!(body["access_token"].is_string() && body["refresh_token"].is_null(), "{left_out}");
    }
}

#[tokio::test]
async fn errors_come_with_status_200_and_nothing_else_in_them() {
    let (sandbox, clock) = sandbox().await;
    let cases = [
        (("client_id", "1000.X"), "invalid_client"),
        (("client_secret", "wrong"), "invalid_client_secret"),
        (("redirect_uri", "http://localhost:53682/callback/"), "invalid_redirect_uri"),
        (("code", "1000.00000000000000000000000000000000.00000000000000000000000000000000"), "invalid_code"),
    ];
    let code = get(&authorization(&sandbox, US, &[])).await.code();
    for (changed, error) in cases {
        let reply = exchange(&sandbox, US, &code, &[changed]).await;
        assert_eq!((reply.status, reply.json()), (200, json!({ "error": error })), "{changed:?}");
    }
    // None of these requests spent the code; a successful exchange does, and so does its expiry.
    assert!(exchange(&sandbox, US, &code, &[]).await.json()["access_token"].is_string());
    assert_eq!(exchange(&sandbox, US, &code, &[]).await.json(), json!({ "error": "invalid_code" }));
    let late = get(&authorization(&sandbox, US, &[])).await.code();
    clock.set(clock.now() + SignedDuration::from_secs(61));
    assert_eq!(exchange(&sandbox, US, &late, &[]).await.json(), json!({ "error": "invalid_code" }));
}

#[tokio::test]
async fn a_wrong_verifier_is_refused_and_the_right_one_taken() {
    let (sandbox, _) = sandbox().await;
    // RFC 7636 appendix B.
    let challenge =
        [("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"), ("code_challenge_method", "S256")];
    let verifier = ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    for wrong in [("code_verifier", ""), ("code_verifier", "nonsense")] {
        let code = get(&authorization(&sandbox, US, &challenge)).await.code();
        assert_eq!(exchange(&sandbox, US, &code, &[wrong]).await.json()["error"], "invalid_code");
    }
    let code = get(&authorization(&sandbox, US, &challenge)).await.code();
    assert!(exchange(&sandbox, US, &code, &[verifier]).await.json()["access_token"].is_string());
}

#[tokio::test]
async fn get_and_a_missing_grant_type_are_400_without_a_body() {
    let (sandbox, _) = sandbox().await;
    let at = sandbox.at(US, "/oauth/v2/token");
    for reply in [get(&format!("{at}?grant_type=refresh_token")).await, post(&at, &[("client_id", CLIENT_ID)]).await] {
        assert_eq!((reply.status, reply.body.len()), (400, 0));
    }
}

#[tokio::test]
async fn a_refresh_repeats_neither_refresh_token_nor_scope() {
    let (sandbox, _) = sandbox().await;
    let (_, token) = tokens(&sandbox, US, super::wire::SCOPES).await;
    let body = refresh(&sandbox, US, &token).await.json();
    let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["access_token", "api_domain", "token_type", "expires_in"]);
    assert_eq!(refresh(&sandbox, "accounts.zoho.eu", &token).await.json(), json!({ "error": "invalid_client" }));
}

#[tokio::test]
async fn the_eleventh_refresh_in_ten_minutes_is_throttled() {
    let (sandbox, clock) = sandbox().await;
    let (_, token) = tokens(&sandbox, US, super::wire::SCOPES).await;
    for _ in 0..10 {
        assert!(refresh(&sandbox, US, &token).await.json()["access_token"].is_string());
    }
    let reply = refresh(&sandbox, US, &token).await;
    assert_eq!((reply.status, &reply.json()["error"]), (400, &json!("Access Denied")));
    assert_eq!(reply.header("content-type"), Some("application/json;charset=UTF-8"));
    clock.set(clock.now() + SignedDuration::from_mins(10));
    assert!(refresh(&sandbox, US, &token).await.json()["access_token"].is_string());
}

#[tokio::test]
async fn the_twenty_first_grant_ends_the_oldest_in_silence() {
    let (sandbox, _) = sandbox().await;
    let (_, oldest) = tokens(&sandbox, US, super::wire::SCOPES).await;
    let (_, second) = tokens(&sandbox, US, super::wire::SCOPES).await;
    for _ in 0..19 {
        tokens(&sandbox, US, super::wire::SCOPES).await;
    }
    assert_eq!(refresh(&sandbox, US, &oldest).await.json(), json!({ "error": "invalid_code" }));
    assert!(refresh(&sandbox, US, &second).await.json()["access_token"].is_string());
}

#[tokio::test]
async fn rotation_gives_a_new_refresh_token_and_reuse_ends_the_grant() {
    let (sandbox, _) = sandbox().await;
    sandbox.script().mode("rotate".parse::<Mode>().unwrap());
    let (_, first) = tokens(&sandbox, US, super::wire::SCOPES).await;
    let second = refresh(&sandbox, US, &first).await.json()["refresh_token"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    assert_eq!(refresh(&sandbox, US, &first).await.json(), json!({ "error": "invalid_code" }));
    assert_eq!(refresh(&sandbox, US, &second).await.json(), json!({ "error": "invalid_code" }));
    assert_eq!(sandbox.grants_alive(), 0);
}

#[tokio::test]
async fn both_ways_of_revocation_work_once() {
    let (sandbox, _) = sandbox().await;
    for path in ["/oauth/v2/token/revoke", "/oauth/v2/revoke/token"] {
        let (_, token) = tokens(&sandbox, US, super::wire::SCOPES).await;
        let at = sandbox.at(US, path);
        assert_eq!(post(&at, &[("token", &token)]).await.json(), json!({ "status": "success" }));
        let again = post(&at, &[("token", &token)]).await;
        assert_eq!((again.status, again.body.len()), (400, 0));
        assert_eq!(refresh(&sandbox, US, &token).await.json(), json!({ "error": "invalid_code" }));
    }
}

#[tokio::test]
async fn s1_serverinfo_lists_the_accounts_servers() {
    let (sandbox, _) = sandbox().await;
    let body = get(&sandbox.at(US, "/oauth/serverinfo")).await.json();
    assert_eq!(
        (&body["result"], &body["locations"]["au"]),
        (&json!("success"), &json!("https://accounts.zoho.com.au"))
    );
}

#[tokio::test]
async fn a_scripted_answer_is_sent_once_to_the_last_byte() {
    let (sandbox, _) = sandbox().await;
    let (_, token) = tokens(&sandbox, US, super::wire::SCOPES).await;
    sandbox.script().token(Response::throttled_in_chinese());
    let reply = refresh(&sandbox, US, &token).await;
    assert_eq!(reply.status, 400);
    assert_eq!(
        reply.text(),
        r#"{"error_description":"您已连续提出过多请求，请稍后再试。","error":"拒绝访问","status":"failure"}"#
    );
    assert!(refresh(&sandbox, US, &token).await.json()["access_token"].is_string());
}

#[tokio::test]
async fn a_hang_up_ends_the_connection_without_a_byte() {
    let (sandbox, _) = sandbox().await;
    sandbox.script().token(Response::hang_up());
    let reply = send("POST", &sandbox.at(US, "/oauth/v2/token"), &[], "grant_type=refresh_token").await;
    assert!(reply.is_err());
    sandbox.script().token(Response::json(&json!({ "a": "b".repeat(100) })).cut_after(20));
    let reply = send("POST", &sandbox.at(US, "/oauth/v2/token"), &[], "grant_type=refresh_token").await;
    assert!(reply.is_err() || !reply.unwrap().text().contains("bbbbb\"}"));
}

#[tokio::test]
async fn other_names_for_this_computer_are_refused() {
    let (sandbox, _) = sandbox().await;
    for host in ["evil.example", "evil.example:80", "localhost", ""] {
        let reply = send("GET", &sandbox.at(US, "/oauth/serverinfo"), &[("Host", host)], "").await.unwrap();
        assert_eq!(reply.status, 421, "{host}");
    }
}

#[tokio::test]
async fn it_listens_on_loopback_only_and_stops_when_dropped() {
    let (sandbox, _) = sandbox().await;
    let base = sandbox.base();
    assert_eq!(base.host_str(), Some("127.0.0.1"));
    drop(sandbox);
    let closed = async {
        while send("GET", base.as_str(), &[], "").await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), closed).await.unwrap();
}

#[tokio::test]
async fn a_visitor_accepts_at_the_sandbox_and_goes_nowhere_else() {
    let (sandbox, _) = sandbox().await;
    sandbox.script().consent(Consent::Page);
    let url: url::Url = authorization(&sandbox, US, &[("redirect_uri", REDIRECT_URI)]).parse().unwrap();
    sandbox.visitor().accept(&url, std::time::Duration::ZERO).unwrap();
    let accepted = async {
        while !sandbox.seen().iter().any(|seen| seen.query("sandbox_auto") == Some("accept")) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), accepted).await.unwrap();
    let elsewhere = "https://accounts.zoho.com/oauth/v2/auth".parse().unwrap();
    let problem = sandbox.visitor().accept(&elsewhere, std::time::Duration::ZERO).unwrap_err();
    assert_eq!(problem.kind, credenza::problem::Kind::Refused);
}

#[tokio::test]
async fn every_mode_can_be_asked_for_by_name() {
    for mode in Mode::all() {
        let (sandbox, _) = sandbox().await;
        sandbox.script().mode(mode.name().parse().unwrap());
        let reply = get(&authorization(&sandbox, US, &[])).await;
        let redirected = reply.header("location").is_some();
        assert_eq!(redirected, !matches!(mode.name(), "unknown-client" | "wrong-redirect"), "{}", mode.name());
    }
}
