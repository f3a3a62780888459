//! The device authorization endpoint and its page (RFC 8628), with Zoho's names of the parameters for Zoho.

use std::fmt::Write as _;

use jiff::SignedDuration;
use serde_json::json;

use super::dialect::Dialect;
use super::ledger::{ConsentRequest, Device, DeviceState, random_token};
use super::page;
use super::people::{PEOPLE, Person};
use super::recorded_request::RecordedRequest;
use super::response::Response;
use super::script::Consent;
use super::shared::Shared;
use super::token::{client_of, refused};

/// Placeholder for the device code in a scripted response.
const DEVICE_CODE: &str = "$DC";
/// Placeholder for the user code in a scripted response.
const USER_CODE: &str = "$UC";
const MAX_CODES: usize = 1_000;
/// Lifetime of a device code.
const LIFE: SignedDuration = SignedDuration::from_mins(15);

/// Issues a device code (section 3.2).
pub(super) fn respond(shared: &Shared, asked: &RecordedRequest, dialect: &Dialect) -> Response {
    let scripted = shared.script.next_device();
    let client = client_of(shared, asked, dialect);
    let client_id = match client {
        Ok(id) => id,
        Err(refusal) => return refused(refusal, dialect),
    };
    let (device_code, user_code) = (random_token(dialect.zoho), user_code());
    let scopes = dialect.scopes(asked.param(dialect.term("scope")).unwrap_or_default());
    let consent = ConsentRequest {
        host: asked.host.clone(),
        client_id,
        redirect_uri: String::new(),
        refresh: dialect.grants_refresh_to_device(asked, &scopes),
        scopes,
        state: None,
        challenge: None,
        zoho: dialect.zoho,
        provider: dialect.id.clone(),
        realm: dialect.realm(asked).to_owned(),
        sets: Vec::new(),
    };
    let person = shared.script.person_now().and_then(Person::by_id).unwrap_or_else(Person::anybody);
    let state = match shared.script.consent_now() {
        Consent::Accept => DeviceState::Accepted(person),
        Consent::Reject => DeviceState::Denied,
        Consent::Page => DeviceState::Waiting,
    };
    let device = Device { consent, user_code: user_code.clone(), state, ends_at: shared.clock.now() + LIFE };
    let mut ledger = shared.ledger();
    if ledger.devices.len() >= MAX_CODES {
        ledger.devices.clear();
    }
    ledger.devices.insert(device_code.clone(), device);
    drop(ledger);
    if let Some(response) = scripted {
        return response.replacing(DEVICE_CODE, &device_code).replacing(USER_CODE, &user_code);
    }
    let page = format!("{}_device", shared.base);
    if dialect.zoho {
        return Response::json(&json!({
            "user_code": user_code, "device_code": device_code, "verification_url": page,
            "verification_uri_complete": format!("{page}?user_code={user_code}"), "expires_in": LIFE.as_secs(),
        }));
    }
    Response::json(&json!({
        "device_code": device_code, "user_code": user_code, "verification_uri": page,
        "verification_uri_complete": format!("{page}?user_code={user_code}"),
        "expires_in": LIFE.as_secs(), "interval": 5,
    }))
}

/// The page on which the user enters the code.
pub(super) fn form(shared: &Shared, asked: &RecordedRequest) -> Response {
    // The simulated browser cannot press a button, so it accepts with this parameter.
    if asked.query("sandbox_auto") == Some("accept") {
        return decide(shared, asked.query("user_code").unwrap_or_default(), Person::anybody(), Some("accept"));
    }
    let code = page::escaped(asked.query("user_code").unwrap_or_default());
    let mut people = String::new();
    for person in &PEOPLE {
        let _ = write!(people, "<option value={}>{}</option>", person.id, page::escaped(person.name));
    }
    let body = format!(
        "<h1>Connect a device</h1><p>Enter the code that Credenza shows. If you did not start this yourself, \
         somebody else did: close the page.</p>\
         <form method=post action=\"/_device\">\
         <p><label>Code <input name=user_code value=\"{code}\" autocomplete=off></label></p>\
         <p><label>Sign in as <select name=person>{people}</select></label></p>\
         <p class=buttons><button name=decision value=accept class=main>Accept</button>\
         <button name=decision value=reject>Reject</button></p>\
         <p class=buttons><button name=decision value=slow>Tell it to slow down</button>\
         <button name=decision value=expire>Let the code expire</button></p></form>"
    );
    page::whole("Device", &body)
}

/// Handles the decision on the page.
pub(super) fn decided(shared: &Shared, asked: &RecordedRequest) -> Response {
    let person = asked.param("person").and_then(Person::by_id).unwrap_or_else(Person::anybody);
    decide(shared, asked.param("user_code").unwrap_or_default(), person, asked.param("decision"))
}

fn decide(shared: &Shared, typed: &str, person: &'static Person, decision: Option<&str>) -> Response {
    let mut ledger = shared.ledger();
    let waiting = |device: &&mut Device| matches!(device.state, DeviceState::Waiting | DeviceState::TooFast);
    let found = ledger.devices.values_mut().filter(waiting).find(|device| same(&device.user_code, typed));
    let Some(device) = found else {
        return page::message("No such code", "It has expired, was already used, or has a typo.").with_status(404);
    };
    let (state, text) = match decision {
        Some("accept") => (DeviceState::Accepted(person), "Accepted. Return to Credenza; it continues on its own."),
        Some("slow") => (DeviceState::TooFast, "The next request will be told to slow down."),
        Some("expire") => (DeviceState::Expired, "The code has expired."),
        _ => (DeviceState::Denied, "Rejected."),
    };
    device.state = state;
    page::message("Done", text)
}

/// Whether the codes are the same, ignoring case and punctuation (section 6.1).
fn same(code: &str, typed: &str) -> bool {
    let bare = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    bare(code) == bare(typed)
}

/// Eight consonants, so that the code cannot form a word: `WDJB-MJHT` (section 6.1).
fn user_code() -> String {
    const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
    let letters = rand::random::<[u8; 8]>().map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
    let (left, right) = letters.split_at(4);
    format!("{}-{}", left.iter().collect::<String>(), right.iter().collect::<String>())
}
