//! Handles the decision on the consent page and at the second factor.

use jiff::SignedDuration;

use super::authorize::{accepted, rejected};
use super::ledger::{ConsentRequest, random_token};
use super::mode::{Mode, ModeEffect, canned};
use super::page;
use super::people::Person;
use super::recorded_request::RecordedRequest;
use super::response::Response;
use super::shared::Shared;

/// How long a browser is trusted after the second factor.
const TRUST: SignedDuration = SignedDuration::from_hours(180 * 24);

/// Responds to the form at `/_consent/TICKET`. A ticket can be used once.
pub(super) fn respond(shared: &Shared, asked: &RecordedRequest, ticket: &str) -> Response {
    let Some(consent) = shared.ledger().visits.remove(ticket) else {
        return page::message("This page was already used", "Start again in Credenza.").with_status(410);
    };
    if let Some(mode) = asked.param("trouble").and_then(|name| name.parse::<Mode>().ok()) {
        return provoked(shared, consent, mode);
    }
    let person = asked.param("person").and_then(Person::by_id).unwrap_or_else(Person::anybody);
    match asked.param("decision") {
        Some("accept") if person.second_factor && !is_trusted(shared, person) => {
            let ticket = random_token(true);
            let page = page::second_factor(person, &ticket, &consent.redirect_uri);
            shared.ledger().visits.insert(ticket, consent);
            page
        }
        Some("accept") => accepted(shared, consent, person, 303, false),
        Some("trust") => {
            let until = shared.clock.now().checked_add(TRUST).unwrap_or(jiff::Timestamp::MAX);
            shared.ledger().trusted.insert(person.id, until);
            accepted(shared, consent, person, 303, false)
        }
        Some("once") => accepted(shared, consent, person, 303, true),
        Some("stuck") => page::message(
            "Second factor not completed",
            "Sign-in cannot continue without the second factor, and the provider does not tell Credenza. There, press m for MFA help or esc to cancel.",
        ),
        _ => rejected(&consent, 303),
    }
}

fn is_trusted(shared: &Shared, person: &Person) -> bool {
    let now = shared.clock.now();
    shared.ledger().trusted.get(person.id).is_some_and(|until| now < *until)
}

/// Simulates the chosen failure once.
fn provoked(shared: &Shared, consent: ConsentRequest, mode: Mode) -> Response {
    match mode.effect() {
        ModeEffect::Page(title, text) => return page::refused(title, text, consent.zoho),
        ModeEffect::Redirect(query) => shared.script.redirect(query),
        ModeEffect::Token(name) => shared.script.token(canned(name)),
        ModeEffect::StaleCodes => {
            shared.script.token(Response::error(if consent.zoho { "invalid_code" } else { "invalid_grant" }));
        }
        _ => {}
    }
    accepted(shared, consent, Person::anybody(), 303, false)
}
