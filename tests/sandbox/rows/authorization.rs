//! Rows A1 to A12: the consent and the redirect.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use credenza::model::credential::Status;
use credenza::problem::Kind;
use credenza::sandbox::{Consent, Mode, visit};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Url;

use super::desk::{Desk, redirect_uri};
use crate::sandbox::wire::send;

#[tokio::test]
async fn a1_consent_is_exchanged_at_once() {
    let desk = Desk::new().await;
    let flow = desk.authenticate().await;
    let done = flow.result.unwrap();
    assert_eq!((done.id, done.missing_scopes.len()), (desk.id, 0));
    assert_eq!(flow.progress, ["waiting", "browser opened", "exchanging", "saving"]);
    assert_eq!(desk.credential().status(desk.clock.now()), Status::Authenticated);
    desk.port_is_released();
    let seen = desk.sandbox.seen();
    let exchange = seen.iter().find(|seen| seen.path == "/oauth/v2/token").unwrap();
    assert_eq!((exchange.method.as_str(), exchange.host.as_str()), ("POST", "accounts.zoho.com"));
    assert!(exchange.query.is_empty(), "secrets never stand in a query");
    assert_eq!(exchange.param("redirect_uri"), Some(redirect_uri(desk.port).as_str()));
    assert!(exchange.param("code_verifier").is_some_and(|verifier| verifier.len() >= 43));
}

#[tokio::test]
async fn a2_a_redirect_without_state_is_ignored_and_the_flow_lives_on() {
    let mut desk = Desk::new().await;
    desk.visits = 2;
    desk.sandbox.script().redirect("code=$CODE&location=us");
    let flow = desk.authenticate().await;
    assert!(flow.result.is_ok() && flow.progress.contains(&"ignored"), "{:?}", flow.progress);
    assert_eq!(desk.token_requests(), 1);
}

#[tokio::test]
async fn a3_a_wrong_state_is_ignored_and_its_code_never_sent() {
    let desk = Desk::new().await;
    desk.sandbox.script().mode("wrong-state".parse::<Mode>().unwrap());
    let flow = desk.authenticate_within(Duration::from_millis(1_500)).await;
    assert_eq!(flow.result.unwrap_err().kind, Kind::NeedsAuthentication);
    assert!(flow.progress.contains(&"ignored"));
    assert_eq!(desk.token_requests(), 0);
}

#[tokio::test]
async fn a4_a_rejection_is_told_and_stores_nothing() {
    let desk = Desk::new().await;
    desk.sandbox.script().consent(Consent::Reject);
    let problem = desk.authenticate().await.result.unwrap_err();
    assert_eq!(problem.kind, Kind::NeedsAuthentication);
    let said = problem.to_string().to_lowercase();
    assert!(["reject", "declin", "refus", "denied"].iter().any(|word| said.contains(word)), "{problem}");
    assert!(desk.credential().tokens.is_none());
    assert_eq!(desk.token_requests(), 0);
}

#[tokio::test]
async fn pr_17_an_error_uri_is_neither_opened_nor_shown() {
    for uri in ["javascript:alert(1)", "file:///etc/passwd", "https://evil.invalid/cure"] {
        let desk = Desk::new().await;
        desk.sandbox.script().redirect(&format!("error=server_error&error_uri={uri}&state=$STATE"));
        let opened = Arc::new(Mutex::new(Vec::new()));
        let browser = Arc::clone(&opened);
        let flow = desk.authenticate_by(move |url| {
            browser.lock().unwrap().push(url.clone());
            async move { drop(visit(&url).await) }
        });
        let said = flow.await.result.unwrap_err().to_string();
        assert!(said.contains("server_error") && !said.contains(uri), "{said}");
        let opened = opened.lock().unwrap();
        assert_eq!(opened.len(), 1, "the sign-in, and nothing else: {opened:?}");
        assert!(opened[0].query_pairs().any(|(name, _)| name == "code_challenge"), "{opened:?}");
    }
}

#[tokio::test]
async fn a5_an_unknown_client_id_ends_in_a_timeout_with_hints() {
    let desk = Desk::new().await;
    desk.sandbox.script().mode("unknown-client".parse::<Mode>().unwrap());
    hints_after_a_silent_page(&desk).await;
}

#[tokio::test]
async fn a6_an_unregistered_redirect_uri_ends_in_a_timeout_with_hints() {
    let desk = Desk::new().await;
    desk.sandbox.script().mode("wrong-redirect".parse::<Mode>().unwrap());
    hints_after_a_silent_page(&desk).await;
}

async fn hints_after_a_silent_page(desk: &Desk) {
    let problem = desk.authenticate_within(Duration::from_millis(800)).await.result.unwrap_err();
    assert_eq!(problem.kind, Kind::NeedsAuthentication);
    let said = problem.to_string().to_lowercase();
    assert!(said.contains("client id") && said.contains("redirect uri"), "{problem}");
    desk.port_is_released();
    assert_eq!(desk.token_requests(), 0);
}

#[tokio::test]
async fn a7_a_foreign_accounts_server_is_refused_and_no_post_leaves() {
    let foreign = [
        "https://accounts.zoho.evil",
        "https://accounts.zoho.com@evil",
        "http://accounts.zoho.com",
        "https://accounts.zoho.com:8443",
        "https://accounts.zoho.com.evil.example",
        "https://accounts.zoho.com/evil",
        "//accounts.zoho.com",
    ];
    let desk = Desk::new().await;
    for server in foreign {
        let server: String = url::form_urlencoded::byte_serialize(server.as_bytes()).collect();
        desk.sandbox.script().redirect(&format!("state=$STATE&code=$CODE&location=us&accounts-server={server}&"));
        let problem = desk.authenticate().await.result.unwrap_err();
        assert_eq!(problem.kind, Kind::Refused, "{server}: {problem}");
    }
    assert!(!desk.sandbox.seen().iter().any(|seen| seen.method == "POST"));
    assert!(desk.credential().tokens.is_none());
}

#[tokio::test]
async fn a8_an_account_in_europe_is_exchanged_there_and_noted() {
    let desk = Desk::new().await;
    desk.sandbox.script().person("bea");
    let done = desk.authenticate().await.result.unwrap();
    assert!(done.notes.iter().any(|note| note.contains("accounts.zoho.eu")), "{:?}", done.notes);
    let seen = desk.sandbox.seen();
    let hosts: Vec<&str> = seen.iter().filter(|seen| seen.method == "POST").map(|seen| seen.host.as_str()).collect();
    assert_eq!(hosts, ["accounts.zoho.eu"]);
    let credential = desk.credential();
    assert_eq!(credential.setup.variables["accounts_host"], "accounts.zoho.eu");
    assert!(credential.endpoints.unwrap().token.as_str().contains("accounts.zoho.eu"));
    assert!(desk.refresh().await.is_ok(), "refreshes go to Europe as well");
}

#[tokio::test]
async fn a9_a_location_at_odds_with_its_server_is_refused() {
    let desk = Desk::new().await;
    desk.sandbox.script().mode("split-location".parse::<Mode>().unwrap());
    let problem = desk.authenticate().await.result.unwrap_err();
    assert_eq!(problem.kind, Kind::Refused, "{problem}");
    assert_eq!(desk.token_requests(), 0);
}

#[tokio::test]
async fn a10_noise_at_the_listener_does_not_end_the_flow() {
    let desk = Desk::new().await;
    let base = format!("http://localhost:{}", desk.port);
    let flow = desk
        .authenticate_by(move |url: Url| {
            let base = base.clone();
            async move {
                // A silent client must not delay the browser.
                let _silent = TcpStream::connect(base.trim_start_matches("http://")).await.unwrap();
                let status = async |method, path: &str| {
                    send(method, &format!("{base}{path}"), &[], "").await.map(|reply| reply.status)
                };
                assert_eq!(status("GET", "/favicon.ico").await.unwrap(), 404);
                assert_eq!(status("GET", "/other?code=x&state=y").await.unwrap(), 404);
                assert!(matches!(status("POST", "/callback").await.unwrap(), 400 | 405));
                let long = format!("/callback?code={}", "x".repeat(9_000));
                assert!(status("GET", &long).await.map_or(true, |status| status >= 400));
                let page = visit(&url).await.unwrap();
                assert_eq!(page.status, 200);
                // The browser reloads the page: the listener is gone, or answers that the sign-in is over.
                if let Ok(again) = visit(&page.url).await {
                    assert!(again.status >= 400, "{}", again.status);
                }
            }
        })
        .await;
    flow.result.unwrap();
    assert_eq!(desk.token_requests(), 1);
}

#[tokio::test]
async fn a10_garbage_is_cut_off_and_the_flow_lives_on() {
    let desk = Desk::new().await;
    let address = format!("localhost:{}", desk.port);
    let flow = desk
        .authenticate_by(move |url: Url| {
            let address = address.clone();
            async move {
                for garbage in [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], b"\r\n\r\n", b"GET\r\n\r\n"] {
                    let mut stream = TcpStream::connect(&address).await.unwrap();
                    stream.write_all(garbage).await.unwrap();
                    stream.shutdown().await.unwrap();
                    let mut answer = Vec::new();
                    let _ = stream.read_to_end(&mut answer).await;
                    assert!(!answer.starts_with(b"HTTP/1.1 200"));
                }
                visit(&url).await.unwrap();
            }
        })
        .await;
    flow.result.unwrap();
}

#[tokio::test]
async fn a11_offline_access_consent_and_comma_scopes_are_always_sent() {
    let desk = Desk::new().await;
    desk.authenticate().await.result.unwrap();
    desk.authenticate().await.result.unwrap();
    let seen = desk.sandbox.seen();
    let asked: Vec<_> = seen.iter().filter(|seen| seen.path == "/oauth/v2/auth").collect();
    assert_eq!(asked.len(), 2);
    for request in &asked {
        assert_eq!(request.query("response_type"), Some("code"));
        assert_eq!(request.query("access_type"), Some("offline"));
        assert_eq!(request.query("prompt"), Some("consent"));
        assert_eq!(request.query("code_challenge_method"), Some("S256"));
        let scope = request.query("scope").unwrap();
        assert!(scope.contains(',') && !scope.contains(' '), "{scope}");
        assert!(request.query("state").is_some_and(|state| state.len() >= 22), "128 bit or more");
    }
    assert_ne!(asked[0].query("state"), asked[1].query("state"));
    assert_ne!(asked[0].query("code_challenge"), asked[1].query("code_challenge"));
}

#[tokio::test]
async fn a12_nothing_comes_and_the_port_is_given_back() {
    let desk = Desk::new().await;
    let mut silent = desk.session.clone();
    silent.workspace.opener = credenza::engine::Opener::stand_in(|_| Ok(()));
    let (progress, _reports) = tokio::sync::mpsc::channel(64);
    let (_control, commands) = tokio::sync::mpsc::channel(1);
    let options =
        credenza::engine::ops::sign_in::Options { deadline: Duration::from_millis(300), ..Default::default() };
    let problem =
        credenza::engine::ops::sign_in::authenticate(&silent, desk.id, options, progress, commands).await.unwrap_err();
    assert_eq!(problem.kind, Kind::NeedsAuthentication);
    desk.port_is_released();
    assert!(desk.credential().tokens.is_none());
}
