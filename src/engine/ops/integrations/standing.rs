//! The state of an integration: active, paused, failing, never run; and when it runs next.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::engine::Snapshot;
use crate::engine::session::Session;
use crate::model::integration::{Integration, IntegrationId, SyncResult, SyncSession};
use crate::problem::Problem;
use crate::records::Place;

/// Its state.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Which.
    pub id: IntegrationId,
    /// The word for it.
    pub state: State,
    /// The newest session, if there is one; without a result while it runs.
    pub last: Option<SyncSession>,
    /// When it runs next by itself.
    pub next: Option<Timestamp>,
}

/// The word for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// A run is under way.
    Running,
    /// It has no credential, or one that was deleted.
    NoCredential,
    /// A person paused it.
    Paused,
    /// Its last session failed.
    Failing,
    /// Its last session was good, or good enough.
    Active,
    /// It never ran.
    NeverRun,
}

impl State {
    /// As a person reads it.
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

    /// As JSON has it.
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

/// How all of them stand, in the vault's order. Reads the history of each.
///
/// # Errors
/// Storage.
pub fn standings(session: &Session) -> Result<Vec<Standing>, Problem> {
    let snapshot = session.store.snapshot()?;
    snapshot.integrations.list.iter().map(|one| standing_of(session, &snapshot, one)).collect()
}

/// The state of one.
///
/// # Errors
/// Storage.
pub fn standing_of(session: &Session, snapshot: &Snapshot, one: &Integration) -> Result<Standing, Problem> {
    let last = Place::of(&session.workspace.paths, one.id).last_session()?;
    let state = state_of(snapshot, one, last.as_ref());
    let next = next_of(snapshot, one, last.as_ref(), &TimeZone::system());
    Ok(Standing { id: one.id, state, last, next })
}

/// The word for one whose newest session is known.
#[must_use]
pub fn state_of(snapshot: &Snapshot, one: &Integration, last: Option<&SyncSession>) -> State {
    match last.map(|last| last.result) {
        Some(None) => State::Running,
        _ if !has_credential(snapshot, one) => State::NoCredential,
        _ if one.paused => State::Paused,
        Some(Some(SyncResult::Failed)) => State::Failing,
        Some(Some(_)) => State::Active,
        None => State::NeverRun,
    }
}

/// When one whose newest session is known runs next by itself.
#[must_use]
pub fn next_of(
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
