//! The demo: one credential in every status, created by the real flow, and nothing left behind.

use credenza::demo::Demo;
use credenza::engine::ops::integrations::{HealthState, all_health};
use credenza::engine::ops::{credentials, token};
use credenza::model::credential::Status;

#[test]
fn the_demo_shows_every_status_and_its_tokens_work() {
    let demo = Demo::start().unwrap();
    assert!(!demo.session.workspace.paths.clock().exists(), "Doctor would report the clock of the history as wrong");
    let now = demo.session.workspace.clock.now();
    let snapshot = credentials::snapshot(&demo.session).unwrap();
    let mut statuses: Vec<Status> = snapshot.credentials.list.iter().map(|credential| credential.status(now)).collect();
    statuses.sort();
    statuses.dedup();
    assert_eq!(statuses.len(), 5, "{statuses:?}");
    let status = |name: &str| {
        let found = snapshot.credentials.list.iter().find(|credential| credential.name.as_str() == name);
        found.unwrap().status(now)
    };
    assert_eq!(status("GitHub Actions"), Status::Authenticated, "a token that does not end needs nobody");
    assert_eq!(status("PagerDuty On-call"), Status::Authenticated, "the sandbox took the key at its test call");
    assert_eq!(status("Zoho Helpdesk EU"), Status::NeedsReauthentication);
    let renamed = snapshot.credentials.list.iter().find(|credential| credential.name.as_str() == "Zoho MDM Production");
    let renamed = renamed.unwrap();
    assert!(renamed.history.len() >= 4, "created, authenticated, renamed, refreshed");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let request = token::Request { force: true, ..Default::default() };
    runtime.block_on(token::access_token(&demo.session, renamed.id, request)).unwrap();
}

#[test]
fn the_demo_shows_integrations_in_every_state_each_by_really_running() {
    let demo = Demo::start().unwrap();
    let snapshot = credentials::snapshot(&demo.session).unwrap();
    let names = snapshot.integrations.list.iter().map(|one| one.name.as_str());
    let all_health = all_health(&demo.session).unwrap();
    let found: Vec<(&str, HealthState)> = names.zip(all_health.iter().map(|health| health.state)).collect();
    let wanted = [
        ("CMDB devices and assets", HealthState::Active),
        ("Endpoint computers", HealthState::Failing),
        ("GitHub members", HealthState::Paused),
        ("Okta users", HealthState::NeverRun),
        ("Entra devices", HealthState::NoCredential),
    ];
    assert_eq!(found, wanted);
    let last = all_health[0].last.as_ref().unwrap().counts();
    assert!(last.added > 0 && last.updated > 0 && last.gone > 0 && last.skipped > 0, "{last:?}");
    let failed = all_health[1].last.as_ref().unwrap().first_problem().unwrap();
    assert!(failed.try_this.contains("MFA"), "{failed:?}");
}

#[test]
fn the_demo_leaves_nothing_behind() {
    let demo = Demo::start().unwrap();
    let home = demo.home().to_owned();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&home).unwrap().permissions().mode() & 0o077, 0, "nobody else may look");
    }
    let base = demo.sandbox().base();
    drop(demo);
    assert!(!home.exists());
    let address = (base.host_str().unwrap(), base.port().unwrap());
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(5);
    while std::net::TcpStream::connect(address).is_ok() {
        assert!(std::time::Instant::now() < deadline, "the sandbox goes with the demo");
        std::thread::yield_now();
    }
}

#[test]
fn several_demos_start_at_once_and_each_has_a_port_of_its_own() {
    let demos = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..4).map(|_| scope.spawn(|| Demo::start().unwrap())).collect();
        starting.into_iter().map(|starting| starting.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(demos.iter().all(|demo| demo.home().exists()));
}
