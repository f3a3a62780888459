//! State shared by the parts of a run.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, watch};

use super::options::Options;
use super::report::Report;
use crate::engine::blocking::blocking;
use crate::engine::ops::integrations::reader::PageError;
use crate::engine::session::Session;
use crate::model::integration::{Integration, SyncSession};
use crate::problem::Problem;
use crate::records::RunDir;

/// One run of an integration.
pub(super) struct SyncRun<'a> {
    pub(super) session: &'a Session,
    pub(super) one: Integration,
    pub(super) place: RunDir,
    pub(super) options: Options,
    pub(super) reports: mpsc::Sender<Report>,
    pub(super) cancel: watch::Receiver<bool>,
    /// The session as written to `running.json`, for other processes to show, also after a crash.
    pub(super) entry: Arc<Mutex<SyncSession>>,
}

impl SyncRun<'_> {
    pub(super) fn entry(&self) -> MutexGuard<'_, SyncSession> {
        self.entry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn note(&self) -> Result<(), Problem> {
        let (entry, place) = (self.entry().clone(), self.place.clone());
        blocking(move || place.note_running(&entry)).await
    }
}

/// Why a record type was not read to its end.
pub(super) type SyncError = Box<PageError>;

impl From<Problem> for SyncError {
    fn from(problem: Problem) -> Self {
        Self::new(problem.into())
    }
}
