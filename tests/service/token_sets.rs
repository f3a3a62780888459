//! Two sets of tokens from one consent: each is refreshed independently, and one does not get lost with the other.

use std::fs;
use std::sync::Arc;

use credenza::catalog::{Catalog, Origin};
use credenza::engine::ops::token::{Request, Start, begin};
use credenza::model::change::Change;
use credenza::model::credential::{Credential, Status, TokenKind, Tokens};
use credenza::problem::Kind;
use credenza::secret::{AccessToken, RefreshToken};

use super::{Fake, Home, Reply, ask, at, both, finish, json, pair, tokens};

const TWO_SETS: &str = r#"
schema = 1
id = "manageengine"
name = "Two sets"
category = "chat"
verification = "one-source"

[[variable]]
name = "user_scopes"
label = "User token scopes"
optional = true

[auth]
kind = "oauth2-code"
authorize_url = "https://a.example/authorize"
token_url = "https://a.example/token"
token_kind = "bot"
token_types = ["bot", "user"]

[[token_set]]
kind = "user"
label = "user token"
path = "authed_user"
scope_param = "user_scope"
scopes = "{user_scopes}"
"#;

fn user() -> TokenKind {
    "user".parse().unwrap()
}

fn user_tokens(access: &str, refresh: &str) -> Tokens {
    Tokens {
        access: AccessToken::new(access.to_owned()),
        refresh: Some(RefreshToken::new(refresh.to_owned())),
        ..tokens(0)
    }
}

/// A vault whose credential has the token pair `a0`, `r0`, and the pair `u0`, `s0` of its user.
pub(crate) fn home(fake: &Fake) -> Home {
    let mut home = Home::with(fake);
    fs::create_dir_all(home.workspace.paths.catalog()).unwrap();
    fs::write(home.workspace.paths.catalog().join("two.toml"), TWO_SETS).unwrap();
    let (catalog, defects) = Catalog::load(&home.workspace.paths.catalog(), Origin::Internet);
    assert!(defects.is_empty(), "{defects:?}");
    home.workspace.catalog = Arc::new(catalog);
    let set = Change::Refreshed { id: home.id, tokens: Box::new(user_tokens("u0", "s0")), spent: None };
    home.vault().commit(set.with_token_set(Some(user()))).unwrap();
    home
}

fn of_user(force: bool) -> Request {
    Request { kind: Some(user()), force, again: force, ..Request::default() }
}

pub(crate) fn users_pair(credential: &Credential) -> (String, String) {
    pair(&credential.with_token_set(user()).unwrap())
}

fn users(access: &str, refresh: &str) -> (String, String) {
    (access.to_owned(), refresh.to_owned())
}

pub(crate) fn flat(access: &str, refresh: &str, kind: &str) -> Reply {
    json(
        200,
        &format!(
            r#"{{"ok":true,"access_token":"{access}","refresh_token":"{refresh}","expires_in":43200,"token_type":"{kind}"}}"#
        ),
    )
}

#[test]
fn each_set_is_handed_out_by_its_kind() {
    let fake = Fake::start();
    let home = home(&fake);
    let access = |kind: &str| {
        let request = Request { kind: Some(kind.parse().unwrap()), ..Request::default() };
        ask(&home, request).map(|token| token.access.expose().to_owned())
    };
    assert_eq!((access("bot").unwrap(), access("user").unwrap()), ("a0".to_owned(), "u0".to_owned()));
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a0", "the main one unless said otherwise");
    let problem = access("app").unwrap_err();
    assert_eq!((problem.kind, problem.why.as_str()), (Kind::Usage, "The kinds it has: bot, user."));
    assert!(fake.requests().is_empty());
}

#[test]
fn each_set_rotates_by_itself_and_the_other_one_stays() {
    let fake = Fake::start();
    let home = home(&fake);
    fake.script([flat("u1", "s1", "user"), flat("a1", "r1", "bot"), flat("u2", "s2", "user")]);
    assert_eq!(ask(&home, of_user(true)).unwrap().access.expose(), "u1", "an answer that has it at the top");
    assert_eq!((pair(&home.stored()), users_pair(&home.stored())), (both(0), users("u1", "s1")));
    home.pass(7_200);
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a1", "an answer without the nested object");
    assert_eq!((pair(&home.stored()), users_pair(&home.stored())), (both(1), users("u1", "s1")));
    home.pass(50_000);
    assert_eq!(ask(&home, of_user(false)).unwrap().access.expose(), "u2");
    let sent = fake.requests();
    assert!(sent[0].contains("refresh_token=s0") && sent[1].contains("refresh_token=r0"), "{sent:?}");
    assert!(sent[2].contains("refresh_token=s1"), "{sent:?}");
    let told: Vec<String> = home.stored().history.iter().map(|event| event.detail.clone()).collect();
    assert_eq!(told.last().map(String::as_str), Some("user token"), "{told:?}");
}

#[test]
fn a_nested_answer_is_understood_and_what_comes_beside_it_is_kept() {
    let fake = Fake::start();
    let home = home(&fake);
    let nested = r#"{"ok":true,"access_token":"a7","refresh_token":"r7","token_type":"bot","expires_in":100,
        "authed_user":{"id":"U1","access_token":"u7","refresh_token":"s7","token_type":"user","expires_in":43200}}"#;
    let alone = r#"{"ok":true,"authed_user":{"access_token":"u8","refresh_token":"s8","expires_in":43200}}"#;
    let named = r#"{"ok":true,"access_token":"a9","expires_in":43200,"authed_user":{"id":"U1"}}"#;
    fake.script([json(200, nested), json(200, alone), json(200, named)]);
    assert_eq!(ask(&home, of_user(true)).unwrap().access.expose(), "u7");
    assert_eq!((pair(&home.stored()), users_pair(&home.stored())), (both(7), users("u7", "s7")));
    assert_eq!(home.stored().tokens.unwrap().expires_at, Some(at(100)), "each has an end of its own");
    assert_eq!(ask(&home, of_user(true)).unwrap().access.expose(), "u8");
    home.pass(3_600);
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a9");
    assert_eq!(pair(&home.stored()), users("a9", "r7"), "what the answer leaves out stays");
    assert_eq!(users_pair(&home.stored()), users("u8", "s8"), "an object without tokens takes none away");
}

#[test]
fn a_main_answer_that_holds_only_the_other_set_is_kept_unread() {
    let fake = Fake::start();
    let home = home(&fake);
    fake.script([json(200, r#"{"ok":true,"authed_user":{"access_token":"u9","refresh_token":"s9"}}"#)]);
    let problem = ask(&home, Request { force: true, ..Request::default() }).unwrap_err();
    assert!(problem.why.contains("user token"), "{problem}");
    assert_eq!(home.stored().status(home.clock.now()), Status::ResponseUnread);
    assert_eq!((pair(&home.stored()), users_pair(&home.stored())), (both(0), users("u0", "s0")));
}

#[test]
fn the_status_is_the_worse_of_both_and_the_other_set_goes_on() {
    let fake = Fake::start();
    let home = home(&fake);
    fake.script([json(400, r#"{"error":"invalid_grant"}"#), flat("a1", "r1", "bot")]);
    assert_eq!(home.stored().status(home.clock.now()), Status::Authenticated);
    let problem = ask(&home, of_user(true)).unwrap_err();
    assert_eq!(problem.kind, Kind::NeedsAuthentication);
    let stored = home.stored();
    assert_eq!(stored.status(home.clock.now()), Status::NeedsReauthentication);
    assert_eq!(
        (stored.status_of_main(home.clock.now()), users_pair(&stored)),
        (Status::Authenticated, users("u0", "s0"))
    );
    assert_eq!(ask(&home, Request { force: true, ..Request::default() }).unwrap().access.expose(), "a1");
    assert_eq!(ask(&home, of_user(false)).unwrap().access.expose(), "u0", "until its end it still works");
    assert_eq!(home.stored().status(home.clock.now()), Status::NeedsReauthentication, "its refresh token is dead");
}

#[test]
fn wp_08_a_set_whose_save_failed_is_kept_and_taken_over() {
    let fake = Fake::start();
    let home = home(&fake);
    let nested = r#"{"access_token":"a5","refresh_token":"r5","token_type":"bot","expires_in":43200,
        "authed_user":{"access_token":"u5","refresh_token":"s5","expires_in":43200}}"#;
    fake.script([flat("u1", "s1", "user"), json(200, nested)]);
    for expected in [(both(0), users("u1", "s1")), (both(5), users("u5", "s5"))] {
        let refresh = match begin(&home.session(), home.id, of_user(true), &mut || ()).unwrap() {
            Start::Refresh(refresh) => *refresh,
            Start::Token(_) => panic!("no refresh"),
        };
        home.break_saves();
        let problem = finish(&home, refresh).unwrap_err();
        home.mend_saves();
        assert!(problem.kind == Kind::Storage && problem.why.contains("rescue-"), "{problem}");
        home.vault().touch().unwrap();
        assert_eq!((pair(&home.stored()), users_pair(&home.stored())), expected);
        let names = fs::read_dir(home.workspace.paths.state()).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(!names.into_iter().any(|name| name.to_string_lossy().starts_with("rescue-")));
    }
    fake.script([flat("u6", "s6", "user")]);
    assert_eq!(ask(&home, of_user(true)).unwrap().access.expose(), "u6");
    assert!(fake.requests().last().unwrap().contains("refresh_token=s5"), "the kept refresh token is the one sent");
}

#[test]
fn a_lost_answer_of_a_set_is_noted_and_its_token_sent_once_more() {
    let fake = Fake::start();
    let home = home(&fake);
    fake.script([Reply::Hangup, flat("u1", "s1", "user")]);
    home.pass(7_200);
    assert_eq!(ask(&home, of_user(false)).unwrap_err().kind, Kind::Temporary);
    assert_eq!(users_pair(&home.stored()), users("u0", "s0"));
    assert_eq!(ask(&home, of_user(false)).unwrap().access.expose(), "u1");
    assert!(fake.requests().iter().all(|sent| sent.contains("refresh_token=s0")), "{:?}", fake.requests());
}

#[test]
fn undo_brings_both_sets_back_and_a_late_answer_goes_into_the_deleted_one() {
    let fake = Fake::start();
    let home = home(&fake);
    home.vault().commit(Change::Remove { id: home.id }).unwrap();
    let late = Change::Refreshed { id: home.id, tokens: Box::new(user_tokens("u3", "s3")), spent: None };
    home.vault().commit(late.with_token_set(Some(user()))).unwrap();
    home.vault().undo().unwrap();
    assert_eq!((pair(&home.stored()), users_pair(&home.stored())), (both(0), users("u3", "s3")));
}
