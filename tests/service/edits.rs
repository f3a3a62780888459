//! Concurrent edits and refreshes of one credential: none is lost, and nothing deleted comes back.

use std::thread;

use credenza::engine::ops::credentials::{self, CredentialBase, Draft};
use credenza::engine::ops::token::{Request, Token};
use credenza::problem::{Kind, Problem};

use super::{Fake, Home, ask, both, force, json, pair};

fn draft(home: &Home) -> Draft {
    let stored = home.stored();
    Draft {
        name: stored.name.to_string(),
        provider: stored.provider.clone(),
        details: stored.details.clone(),
        setup: stored.setup,
    }
}

/// Runs `edit` in another session during the request to the provider; also returns the result of the refresh.
fn beside_a_refresh<T: Send>(
    fake: &Fake,
    home: &Home,
    edit: impl FnOnce() -> T + Send,
) -> (T, Result<Token, credenza::problem::Problem>) {
    fake.hold();
    thread::scope(|scope| {
        let refreshing = scope.spawn(|| force(home));
        fake.arrived();
        // Only the refresh waits for the provider, not the edit.
        let edited = edit();
        fake.release();
        (edited, refreshing.join().unwrap())
    })
}

#[test]
fn cr_06_a_rename_during_a_refresh_loses_neither() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let session = home.session();
    for n in 1..=20 {
        let name = format!("Zoho {n}");
        let (renamed, token) = beside_a_refresh(&fake, &home, || credentials::rename(&session, home.id, &name));
        renamed.unwrap();
        assert_eq!(token.unwrap().access.expose(), format!("a{n}"));
        let stored = home.stored();
        assert_eq!((stored.name.as_str(), pair(&stored)), (name.as_str(), both(n)));
        // The provider issues at most ten access tokens in ten minutes.
        home.pass(61);
    }
    assert_eq!(fake.requests().len(), 20);
}

#[test]
fn cr_07_two_sessions_that_edit_different_fields_lose_nothing() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let (one, other) = (home.session(), home.session());
    let (mut described, base) = (draft(&home), CredentialBase::of(&home.stored()));
    described.details.owner = "it@acme.example".to_owned();
    credentials::rename(&one, home.id, "Renamed").unwrap();
    credentials::edit(&other, &base, described).unwrap();
    let stored = home.stored();
    assert_eq!((stored.name.as_str(), stored.details.owner.as_str()), ("Renamed", "it@acme.example"));
    assert_eq!(pair(&stored), both(0));
}

#[test]
fn cr_07_a_delete_during_a_refresh_stays_a_delete_and_undo_brings_the_newest_tokens() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let session = home.session();
    let (deleted, token) = beside_a_refresh(&fake, &home, || credentials::delete(&session, home.id));
    deleted.unwrap();
    let problem = token.unwrap_err();
    assert!(problem.kind == Kind::NotFound && problem.why.contains("undo"), "{problem}");
    assert_eq!(ask(&home, Request::default()).unwrap_err().kind, Kind::NotFound);
    credentials::undo(&session).unwrap();
    assert_eq!(pair(&home.stored()), both(1));
    assert_eq!(force(&home).unwrap().access.expose(), "a2", "the grant is alive");
}

#[test]
fn cr_07_an_edit_of_a_deleted_credential_says_so() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let (one, other) = (home.session(), home.session());
    let edited = Draft { name: "Edited".to_owned(), ..draft(&home) };
    let base = CredentialBase::of(&home.stored());
    credentials::delete(&one, home.id).unwrap();
    assert_eq!(Problem::from(credentials::edit(&other, &base, edited).unwrap_err()).kind, Kind::NotFound);
    assert!(credentials::snapshot(&one).unwrap().credentials.list.is_empty());
}

#[test]
fn cr_08_a_stale_view_never_sends_a_superseded_refresh_token() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let old = home.session();
    let seen = credentials::snapshot(&old).unwrap();
    for _ in 0..3 {
        force(&home).unwrap();
    }
    assert_eq!(pair(seen.credentials.by_id(home.id).unwrap()), both(0), "what it still shows");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let request = Request { force: true, ..Request::default() };
    let asked = credenza::engine::ops::token::access_token(&old, home.id, request);
    assert_eq!(runtime.block_on(asked).unwrap().access.expose(), "a4");
    let sent: Vec<bool> = fake.requests().iter().map(|body| body.contains("refresh_token=r0")).collect();
    assert_eq!(sent, [true, false, false, false]);
    assert_eq!(pair(credentials::snapshot(&old).unwrap().credentials.by_id(home.id).unwrap()), both(4));
}

#[test]
fn cr_19_fewer_scopes_and_a_moved_api_domain_are_stored_told_and_followed_nowhere() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let answer = |scope: &str, domain: &str| {
        json(
            200,
            &format!(r#"{{"access_token":"a1","scope":"{scope}","api_domain":"https://{domain}","expires_in":3600}}"#),
        )
    };
    fake.script([answer("x,y", "www.zohoapis.eu"), answer("y", "evil.example"), answer("y", "evil.example")]);
    assert!(force(&home).unwrap().notes.is_empty(), "nothing was known before");
    let notes = force(&home).unwrap().notes.join(" ");
    assert!(notes.contains("No longer granted: x.") && notes.contains("api_domain to https://evil.example"), "{notes}");
    let stored = home.stored();
    let tokens = stored.tokens.unwrap();
    assert_eq!(tokens.scopes.unwrap(), ["y"]);
    assert_eq!(tokens.captured["api_domain"], "https://evil.example");
    let endpoints = stored.endpoints.unwrap();
    assert_eq!(endpoints.token, fake.url, "pinned");
    assert!(force(&home).unwrap().notes.is_empty(), "told once");
    assert_eq!(fake.requests().len(), 3, "every request went to the pinned endpoint");
}

#[test]
fn cr_19_the_program_tells_it_on_standard_error_only() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let answer = |scope: &str| json(200, &format!(r#"{{"access_token":"t","scope":"{scope}","expires_in":3600}}"#));
    fake.script([answer("x,y\u{9b}2J"), answer("y")]);
    home.token_command(&["--force"]).output().unwrap();
    let output = home.token_command(&["--force"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.stdout, b"t\n");
    assert!(said.contains("No longer granted: x") && !said.contains('\u{9b}'), "{said}");
}
