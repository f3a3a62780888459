//! A revocation while another process refreshes: the tokens that are stored in the end are revoked.

use credenza::engine::ops::revoke;
use credenza::model::change::Change;
use credenza::model::credential::{AuthFailure, Endpoints};

use super::{Fake, Home, Reply, json, until};

#[cfg(target_os = "linux")]
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
    let mut child = home.token_command(&["--force"]).spawn().unwrap();
    fake.arrived();
    let lease = home.workspace.paths.state().join("leases");
    let is_open = || {
        let mut files = std::fs::read_dir("/proc/self/fd").unwrap().map(|entry| entry.unwrap().path());
        files.any(|file| std::fs::read_link(file).is_ok_and(|target| target.starts_with(&lease)))
    };
    std::thread::scope(|scope| {
        let revoking = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(revoke::revoke(&home.session(), home.id))
        });
        // It has read the credential, and waits for the lease.
        until(|| is_open() || revoking.is_finished());
        fake.release();
        assert!(child.wait().unwrap().success());
        revoking.join().unwrap().unwrap();
    });
    let requests = fake.requests();
    assert!(requests.iter().skip(1).any(|body| body.contains("token=r1")), "{requests:?}");
    assert!(!requests.iter().skip(1).any(|body| body.contains("token=r0")), "{requests:?}");
    assert!(matches!(home.stored().setback, Some(AuthFailure::Revoked { .. })));
}
