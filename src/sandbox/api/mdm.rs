//! Mobile Device Manager: devices by `limit` and `offset`; a few of its ids are numbers, most are texts.

use serde_json::{Value, json};

use super::{json_answer, may, number};
use crate::sandbox::answer::Answer;
use crate::sandbox::ledger::Bearer;
use crate::sandbox::seen::Seen;

pub(super) fn answer(asked: &Seen, bearer: Option<&Bearer>) -> Answer {
    let Some(bearer) = bearer else {
        return failure(401, "COM0013", "Unauthorized");
    };
    if asked.path != "/api/v1/mdm/devices" {
        return failure(404, "COM0008", "Invalid URL");
    }
    if !may(bearer, "MDMOnDemand.MDMInventory.READ") {
        return failure(401, "COM0013", "INVALID_OAUTHSCOPE");
    }
    if asked.query("page").is_some() || asked.query("size").is_some() {
        return failure(400, "COM0024", "extra parameter");
    }
    let all = devices();
    let (limit, offset) = (number(asked, "limit", 50), number(asked, "offset", 0));
    let shown: Vec<&Value> = all.iter().skip(offset).take(limit).collect();
    let after = offset.saturating_add(shown.len());
    let mut body = json!({ "metadata": { "total_record_count": all.len() }, "devices": shown });
    if after < all.len() && !shown.is_empty() {
        let next = format!("https://{}{}?limit={limit}&offset={after}", asked.host, asked.path);
        body["paging"] = json!({ "next": next });
    }
    body["delta-token"] = json!("sandbox-delta");
    json_answer(&body)
}

fn failure(status: u16, code: &str, description: &str) -> Answer {
    json_answer(&json!({ "error_code": code, "error_description": description })).with_status(status)
}

fn devices() -> Vec<Value> {
    let rows = [
        ("9007199254741993", "iPhone-001", "ios", "17.2", "F2LX0SANDBOX", "iPhone 15 Pro", "Ann"),
        ("9007199254741994", "Pixel-002", "android", "14", "GP8SANDBOX02", "Pixel 8", "Bea"),
    ];
    rows.iter()
        .map(|(id, name, platform, version, serial, model, user)| {
            json!({
                "device_id": id, "device_name": name, "platform_type": platform, "os_version": version,
                "udid": format!("0000{id}"), "serial_number": serial, "model": model, "is_removed": "false",
                "user": { "user_id": "12345", "user_name": user, "user_email": format!("{}@northwind.example", user.to_lowercase()) },
                "summary": { "app_count": "25" },
            })
        })
        .collect()
}
