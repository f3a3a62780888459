//! The redirect and what follows: a single code exchange whatever arrives, and a failed attempt leaves the old tokens
//! intact.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use credenza::engine::Opener;
use credenza::engine::ops::sign_in::Control;
use credenza::model::credential::{Credential, EventKind, Status};
use credenza::problem::Kind;
use credenza::sandbox::{Consent, Mode, Response, visit};
use credenza::secret::Secret;
use tokio::sync::mpsc;
use url::Url;

use super::desk::{Desk, Flow};
use crate::loopback::listening;
use crate::sandbox::wire::{get, send};

/// Runs the flow and cancels it as soon as the listener is ready and the browser is to be opened.
async fn canceled(desk: &Desk, look: impl Fn() + Send + Sync + 'static) -> Flow {
    let (control, commands) = mpsc::channel(1);
    let opener = Opener::stand_in(move |_| {
        look();
        control.try_send(Control::Cancel).unwrap();
        Ok(())
    });
    desk.run_steered(opener, Duration::from_secs(20), commands).await
}

/// Runs the flow and cancels it after the simulated browser's request was rejected.
async fn canceled_after_a_visit(desk: &Desk) -> Flow {
    let (control, commands) = mpsc::channel(1);
    let opener = Opener::stand_in(move |url| {
        let (url, control) = (url.clone(), control.clone());
        tokio::spawn(async move {
            assert_eq!(visit(&url).await.unwrap().status, 400);
            control.send(Control::Cancel).await.unwrap();
        });
        Ok(())
    });
    desk.run_steered(opener, Duration::from_secs(20), commands).await
}

#[tokio::test]
async fn cb_05_the_same_address_twice_is_exchanged_once() {
    let desk = Desk::new().await;
    let asked = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&asked);
    let flow = desk
        .authenticate_by(move |url: Url| {
            let kept = Arc::clone(&kept);
            async move {
                let redirect = get(url.as_str()).await.location().to_owned();
                kept.lock().unwrap().clone_from(&redirect);
                let (first, second) = tokio::join!(send("GET", &redirect, &[], ""), send("GET", &redirect, &[], ""),);
                let good = [first, second]
                    .iter()
                    .filter(|reply| reply.as_ref().is_ok_and(|reply| reply.status == 200))
                    .count();
                assert_eq!(good, 1, "the other one is refused, or finds nobody");
            }
        })
        .await;
    flow.result.unwrap();
    let redirect = asked.lock().unwrap().clone();
    assert!(send("GET", &redirect, &[], "").await.is_err(), "after the flow nobody listens");
    assert_eq!(desk.token_requests(), 1);
}

#[tokio::test]
async fn cb_12_twenty_right_callbacks_at_once_cause_one_exchange() {
    let desk = Desk::new().await;
    let flow = desk
        .authenticate_by(|url: Url| async move {
            let redirect = get(url.as_str()).await.location().to_owned();
            let visits = (0..20).map(|_| send("GET", &redirect, &[], ""));
            let replies = futures_util::future::join_all(visits).await;
            let pages = replies.iter().flatten().filter(|reply| reply.text().contains("Signed in")).count();
            assert_eq!(pages, 1);
        })
        .await;
    flow.result.unwrap();
    assert_eq!(desk.token_requests(), 1);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn cb_14_nobody_listens_before_the_start_or_after_any_end() {
    let desk = Desk::new().await;
    let port = desk.port;
    assert!(listening(port).is_empty(), "before the start");
    let flow = canceled(&desk, move || assert!(!listening(port).is_empty(), "while it waits")).await;
    assert_eq!(flow.result.unwrap_err().kind, Kind::NeedsAuthentication);
    assert!(listening(port).is_empty(), "after cancel");
    desk.sandbox.script().mode("unknown-client".parse::<Mode>().unwrap());
    assert!(desk.authenticate_within(Duration::from_millis(300)).await.result.is_err());
    assert!(listening(port).is_empty(), "after the deadline");
    desk.sandbox.script().clear();
    desk.sandbox.script().consent(Consent::Reject);
    assert!(desk.authenticate().await.result.is_err());
    assert!(listening(port).is_empty(), "after a refusal");
    desk.sandbox.script().consent(Consent::Accept);
    desk.authenticate().await.result.unwrap();
    assert!(listening(port).is_empty(), "after success");
    // The task is dropped in the middle, as when the screens are locked.
    let given_up = tokio::time::timeout(Duration::from_millis(100), async {
        let (_control, commands) = mpsc::channel(1);
        desk.run_steered(Opener::stand_in(|_| Ok(())), Duration::from_secs(20), commands).await
    });
    assert!(given_up.await.is_err());
    assert!(listening(port).is_empty(), "after the task was dropped");
}

#[tokio::test]
async fn cb_19_no_file_of_ours_holds_the_code_or_the_state() {
    let desk = Desk::new().await;
    desk.authenticate().await.result.unwrap();
    let seen = desk.sandbox.seen();
    let code = seen.iter().find_map(|seen| seen.param("code")).unwrap();
    let state = seen.iter().find_map(|seen| seen.query("state")).unwrap();
    assert!(code.len() > 16 && state.len() > 16);
    for (path, bytes) in crate::vault::tree(desk.folder()) {
        for secret in [code, state] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
}

/// A credential without its history, as text.
fn without_history(mut credential: Credential) -> (String, String, String) {
    credential.history.clear();
    let tokens = credential.tokens.clone().unwrap();
    let refresh = tokens.refresh.as_ref().unwrap().expose().to_owned();
    (tokens.access.expose().to_owned(), refresh, format!("{credential:?}"))
}

#[tokio::test]
async fn cr_17_an_authentication_that_fails_leaves_the_old_tokens_as_they_are() {
    let desk = Desk::authenticated().await;
    let before = without_history(desk.credential());
    let flow = canceled(&desk, || ()).await;
    assert_eq!(flow.result.unwrap_err().kind, Kind::NeedsAuthentication);
    assert_eq!(without_history(desk.credential()), before, "canceled");

    desk.sandbox.script().redirect("state=CNRY-other&code=$CODE");
    let problem = canceled_after_a_visit(&desk).await.result.unwrap_err();
    assert!(problem.what.contains("canceled"), "{problem}");
    assert_eq!(without_history(desk.credential()), before, "wrong state");

    for answer in
        [Response::error("invalid_code"), Response::html("<h1>down</h1>").with_status(502), Response::hang_up()]
    {
        desk.sandbox.script().token(answer);
        assert!(desk.authenticate().await.result.is_err());
        assert_eq!(without_history(desk.credential()), before, "an error of the token endpoint");
    }
    desk.sandbox.script().consent(Consent::Reject);
    assert!(desk.authenticate().await.result.is_err());
    let after = desk.credential();
    assert_eq!(after.status(desk.clock.now()), Status::Authenticated);
    let failures = after.history.iter().filter(|event| event.kind == EventKind::AuthenticationFailed).count();
    assert_eq!(failures, 6, "each is in the history");
    assert_eq!(without_history(after), before, "rejected");
    desk.refresh().await.expect("the old refresh token works");
}

/// The code is spent and the tokens were received, but the vault cannot be saved: the next writer stores them.
#[tokio::test]
async fn wp_08_tokens_of_an_authentication_whose_save_failed_are_taken_over() {
    let desk = Desk::new().await;
    desk.sandbox.script().person("bea");
    let (backups, aside) = (desk.folder().join("data/backups"), desk.folder().join("aside"));
    let (broken, kept) = (backups.clone(), aside.clone());
    let flow = desk
        .authenticate_by(move |url: Url| {
            // The save fails because the folder for backups is missing, which affects root, too.
            std::fs::rename(&broken, &kept).unwrap();
            std::fs::write(&broken, "").unwrap();
            async move {
                visit(&url).await.unwrap();
            }
        })
        .await;
    let problem = flow.result.unwrap_err();
    assert!(problem.kind == Kind::Storage && problem.why.contains("rescue-"), "{problem}");
    assert!(desk.credential().tokens.is_none());
    std::fs::remove_file(&backups).unwrap();
    std::fs::rename(&aside, &backups).unwrap();
    // Any edit stores them; this one changes an unrelated field.
    credenza::engine::ops::credentials::rename(&desk.session, desk.id, "Renamed").unwrap();
    let credential = desk.credential();
    assert_eq!(credential.status(desk.clock.now()), Status::Authenticated);
    assert_eq!(credential.setup.variables["accounts_host"], "accounts.zoho.eu", "with what came along");
    assert!(credential.setup.client.secret.is_some());
    assert!(credential.endpoints.unwrap().token.as_str().contains("accounts.zoho.eu"));
    desk.refresh().await.expect("the rescued refresh token works");
    let left = std::fs::read_dir(desk.folder().join("state")).unwrap().map(|entry| entry.unwrap().file_name());
    let rescued = left.filter(|name| name.to_string_lossy().starts_with("rescue-"));
    assert_eq!(rescued.count(), 0, "it was taken over");
}

#[tokio::test]
async fn tm_02_a_clock_set_forth_or_back_meanwhile_neither_ends_nor_stretches_the_wait() {
    for hours in [1, -1] {
        let desk = Desk::new().await;
        let clock = desk.clock.clone();
        let flow = desk
            .authenticate_by(move |url: Url| {
                let clock = clock.clone();
                async move {
                    clock.set(clock.now() + jiff::SignedDuration::from_hours(hours));
                    visit(&url).await.unwrap();
                }
            })
            .await;
        flow.result.unwrap();
        let stepping = desk.clock.clone();
        let opener = Opener::stand_in(move |_| {
            stepping.set(stepping.now() + jiff::SignedDuration::from_hours(hours));
            Ok(())
        });
        let (_control, commands) = mpsc::channel(1);
        let flow = desk.run_steered(opener, Duration::from_millis(200), commands).await;
        assert_eq!(flow.result.unwrap_err().kind, Kind::NeedsAuthentication, "nobody came in its own time");
    }
}

#[tokio::test]
async fn a_code_of_the_console_is_exchanged_without_redirect_and_verifier() {
    let desk = Desk::new().await;
    let code =
        desk.sandbox.console_code("accounts.zoho.com", super::desk::CLIENT_ID, &["MDMOnDemand.MDMInventory.READ"]);
    let (control, commands) = mpsc::channel(1);
    control.send(Control::Paste(Secret::new(format!("  {code}\n")))).await.unwrap();
    let flow = desk.run_steered(Opener::stand_in(|_| Ok(())), Duration::from_secs(20), commands).await;
    flow.result.unwrap();
    let asked = desk.sandbox.seen().into_iter().find(|seen| seen.path == "/oauth/v2/token").unwrap();
    assert_eq!(asked.param("code"), Some(code.as_str()));
    assert_eq!((asked.param("redirect_uri"), asked.param("code_verifier")), (None, None), "it is bound to nothing");
    let credential = desk.credential();
    assert_eq!(credential.setup.redirect_uri, super::desk::redirect_uri(desk.port), "for the next sign-in by browser");
    assert!(credential.history.iter().any(|event| event.detail.contains("console")), "{:?}", credential.history);
    desk.refresh().await.unwrap();
}
