//! What the APIs of the products share: scopes, paging, and the format of a response.

use serde_json::{Value, json};

use crate::catalog::{CountedPaging, PageSize};
use crate::sandbox::ledger::Bearer;
use crate::sandbox::recorded_request::RecordedRequest;
use crate::sandbox::response::Response;

/// Whether one of the scopes was granted; `SERVICE.module.ALL` covers its operations.
pub(super) fn may(bearer: &Bearer, scope: &str) -> bool {
    let all = scope.rsplit_once('.').map(|(module, _)| format!("{module}.ALL"));
    bearer.scopes.iter().any(|granted| granted == scope || Some(granted) == all.as_ref())
}

/// The paging that a product documents. Exact for these products, whatever the catalog says.
pub(super) fn counted(parameter: &str, first: u32, limit: &str, most: u32) -> CountedPaging {
    let size = PageSize { parameter: limit.to_owned(), records: most };
    CountedPaging { parameter: parameter.to_owned(), first, size, more: None, json: None }
}

/// The error response of the security filter that the products share.
pub(super) fn filter_error(asked: &RecordedRequest, code: u16, message: &str) -> Response {
    json_response(&json!({ "error": { "code": code, "requestURI": asked.path, "message": message } })).with_status(code)
}

pub(super) fn json_response(body: &Value) -> Response {
    Response::status(200)
        .header("server", "ZGS")
        .header("content-type", "application/json;charset=UTF-8")
        .body(body.to_string().as_bytes())
}
