//! Device codes end to end: the user's decisions, what a hostile provider may try, and Zoho's dialect.

use credenza::engine::ops::sign_in::{Control, DeviceCodePrompt, Progress};
use credenza::engine::ops::token::{Request, access_token};
use credenza::model::credential::Status;
use credenza::problem::Kind;
use credenza::sandbox::{Consent, Mode, Response};
use serde_json::json;

use super::bench::{Bench, authenticate, name, steered};
use crate::sandbox::wire::{get, post};

async fn google() -> Bench {
    Bench::of("google-device", &[]).await
}

fn invitation(reports: &[Progress]) -> DeviceCodePrompt {
    let found = reports.iter().find_map(|report| match report {
        Progress::Device(invitation) => Some((**invitation).clone()),
        _ => None,
    });
    found.unwrap()
}

/// Enters the user's decision on the page, after the first poll was answered.
fn decide(bench: &Bench, report: &Progress, code: &mut String, decision: &'static str) {
    match report {
        Progress::Device(invitation) => code.clone_from(&invitation.user_code),
        Progress::Undecided { .. } if !code.is_empty() => {
            let (page, code) = (format!("{}_device", bench.sandbox.base()), std::mem::take(code).to_lowercase());
            tokio::spawn(async move { post(&page, &[("user_code", &code), ("decision", decision)]).await });
        }
        _ => {}
    }
}

#[tokio::test]
async fn a_code_entered_elsewhere_brings_tokens() {
    let bench = google().await;
    let mut code = String::new();
    let (done, reports) =
        steered(&bench.session, bench.id, |report, _| decide(&bench, report, &mut code, "accept")).await;
    done.unwrap();
    let shown = invitation(&reports);
    assert_eq!(shown.verification_uri.as_str(), format!("{}_device", bench.sandbox.base()));
    assert!(shown.complete.as_ref().unwrap().as_str().ends_with(&shown.user_code));
    assert_eq!(shown.expires_in.as_secs(), 900);
    let names: Vec<_> = reports.iter().map(name).collect();
    assert_eq!((names[0], names[1], *names.last().unwrap()), ("device", "undecided", "saving"));
    let stored = bench.credential();
    assert!(stored.tokens.unwrap().refresh.is_some());
    assert!(stored.endpoints.as_ref().unwrap().device.is_some());
    bench.later(4_000);
    bench.token().await.unwrap();
    assert_eq!(bench.status(), Status::Authenticated);
}

#[tokio::test]
async fn the_page_holds_the_code_and_takes_it_once() {
    let bench = google().await;
    let (done, reports) = steered(&bench.session, bench.id, |report, control| {
        if matches!(report, Progress::Undecided { .. }) {
            control.try_send(Control::Cancel).unwrap_or_default();
        }
    })
    .await;
    assert_eq!(done.unwrap_err().what, "The authentication was canceled.");
    let complete = invitation(&reports).complete.unwrap();
    let page = get(complete.as_str()).await;
    let code = invitation(&reports).user_code;
    assert!(String::from_utf8_lossy(&page.body).contains(&code));
    let at = format!("{}_device", bench.sandbox.base());
    assert_eq!(post(&at, &[("user_code", "BCDF-BCDF"), ("decision", "accept")]).await.status, 404);
    assert_eq!(post(&at, &[("user_code", &code), ("decision", "accept")]).await.status, 200);
    assert_eq!(post(&at, &[("user_code", &code), ("decision", "reject")]).await.status, 404);
}

#[tokio::test]
async fn a_rejected_code_changes_nothing() {
    let bench = google().await;
    bench.sandbox.script().consent(Consent::Accept);
    authenticate(&bench.session, bench.id).await.0.unwrap();
    let before = bench.credential().tokens.unwrap().access.expose().to_owned();
    bench.sandbox.script().consent(Consent::Reject);
    let problem = authenticate(&bench.session, bench.id).await.0.unwrap_err();
    assert_eq!(
        (problem.kind, problem.what.as_str()),
        (Kind::NeedsAuthentication, "The request was rejected in the browser.")
    );
    assert_eq!(bench.credential().tokens.unwrap().access.expose(), before);
    assert_eq!(bench.status(), Status::Authenticated);
}

#[tokio::test]
async fn pr_20_authorization_pending_for_ever_ends_with_the_code() {
    let bench = google().await;
    bench.sandbox.script().mode("device-pending".parse::<Mode>().unwrap());
    let (done, reports) = steered(&bench.session, bench.id, |_, _| ()).await;
    let problem = done.unwrap_err();
    assert_eq!(problem.kind, Kind::NeedsAuthentication);
    assert!(problem.what.contains("15 minutes"), "{problem}");
    assert!(reports.iter().filter(|report| name(report) == "undecided").count() > 1);
    assert_eq!(bench.status(), Status::NotAuthenticated);
}

#[tokio::test]
async fn pr_20_every_slow_down_adds_five_seconds() {
    let bench = google().await;
    bench.sandbox.script().mode("device-slow-down".parse::<Mode>().unwrap());
    let (done, reports) = steered(&bench.session, bench.id, |_, _| ()).await;
    assert_eq!(done.unwrap_err().kind, Kind::NeedsAuthentication);
    let pauses: Vec<u64> = reports
        .iter()
        .filter_map(|report| if let Progress::Undecided { next } = report { Some(next.as_secs()) } else { None })
        .collect();
    let wanted: Vec<u64> = (2..).map(|step| step * 5).take(pauses.len()).collect();
    assert_eq!(pauses, wanted);
    // The waits, 5 + 10 + ... seconds, must fit into 15 minutes.
    assert!((2..=18).contains(&pauses.len()), "{pauses:?}");
}

#[tokio::test]
async fn pr_20_odd_intervals_neither_flood_nor_overflow() {
    for interval in [json!(0), json!(-5), json!(1_000_000_000), json!("x"), json!(1e300)] {
        let bench = google().await;
        bench.sandbox.script().consent(Consent::Accept);
        let answer = json!({
            "device_code": "$DC", "user_code": "$UC", "verification_uri": "https://device.invalid/", "expires_in": 300,
            "interval": interval,
        });
        bench.sandbox.script().device(Response::json(&answer));
        let (done, reports) = steered(&bench.session, bench.id, |_, _| ()).await;
        let least = invitation(&reports).interval.as_secs();
        assert!(least >= 5, "{interval}: {least}");
        // If the interval exceeds the lifetime of the code, the client never polls.
        assert_eq!(done.is_ok(), least < 300, "{interval}");
    }
}

#[tokio::test]
async fn pr_20_a_code_that_lives_a_second_is_not_asked_about_after_it() {
    let bench = google().await;
    bench.sandbox.script().mode("device-brief".parse::<Mode>().unwrap());
    let problem = authenticate(&bench.session, bench.id).await.0.unwrap_err();
    assert_eq!(problem.kind, Kind::NeedsAuthentication);
    assert_eq!(bench.sandbox.count("/token"), 0);
}

#[tokio::test]
async fn pr_20_a_hostile_code_and_address_are_shown_but_never_opened() {
    let bench = google().await;
    bench.sandbox.script().mode("device-hostile".parse::<Mode>().unwrap());
    bench.sandbox.script().mode("device-denied".parse::<Mode>().unwrap());
    let (_, reports) = steered(&bench.session, bench.id, |_, _| ()).await;
    let shown = invitation(&reports);
    assert!(shown.user_code.starts_with("\\u{1b}[2J\\u{202e}"), "{}", shown.user_code);
    assert!(shown.user_code.chars().all(credenza::printable::is_plain));
    assert_eq!(shown.verification_uri.host_str(), Some("device.invalid"));
    assert!(!shown.openable && shown.complete.is_none() && shown.for_a_phone().is_none());
    assert!(credenza::engine::browser::open(shown.to_open(), None).is_err());
    bench.sandbox.script().clear();
    bench.sandbox.script().mode("device-javascript".parse::<Mode>().unwrap());
    let (done, reports) = steered(&bench.session, bench.id, |_, _| ()).await;
    assert_eq!(done.unwrap_err().kind, Kind::Temporary);
    assert!(reports.is_empty(), "nothing is shown: {reports:?}");
}

#[tokio::test]
async fn pr_20_an_ended_code_and_a_server_in_trouble_are_told_apart() {
    let bench = google().await;
    bench.sandbox.script().consent(Consent::Accept);
    for answer in [Response::hang_up(), Response::html("<h1>down</h1>").with_status(502)] {
        bench.sandbox.script().token(answer);
    }
    let (done, reports) = steered(&bench.session, bench.id, |_, _| ()).await;
    done.unwrap();
    assert_eq!(reports.iter().filter(|report| name(report) == "ignored").count(), 2);
    bench.sandbox.script().mode("device-expired".parse::<Mode>().unwrap());
    let problem = authenticate(&bench.session, bench.id).await.0.unwrap_err();
    assert_eq!(problem.kind, Kind::NeedsAuthentication);
    assert_eq!(bench.status(), Status::Authenticated, "the former tokens stay");
}

#[tokio::test]
async fn zoho_device_dialect_is_spoken_from_the_catalog_alone() {
    let bench = Bench::of("zoho-device", &[("accounts_host", "accounts.zoho.eu")]).await;
    bench.sandbox.script().consent(Consent::Accept);
    let pending = Response::error("authorization_pending");
    bench.sandbox.script().token(pending);
    let (done, reports) = steered(&bench.session, bench.id, |_, _| ()).await;
    done.unwrap();
    // The response contains no interval, so the one in the catalog applies.
    assert_eq!(invitation(&reports).interval.as_secs(), 30);
    let seen = bench.sandbox.seen();
    let code = seen.iter().find(|asked| asked.path == "/oauth/v3/device/code").unwrap();
    assert_eq!(code.host, "accounts.zoho.eu");
    for (name, value) in [("grant_type", "device_request"), ("access_type", "offline"), ("prompt", "consent")] {
        assert_eq!(code.param(name), Some(value));
    }
    let polls: Vec<_> = seen.iter().filter(|asked| asked.path == "/oauth/v3/device/token").collect();
    assert_eq!(polls.len(), 2);
    for poll in polls {
        assert_eq!(poll.param("grant_type"), Some("device_token"));
        assert!(poll.param("code").unwrap().starts_with("1000.") && poll.param("device_code").is_none());
    }
    bench.later(4_000);
    let token = bench.token().await.unwrap();
    assert!(token.sent[0].value.expose().starts_with("Zoho-oauthtoken "));
    assert!(
        bench.sandbox.seen().iter().any(|asked| asked.path == "/oauth/v2/token"),
        "a refresh goes to the old place"
    );
    bench.sandbox.script().token(Response::error("other_dc"));
    let problem = authenticate(&bench.session, bench.id).await.0.unwrap_err();
    assert!(problem.try_this.contains("another data center"), "{problem}");
}

#[tokio::test]
async fn every_provider_of_device_codes_gives_tokens() {
    for (provider, variables) in [
        ("github-device", &[][..]),
        ("gitlab-device", &[("host", "gitlab.com")]),
        ("google-device", &[]),
        ("microsoft-entra-device", &[("tenant", "contoso.example")]),
    ] {
        let bench = Bench::of(provider, variables).await;
        bench.sandbox.script().consent(Consent::Accept);
        authenticate(&bench.session, bench.id).await.0.unwrap_or_else(|problem| panic!("{provider}: {problem}"));
        assert_eq!(bench.status(), Status::Authenticated, "{provider}");
    }
}

#[tokio::test]
async fn a_provider_without_device_codes_says_so() {
    let bench = Bench::of("manageengine", &[("accounts_host", "accounts.zoho.com")]).await;
    let problem = authenticate(&bench.session, bench.id).await.0.unwrap_err();
    assert_eq!(problem.kind, Kind::Usage);
    assert!(problem.what.contains("not support device codes"), "{problem}");
}

#[tokio::test]
async fn the_pretend_browser_accepts_a_device_code_too() {
    let bench = google().await;
    let visitor = bench.sandbox.visitor();
    let (done, _) = steered(&bench.session, bench.id, |report, _| {
        if let Progress::Device(invitation) = report {
            visitor.accept(invitation.to_open(), std::time::Duration::ZERO).unwrap();
        }
    })
    .await;
    done.unwrap();
    assert_eq!(bench.status(), Status::Authenticated);
}

fn refresh_token_of(bench: &Bench) -> Option<String> {
    bench.credential().tokens?.refresh.map(|token| token.expose().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_while_the_user_signs_in_is_not_undone_by_a_sign_in_without_a_refresh_token() {
    let bench = google().await;
    let mut code = String::new();
    steered(&bench.session, bench.id, |report, _| decide(&bench, report, &mut code, "accept")).await.0.unwrap();
    let first = refresh_token_of(&bench);
    bench.sandbox.script().mode("rotate".parse::<Mode>().unwrap());
    let mut rotated = None;
    let (done, _) = steered(&bench.session, bench.id, |report, _| {
        if matches!(report, Progress::Device(_)) {
            // As another process: the agent, or a script.
            let (session, id) = (bench.session.clone(), bench.id);
            let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let request = Request { force: true, ..Request::default() };
            let refresh = move || runtime().block_on(access_token(&session, id, request)).map(drop);
            std::thread::spawn(refresh).join().unwrap().unwrap();
            rotated = refresh_token_of(&bench);
            let tokens =
                json!({ "access_token": "without-a-refresh-token", "token_type": "Bearer", "expires_in": 3600 });
            bench.sandbox.script().token(Response::json(&tokens));
        }
    })
    .await;
    done.unwrap();
    let stored = bench.credential().tokens.unwrap();
    assert_eq!(stored.access.expose(), "without-a-refresh-token");
    assert!(rotated != first && rotated.is_some());
    assert_eq!(refresh_token_of(&bench), rotated);
}
