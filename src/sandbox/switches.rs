//! The switches on the sandbox's start page: turn on one mode at a time, or turn all off.

use std::sync::atomic::Ordering;

use super::mode::Mode;
use super::page;
use super::recorded_request::RecordedRequest;
use super::response::Response;
use super::shared::Shared;

/// The start page of the sandbox.
pub(super) fn front(shared: &Shared) -> Response {
    let base = shared.base.as_str().trim_end_matches('/');
    page::front(base, shared.asked.load(Ordering::Relaxed), &shared.script.modes_now())
}

/// Turns on the mode in the parameter `name`.
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

/// Turns off every mode.
pub(super) fn cleared(shared: &Shared, asked: &RecordedRequest) -> Response {
    if !is_from_here(asked) {
        return foreign();
    }
    shared.script.clear();
    settle(shared);
    back()
}

/// Makes the access tokens of the existing grants fail or work again, before a request can create another grant.
pub(super) fn settle(shared: &Shared) {
    match shared.script.next_doubt() {
        Some(true) => shared.ledger().doubt_all(),
        Some(false) => shared.ledger().trust_all(),
        None => {}
    }
}

/// Whether the form was sent by the sandbox's own page: browsers name the origin of a form, and a foreign page must not
/// turn on a mode.
fn is_from_here(asked: &RecordedRequest) -> bool {
    asked.header("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"))
}

fn foreign() -> Response {
    page::message("Wrong address", "The sandbox is switched on its own page only.").with_status(403)
}

fn back() -> Response {
    Response::redirect("/").with_status(303)
}
