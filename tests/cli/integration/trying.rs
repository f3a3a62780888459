//! `credenza integration test`: its steps and its JSON, and that it does not use a refresh token unnecessarily.

use serde_json::json;

use super::{Desk, problem};

#[test]
fn a_test_that_passes_shows_steps_records_and_the_request_without_its_secret() {
    let desk = Desk::new();
    desk.add("CMDB", &["ec-computers", "mdm-devices"]);
    let told = desk.json(&["test", "CMDB"]);
    assert_eq!((&told["tested"], &told["passed"]), (&json!("CMDB"), &json!(true)));
    let keys: Vec<_> = told["loads"][0].as_object().unwrap().keys().map(String::as_str).collect();
    let documented = [
        "load", "label", "result", "steps", "status", "bytes", "total", "records", "fields", "missing", "errors",
        "notes", "problem", "request",
    ];
    assert_eq!(keys.len(), documented.len(), "{keys:?}");
    assert!(documented.iter().all(|key| keys.contains(key)), "{keys:?}");
    let computers = &told["loads"][0];
    assert_eq!((&computers["load"], &computers["result"]), (&json!("ec-computers"), &json!("passed")));
    assert_eq!((&computers["status"], &computers["records"], &computers["total"]), (&json!(200), &json!(3), &json!(3)));
    assert!(computers["problem"].is_null());
    let steps: Vec<_> =
        computers["steps"].as_array().unwrap().iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(steps, ["Read the credential", "Get an access token with enough time left", "Call", "Read the records"]);
    let line = computers["request"]["line"].as_str().unwrap();
    assert!(line.starts_with("GET https://endpointcentral.manageengine.com/api/1.4/som/computers?"), "{line}");
    assert!(computers["request"]["headers"].to_string().contains("Zoho-oauthtoken •"), "{computers}");
    let ids = computers["fields"].as_array().unwrap().iter().find(|field| field["path"] == "resource_id").unwrap();
    let id = ids["values"][0].as_str().unwrap();
    assert!(id.len() == 17 && id.bytes().all(|byte| byte.is_ascii_digit()), "{id}");
    assert_eq!(desk.pages(), 1);
    assert_eq!(desk.refreshes(), 0, "stored token is valid");
    assert!(!std::path::Path::new(&desk.folder("CMDB")).exists(), "nothing is written");
    let shown = desk.json(&["show", "CMDB"]);
    assert_eq!(shown["hosts"]["ec-computers"], "endpointcentral.manageengine.com");
    let only = desk.json(&["test", "CMDB", "--load", "mdm-devices"]);
    assert_eq!(only["loads"].as_array().unwrap().len(), 1);
    let text = desk.run(&["test", "CMDB", "--load", "ec-computers"]).ends(0);
    assert!(text.out.contains("ok    Call: GET https://") && text.out.contains("resource_id"), "{text:?}");
}

#[test]
fn a_missing_scope_is_named_and_costs_no_refresh() {
    let desk = Desk::empty();
    desk.credential("Zoho", &["MDMOnDemand.MDMInventory.READ"]);
    desk.add("CMDB", &["ec-computers"]);
    let ran = desk.run(&["test", "CMDB", "--json"]).ends(5);
    assert_eq!(problem(&ran)["kind"], "needs_authentication");
    let told = ran.json();
    assert_eq!((&told["passed"], &told["loads"][0]["result"]), (&json!(false), &json!("failed")));
    let why = told["loads"][0]["problem"]["why"].as_str().unwrap();
    assert!(why.contains("DesktopCentralCloud.SOM.READ"), "{why}");
    assert_eq!((desk.pages(), desk.refreshes()), (1, 0));
    let synced = desk.run(&["sync", "CMDB"]).ends(5);
    assert!(synced.err.contains("is not allowed to read this"), "{synced:?}");
    assert_eq!((desk.pages(), desk.refreshes()), (2, 0));
}

#[test]
fn a_product_that_is_not_subscribed_does_not_fail_the_others() {
    let desk = Desk::new();
    desk.add("CMDB", &["ec-computers", "mdm-devices", "sdp-assets"]);
    for (mode, load) in [("not-subscribed-ec", 0), ("not-subscribed-mdm", 1), ("not-subscribed-sdp", 2)] {
        desk.sandbox.script().clear();
        desk.sandbox.script().mode(mode.parse().unwrap());
        let told = desk.json(&["test", "CMDB"]);
        assert_eq!(told["passed"], true, "{mode}: {told}");
        for (place, tested) in told["loads"].as_array().unwrap().iter().enumerate() {
            let expected = if place == load { "not_available" } else { "passed" };
            assert_eq!(tested["result"], expected, "{mode}: {tested}");
        }
        let alone = ["ec-computers", "mdm-devices", "sdp-assets"][load];
        let ran = desk.run(&["test", "CMDB", "--load", alone]).ends(3);
        assert!(ran.err.contains("not available"), "{ran:?}");
    }
    assert_eq!(desk.refreshes(), 0, "no refresh helps there");
    let synced = desk.run(&["sync", "CMDB", "--json"]).ends(1).json();
    assert_eq!(
        (&synced["result"], &synced["parts"][2]["result"]),
        (&json!("completed_with_errors"), &json!("not_available"))
    );
    assert_eq!(super::names(&desk.folder("CMDB")), ["ec-computers.ndjson", "mdm-devices.ndjson"]);
}

#[test]
fn a_token_that_is_not_taken_is_renewed_exactly_once() {
    let desk = Desk::new();
    desk.add("CMDB", &["ec-computers"]);
    desk.sandbox.reject_access_tokens();
    let ran = desk.run(&["test", "CMDB", "--json"]).ends(5);
    assert_eq!(problem(&ran)["kind"], "needs_authentication");
    assert_eq!((desk.pages(), desk.refreshes()), (2, 1));
    desk.run(&["sync", "CMDB", "--json"]).ends(5);
    assert_eq!((desk.pages(), desk.refreshes()), (4, 2), "a run renews it once as well");
    assert!(!std::path::Path::new(&desk.folder("CMDB/ec-computers.ndjson")).exists());
}

#[test]
fn without_a_credential_or_with_one_that_was_deleted_nothing_is_asked() {
    let desk = Desk::new();
    desk.run(&["add", "--name", "Bare", "--provider", "manageengine", "--load", "ec-computers"]).ends(0);
    let ran = desk.run(&["test", "Bare", "--json"]).ends(3);
    assert!(problem(&ran)["what"].as_str().unwrap().contains("has no credential"), "{ran:?}");
    desk.add("CMDB", &["ec-computers"]);
    desk.plain(&["delete", "Zoho", "--no-input"]).ends(0);
    for command in ["test", "sync"] {
        let ran = desk.run(&[command, "CMDB", "--json"]).ends(3);
        assert!(problem(&ran)["what"].as_str().unwrap().contains("was deleted"), "{ran:?}");
    }
    assert!(desk.sandbox.seen().is_empty());
    assert_eq!(desk.json(&["show", "CMDB"])["credential"]["name"], serde_json::Value::Null);
    desk.plain(&["undo", "--no-input"]).ends(0);
    desk.run(&["test", "CMDB"]).ends(0);
}
