//! What the parts of a run share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, watch};

use super::options::Options;
use super::report::Report;
use crate::engine::blocking::blocking;
use crate::engine::ops::integrations::reader::Stop;
use crate::engine::session::Session;
use crate::model::integration::{Integration, SyncSession};
use crate::problem::Problem;
use crate::records::Place;

/// One run of an integration.
pub(super) struct Round<'a> {
    pub(super) session: &'a Session,
    pub(super) one: Integration,
    pub(super) place: Place,
    pub(super) options: Options,
    pub(super) reports: mpsc::Sender<Report>,
    pub(super) cancel: watch::Receiver<bool>,
    /// The session unchanged; anyone who looks, and anyone who finds that we died, reads it in the place's
    /// `running.json`.
    pub(super) entry: Arc<Mutex<SyncSession>>,
}

impl Round<'_> {
    pub(super) fn entry(&self) -> MutexGuard<'_, SyncSession> {
        self.entry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn note(&self) -> Result<(), Problem> {
        let (entry, place) = (self.entry().clone(), self.place.clone());
        blocking(move || place.note_running(&entry)).await
    }
}

/// Why a kind of record did not come to its end.
pub(super) type End = Box<Stop>;

impl From<Problem> for End {
    fn from(problem: Problem) -> Self {
        Self::new(problem.into())
    }
}
