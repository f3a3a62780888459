//! The health of an integration: active, paused, failing, never run; and its next run.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::engine::Snapshot;
use crate::engine::session::Session;
use crate::model::integration::{Integration, IntegrationId, SyncResult, SyncSession};
use crate::problem::Problem;
use crate::records::RunDir;

#[derive(Clone, Debug)]
pub struct IntegrationHealth {
    pub id: IntegrationId,
    pub state: HealthState,
    /// The newest session, if there is one; without a result while it runs.
    pub last: Option<SyncSession>,
    /// Its next scheduled run.
    pub next: Option<Timestamp>,
}

/// The state of an integration.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HealthState {
    /// A run is in progress.
    Running,
    /// It has no credential, or one that was deleted.
    NoCredential,
    /// The user paused it.
    Paused,
    /// Its last session failed.
    Failing,
    /// Its last session succeeded, possibly with warnings.
    Active,
    /// It never ran.
    NeverRun,
}

impl HealthState {
    /// The word on the screen.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::NoCredential => "No credential",
            Self::Paused => "Paused",
            Self::Failing => "Failing",
            Self::Active => "Active",
            Self::NeverRun => "Never run",
        }
    }

    /// The word in JSON.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::NoCredential => "no_credential",
            Self::Paused => "paused",
            Self::Failing => "failing",
            Self::Active => "active",
            Self::NeverRun => "never_run",
        }
    }
}

/// The health of all integrations, in the vault's order. Reads the history of each.
///
/// # Errors
/// `Kind::Storage` if the vault or the history cannot be read.
pub fn all_health(session: &Session) -> Result<Vec<IntegrationHealth>, Problem> {
    let snapshot = session.store.snapshot()?;
    snapshot.integrations.list.iter().map(|one| health_of(session, &snapshot, one)).collect()
}

/// The health of one integration.
///
/// # Errors
/// `Kind::Storage` if the vault or the history cannot be read.
pub(crate) fn health_of(
    session: &Session,
    snapshot: &Snapshot,
    one: &Integration,
) -> Result<IntegrationHealth, Problem> {
    let last = RunDir::of(&session.workspace.paths, one.id).last_session()?;
    let state = state_of(snapshot, one, last.as_ref());
    let next = next_of(snapshot, one, last.as_ref(), &TimeZone::system());
    Ok(IntegrationHealth { id: one.id, state, last, next })
}

/// The state of an integration whose newest session is known.
#[must_use]
pub(crate) fn state_of(snapshot: &Snapshot, one: &Integration, last: Option<&SyncSession>) -> HealthState {
    match last.map(|last| last.result) {
        Some(None) => HealthState::Running,
        _ if !has_credential(snapshot, one) => HealthState::NoCredential,
        _ if one.paused => HealthState::Paused,
        Some(Some(SyncResult::Failed)) => HealthState::Failing,
        Some(Some(_)) => HealthState::Active,
        None => HealthState::NeverRun,
    }
}

/// The next scheduled run of an integration whose newest session is known.
#[must_use]
pub(crate) fn next_of(
    snapshot: &Snapshot,
    one: &Integration,
    last: Option<&SyncSession>,
    zone: &TimeZone,
) -> Option<Timestamp> {
    let waits = one.paused || !has_credential(snapshot, one);
    if waits { None } else { one.setup.schedule.next(last.map(|last| last.started), one.created_at, zone) }
}

fn has_credential(snapshot: &Snapshot, one: &Integration) -> bool {
    one.setup.credential.is_some_and(|id| snapshot.credentials.by_id(id).is_some())
}
