//! Lists of records, made up page by page: as many as asked, in the shape and by the paging of each load of the catalog.

mod envelope;
mod onward;
mod rows;
mod shape;
mod template;
mod turn;
mod window;

pub(super) use shape::Shape;

use serde_json::json;

use super::answer::Answer;
use super::keyed;
use super::seen::Seen;
use super::shared::Shared;
use super::trouble::{Trouble, Troubles};
use crate::catalog::{Load, Paging};
use envelope::Facts;
use onward::Onward;
use rows::Rows;
use turn::Turn;
use window::Window;

/// Records there are where nobody says how many.
const FEW: u64 = 3;

/// Host of a next page that leads astray.
const ELSEWHERE: &str = "evil.invalid";

/// Answers a page of a load of the catalog; `None` where the address is none of one, or a test call is meant.
pub(super) fn answer(shared: &Shared, asked: &Seen) -> Option<Answer> {
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
    if let Some(answer) = shared.script.next_call() {
        return Some(answer);
    }
    if proven.is_empty() {
        return Some(keyed::refusal());
    }
    let came = |load: &Load| load.query.iter().all(|(name, value)| asked.query(name) == Some(value));
    let Some((provider, load)) = proven.into_iter().find(|(_, load)| came(load)) else {
        return Some(keyed::plain(400, &json!({ "message": "A parameter of the query is missing" })));
    };
    Some(page(shared, asked, load, Shape::of(provider, &load.id), FEW))
}

/// One page of a list; `few` records where nobody says how many.
pub(super) fn page(shared: &Shared, asked: &Seen, load: &Load, shape: &Shape, few: u64) -> Answer {
    if let Some(status) = shared.script.interruption(asked) {
        return keyed::plain(status, &json!({ "message": "Ask again in a second" })).header("retry-after", "1");
    }
    let Some(window) = Window::of(asked, load, shape) else {
        return keyed::plain(400, &json!({ "message": "The cursor is not valid" }));
    };
    let troubles = shared.script.troubles();
    let roster = shared.script.roster(few);
    let counted = matches!(load.paging, Paging::None | Paging::Offset(_) | Paging::Number(_));
    let turn = Turn::of(&window, roster.records(), counted, &troubles);
    let host = if troubles.has(Trouble::Elsewhere) { ELSEWHERE } else { &asked.host };
    let onward = Onward { load, shape, window: &window, host, turn };
    let mut answer = head(shape);
    for link in onward.links(roster.records()) {
        answer = answer.header("link", &link);
    }
    if let Some(status) = shape.end_status.filter(|_| turn.count == 0) {
        return answer.with_status(status);
    }
    if let Some(empty) = shape.empty.as_ref().filter(|_| roster.records() == 0) {
        return answer.body(empty.to_string().as_bytes());
    }
    let exaggerated = if troubles.has(Trouble::TotalLies) { 10 } else { 1 };
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
    broken(answer, body, &troubles)
}

fn head(shape: &Shape) -> Answer {
    let mut answer = Answer::status(200);
    for (name, value) in &shape.headers {
        answer = answer.header(name, value);
    }
    if shape.headers.is_empty() {
        answer = answer.header("content-type", "application/json");
    }
    shape.cookies.iter().fold(answer, |answer, cookie| answer.header("set-cookie", cookie))
}

fn broken(answer: Answer, body: String, troubles: &Troubles) -> Answer {
    let middle = body.len() / 2;
    if troubles.has(Trouble::Cut) {
        let mut bytes = body.into_bytes();
        bytes.truncate(middle);
        return answer.bytes(bytes);
    }
    let answer = answer.bytes(body.into_bytes());
    if troubles.has(Trouble::BrokenOff) { answer.cut_after(middle) } else { answer }
}
