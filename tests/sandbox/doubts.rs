//! Grants whose second factor was not completed, and the switches on the sandbox's own page.

use credenza::sandbox::{Consent, Options, Sandbox};
use serde_json::Value;

use super::wire::{Reply, SCOPES, US, get, post, refresh, sandbox, send, tokens};

const SDP_JSON: &str = "application/vnd.manageengine.sdp.v3+json";

/// Makes one API call to each product.
async fn calls(sandbox: &Sandbox, token: &str) -> Vec<Reply> {
    let places = [
        ("mdm.manageengine.com", "/api/v1/mdm/devices"),
        ("sdpondemand.manageengine.com", "/api/v3/assets"),
        ("endpointcentral.manageengine.com", "/api/1.4/som/computers"),
    ];
    let authorization = format!("Zoho-oauthtoken {token}");
    let mut replies = Vec::new();
    for (host, path) in places {
        let headers = [("Authorization", authorization.as_str()), ("Accept", SDP_JSON)];
        replies.push(send("GET", &sandbox.at(host, path), &headers, "").await.unwrap());
    }
    replies
}

async fn statuses(sandbox: &Sandbox, token: &str) -> Vec<u16> {
    calls(sandbox, token).await.iter().map(|reply| reply.status).collect()
}

async fn refreshed(sandbox: &Sandbox, token: &str) -> String {
    refresh(sandbox, US, token).await.json()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn doubted_grants_refresh_and_are_refused_and_a_later_consent_is_fine() {
    let (sandbox, _) = sandbox().await;
    let (access, renewing) = tokens(&sandbox, US, SCOPES).await;
    assert_eq!(statuses(&sandbox, &access).await, [200, 200, 200]);
    sandbox.reject_access_tokens();
    for token in [access, refreshed(&sandbox, &renewing).await] {
        let replies = calls(&sandbox, &token).await;
        assert_eq!(replies.iter().map(|reply| reply.status).collect::<Vec<_>>(), [401, 401, 401]);
        let said: Vec<Value> = replies.iter().map(Reply::json).collect();
        assert_eq!(said[0]["error_code"], "COM0013");
        assert_eq!(said[1]["response_status"]["messages"][0]["status_code"], 4022);
        assert_eq!(said[2]["error"]["message"], "INVALID_OAUTHTOKEN");
    }
    let (access, _) = tokens(&sandbox, US, SCOPES).await;
    assert_eq!(statuses(&sandbox, &access).await, [200, 200, 200]);
}

#[tokio::test]
async fn mfa_unfinished_meets_the_grants_so_far_or_else_the_first() {
    let (sandbox, _) = sandbox().await;
    sandbox.script().mode("mfa-unfinished".parse().unwrap());
    let (first, renewing) = tokens(&sandbox, US, SCOPES).await;
    let (second, _) = tokens(&sandbox, US, SCOPES).await;
    assert_eq!(statuses(&sandbox, &first).await, [401, 401, 401]);
    assert_eq!(statuses(&sandbox, &refreshed(&sandbox, &renewing).await).await, [401, 401, 401]);
    assert_eq!(statuses(&sandbox, &second).await, [200, 200, 200]);
    sandbox.script().mode("mfa-unfinished".parse().unwrap());
    assert_eq!(statuses(&sandbox, &second).await, [401, 401, 401]);
    sandbox.script().clear();
    assert_eq!(statuses(&sandbox, &first).await, [200, 200, 200]);
}

#[tokio::test]
async fn mfa_unfinished_at_the_start_meets_the_first_grant_ever_made() {
    let modes = vec!["mfa-unfinished".parse().unwrap()];
    let sandbox = Sandbox::start(Options { consent: Consent::Accept, modes, ..Options::default() }).await.unwrap();
    let (first, _) = tokens(&sandbox, US, SCOPES).await;
    let (second, _) = tokens(&sandbox, US, SCOPES).await;
    assert_eq!(statuses(&sandbox, &first).await, [401, 401, 401]);
    assert_eq!(statuses(&sandbox, &second).await, [200, 200, 200]);
}

#[tokio::test]
async fn modes_are_switched_from_outside() {
    let (sandbox, _) = sandbox().await;
    let (access, _) = tokens(&sandbox, US, SCOPES).await;
    let at = |path: &str| format!("{}{path}", sandbox.base());
    let front = get(&at("")).await;
    assert!(front.text().contains("On now: none") && front.text().contains("action=\"/_mode\""));
    let switched = post(&at("_mode"), &[("name", "mfa-unfinished")]).await;
    assert_eq!((switched.status, switched.location()), (303, "/"));
    assert!(get(&at("")).await.text().contains("On now: mfa-unfinished"));
    assert_eq!(statuses(&sandbox, &access).await, [401, 401, 401]);
    assert_eq!(post(&at("_mode/clear"), &[]).await.status, 303);
    assert_eq!(statuses(&sandbox, &access).await, [200, 200, 200]);
    assert_eq!(post(&at("_mode"), &[("name", "records=7")]).await.status, 303);
    assert_eq!(calls(&sandbox, &access).await[2].json()["message_response"]["total"], 7);
    let unknown = post(&at("_mode"), &[("name", "<b>no</b>")]).await;
    assert!(unknown.status == 400 && !unknown.text().contains("<b>no"));
}

#[tokio::test]
async fn a_page_elsewhere_switches_nothing() {
    let (sandbox, _) = sandbox().await;
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let cases = [(("Sec-Fetch-Site", "cross-site"), 403), (("Host", "evil.invalid:80"), 421)];
    for path in ["_mode", "_mode/clear"] {
        for (header, status) in cases {
            let url = format!("{}{path}", sandbox.base());
            let reply = send("POST", &url, &[form, header], "name=html").await.unwrap();
            assert_eq!(reply.status, status, "{path}");
        }
    }
    assert!(get(sandbox.base().as_str()).await.text().contains("On now: none"));
}
