//! What counts as revoked: only a response of the server itself, not one of an intermediary.

use std::io::Write as _;
use std::sync::Mutex;

use credenza::catalog::{OAuthProfile, Revocation};
use credenza::model::credential::{Endpoints, Tokens};
use credenza::oauth::permit::MustFinish;
use credenza::oauth::revocation::{self, AccessTokenOutcome};
use credenza::problem::{Kind, Problem};
use jiff::SignedDuration;

use super::fake::{Fake, OLD_ACCESS, OLD_REFRESH, endpoints, http, json, now, old_tokens, provider, reply, setup};

/// A server that gives these responses in turn, and repeats the last one.
fn answering(answers: Vec<Vec<u8>>) -> Fake {
    let rest = Mutex::new(answers.into_iter().rev().collect::<Vec<_>>());
    Fake::new(move |stream| {
        let mut rest = rest.lock().unwrap();
        let answer = if rest.len() > 1 { rest.pop().unwrap() } else { rest[0].clone() };
        let _ = stream.write_all(&answer);
    })
}

async fn revoke(fake: &Fake, flow: OAuthProfile, tokens: &Tokens) -> Result<AccessTokenOutcome, Problem> {
    let at = Endpoints { revocation: Some(fake.url()), ..endpoints(&fake.url()) };
    let permit = MustFinish::granted();
    let ended = revocation::revoke(&permit, &http(), &provider(flow), &at, &setup(), tokens, now()).await;
    if let Err(problem) = &ended {
        let text = format!("{problem:?}");
        assert!(!text.contains("CNRY") && !text.contains("token answer"), "{text}");
    }
    ended
}

/// Tokens whose access token is valid for an hour.
fn tokens() -> Tokens {
    Tokens { expires_at: Some(now() + SignedDuration::from_hours(1)), ..old_tokens() }
}

#[tokio::test]
async fn refresh_token_and_access_token_are_ended_each() {
    let fake = answering(vec![reply("200 OK", &[], "")]);
    assert_eq!(revoke(&fake, OAuthProfile::default(), &tokens()).await.unwrap(), AccessTokenOutcome::Ended);
    let asked = fake.requests();
    assert_eq!(asked.len(), 2);
    assert!(asked[0].contains(&format!("token={OLD_REFRESH}")) && asked[0].contains("hint=refresh_token"));
    assert!(asked[1].contains(&format!("token={OLD_ACCESS}")) && asked[1].contains("hint=access_token"));

    let ended = old_tokens();
    assert_eq!(revoke(&fake, OAuthProfile::default(), &ended).await.unwrap(), AccessTokenOutcome::Ended);
    let alone = Tokens { refresh: None, ..tokens() };
    assert_eq!(revoke(&fake, OAuthProfile::default(), &alone).await.unwrap(), AccessTokenOutcome::Ended);
    assert_eq!(fake.requests().len(), 4, "one that has ended is not asked about");
}

#[tokio::test]
async fn what_a_server_says_of_a_dead_token_is_a_success() {
    for answer in [
        reply("200 OK", &[], ""),
        reply("204 No Content", &[], ""),
        reply("200 OK", &[("Content-Type", "text/plain")], "revoked"),
        json("{}"),
        json(r#"{"ok":true,"revoked":true}"#),
        json(r#"{"status":"success"}"#),
        reply("400 Bad Request", &[("Content-Type", "application/json")], r#"{"error":"invalid_token"}"#),
        reply("400 Bad Request", &[("Content-Type", "application/json")], r#"{"error":"invalid_grant"}"#),
    ] {
        let shown = String::from_utf8_lossy(&answer).into_owned();
        assert_eq!(
            revoke(&answering(vec![answer]), OAuthProfile::default(), &tokens()).await.unwrap(),
            AccessTokenOutcome::Ended,
            "{shown}"
        );
    }
}

#[tokio::test]
async fn nothing_else_is_taken_for_one() {
    let html = [("Content-Type", "text/html; charset=utf-8")];
    for (answer, kind, says) in [
        (reply("200 OK", &html, "<html><title>Sign in</title>"), Kind::Temporary, "“Sign in”"),
        (reply("200 OK", &html, "Please sign in"), Kind::Temporary, "text/html"),
        (reply("200 OK", &html, ""), Kind::Temporary, "text/html"),
        (reply("200 OK", &[], "<!DOCTYPE html><p>Welcome to the Wi-Fi"), Kind::Temporary, "Status 200"),
        (reply("302 Found", &[("Location", "https://portal.example/")], ""), Kind::Temporary, "portal.example"),
        (reply("202 Accepted", &[], ""), Kind::Temporary, "Status 202"),
        (reply("404 Not Found", &html, "<h1>404"), Kind::Temporary, "Status 404"),
        (reply("403 Forbidden", &[], ""), Kind::Temporary, "Status 403"),
        (reply("503 Service Unavailable", &[], ""), Kind::Temporary, "Status 503"),
        (json(r#"{"ok":false}"#), Kind::Temporary, "HTTP 200"),
        (json(r#"{"revoked":false}"#), Kind::Temporary, "Status 200"),
        (json(r#"{"error":"server_error"}"#), Kind::Temporary, "server_error"),
        (
            reply("401 Unauthorized", &[("Content-Type", "application/json")], r#"{"error":"invalid_client"}"#),
            Kind::Usage,
            "invalid_client",
        ),
    ] {
        let shown = String::from_utf8_lossy(&answer).into_owned();
        let fake = answering(vec![answer]);
        for own_way in [false, true] {
            let revocation = if own_way {
                Revocation::Params(vec![("token".to_owned(), "{refresh_token}".to_owned())])
            } else {
                Revocation::Standard
            };
            let problem =
                revoke(&fake, OAuthProfile { revocation, ..OAuthProfile::default() }, &tokens()).await.unwrap_err();
            assert_eq!(problem.kind, kind, "{shown}: {problem:?}");
            assert!(problem.what.contains("revoked") && problem.why.contains(says), "{shown}: {problem:?}");
            assert!(problem.try_this.contains("may still work"), "{problem:?}");
        }
        assert_eq!(fake.requests().len(), 2, "the access token is not asked about: {shown}");
    }
}

#[tokio::test]
async fn an_access_token_that_is_not_ended_is_told_and_no_failure() {
    let refused =
        reply("400 Bad Request", &[("Content-Type", "application/json")], r#"{"error":"unsupported_token_type"}"#);
    for answer in [refused, reply("503 Service Unavailable", &[], ""), reply("200 OK", &[], "<html>")] {
        let fake = answering(vec![reply("200 OK", &[], ""), answer]);
        let ended = revoke(&fake, OAuthProfile::default(), &tokens()).await.unwrap();
        assert!(matches!(&ended, AccessTokenOutcome::Refused(why) if !why.is_empty()), "{ended:?}");
    }
    let own = |template: &str| {
        let params =
            vec![("token".to_owned(), template.to_owned()), ("other".to_owned(), "{refresh_token}".to_owned())];
        OAuthProfile { revocation: Revocation::Params(params), ..OAuthProfile::default() }
    };
    let fake = answering(vec![reply("200 OK", &[], "")]);
    assert_eq!(revoke(&fake, own("{refresh_token}"), &tokens()).await.unwrap(), AccessTokenOutcome::NotAsked);
    assert_eq!(revoke(&fake, own("{access_token}"), &tokens()).await.unwrap(), AccessTokenOutcome::Ended);
    assert_eq!(fake.requests().len(), 2);
}
