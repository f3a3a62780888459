//! Rows R1 to R8: refreshing.

use credenza::engine::ops::token::{Request, access_token};
use credenza::model::credential::Status;
use credenza::problem::Kind;
use credenza::sandbox::{Mode, Response};
use jiff::SignedDuration;

use super::desk::Desk;

#[tokio::test]
async fn r1_a_refresh_keeps_refresh_token_and_scopes() {
    let desk = Desk::authenticated().await;
    let (access, refresh, scopes) = desk.stored();
    let token = desk.refresh().await.unwrap();
    let (new_access, new_refresh, new_scopes) = desk.stored();
    assert_ne!(new_access, access);
    assert_eq!(token.access.expose(), new_access);
    assert_eq!((new_refresh, new_scopes), (refresh, scopes));
    let [sent] = token.sent.as_slice() else { panic!("{:?}", token.sent) };
    let whole = format!("Zoho-oauthtoken {new_access}");
    assert_eq!((sent.name.as_str(), sent.value.expose()), ("Authorization", whole.as_str()));
    assert_eq!(token.expires_at, Some(desk.clock.now() + SignedDuration::from_hours(1)));
}

/// The grant has ended: this is reported and recorded, and the refresh token is kept until the user authenticates
/// again.
async fn needs_a_person(desk: &Desk) {
    let (_, refresh, _) = desk.stored();
    let problem = desk.refresh().await.unwrap_err();
    assert_eq!(problem.kind, Kind::NeedsAuthentication, "{problem}");
    assert_eq!(desk.credential().status(desk.clock.now()), Status::NeedsReauthentication);
    assert_eq!(desk.stored().1, refresh);
    desk.sandbox.script().clear();
    desk.authenticate().await.result.unwrap();
    assert_eq!(desk.credential().status(desk.clock.now()), Status::Authenticated);
    assert_ne!(desk.stored().1, refresh);
}

#[tokio::test]
async fn r2_a_revoked_refresh_token_needs_re_authentication() {
    let desk = Desk::authenticated().await;
    desk.sandbox.end_all_grants();
    needs_a_person(&desk).await;
}

#[tokio::test]
async fn r3_invalid_grant_is_the_same() {
    let desk = Desk::authenticated().await;
    desk.sandbox.script().token(Response::error("invalid_grant").with_status(400));
    needs_a_person(&desk).await;
}

#[tokio::test]
async fn r4_access_denied_on_a_refresh_is_temporary() {
    let desk = Desk::authenticated().await;
    let before = desk.stored();
    desk.sandbox.script().token(Response::error("access_denied"));
    let problem = desk.refresh().await.unwrap_err();
    assert_eq!(problem.kind, Kind::Temporary, "{problem}");
    assert_eq!(desk.credential().status(desk.clock.now()), Status::Authenticated);
    assert_eq!(desk.stored(), before);
}

#[tokio::test]
async fn r5_a_new_refresh_token_replaces_the_old_one() {
    let desk = Desk::authenticated().await;
    desk.sandbox.script().mode("rotate".parse::<Mode>().unwrap());
    let (_, first, _) = desk.stored();
    desk.refresh().await.unwrap();
    let (_, second, _) = desk.stored();
    assert_ne!(first, second);
    desk.refresh().await.unwrap();
    assert_eq!(desk.sandbox.grants_alive(), 1, "an old refresh token used again would have ended the grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r6_many_at_once_with_an_expired_token_cause_one_refresh() {
    let desk = Desk::authenticated().await;
    desk.sandbox.script().mode("rotate".parse::<Mode>().unwrap());
    desk.later(SignedDuration::from_hours(2));
    let sessions = [desk.session.clone(), desk.session.clone(), desk.another_session()];
    let asked = sessions.into_iter().flat_map(|session| std::iter::repeat_n(session, 4)).map(|session| {
        let id = desk.id;
        tokio::spawn(
            async move { access_token(&session, id, Request::default()).await.unwrap().access.expose().to_owned() },
        )
    });
    let mut tokens = Vec::new();
    for task in asked.collect::<Vec<_>>() {
        tokens.push(task.await.unwrap());
    }
    tokens.dedup();
    assert_eq!((tokens.len(), desk.token_requests()), (1, 1));
    assert_eq!(desk.sandbox.grants_alive(), 1);
}

#[tokio::test]
async fn r7_a_token_that_lasts_is_given_without_a_request() {
    let desk = Desk::authenticated().await;
    let (access, _, _) = desk.stored();
    desk.later(SignedDuration::from_secs(3_600 - 61));
    assert_eq!(desk.token().await.unwrap().access.expose(), access);
    assert_eq!(desk.sandbox.seen().len(), 0);
    desk.later(SignedDuration::from_secs(2));
    assert_ne!(desk.token().await.unwrap().access.expose(), access);
    assert_eq!(desk.token_requests(), 1);
}

#[tokio::test]
async fn r8_normal_use_never_meets_the_limit_and_force_is_told_to_wait() {
    let desk = Desk::authenticated().await;
    for _ in 0..50 {
        desk.token().await.unwrap();
    }
    assert_eq!(desk.token_requests(), 0);
    for _ in 0..10 {
        desk.refresh().await.unwrap();
    }
    let problem = desk.refresh().await.unwrap_err();
    assert_eq!(problem.kind, Kind::Temporary, "{problem}");
    assert_eq!(desk.token_requests(), 10, "the one too many is not even sent");
    desk.token().await.expect("the stored token is still good");
}
