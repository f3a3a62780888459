//! The products' APIs in the sandbox: shapes, headers, scopes, paging and refusals.

use jiff::SignedDuration;
use serde_json::json;

use super::wire::{Reply, SCOPES, US, sandbox, send, tokens};

const SDP_JSON: &str = "application/vnd.manageengine.sdp.v3+json";

async fn call(sandbox: &credenza::sandbox::Sandbox, address: &str, authorization: &str, accept: &str) -> Reply {
    let (host, path) = address.split_once('/').unwrap();
    let mut headers = vec![("Authorization", authorization)];
    if !accept.is_empty() {
        headers.push(("Accept", accept));
    }
    send("GET", &sandbox.at(host, &format!("/{path}")), &headers, "").await.unwrap()
}

#[tokio::test]
async fn m1_devices_are_counted_and_paged() {
    let (sandbox, _) = sandbox().await;
    let (token, _) = tokens(&sandbox, US, SCOPES).await;
    let authorization = format!("Zoho-oauthtoken {token}");
    let at = "mdm.manageengine.com/api/v1/mdm/devices?limit=1";
    let body = call(&sandbox, at, &authorization, "").await.json();
    assert_eq!(body["metadata"]["total_record_count"], 2);
    assert_eq!((body["devices"].as_array().unwrap().len(), &body["devices"][0]["is_removed"]), (1, &json!("false")));
    assert_eq!(body["paging"]["next"], "https://mdm.manageengine.com/api/v1/mdm/devices?limit=1&offset=1");
    let last = call(&sandbox, &format!("{at}&offset=1"), &authorization.to_lowercase(), "").await.json();
    assert!(last["devices"][0]["device_name"] == "Pixel-002" && last["paging"].is_null());
}

#[tokio::test]
async fn m2_m3_bearer_and_page_are_refused() {
    let (sandbox, _) = sandbox().await;
    let (token, _) = tokens(&sandbox, US, SCOPES).await;
    let at = "mdm.manageengine.com/api/v1/mdm/devices";
    let reply = call(&sandbox, at, &format!("Bearer {token}"), "").await;
    assert_eq!(reply.status, 401);
    assert_eq!(reply.text(), r#"{"error_code":"COM0013","error_description":"Unauthorized"}"#);
    let reply = call(&sandbox, &format!("{at}?page=1&size=1"), &format!("Zoho-oauthtoken {token}"), "").await;
    assert_eq!((reply.status, &reply.json()["error_code"]), (400, &json!("COM0024")));
}

#[tokio::test]
async fn p1_p6_assets_come_with_a_list_of_statuses() {
    let (sandbox, _) = sandbox().await;
    let (token, _) = tokens(&sandbox, US, SCOPES).await;
    let input = r#"{"list_info":{"row_count":1,"start_index":2}}"#;
    let query: String = url::form_urlencoded::byte_serialize(input.as_bytes()).collect();
    let at = format!("sdpondemand.manageengine.com/api/v3/assets?input_data={query}");
    let body = call(&sandbox, &at, &format!("Zoho-oauthtoken {token}"), SDP_JSON).await.json();
    assert_eq!(body["response_status"], json!([{ "status_code": 2000, "status": "success" }]));
    assert_eq!(body["list_info"], json!({ "has_more_rows": true, "start_index": 2, "row_count": 1 }));
    assert_eq!(body["assets"][0]["name"], "PRINTER-2");
}

#[tokio::test]
async fn p2_p4_p5_service_desk_refusals_are_objects() {
    let (sandbox, _) = sandbox().await;
    let (token, _) = tokens(&sandbox, US, "MDMOnDemand.MDMInventory.READ").await;
    let at = "sdpondemand.manageengine.com/api/v3/assets";
    let good = format!("Zoho-oauthtoken {token}");
    let cases = [
        (at, good.as_str(), "", 400, 4007),
        (at, "Zoho-oauthtoken dead", SDP_JSON, 401, 4022),
        (at, good.as_str(), SDP_JSON, 403, 4002),
        ("sdpondemand.manageengine.com/api/v3/nothing", good.as_str(), SDP_JSON, 404, 4007),
    ];
    for (at, authorization, accept, status, code) in cases {
        let reply = call(&sandbox, at, authorization, accept).await;
        assert_eq!(reply.status, status);
        assert_eq!(reply.json().pointer("/response_status/messages/0/status_code"), Some(&json!(code)));
    }
}

#[tokio::test]
async fn e1_e2_computers_are_json_called_plain_text_with_ids_beyond_a_double() {
    let (sandbox, _) = sandbox().await;
    let (token, _) = tokens(&sandbox, US, SCOPES).await;
    let at = |page: u32| format!("endpointcentral.manageengine.com/api/1.4/som/computers?page={page}&pagelimit=1");
    let authorization = format!("Zoho-oauthtoken {token}");
    let reply = call(&sandbox, &at(1), &authorization, "application/json").await;
    assert_eq!(reply.header("content-type"), Some("text/plain;charset=UTF-8"));
    assert!(reply.text().contains("\"resource_id\":52549000000197007,"));
    assert_eq!(reply.json()["message_response"]["total"], 3);
    let end = call(&sandbox, &at(4), &authorization, "application/json").await;
    assert_eq!((end.status, end.body.len()), (204, 0));
}

#[tokio::test]
async fn e4_e5_a_dead_token_and_a_missing_scope_are_told_apart() {
    let (sandbox, clock) = sandbox().await;
    let (token, _) = tokens(&sandbox, US, "MDMOnDemand.MDMInventory.READ").await;
    let at = "endpointcentral.manageengine.com/api/1.4/som/computers";
    let authorization = format!("Zoho-oauthtoken {token}");
    let reply = call(&sandbox, at, &authorization, "").await;
    assert_eq!((reply.status, &reply.json()["error"]["message"]), (401, &json!("INVALID_OAUTHSCOPE")));
    clock.set(clock.now() + SignedDuration::from_secs(3600));
    let reply = call(&sandbox, at, &authorization, "").await;
    assert_eq!(
        reply.text(),
        r#"{"error":{"code":401,"requestURI":"/api/1.4/som/computers","message":"INVALID_OAUTHTOKEN"}}"#
    );
}

#[tokio::test]
async fn a_token_of_another_data_center_is_no_token() {
    let (sandbox, _) = sandbox().await;
    let (token, _) = tokens(&sandbox, "accounts.zoho.eu", SCOPES).await;
    let authorization = format!("Zoho-oauthtoken {token}");
    for (host, status) in [("mdm.manageengine.com", 401), ("mdm.manageengine.eu", 200)] {
        let reply = call(&sandbox, &format!("{host}/api/v1/mdm/devices"), &authorization, "").await;
        assert_eq!(reply.status, status);
    }
}
