//! ServiceDesk Plus: assets, paged by JSON in `input_data`; its `response_status` is a list for lists, an object else.

use serde_json::{Value, json};

use super::{json_answer, may};
use crate::sandbox::answer::Answer;
use crate::sandbox::ledger::Bearer;
use crate::sandbox::seen::Seen;

const MEDIA_TYPE: &str = "application/vnd.manageengine.sdp.v3+json";

pub(super) fn answer(asked: &Seen, bearer: Option<&Bearer>) -> Answer {
    let Some(bearer) = bearer else {
        return failure(401, 4022, "Invalid API Key");
    };
    if asked.header("accept") != Some(MEDIA_TYPE) {
        return failure(400, 4007, "Invalid URL");
    }
    // A portal's calls come as `/app/PORTAL/api/v3/...`.
    if !asked.path.ends_with("/api/v3/assets") {
        return failure(404, 4007, "Invalid URL");
    }
    if !may(bearer, "SDPOnDemand.assets.READ") {
        return failure(403, 4002, "Forbidden");
    }
    let (count, start) = page(asked);
    let all = assets();
    let shown: Vec<&Value> = all.iter().skip(start - 1).take(count).collect();
    let more = start - 1 + shown.len() < all.len();
    json_answer(&json!({
        "response_status": [{ "status_code": 2000, "status": "success" }],
        "list_info": { "has_more_rows": more, "start_index": start, "row_count": shown.len() },
        "assets": shown,
    }))
}

/// `row_count` (10 unless said, 1 to 100) and `start_index` (from 1).
fn page(asked: &Seen) -> (usize, usize) {
    let input: Value = asked.query("input_data").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let number = |name: &str, default: u64| {
        let value = input.pointer(&format!("/list_info/{name}")).and_then(Value::as_u64).unwrap_or(default);
        usize::try_from(value.clamp(1, 1_000_000)).unwrap_or(1)
    };
    (number("row_count", 10).min(100), number("start_index", 1))
}

fn failure(status: u16, code: u16, message: &str) -> Answer {
    json_answer(&json!({ "response_status": {
        "status_code": 4000, "status": "failed",
        "messages": [{ "status_code": code, "type": "failed", "message": message }],
    } }))
    .with_status(status)
}

fn assets() -> Vec<Value> {
    let rows = [
        ("001", "LAPTOP-1", "EliteBook", "Workstation"),
        ("002", "PRINTER-2", "LaserJet", "Printer"),
        ("003", "SERVER-3", "ProLiant", "Server"),
    ];
    rows.iter()
        .map(|(id, name, product, kind)| {
            json!({
                "id": format!("216826000000001{id}"), "name": name, "asset_tag": null, "serial_number": format!("5CD{id}"),
                "product": { "id": "1", "name": product, "product_type": { "name": kind } },
                "state": { "internal_name": "In Use" }, "created_by": { "name": "Ann" },
            })
        })
        .collect()
}
