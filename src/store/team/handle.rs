//! An open team vault: the keys, the connection and the state that was last read.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use super::backend::{Backend, BackendError};
use super::cache::{Cache, CoveredPrefix};
use super::identity::TeamIdentity;
use super::roster::Roster;
use super::view::View;
use crate::problem::{Kind, NextStep, Problem};
use crate::store::error::{StoreError, Tampering};
use crate::store::file::Location;
use crate::store::reading::Reading;
use crate::store::snapshot::Snapshot;
use crate::store::steps::SessionId;

/// An open team vault. Cheap to clone; the keys are zeroized when the last clone is dropped.
#[derive(Clone)]
pub struct Team(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) at: Location,
    /// The folder of the local cache, its index, and rescued tokens that still have to be saved.
    pub(super) folder: PathBuf,
    pub(super) backend: Arc<dyn Backend>,
    pub(super) own: TeamIdentity,
    /// Hash of `roster/0`, which identifies the vault.
    pub(super) fingerprint: String,
    pub(super) session: SessionId,
    /// Set to stop a re-encryption after the current batch.
    pub(super) stops: AtomicBool,
    /// Receives the progress of a long read.
    pub(super) reading: Reading,
    /// How often waiting edits were canceled; an edit that sees a higher count than at its start is canceled.
    pub(super) cancellations: AtomicU64,
    state: Mutex<State>,
    /// The last snapshot that was shown, for readers that must not wait for the store.
    latest: Mutex<Option<Arc<Snapshot>>>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) view: View,
    pub(super) cache: Cache,
    /// Whether the local cache was read.
    pub(super) is_loaded: bool,
    /// How much of the local cache the index covers.
    pub(super) covered: Option<CoveredPrefix>,
}

impl Team {
    /// A handle that has read nothing yet, neither from the store nor from the local cache.
    pub(super) fn with(
        at: &Location,
        folder: PathBuf,
        reading: Reading,
        backend: Arc<dyn Backend>,
        own: TeamIdentity,
        fingerprint: String,
    ) -> Self {
        let cache = Cache::at(&folder);
        let mut state = State { view: View::default(), cache, is_loaded: false, covered: None };
        state.view.as_of = super::last_contact::last_answer(&folder);
        Self(Arc::new(Inner {
            at: at.clone(),
            folder,
            backend,
            own,
            fingerprint,
            session: SessionId::random(),
            stops: AtomicBool::default(),
            reading,
            cancellations: AtomicU64::new(0),
            state: Mutex::new(state),
            latest: Mutex::default(),
        }))
    }

    /// As [`state`](Self::state), but `None` while another thread reads or writes.
    pub(super) fn try_state(&self) -> Option<MutexGuard<'_, State>> {
        match self.0.state.try_lock() {
            Ok(state) => Some(state),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    pub(super) fn latest(&self) -> MutexGuard<'_, Option<Arc<Snapshot>>> {
        self.0.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The location of the store, to show to a person.
    #[must_use]
    pub fn place(&self) -> String {
        self.0.backend.place()
    }

    /// The error for a tampered object.
    pub(super) fn tampered(&self, view: &View, path: &str, what: Tampering) -> StoreError {
        StoreError::Tampered { place: self.place(), path: path.to_owned(), about: view.name_at(path), what }
    }
}

impl State {
    /// The newest roster.
    pub(super) fn roster(&self) -> Result<Arc<Roster>, StoreError> {
        self.view.objects.roster().cloned().ok_or_else(|| no_vault().into())
    }
}

/// The error if the store has no vault at this address.
pub(super) fn no_vault() -> Problem {
    Problem::new(Kind::NotFound, "There is no team vault at this address.")
        .why("It has no list of members.")
        .try_this("Check the address, or create the vault there.")
}

impl From<BackendError> for StoreError {
    fn from(error: BackendError) -> Self {
        match error {
            BackendError::Unreachable { place, why } => Self::Unreachable { place, why },
            BackendError::Unknown { place, why } => Self::Unknown { place, why },
            BackendError::Refused { place, why, try_this, password } => {
                let problem = Problem::new(Kind::Refused, format!("The team's store {place} rejected the request."));
                let step = password.then_some(NextStep::GiveStorePassword);
                problem.why(why).try_this(try_this).step(step).into()
            }
            BackendError::Unsuitable { place, why } => {
                Problem::new(Kind::Refused, format!("The team's store {place} cannot be used.")).why(why).into()
            }
            BackendError::Canceled { place } => {
                let problem = Problem::new(Kind::Temporary, "The test of the team's store was canceled.");
                problem.why(format!("Nothing was created on this machine or in {place}.")).into()
            }
        }
    }
}

impl fmt::Debug for Team {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Team").field("place", &self.place()).finish_non_exhaustive()
    }
}
