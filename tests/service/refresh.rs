//! One refresh serves concurrent requests, and no failure loses tokens.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use credenza::engine::ops::token::{self, Request, Start};
use credenza::engine::ops::token_by_name;
use credenza::model::change::Change;
use credenza::model::credential::{AuthFailure, Status, Tokens};
use credenza::problem::Kind;
use jiff::SignedDuration;

use super::{Fake, Home, NOW, Reply, ask, at, both, json, pair, tokens, until};

#[test]
fn r7_a_token_that_is_good_costs_no_request() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let (_, token) = token_by_name::find(&home.session(), &home.id.to_string(), Request::default()).unwrap();
    assert!(token.unwrap().unwrap().access.expose() == "a0");
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a0");
    assert!(fake.requests().is_empty());
}

#[test]
fn r1_a_refresh_without_a_new_refresh_token_keeps_the_old() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    home.pass(3_590);
    fake.script([json(200, r#"{"access_token":"AT2","token_type":"Bearer","expires_in":3600}"#)]);
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "AT2");
    assert_eq!(pair(&home.stored()), ("AT2".into(), "r0".into()));
}

#[test]
fn r5_a_rotated_refresh_token_takes_the_place_of_the_old() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    for n in 1..=3 {
        home.pass(4_000);
        assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), format!("a{n}"));
        assert_eq!(pair(&home.stored()), both(n));
    }
    assert_eq!(fake.requests().len(), 3);
}

#[test]
fn cr_01_many_askers_at_once_refresh_once() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    home.pass(4_000);
    let tokens: Vec<String> = thread::scope(|scope| {
        let asking: Vec<_> = (0..20).map(|_| scope.spawn(|| ask(&home, Request::default()))).collect();
        asking.into_iter().map(|asked| asked.join().unwrap().unwrap().access.expose().to_owned()).collect()
    });
    assert!(tokens.iter().all(|token| token == "a1"), "{tokens:?}");
    assert_eq!(fake.requests().len(), 1);
    home.pass(4_000);
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a2", "the grant is alive");
}

#[test]
fn tm_05_a_token_shorter_than_the_margin_is_handed_out_once_and_shared_by_those_who_waited() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    home.pass(4_000);
    fake.life(30);
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a1");
    assert_eq!(fake.requests().len(), 1, "it does not loop");
}

#[test]
fn tm_05_those_who_waited_share_a_short_lived_token() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    home.pass(4_000);
    fake.life(30);
    fake.hold();
    let waiting = AtomicUsize::new(0);
    thread::scope(|scope| {
        let first = scope.spawn(|| ask(&home, Request::default()).unwrap());
        fake.arrived();
        let others: Vec<_> = (0..7)
            .map(|_| {
                scope.spawn(|| {
                    let mut noticed = || {
                        waiting.fetch_add(1, Ordering::SeqCst);
                    };
                    token::begin(&home.session(), home.id, Request::default(), &mut noticed).unwrap()
                })
            })
            .collect();
        until(|| waiting.load(Ordering::SeqCst) == others.len());
        fake.release();
        assert_eq!(first.join().unwrap().access.expose(), "a1");
        for other in others {
            let Start::Token(token) = other.join().unwrap() else { panic!("it would refresh once more") };
            assert_eq!(token.access.expose(), "a1");
        }
    });
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn r2_r3_a_refused_refresh_token_is_kept_and_not_sent_again() {
    for code in ["invalid_code", "invalid_grant"] {
        let fake = Fake::start();
        let home = Home::with(&fake);
        home.pass(4_000);
        fake.script([json(400, &format!(r#"{{"error":"{code}"}}"#))]);
        for _ in 0..3 {
            assert_eq!(ask(&home, Request::default()).unwrap_err().kind, Kind::NeedsAuthentication);
        }
        let stored = home.stored();
        assert_eq!(stored.status(home.clock.now()), Status::NeedsReauthentication);
        assert!(matches!(&stored.setback, Some(AuthFailure::Refused { code: kept, .. }) if kept == code));
        assert_eq!(pair(&stored), both(0));
        assert_eq!(fake.requests().len(), 1);
    }
}

#[test]
fn cr_14_failures_that_pass_change_nothing() {
    let page = |status| Reply::Http(status, "content-type: text/html\r\n", "<html>down</html>".to_owned());
    for reply in [page(200), page(500), page(502), page(404), json(500, "{"), json(404, ""), Reply::Hangup] {
        let fake = Fake::start();
        let home = Home::with(&fake);
        home.pass(4_000);
        fake.script([reply.clone()]);
        let problem = ask(&home, Request::default()).unwrap_err();
        assert_eq!(problem.kind, Kind::Temporary, "{reply:?}: {problem}");
        let stored = home.stored();
        assert_eq!(pair(&stored), both(0), "{reply:?}");
        assert!(stored.setback.is_none(), "{reply:?}");
        assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a1", "{reply:?}");
    }
}

#[test]
fn cr_14_a_throttle_is_kept_for_every_process() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    home.pass(4_000);
    fake.script([Reply::Http(429, "retry-after: 120\r\n", String::new())]);
    for _ in 0..5 {
        assert_eq!(ask(&home, Request::default()).unwrap_err().kind, Kind::Temporary);
    }
    assert_eq!(fake.requests().len(), 1);
    assert_eq!(home.stored().not_before, Some(at(4_120)));
    home.pass(121);
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a1");
}

#[test]
fn cr_15_a_lost_answer_is_asked_for_no_second_time_by_the_same_call() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    home.pass(4_000);
    fake.script([Reply::Hangup, Reply::Hangup]);
    assert_eq!(ask(&home, Request::default()).unwrap_err().kind, Kind::Temporary);
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn pr_a_new_refresh_token_without_access_token_is_kept_and_the_ended_token_not_handed_out() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    home.pass(4_000);
    fake.script([json(200, r#"{"refresh_token":"r9","token_type":"Bearer"}"#)]);
    let asked = ask(&home, Request::default());
    assert_eq!(pair(&home.stored()).1, "r9");
    assert_eq!(asked.map(|token| token.access.expose().to_owned()).unwrap_err().kind, Kind::Temporary);
}

#[test]
fn tm_a_clock_set_back_does_not_trust_the_future() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    home.clock.set(at(-86_400));
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a1");
    assert_eq!(home.stored().tokens.unwrap().received_at.as_second(), NOW - 86_400);
}

#[test]
fn force_refreshes_a_good_token_and_min_ttl_is_kept() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let forced = Request { force: true, ..Request::default() };
    assert_eq!(ask(&home, forced).unwrap().access.expose(), "a1");
    home.pass(1_000);
    let long = Request { min_ttl: SignedDuration::from_secs(3_000), ..Request::default() };
    assert_eq!(ask(&home, long).unwrap().access.expose(), "a2");
    assert_eq!(fake.requests().len(), 2);
}

#[test]
fn a_life_that_no_token_has_costs_no_refresh_per_call() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let long = Request { min_ttl: SignedDuration::from_secs(7_200), ..Request::default() };
    assert_eq!(ask(&home, long).unwrap().access.expose(), "a0", "an hour is all there is");
    home.pass(1_700);
    assert_eq!(ask(&home, long).unwrap().access.expose(), "a0");
    home.pass(200);
    assert_eq!(ask(&home, long).unwrap().access.expose(), "a1", "half of it is over");
    for _ in 0..5 {
        assert_eq!(ask(&home, long).unwrap().access.expose(), "a1");
    }
    assert_eq!(fake.requests().len(), 1);
}

/// ManageEngine issues ten access tokens in ten minutes per refresh token, and blocks the refresh token on more
/// requests.
#[test]
fn r8_the_eleventh_refresh_within_the_providers_window_is_never_sent() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    for _ in 0..10 {
        home.pass(10);
        super::force(&home).unwrap();
    }
    let refused = super::force(&home).unwrap_err();
    assert_eq!((refused.kind, fake.requests().len()), (Kind::Temporary, 10), "{refused}");
    assert!(refused.what.contains("10 access tokens per 10 minutes"), "{refused}");
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a10", "stored token is valid");
    home.pass(511);
    assert_eq!(super::force(&home).unwrap().access.expose(), "a11", "the window has moved on");
}

#[test]
fn a_token_without_an_end_is_renewed_when_it_is_older_than_the_life_that_is_asked_for() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let endless = Tokens { expires_at: None, ..tokens(0) };
    home.vault().commit(Change::Refreshed { id: home.id, tokens: Box::new(endless), spent: None }).unwrap();
    home.pass(599);
    let ten_minutes = Request { min_ttl: SignedDuration::from_mins(10), ..Request::default() };
    let token = ask(&home, ten_minutes).unwrap();
    assert_eq!((token.access.expose(), token.is_end_unknown), ("a0", true), "as good as a new one");
    assert!(token.notes.iter().any(|note| note.contains("does not say when")), "{token:?}");
    // Without a minimum lifetime, the token is returned until an API refuses it.
    home.pass(86_400 * 30);
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a0");
    assert!(fake.requests().is_empty());
    let token = ask(&home, ten_minutes).unwrap();
    assert_eq!((token.access.expose(), token.is_end_unknown), ("a1", false));
    assert_eq!(fake.requests().len(), 1);
}
