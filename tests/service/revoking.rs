//! A revocation while another process refreshes: the tokens that are stored in the end are revoked.

use std::time::Duration;

use credenza::engine::ops::revoke;
use credenza::model::change::Change;
use credenza::model::credential::{AuthFailure, Endpoints};

use super::{Fake, Home, Reply, json};

#[test]
fn what_is_revoked_is_what_the_refresh_before_it_brought() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let stored = home.stored();
    let endpoints = Endpoints { revocation: Some(fake.url.clone()), ..stored.endpoints.clone().unwrap() };
    let change = Change::Authenticated {
        id: home.id,
        tokens: Box::new(super::tokens(0)),
        endpoints: Box::new(endpoints),
        moved: std::collections::BTreeMap::new(),
        by: "by browser",
        sets: std::collections::BTreeMap::new(),
    };
    home.vault().commit(change).unwrap();
    let refreshed = r#"{"access_token":"a1","refresh_token":"r1","token_type":"Bearer","expires_in":3600}"#;
    let revoked = || Reply::Http(200, "", String::new());
    fake.script([json(200, refreshed), revoked(), revoked()]);
    fake.hold();
    let child = home.token_command(&["--force"]).spawn().unwrap();
    fake.arrived();
    let (waits, waiting) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let revoking = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(revoke::revoke(&home.session(), home.id, move || waits.send(()).unwrap()))
        });
        // It has read the credential, and waits for the lease.
        waiting.recv_timeout(Duration::from_secs(60)).unwrap();
        fake.release();
        let ended = child.wait_with_output().unwrap();
        assert!(ended.status.success(), "{ended:?}");
        revoking.join().unwrap().unwrap();
    });
    let requests = fake.requests();
    assert!(requests.iter().skip(1).any(|body| body.contains("token=r1")), "{requests:?}");
    assert!(!requests.iter().skip(1).any(|body| body.contains("token=r0")), "{requests:?}");
    assert!(matches!(home.stored().setback, Some(AuthFailure::Revoked { .. })));
}
