//! A refresh token was sent and the response never reached the vault: nothing is lost, and the token is not resent
//! blindly.

use std::os::unix::process::ExitStatusExt as _;

use credenza::engine::ops::token::{Request, Start, begin};
use credenza::model::credential::{AuthFailure, Status};
use credenza::oauth::http::{Http, Network};
use credenza::problem::{Kind, NextStep};

use super::{Fake, Home, Reply, ask, both, finish, force, json, pair};

const AGAIN: &str = r#"{"access_token":"a9","refresh_token":"r9","token_type":"Bearer","expires_in":3600}"#;

/// A process is killed while the provider handles its request.
fn killed_during(fake: &Fake, home: &Home) {
    fake.hold();
    let mut child = home.token_command(&["--force"]).spawn().unwrap();
    fake.arrived();
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9));
    fake.release();
    super::until(|| fake.requests().len() == 1);
}

#[test]
fn cr_03_a_who_dies_before_the_request_leaves_a_token_that_refreshes() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    home.pass(4_000);
    let started = begin(&home.session(), home.id, Request::default(), &mut || ()).unwrap();
    assert!(matches!(&started, Start::Refresh(_)));
    drop(started);
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a1");
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn a_refresh_that_is_taken_back_was_not_sent() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    // The access token is valid for twenty seconds more: after a lost response, it would be returned.
    home.pass(3_580);
    let Start::Refresh(refresh) = begin(&home.session(), home.id, Request::default(), &mut || ()).unwrap() else {
        panic!("it is due")
    };
    let why = credenza::problem::Problem::new(Kind::Locked, "The agent is locked.");
    assert_eq!(refresh.abandon::<()>(why).unwrap_err().kind, Kind::Locked);
    assert!(fake.requests().is_empty());
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a1", "nothing counts as lost");
}

#[test]
fn a_refresh_whose_request_cannot_be_built_was_not_sent() {
    let fake = Fake::start();
    let mut home = Home::with(&fake);
    home.pass(3_580);
    let Start::Refresh(refresh) = begin(&home.session(), home.id, Request::default(), &mut || ()).unwrap() else {
        panic!("it is due")
    };
    // The settings are edited at that moment.
    let proxy = Some("http://name:pass word@[".to_owned());
    home.workspace.http = Http::new(&Network { proxy, ca_file: None });
    assert_eq!(finish(&home, *refresh).unwrap_err().kind, Kind::Usage);
    home.workspace.http = Http::default();
    assert!(fake.requests().is_empty());
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a1", "nothing counts as lost");
}

#[test]
fn cr_03_b_who_dies_during_the_request_leaves_the_old_access_token_while_it_lasts() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    killed_during(&fake, &home);
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a0");
    home.pass(3_580);
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a0", "twenty seconds are better than none");
    assert_eq!(fake.requests().len(), 1, "the refresh token was not sent again");
    home.pass(30);
    fake.script([json(200, AGAIN)]);
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a9", "a provider that allows it twice");
    assert_eq!(pair(&home.stored()), ("a9".into(), "r9".into()));
    home.pass(3_580);
    fake.script([json(200, AGAIN)]);
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a9");
    assert_eq!(fake.requests().len(), 3, "the note is gone, and the margin counts again");
}

#[test]
fn cr_03_b_a_provider_that_takes_each_token_once_is_reported_as_it_is() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    killed_during(&fake, &home);
    home.pass(4_000);
    let problem = ask(&home, Request::default()).unwrap_err();
    assert_eq!(problem.kind, Kind::NeedsAuthentication);
    assert!(problem.why.contains("was lost"), "{problem}");
    assert!(matches!(problem.step.as_deref(), Some(NextStep::Authenticate { .. })), "{problem:?}");
    assert_eq!(fake.requests().len(), 2, "one try of the old refresh token");
    let stored = home.stored();
    assert_eq!((pair(&stored), stored.status(home.clock.now())), (both(0), Status::NeedsReauthentication));
    assert!(matches!(&stored.setback, Some(AuthFailure::Refused { code, .. }) if code == "invalid_grant"));
    assert!(ask(&home, Request::default()).is_err());
    assert_eq!(fake.requests().len(), 2, "and no more");
}

#[test]
fn cr_03_c_an_answer_that_could_be_kept_nowhere_is_as_lost_as_one_that_never_came() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let Start::Refresh(refresh) =
        begin(&home.session(), home.id, Request { force: true, ..Request::default() }, &mut || ()).unwrap()
    else {
        panic!("no refresh");
    };
    let (state, aside) = (home.workspace.paths.state().to_owned(), home.folder.path().join("aside"));
    home.break_saves();
    std::fs::rename(&state, &aside).unwrap();
    std::fs::write(&state, "").unwrap();
    let problem = super::finish(&home, *refresh).unwrap_err();
    assert_eq!(problem.kind, Kind::Storage);
    assert!(problem.what.contains("could not be saved"), "{problem}");
    std::fs::remove_file(&state).unwrap();
    std::fs::rename(&aside, &state).unwrap();
    home.mend_saves();
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a0", "it is good for an hour");
    assert_eq!(fake.requests().len(), 1);
    home.pass(4_000);
    let problem = ask(&home, Request::default()).unwrap_err();
    assert!(problem.kind == Kind::NeedsAuthentication && problem.why.contains("was lost"), "{problem}");
}

#[test]
fn cr_15_a_hangup_costs_one_request_and_the_note_of_it_outlives_what_says_nothing() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    fake.script([Reply::Hangup, Reply::Http(429, "retry-after: 60\r\n", String::new())]);
    assert_eq!(force(&home).unwrap_err().kind, Kind::Temporary);
    assert_eq!(fake.requests().len(), 1, "no blind second request");
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a0");
    assert_eq!(fake.requests().len(), 1);
    assert_eq!(force(&home).unwrap_err().kind, Kind::Temporary, "throttled");
    home.pass(3_580);
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a0", "the first answer is still lost");
    assert_eq!(fake.requests().len(), 2);
    home.pass(30);
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a1");
    assert_eq!(pair(&home.stored()), both(1));
}
