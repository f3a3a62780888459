//! Generates lists of records page by page: in any number, in the format and with the paging of each load of the
//! catalog.

mod envelope;
mod next_page;
mod page_plan;
mod rows;
mod shape;
mod template;
mod window;

pub(super) use shape::Shape;

use serde_json::json;

use super::failure_mode::{FailureMode, FailureModes};
use super::keyed;
use super::recorded_request::RecordedRequest;
use super::response::Response;
use super::shared::Shared;
use crate::catalog::{Paging, RecordType};
use envelope::Facts;
use next_page::NextPage;
use page_plan::PagePlan;
use rows::Rows;
use window::Window;

/// Number of records unless a number was set.
const FEW: u64 = 3;

/// Host of the next-page URL in the mode in which it points to another host.
const ELSEWHERE: &str = "evil.invalid";

/// Responds to a request for a page of records; `None` if no load has this address, or a test call is meant.
pub(super) fn respond(shared: &Shared, asked: &RecordedRequest) -> Option<Response> {
    if asked.method != http::Method::GET {
        return None;
    }
    let place = shared.places.at(&shared.catalog, &format!("{}{}", asked.host, asked.path));
    let proven: Vec<_> = place
        .loads(&shared.catalog)
        .filter(|(provider, _)| keyed::proves(shared, provider, None, asked))
        .map(|(provider, load)| (&provider.id, load))
        .collect();
    if proven.is_empty() && (place.is_tested || place.loads(&shared.catalog).next().is_none()) {
        return None;
    }
    if let Some(response) = shared.script.next_call() {
        return Some(response);
    }
    if proven.is_empty() {
        return Some(keyed::refusal());
    }
    let came = |load: &RecordType| load.query.iter().all(|(name, value)| asked.query(name) == Some(value));
    let Some((provider, load)) = proven.into_iter().find(|(_, load)| came(load)) else {
        return Some(keyed::plain(400, &json!({ "message": "A parameter of the query is missing" })));
    };
    Some(page(shared, asked, load, Shape::of(provider, &load.id), FEW))
}

/// One page of a list; the list has `few` records unless a number was set.
pub(super) fn page(shared: &Shared, asked: &RecordedRequest, load: &RecordType, shape: &Shape, few: u64) -> Response {
    if let Some(status) = shared.script.interruption(asked) {
        return keyed::plain(status, &json!({ "message": "Ask again in a second" })).header("retry-after", "1");
    }
    let Some(window) = Window::of(asked, load, shape) else {
        return keyed::plain(400, &json!({ "message": "The cursor is not valid" }));
    };
    let troubles = shared.script.troubles();
    let roster = shared.script.roster(few);
    let counted = matches!(load.paging, Paging::None | Paging::Offset(_) | Paging::Number(_));
    let turn = PagePlan::of(&window, roster.records(), counted, &troubles);
    let host = if troubles.has(FailureMode::Elsewhere) { ELSEWHERE } else { &asked.host };
    let onward = NextPage { load, shape, window: &window, host, turn };
    let mut response = head(shape);
    for link in onward.links(roster.records()) {
        response = response.header("link", &link);
    }
    if let Some(status) = shape.end_status.filter(|_| turn.count == 0) {
        return response.with_status(status);
    }
    if let Some(empty) = shape.empty.as_ref().filter(|_| roster.records() == 0) {
        return response.body(empty.to_string().as_bytes());
    }
    let exaggerated = if troubles.has(FailureMode::TotalLies) { 10 } else { 1 };
    let facts = Facts {
        total: roster.records().saturating_mul(exaggerated),
        limit: window.limit,
        offset: window.offset,
        count: turn.count,
        more: turn.next.is_some(),
        next: onward.named(),
    };
    let (mut body, after) = envelope::around(load, shape, &facts);
    Rows { load, shape, turn, troubles: &troubles, roster }.write(&mut body);
    body.push_str(&after);
    broken(response, body, &troubles)
}

fn head(shape: &Shape) -> Response {
    let mut response = Response::status(200);
    for (name, value) in &shape.headers {
        response = response.header(name, value);
    }
    if shape.headers.is_empty() {
        response = response.header("content-type", "application/json");
    }
    shape.cookies.iter().fold(response, |response, cookie| response.header("set-cookie", cookie))
}

fn broken(response: Response, body: String, troubles: &FailureModes) -> Response {
    let middle = body.len() / 2;
    if troubles.has(FailureMode::Cut) {
        let mut bytes = body.into_bytes();
        bytes.truncate(middle);
        return response.bytes(bytes);
    }
    let response = response.bytes(body.into_bytes());
    if troubles.has(FailureMode::BrokenOff) { response.cut_after(middle) } else { response }
}
