//! Integrations with fixed dates: one in every state, with their sessions on disk.

use std::collections::BTreeMap;

use credenza::model::credential::{Credential, CredentialId, Name};
use credenza::model::integration::{
    Counts, Field, Integration, IntegrationChange, IntegrationSetup, LoadResult, PartResult, Schedule, StoredProblem,
    SyncResult, SyncSession, Trigger,
};
use credenza::problem::NextStep;
use credenza::records::{RunDir, RunLock};
use credenza::tui::theme::Theme;
use jiff::{SignedDuration, Timestamp};

use super::seed;
use super::stage::{SEED_FIRST, Stage, now};

/// A stage with an integration in every state and the menu on top. Without `reads`, the scene provides the histories.
pub(crate) fn stage(theme: Theme, reads: bool) -> Stage {
    let credentials = seed::credentials();
    let all = integrations(&credentials);
    let mut stage = Stage::open_with(theme, credentials, |vault, paths| {
        let mut run = None;
        for (one, sessions) in all {
            let place = RunDir::of(paths, one.id);
            vault.commit(IntegrationChange::Insert { integration: Box::new(one) }).unwrap();
            for session in sessions {
                run = run.or(kept(&place, &session));
            }
        }
        run
    });
    stage.reads = reads;
    stage.keys(SEED_FIRST).keys("esc");
    stage
}

/// Stores a session as a run does; a run that has not ended holds its lock.
fn kept(place: &RunDir, session: &SyncSession) -> Option<RunLock> {
    let lock = place.lock().unwrap().unwrap();
    if session.result.is_some() {
        place.end(session).unwrap();
        return None;
    }
    place.note_running(session).unwrap();
    Some(lock)
}

fn integrations(credentials: &[Credential]) -> Vec<(Integration, Vec<SyncSession>)> {
    let id = |name: &str| credentials.iter().find(|one| one.name.as_str().starts_with(name)).unwrap().id;
    let mut cloud =
        one("ManageEngine Cloud", "manageengine", &["sdp-assets", "ec-computers"], Some(id("ManageEngine Computers")));
    cloud.setup.schedule = Schedule::Every(6 * 60);
    "/srv/inventory".clone_into(&mut cloud.setup.folder);
    let field = |path: &str, name: &str| Field { path: path.to_owned(), name: name.to_owned() };
    let fields = vec![field("id", "id"), field("name", "name"), field("user.email_id", "email")];
    cloud.setup.fields = BTreeMap::from([("sdp-assets".to_owned(), fields)]);
    cloud.hosts = BTreeMap::from([("sdp-assets".to_owned(), "sdpondemand.manageengine.com".to_owned())]);
    let mut mdm = one("ManageEngine MDM", "manageengine", &["mdm-devices"], Some(id("ManageEngine MDM")));
    mdm.setup.schedule = Schedule::Every(24 * 60);
    "/srv/mdm".clone_into(&mut mdm.setup.folder);
    mdm.setup.parameters = BTreeMap::from([("platform".to_owned(), "ios".to_owned())]);
    let mut entra = one("Entra devices", "microsoft-entra", &["devices"], Some(id("Entra")));
    entra.paused = true;
    let people = one("Google people 日本語", "google-workspace", &["users"], Some(id("Google")));
    let okta = one("Okta users", "okta", &["users"], None);
    let zoom = one("Zoom users", "zoom", &["users"], Some(id("Zoom")));
    let refused = StoredProblem {
        kind: "needs_authentication".to_owned(),
        what: "The provider refused the token: 401, INVALID_OAUTHTOKEN.".to_owned(),
        why: "The sign-in was not completed with a second factor.".to_owned(),
        try_this: "Authenticate the credential again.".to_owned(),
        step: Some(NextStep::Authenticate { name: "ManageEngine MDM (EU)".to_owned() }),
    };
    let counts = |records, added, updated, errors| Counts { records, added, updated, errors, ..Counts::default() };
    vec![
        (
            cloud.clone(),
            vec![
                session(&cloud, 1, 28, Some(SyncResult::CompletedWithErrors), counts(409, 409, 0, 2)),
                session(&cloud, 2, 4, Some(SyncResult::Completed), counts(412, 3, 17, 0)),
            ],
        ),
        (
            mdm.clone(),
            vec![
                session(&mdm, 1, 76, Some(SyncResult::Completed), counts(1_204, 1_204, 0, 0)),
                SyncSession {
                    problem: Some(refused),
                    ..session(&mdm, 2, 52, Some(SyncResult::Failed), counts(0, 0, 0, 0))
                },
            ],
        ),
        (entra.clone(), vec![session(&entra, 1, 268, Some(SyncResult::Completed), counts(1_903, 1_903, 0, 0))]),
        (people.clone(), vec![session(&people, 1, 0, None, counts(500, 500, 0, 0))]),
        (okta, Vec::new()),
        (zoom, Vec::new()),
    ]
}

fn one(name: &str, provider: &str, loads: &[&str], credential: Option<CredentialId>) -> Integration {
    let loads = loads.iter().map(|load| (*load).to_owned()).collect();
    let setup = IntegrationSetup { credential, loads, ..IntegrationSetup::default() };
    Integration::new(Name::parse(name).unwrap(), provider, setup, now() - SignedDuration::from_hours(24 * 9))
}

/// A session that started this many hours ago and took two minutes.
fn session(of: &Integration, number: u64, hours: i64, result: Option<SyncResult>, counts: Counts) -> SyncSession {
    let started: Timestamp = now() - SignedDuration::from_hours(hours);
    let part = LoadResult {
        result: if result == Some(SyncResult::Failed) { PartResult::Failed } else { PartResult::Done },
        counts,
        pages: counts.records / 100 + 1,
        ..LoadResult::waiting(&of.setup.loads[0])
    };
    SyncSession {
        number,
        integration: of.id,
        name: of.name.to_string(),
        trigger: if number == 1 { Trigger::Hand } else { Trigger::Schedule },
        started,
        ended: result.map(|_| started + SignedDuration::from_mins(2)),
        result,
        problem: None,
        parts: vec![part],
    }
}
