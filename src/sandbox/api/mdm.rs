//! Mobile Device Manager: devices by `limit` and `offset`; a few of its ids are numbers, most are texts.

use serde_json::json;

use super::rules::{counted, json_response, may};
use crate::catalog::{Paging, RecordType};
use crate::sandbox::ledger::Bearer;
use crate::sandbox::recorded_request::RecordedRequest;
use crate::sandbox::records::{self, Shape};
use crate::sandbox::response::Response;
use crate::sandbox::shared::Shared;

/// Number of devices unless set.
const FEW: u64 = 2;

pub(super) fn respond(shared: &Shared, asked: &RecordedRequest, bearer: Option<&Bearer>) -> Response {
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
    let load = RecordType {
        records: Some("devices".to_owned()),
        key: "device_id".to_owned(),
        total: Some("metadata.total_record_count".to_owned()),
        paging: Paging::Offset(counted("offset", 0, "limit", 50)),
        ..RecordType::default()
    };
    records::page(shared, asked, &load, Shape::of("manageengine", "mdm-devices"), FEW)
}

/// The response for an organization without the product.
pub(super) fn without() -> Response {
    failure(403, "COM0013", "The organization has no license for this product")
}

fn failure(status: u16, code: &str, description: &str) -> Response {
    json_response(&json!({ "error_code": code, "error_description": description })).with_status(status)
}
