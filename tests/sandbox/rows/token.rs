//! Rows T1 to T17: possible responses of the token endpoint.

use std::time::Duration;

use credenza::model::credential::Status;
use credenza::problem::{Kind, Problem};
use credenza::sandbox::{ACCESS, Mode, REFRESH, Response};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::desk::{Desk, redirect_uri};

/// The problem of a first authentication whose code exchange gets this response. Nothing may be stored.
async fn refused_exchange(answer: Response) -> (Desk, Problem) {
    let desk = Desk::new().await;
    desk.sandbox.script().token(answer);
    let problem = desk.authenticate().await.result.unwrap_err();
    assert!(desk.credential().tokens.is_none());
    (desk, problem)
}

/// Authenticates with this response and checks that the access token is valid for an hour.
async fn lasts_an_hour(answer: Value) {
    let desk = Desk::new().await;
    desk.sandbox.script().token(Response::json(&answer));
    let done = desk.authenticate().await.result.unwrap();
    assert_eq!(done.expires_at, Some(desk.clock.now() + SignedDuration::from_hours(1)));
    desk.stored();
}

/// After this response to a refresh, the tokens are unchanged, and the next attempt succeeds.
async fn changes_nothing(answer: Response) -> Problem {
    let desk = Desk::authenticated().await;
    let before = desk.stored();
    desk.sandbox.script().token(answer);
    let problem = desk.refresh().await.unwrap_err();
    assert_eq!(desk.stored(), before);
    assert_eq!(desk.credential().status(desk.clock.now()), Status::Authenticated);
    desk.later(SignedDuration::from_mins(11));
    desk.refresh().await.unwrap();
    problem
}

/// This response to a refresh is stored, and the request is not repeated automatically; if the user insists, new tokens
/// arrive.
async fn is_kept_unread(answer: Response) -> Problem {
    let desk = Desk::authenticated().await;
    let before = desk.stored();
    desk.sandbox.script().token(answer);
    let problem = desk.refresh().await.unwrap_err();
    assert_eq!(desk.stored(), before);
    assert_eq!(desk.credential().status(desk.clock.now()), Status::ResponseUnread);
    desk.later(SignedDuration::from_mins(11));
    let asked = desk.sandbox.count("/oauth/v2/token");
    assert_eq!(desk.refresh().await.unwrap_err().kind, Kind::NeedsAuthentication);
    assert_eq!(desk.sandbox.count("/oauth/v2/token"), asked);
    desk.refresh_again().await.unwrap();
    assert_eq!(desk.credential().status(desk.clock.now()), Status::Authenticated);
    problem
}

#[tokio::test]
async fn t1_tokens_are_stored_and_missing_scopes_listed() {
    let desk = Desk::new().await;
    desk.sandbox.script().token(Response::json(&json!({
        "access_token": ACCESS, "refresh_token": REFRESH,
        "scope": "MDMOnDemand.MDMInventory.READ SDPOnDemand.assets.ALL",
        "api_domain": "https://www.zohoapis.com", "token_type": "Bearer", "expires_in": 3600,
    })));
    let done = desk.authenticate().await.result.unwrap();
    assert_eq!(done.expires_at, Some(desk.clock.now() + SignedDuration::from_hours(1)));
    assert_eq!(done.missing_scopes.len(), 8, "{:?}", done.missing_scopes);
    assert!(!done.missing_scopes.iter().any(|scope| scope == "SDPOnDemand.assets.ALL"));
    let tokens = desk.credential().tokens.unwrap();
    assert_eq!(tokens.captured.get("api_domain").map(String::as_str), Some("https://www.zohoapis.com"));
}

#[tokio::test]
async fn t2_no_refresh_token_is_a_failure_with_the_consent_hint() {
    let answer = json!({ "access_token": ACCESS, "api_domain": "https://www.zohoapis.com", "token_type": "Bearer", "expires_in": 3600 });
    let (_, problem) = refused_exchange(Response::json(&answer)).await;
    assert!(problem.to_string().contains("refresh token") && problem.to_string().contains("consent"), "{problem}");
}

#[tokio::test]
async fn t3_a_code_used_twice_or_late_asks_to_start_over() {
    let desk = Desk::new().await;
    desk.sandbox.script().mode("stale-code".parse::<Mode>().unwrap());
    let problem = desk.authenticate().await.result.unwrap_err();
    assert_eq!(problem.kind, Kind::NeedsAuthentication, "{problem}");
    assert!(problem.to_string().contains("code"), "{problem}");
    assert!(desk.credential().tokens.is_none());
}

#[tokio::test]
async fn t4_invalid_client_points_at_the_data_center_and_the_client_id() {
    let (_, problem) = refused_exchange(Response::error("invalid_client")).await;
    assert_eq!(problem.kind, Kind::Usage, "{problem}");
    assert!(problem.to_string().contains("Customer Domain") && problem.to_string().contains("Client ID"), "{problem}");
}

#[tokio::test]
async fn t5_a_wrong_secret_mentions_that_data_centers_have_their_own() {
    let (_, problem) = refused_exchange(Response::error("invalid_client_secret")).await;
    assert_eq!(problem.kind, Kind::Usage, "{problem}");
    let said = problem.to_string();
    assert!(said.contains("Client Secret") && said.to_lowercase().contains("data center"), "{said}");
    assert!(!said.contains(super::desk::CLIENT_SECRET));
}

#[tokio::test]
async fn t6_a_redirect_mismatch_shows_the_uri_to_register() {
    let (desk, problem) = refused_exchange(Response::error("invalid_redirect_uri")).await;
    assert_eq!(problem.kind, Kind::Usage, "{problem}");
    assert!(problem.to_string().contains(&redirect_uri(desk.port)), "{problem}");
}

#[tokio::test]
async fn t7_milliseconds_beside_expires_in_sec_are_an_hour() {
    lasts_an_hour(json!({
        "access_token": ACCESS, "refresh_token": REFRESH, "expires_in_sec": 3600,
        "api_domain": "https://www.zohoapis.com", "token_type": "Bearer", "expires_in": 3_600_000,
    }))
    .await;
}

#[tokio::test]
async fn t8_expires_in_may_be_a_text() {
    lasts_an_hour(
        json!({ "access_token": ACCESS, "refresh_token": REFRESH, "token_type": "Bearer", "expires_in": "3600" }),
    )
    .await;
}

#[tokio::test]
async fn t9_token_type_and_api_domain_may_be_missing() {
    lasts_an_hour(json!({ "access_token": ACCESS, "refresh_token": REFRESH, "expires_in": 3600 })).await;
}

/// Throttled: the tokens are kept, and no process sends a request for ten minutes.
async fn waits_ten_minutes(answer: Response) {
    let desk = Desk::authenticated().await;
    let before = desk.stored();
    desk.sandbox.script().token(answer);
    let problem = desk.refresh().await.unwrap_err();
    assert_eq!(problem.kind, Kind::Temporary, "{problem}");
    assert_eq!(desk.stored(), before);
    let credential = desk.credential();
    assert_eq!(credential.not_before, Some(desk.clock.now() + SignedDuration::from_mins(10)));
    assert_eq!(credential.status(desk.clock.now()), Status::Authenticated);
    assert_eq!(desk.token_requests(), 1);
    assert_eq!(desk.refresh().await.unwrap_err().kind, Kind::Temporary);
    assert_eq!(desk.token_requests(), 1, "nothing is sent before the time is up");
    desk.later(SignedDuration::from_mins(10) + SignedDuration::from_secs(1));
    desk.refresh().await.unwrap();
    assert_eq!(desk.token_requests(), 2);
}

#[tokio::test]
async fn t10_throttle_changes_nothing() {
    Box::pin(waits_ten_minutes(Response::throttled())).await;
}

#[tokio::test]
async fn t11_throttle_with_status_200_changes_nothing() {
    Box::pin(waits_ten_minutes(Response::throttled().with_status(200))).await;
}

#[tokio::test]
async fn t12_throttle_in_chinese_changes_nothing() {
    Box::pin(waits_ten_minutes(Response::throttled_in_chinese())).await;
}

#[tokio::test]
async fn t13_an_empty_400_is_an_error_and_changes_nothing() {
    changes_nothing(Response::status(400)).await;
    let (_, problem) = refused_exchange(Response::status(400)).await;
    assert!(!problem.what.is_empty());
}

#[tokio::test]
async fn t14_a_web_page_is_shown_short_and_without_control_characters() {
    let page = format!("<html>\u{1b}[2J\u{202e}{}</html>", "down for maintenance ".repeat(500));
    let problem = changes_nothing(Response::html(&page)).await;
    let said = problem.to_string();
    assert!(said.chars().count() <= 1_000, "{} characters", said.chars().count());
    assert!(!said.contains(['\u{1b}', '\u{202e}']));
    assert!(said.matches("down for maintenance").count() <= 10, "at most 200 characters of the page: {said}");
}

#[tokio::test]
async fn t15_a_redirect_is_not_followed() {
    let desk = Desk::authenticated().await;
    let before = desk.stored();
    let elsewhere = desk.sandbox.at("evil.example", "/steal");
    for status in [301, 302, 303, 307, 308] {
        desk.sandbox.script().token(Response::redirect(&elsewhere).with_status(status));
        let problem = desk.refresh().await.unwrap_err();
        assert_eq!(desk.sandbox.count("/steal"), 0, "{status}: {problem}");
    }
    assert_eq!(desk.stored(), before);
}

#[tokio::test]
async fn t16_a_provider_that_is_down_changes_nothing() {
    for answer in [
        Response::html("<h1>Internal error</h1>").with_status(500),
        Response::status(503),
        Response::hang_up(),
        Response::json(&json!({ "access_token": "1000.x.y", "expires_in": 3600 })).cut_after(10),
    ] {
        assert_eq!(changes_nothing(answer).await.kind, Kind::Temporary);
    }
}

#[tokio::test]
async fn t16_silence_ends_after_the_deadline_and_changes_nothing() {
    let desk = Desk::authenticated().await;
    let before = desk.stored();
    desk.sandbox.script().token(Response::status(200).after(Duration::from_secs(24 * 3600)));
    let started = tokio::time::Instant::now();
    let problem = desk.refresh().await.unwrap_err();
    assert_eq!(problem.kind, Kind::Temporary, "{problem}");
    assert!(started.elapsed() <= Duration::from_secs(31), "{:?}", started.elapsed());
    assert_eq!(desk.stored(), before);
}

#[tokio::test]
async fn t16_ten_mebibytes_are_not_read() {
    is_kept_unread(Response::json_text(&format!("{{\"access_token\":\"{}\"}}", "x".repeat(10 << 20)))).await;
}

#[tokio::test]
async fn t17_what_is_no_token_answer_is_kept() {
    for text in [r#"{"access_token":"1000.0123456789abcdef"#, "null", "[]", "{}", "", "\u{feff}{}", "\"text\"", "12"] {
        let problem = is_kept_unread(Response::json_text(text)).await;
        assert!(!problem.to_string().contains("0123456789abcdef"), "{text}: {problem}");
    }
}
