//! Endpoint Central: JSON labelled as plain text, ids of 17 digits, and nothing (204) past the last page.

use serde_json::{Value, json};

use super::{filter_error, may, number};
use crate::sandbox::answer::Answer;
use crate::sandbox::ledger::Bearer;
use crate::sandbox::seen::Seen;

pub(super) fn answer(asked: &Seen, bearer: Option<&Bearer>) -> Answer {
    let Some(bearer) = bearer else {
        return filter_error(asked, 401, "INVALID_OAUTHTOKEN");
    };
    let (scope, kind, rows) = match asked.path.as_str() {
        "/api/1.4/som/computers" => ("DesktopCentralCloud.SOM.READ", "computers", computers()),
        "/api/1.4/desktop/serverproperties" => ("DesktopCentralCloud.Common.READ", "serverproperties", vec![]),
        "/api/1.4/inventory/scancomputers" => ("DesktopCentralCloud.Inventory.READ", "scancomputers", computers()),
        "/api/1.4/patch/allpatches" => ("DesktopCentralCloud.PatchMgmt.READ", "allpatches", patches()),
        _ => return filter_error(asked, 404, "URL_RULE_NOT_CONFIGURED"),
    };
    if !may(bearer, scope) {
        return filter_error(asked, 401, "INVALID_OAUTHSCOPE");
    }
    if kind == "serverproperties" {
        return message(kind, &json!({ "serverproperties": { "server_name": "sandbox", "build_number": "112300" } }));
    }
    let (page, limit) = (number(asked, "page", 1).max(1), number(asked, "pagelimit", 25).clamp(1, 100));
    let shown: Vec<&Value> = rows.iter().skip((page - 1).saturating_mul(limit)).take(limit).collect();
    if shown.is_empty() {
        return Answer::status(204).header("server", "ZGS");
    }
    message(kind, &json!({ "total": rows.len(), "limit": limit, "page": page, kind: shown }))
}

fn message(kind: &str, response: &Value) -> Answer {
    let body =
        json!({ "message_type": kind, "message_response": response, "message_version": "1.4", "status": "success" });
    Answer::status(200)
        .header("server", "ZGS")
        .header("content-type", "text/plain;charset=UTF-8")
        .header("set-cookie", "dccookcsr=x; Path=/")
        .header("set-cookie", "_zcsr_tmp=x; Path=/")
        .header("set-cookie", "JSESSIONID=x; Path=/")
        .body(body.to_string().as_bytes())
}

fn computers() -> Vec<Value> {
    let rows = [
        (52_549_000_000_197_007_u64, "rw-mbp", "macOS - Ventura", "Mac", "13.6", 1),
        (52_549_000_000_197_008, "desk-04", "Windows 11", "Windows", "10.0.22631", 2),
        (52_549_000_000_197_009, "build-01", "Ubuntu 24.04", "Linux", "24.04", 3),
    ];
    rows.iter()
        .map(|(id, name, os, platform, version, live)| {
            json!({
                "resource_id": id, "resource_id_string": id.to_string(), "resource_name": name,
                "full_name": name.to_uppercase(), "fqdn_name": name.to_uppercase(), "os_name": os,
                "os_platform_name": platform, "os_version": version, "installation_status": 22,
                "computer_live_status": live, "agent_version": "11.2.2315.13.M",
                "agent_last_contact_time": 1_695_897_162_981_u64, "ip_address": "192.168.0.16,192.168.0.181",
                "owner_email_id": "--", "branch_office_name": "Default Remote Office",
                "customer_id": 52_549_000_000_166_809_u64, "managedcomputer.friendly_name": name,
            })
        })
        .collect()
}

/// `patch_id` is a number in one row and a text in the other, as it is in the real answers.
fn patches() -> Vec<Value> {
    vec![
        json!({ "patch_id": 33_001, "bulletin_id": "MS26-001", "patch_name": "kb5001.msu", "severity": 4 }),
        json!({ "patch_id": "33002", "bulletin_id": "MAC-014", "patch_name": "safari.pkg", "severity": "3" }),
    ]
}
