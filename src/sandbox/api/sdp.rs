//! ServiceDesk Plus: assets, paged by JSON in `input_data`. `response_status` is an array for lists, and an object
//! otherwise.

use serde_json::json;

use super::rules::{counted, json_response, may};
use crate::catalog::{CountedPaging, Paging, RecordType};
use crate::sandbox::ledger::Bearer;
use crate::sandbox::recorded_request::RecordedRequest;
use crate::sandbox::records::{self, Shape};
use crate::sandbox::response::Response;
use crate::sandbox::shared::Shared;

const MEDIA_TYPE: &str = "application/vnd.manageengine.sdp.v3+json";

/// Number of assets unless set.
const FEW: u64 = 3;

pub(super) fn respond(shared: &Shared, asked: &RecordedRequest, bearer: Option<&Bearer>) -> Response {
    let Some(bearer) = bearer else {
        return failure(401, 4022, "Invalid API Key");
    };
    if asked.header("accept") != Some(MEDIA_TYPE) {
        return failure(400, 4007, "Invalid URL");
    }
    // Calls to a portal have the path `/app/PORTAL/api/v3/...`.
    if !asked.path.ends_with("/api/v3/assets") {
        return failure(404, 4007, "Invalid URL");
    }
    if !may(bearer, "SDPOnDemand.assets.READ") {
        return failure(403, 4002, "Forbidden");
    }
    let paging = Paging::Offset(CountedPaging {
        more: Some("list_info.has_more_rows".to_owned()),
        json: Some("input_data".to_owned()),
        ..counted("list_info.start_index", 1, "list_info.row_count", 100)
    });
    let load = RecordType { records: Some("assets".to_owned()), key: "id".to_owned(), paging, ..RecordType::default() };
    records::page(shared, asked, &load, Shape::of("manageengine", "sdp-assets"), FEW)
}

/// The response for an organization without the product.
pub(super) fn without() -> Response {
    failure(404, 4007, "Invalid URL")
}

fn failure(status: u16, code: u16, message: &str) -> Response {
    json_response(&json!({ "response_status": {
        "status_code": 4000, "status": "failed",
        "messages": [{ "status_code": code, "type": "failed", "message": message }],
    } }))
    .with_status(status)
}
