//! Endpoint Central: JSON labeled as plain text, ids of 17 digits, and status 204 past the last page.

use serde_json::json;

use super::rules::{counted, filter_error, may};
use crate::catalog::{Paging, RecordType};
use crate::sandbox::ledger::Bearer;
use crate::sandbox::recorded_request::RecordedRequest;
use crate::sandbox::records::{self, Shape};
use crate::sandbox::response::Response;
use crate::sandbox::shared::Shared;

/// Number of computers and patches unless set.
const FEW_COMPUTERS: u64 = 3;
const FEW_PATCHES: u64 = 2;

pub(super) fn respond(shared: &Shared, asked: &RecordedRequest, bearer: Option<&Bearer>) -> Response {
    let Some(bearer) = bearer else {
        return filter_error(asked, 401, "INVALID_OAUTHTOKEN");
    };
    let (scope, kind) = match asked.path.as_str() {
        "/api/1.4/som/computers" => ("DesktopCentralCloud.SOM.READ", "computers"),
        "/api/1.4/desktop/serverproperties" => ("DesktopCentralCloud.Common.READ", "serverproperties"),
        "/api/1.4/inventory/scancomputers" => ("DesktopCentralCloud.Inventory.READ", "scancomputers"),
        "/api/1.4/patch/allpatches" => ("DesktopCentralCloud.PatchMgmt.READ", "allpatches"),
        _ => return filter_error(asked, 404, "URL_RULE_NOT_CONFIGURED"),
    };
    if !may(bearer, scope) {
        return filter_error(asked, 401, "INVALID_OAUTHSCOPE");
    }
    match kind {
        "serverproperties" => server_properties(),
        "allpatches" => list(shared, asked, kind, "patch_id", ("ec-patches", FEW_PATCHES)),
        _ => list(shared, asked, kind, "resource_id", ("ec-computers", FEW_COMPUTERS)),
    }
}

/// The response for an organization without the product.
pub(super) fn without() -> Response {
    Response::html(
        "<!doctype html><html><title>Error</title><h1>The page you are looking for does not exist</h1></html>",
    )
    .with_status(404)
}

fn list(shared: &Shared, asked: &RecordedRequest, kind: &str, key: &str, (shape, few): (&str, u64)) -> Response {
    let load = RecordType {
        records: Some(format!("message_response.{kind}")),
        key: key.to_owned(),
        ok_json: vec![("message_type".to_owned(), kind.to_owned())],
        paging: Paging::Number(counted("page", 1, "pagelimit", 100)),
        ..RecordType::default()
    };
    records::page(shared, asked, &load, Shape::of("manageengine", shape), few)
}

fn server_properties() -> Response {
    let kind = "serverproperties";
    let properties = json!({ "server_name": "sandbox", "build_number": "112300" });
    let body = json!({
        "message_type": kind, "message_response": { kind: properties }, "message_version": "1.4", "status": "success",
    });
    Response::status(200)
        .header("server", "ZGS")
        .header("content-type", "text/plain;charset=UTF-8")
        .header("set-cookie", "dccookcsr=x; Path=/")
        .header("set-cookie", "_zcsr_tmp=x; Path=/")
        .header("set-cookie", "JSESSIONID=x; Path=/")
        .body(body.to_string().as_bytes())
}
