//! What a person decided on the consent page or at the second factor.

use jiff::SignedDuration;

use super::answer::Answer;
use super::authorize::{accepted, rejected};
use super::ledger::{Consenting, random_token};
use super::mode::{Effect, Mode, canned};
use super::page;
use super::people::Person;
use super::seen::Seen;
use super::shared::Shared;

/// How long a browser is trusted.
const TRUST: SignedDuration = SignedDuration::from_hours(180 * 24);

/// Answers the form below `/_consent/`. A ticket is good once.
pub(super) fn answer(shared: &Shared, asked: &Seen, ticket: &str) -> Answer {
    let Some(consent) = shared.ledger().visits.remove(ticket) else {
        return page::message("This page is used up", "Start again in Credenza.").with_status(410);
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
            "Stuck, as it happens",
            "Without the second factor nobody gets further, and Credenza is told nothing. Its panel on sign-in trouble says what helps; esc cancels.",
        ),
        _ => rejected(&consent, 303),
    }
}

fn is_trusted(shared: &Shared, person: &Person) -> bool {
    let now = shared.clock.now();
    shared.ledger().trusted.get(person.id).is_some_and(|until| now < *until)
}

/// The failure that was picked, once.
fn provoked(shared: &Shared, consent: Consenting, mode: Mode) -> Answer {
    match mode.effect() {
        Effect::Page(title, text) => return page::refused(title, text, consent.zoho),
        Effect::Redirect(query) => shared.script.redirect(query),
        Effect::Token(name) => shared.script.token(canned(name)),
        Effect::StaleCodes => {
            shared.script.token(Answer::error(if consent.zoho { "invalid_code" } else { "invalid_grant" }));
        }
        _ => {}
    }
    accepted(shared, consent, Person::anybody(), 303, false)
}
