//! When a token expires, and whose it is, according to the response: row PR-12.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use credenza::catalog::OAuthProfile;
use jiff::SignedDuration;

use super::answers::{refresh_token, refreshed};
use super::fake::{Fake, exchange, json, now, refresh};

#[tokio::test]
async fn pr_12_every_expires_in_leaves_the_tokens_saved() {
    for (stated, seconds) in [
        ("3600", Some(3_600)),
        ("\"3600\"", Some(3_600)),
        ("3600.5", Some(3_600)),
        ("\"3600.5\"", Some(3_600)),
        ("3.6e3", Some(3_600)),
        ("1", Some(1)),
        ("-1", None),
        ("0", None),
        ("1000000000000000000", None),
        ("99999999999999999999999999", None),
        ("1e400", None),
        ("-1e400", None),
        ("NaN", None),
        ("\"NaN\"", None),
        ("\"inf\"", None),
        ("null", None),
        ("true", None),
        ("[]", None),
        ("{\"a\":1}", None),
        ("\"\"", None),
        ("\"soon\"", None),
    ] {
        let body = format!(r#"{{"access_token":"a2","refresh_token":"r2","expires_in":{stated}}}"#);
        let tokens = refreshed(&body).await.unwrap_or_else(|error| panic!("{stated}: {error:?}"));
        assert_eq!((tokens.access.expose(), refresh_token(&tokens)), ("a2", "r2"), "{stated}");
        assert_eq!(tokens.expires_at, seconds.map(|life| now() + SignedDuration::from_secs(life)), "{stated}");
    }
    assert_eq!(refreshed(r#"{"access_token":"a2"}"#).await.unwrap().expires_at, None);
    // The catalog's default applies if the lifetime is missing or invalid.
    let flow = OAuthProfile { default_ttl: Some(120), ..OAuthProfile::default() };
    let silent = refresh(&Fake::saying(json(r#"{"access_token":"a2"}"#)), flow.clone()).await.unwrap();
    assert_eq!(silent.expires_at, Some(now() + SignedDuration::from_secs(120)));
    let nonsense = refresh(&Fake::saying(json(r#"{"access_token":"a2","expires_in":-1}"#)), flow).await.unwrap();
    assert_eq!(nonsense.expires_at, Some(now() + SignedDuration::from_secs(120)));
}

#[tokio::test]
async fn a_token_that_is_a_jwt_says_itself_when_it_ends_where_the_answer_does_not() {
    let ends = now() + SignedDuration::from_mins(30);
    let token = |claims: &str| format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
    let jwt = token(&format!(r#"{{"sub":"1","exp":{}}}"#, ends.as_second()));
    let old = token(r#"{"exp":1000000001}"#);
    let wrong = token(r#"{"exp":3600}"#);
    for (access, rest, wanted) in [
        (&jwt, "", Some(ends)),
        (&jwt, r#","expires_in":0"#, Some(ends)),
        (&jwt, r#","expires_in":-1"#, Some(ends)),
        (&jwt, r#","expires_in":60"#, Some(now() + SignedDuration::from_secs(60))),
        (&old, "", None),
        (&wrong, "", None),
        (&"opaque".to_owned(), "", None),
    ] {
        let tokens = refreshed(format!(r#"{{"access_token":"{access}","refresh_token":"r2"{rest}}}"#)).await.unwrap();
        assert_eq!(tokens.expires_at, wanted, "{access}{rest}");
    }
}

#[tokio::test]
async fn an_id_token_tells_whose_consent_it_is() {
    let token = |claims: &str| format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
    for (id_token, wanted) in [
        (token(r#"{"sub":"24","email":"ann@acme.example"}"#), Some(("24", "ann@acme.example"))),
        (token(r#"{"sub":24}"#), Some(("24", "24"))),
        (token(r#"{"email":"ann@acme.example"}"#), None),
        ("not.a.jwt".to_owned(), None),
        (String::new(), None),
    ] {
        let answer = json(format!(r#"{{"access_token":"a2","id_token":"{id_token}"}}"#));
        let account = exchange(&Fake::saying(answer), OAuthProfile::default()).await.unwrap().account;
        let told = account.as_ref().map(|account| (account.subject.as_str(), account.label.as_str()));
        assert_eq!(told, wanted, "{id_token}");
    }
}

#[tokio::test]
async fn the_end_of_a_token_is_read_in_other_words_too() {
    let hour = now() + SignedDuration::from_hours(1);
    let default = now() + SignedDuration::from_secs(120);
    for (stated, wanted) in [
        (format!("\"expires_on\":\"{}\"", hour.as_second()), Some(hour)),
        (format!("\"expires_on\":{}", hour.as_second()), Some(hour)),
        (format!("\"expires_at\":{}", hour.as_millisecond()), Some(hour)),
        (format!("\"expires_at\":\"{hour}\""), Some(hour)),
        ("\"expires_at\":\"2026-11-23T12:00:00+01:00\"".to_owned(), Some(hour)),
        ("\"expires\":3600".to_owned(), Some(hour)),
        ("\"expires\":\"3600\",\"expires_in\":null".to_owned(), Some(hour)),
        (format!("\"expires_in\":-1,\"expires_on\":{}", hour.as_second()), Some(hour)),
        (
            "\"expires_in\":60,\"expires_at\":\"2030-01-01T00:00:00Z\"".to_owned(),
            Some(now() + SignedDuration::from_mins(1)),
        ),
        (format!("\"expires_on\":{}", now().as_second() - 100), Some(now() + SignedDuration::from_secs(1))),
        ("\"expires_at\":\"2001-01-01T00:00:00Z\"".to_owned(), Some(default)),
        ("\"expires\":\"never\"".to_owned(), Some(default)),
        ("\"expires_on\":99999999999".to_owned(), Some(default)),
    ] {
        let flow = OAuthProfile { default_ttl: Some(120), ..OAuthProfile::default() };
        let body = format!(r#"{{"access_token":"a2",{stated}}}"#);
        let tokens = refresh(&Fake::saying(json(&body)), flow).await.unwrap();
        assert_eq!(tokens.expires_at, wanted, "{stated}");
    }
}
