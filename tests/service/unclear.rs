//! Refusals with unknown errors: a single one changes nothing; after three over a day, the user is notified.

use credenza::engine::ops::due::{DueLevel, check};
use credenza::engine::ops::token::Request;
use credenza::model::change::Change;
use credenza::model::credential::{CredentialField, Status};
use credenza::model::field::{FieldEdit, FieldValue};
use credenza::problem::Kind;
use jiff::SignedDuration;

use super::{Fake, Home, Reply, ask, both, json, pair};

const HOUR: i64 = 3_600;

/// Four refusals, eight hours apart: the last one is a day after the first.
fn refused_for_a_day(fake: &Fake, home: &Home, reply: &Reply, kind: Kind) {
    fake.script(vec![reply.clone(); 4]);
    for _ in 0..4 {
        home.pass(8 * HOUR);
        assert_eq!(ask(home, Request::default()).unwrap_err().kind, kind, "{reply:?}");
    }
}

fn status(home: &Home) -> Status {
    home.stored().status(home.clock.now())
}

#[test]
fn a_refresh_that_is_refused_for_a_day_probably_needs_a_person() {
    for (reply, kind) in [
        (json(400, r#"{"error":"E-4711","error_description":"no"}"#), Kind::Temporary),
        (json(401, r#"{"error":"invalid_token"}"#), Kind::Temporary),
        (json(403, r#"{"message":"Forbidden"}"#), Kind::Temporary),
        (json(200, r#"{"success":false,"message":"no"}"#), Kind::Temporary),
        (json(400, r#"{"errors":[{"code":"GRANT_GONE"}]}"#), Kind::Temporary),
        (json(400, r#"{"error":"invalid_client"}"#), Kind::Usage),
    ] {
        let fake = Fake::start();
        let home = Home::with(&fake);
        refused_for_a_day(&fake, &home, &reply, kind);
        assert_eq!(status(&home), Status::ProbablyNeedsReauthentication, "{reply:?}");
        let checked = check(&home.session(), SignedDuration::ZERO).unwrap().remove(0);
        assert_eq!(checked.standing, DueLevel::NeedsPerson, "{reply:?}");
        assert_eq!(pair(&home.stored()), both(0), "the tokens are kept");
        // The token is still requested; a success resets the refusals.
        assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a1", "{reply:?}");
        assert_eq!((status(&home), home.stored().refusals), (Status::Authenticated, None), "{reply:?}");
    }
}

#[test]
fn trouble_of_the_network_or_the_server_ends_nothing_however_long_it_lasts() {
    let page = |status| Reply::Http(status, "content-type: text/html\r\n", "<html>Blocked</html>".to_owned());
    for reply in [
        page(403),
        page(200),
        Reply::Hangup,
        json(500, r#"{"error":"oops"}"#),
        json(400, r#"{"error":"temporarily_unavailable"}"#),
        json(408, r#"{"error":"timeout"}"#),
        json(429, r#"{"error":"oops"}"#),
    ] {
        let fake = Fake::start();
        let home = Home::with(&fake);
        refused_for_a_day(&fake, &home, &reply, Kind::Temporary);
        assert_eq!((status(&home), home.stored().refusals), (Status::Authenticated, None), "{reply:?}");
    }
}

#[test]
fn trouble_between_them_neither_counts_nor_forgives_and_few_are_written() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let odd = json(400, r#"{"error":"E-4711"}"#);
    fake.script([odd.clone(), Reply::Hangup, odd.clone(), json(500, ""), odd.clone(), odd.clone()]);
    for _ in 0..6 {
        home.pass(6 * HOUR);
        ask(&home, Request::default()).unwrap_err();
    }
    assert_eq!(status(&home), Status::ProbablyNeedsReauthentication);
    let doctor = home.command(&["--json", "doctor", "Zoho EU"]).output().unwrap();
    let findings = String::from_utf8(doctor.stdout).unwrap();
    assert!(findings.contains("Probably needs re-authentication."), "{findings}");
    let generation = home.vault().snapshot().unwrap().generation;
    fake.script(vec![odd; 10]);
    for _ in 0..10 {
        ask(&home, Request::default()).unwrap_err();
    }
    assert_eq!(home.vault().snapshot().unwrap().generation, generation, "nothing new is to be said");
}

#[test]
fn another_client_begins_anew() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    refused_for_a_day(&fake, &home, &json(400, r#"{"error":"invalid_client"}"#), Kind::Usage);
    let edit = FieldEdit { field: CredentialField::ClientId, base: None, to: FieldValue::text("1000.NEW", false) };
    home.vault().commit(Change::Edit { id: home.id, fields: vec![edit] }).unwrap();
    assert_eq!((status(&home), home.stored().refusals), (Status::Authenticated, None));
}
