//! The switches on the sandbox's own page: ways to fail, one on at a time or all off.

use std::sync::atomic::Ordering;

use super::mode::Mode;
use super::page;
use super::recorded_request::RecordedRequest;
use super::response::Response;
use super::shared::Shared;

/// What one sees at the sandbox's own address.
pub(super) fn front(shared: &Shared) -> Response {
    let base = shared.base.as_str().trim_end_matches('/');
    page::front(base, shared.asked.load(Ordering::Relaxed), &shared.script.modes_now())
}

/// Switches the mode `name` on.
pub(super) fn switched(shared: &Shared, asked: &RecordedRequest) -> Response {
    if !is_from_here(asked) {
        return foreign();
    }
    match asked.param("name").unwrap_or_default().parse::<Mode>() {
        Ok(mode) => {
            shared.script.mode(mode);
            settle(shared);
            back()
        }
        Err(problem) => page::message("No such mode", &problem.what).with_status(400),
    }
}

/// Switches every mode off.
pub(super) fn cleared(shared: &Shared, asked: &RecordedRequest) -> Response {
    if !is_from_here(asked) {
        return foreign();
    }
    shared.script.clear();
    settle(shared);
    back()
}

/// Does to the grants so far what a mode asks, before there are more.
pub(super) fn settle(shared: &Shared) {
    match shared.script.next_doubt() {
        Some(true) => shared.ledger().doubt_all(),
        Some(false) => shared.ledger().trust_all(),
        None => {}
    }
}

/// Browsers say where a form was; a page elsewhere may not switch anything.
fn is_from_here(asked: &RecordedRequest) -> bool {
    asked.header("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"))
}

fn foreign() -> Response {
    page::message("Wrong address", "The sandbox is switched on its own page only.").with_status(403)
}

fn back() -> Response {
    Response::redirect("/").with_status(303)
}
