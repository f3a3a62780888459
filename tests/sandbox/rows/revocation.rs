//! Rows V1 to V3: revoking the tokens.

use credenza::engine::ops::{credentials, revoke};
use credenza::model::credential::Status;
use credenza::problem::Kind;
use credenza::sandbox::Response;

use super::desk::Desk;

#[tokio::test]
async fn v1_revocation_ends_the_grant_and_is_recorded() {
    let desk = Desk::authenticated().await;
    let (_, refresh, _) = desk.stored();
    revoke::revoke(&desk.session, desk.id, || ()).await.unwrap();
    assert_eq!(desk.sandbox.grants_alive(), 0);
    assert_eq!(desk.credential().status(desk.clock.now()), Status::Revoked);
    let seen = desk.sandbox.seen();
    assert_eq!((seen.len(), seen[0].path.as_str()), (1, "/oauth/v2/token/revoke"));
    assert_eq!(seen[0].param("token"), Some(refresh.as_str()));
    assert!(seen[0].query.is_empty(), "a token never stands in a query");
}

#[tokio::test]
async fn v2_a_dead_token_counts_as_revoked() {
    let desk = Desk::authenticated().await;
    desk.sandbox.end_all_grants();
    revoke::revoke(&desk.session, desk.id, || ()).await.unwrap();
    assert_eq!(desk.credential().status(desk.clock.now()), Status::Revoked);
}

#[tokio::test]
async fn v3_pr_25_an_unreachable_provider_does_not_keep_a_credential_from_being_deleted() {
    let desk = Desk::authenticated().await;
    for answer in [Response::hang_up(), Response::status(503)] {
        desk.sandbox.script().revocation(answer);
        let problem = revoke::revoke(&desk.session, desk.id, || ()).await.unwrap_err();
        assert_eq!(problem.kind, Kind::Temporary, "{problem}");
        assert_eq!(desk.credential().status(desk.clock.now()), Status::Authenticated);
    }
    credentials::delete(&desk.session, desk.id).unwrap();
    assert!(credentials::snapshot(&desk.session).unwrap().credentials.by_id(desk.id).is_none());
}
