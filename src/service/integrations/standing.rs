//! How an integration stands: active, paused, failing, never run; and when it runs next.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::Snapshot;
use crate::integration::{Integration, IntegrationId, SyncResult, SyncSession};
use crate::problem::Problem;
use crate::records::Place;
use crate::service::Session;

/// How it stands.
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
    let snapshot = session.vault.snapshot()?;
    snapshot.integrations.list.iter().map(|one| standing_of(session, &snapshot, one)).collect()
}

/// How one stands.
///
/// # Errors
/// Storage.
pub fn standing_of(session: &Session, snapshot: &Snapshot, one: &Integration) -> Result<Standing, Problem> {
    let last = Place::of(&session.workspace.paths, one.id).sessions()?.pop();
    let credential = one.setup.credential.and_then(|id| snapshot.credentials.by_id(id));
    let state = match last.as_ref().map(|last| last.result) {
        Some(None) => State::Running,
        _ if credential.is_none() => State::NoCredential,
        _ if one.paused => State::Paused,
        Some(Some(SyncResult::Failed)) => State::Failing,
        Some(Some(_)) => State::Active,
        None => State::NeverRun,
    };
    let started = last.as_ref().map(|last| last.started);
    let waits = one.paused || credential.is_none();
    let next = if waits { None } else { one.setup.schedule.next(started, one.created_at, &TimeZone::system()) };
    Ok(Standing { id: one.id, state, last, next })
}
