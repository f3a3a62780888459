//! The history of an integration's runs: those that have ended, and the one in progress.

use super::run_dir::RunDir;
use crate::model::integration::{StoredProblem, SyncResult, SyncSession};
use crate::problem::{Kind, Problem};

/// Most runs that are kept.
pub(crate) const MAX_SESSIONS: usize = 200;

/// Largest size of the history, in bytes; the oldest runs are dropped first.
const MAX_BYTES: usize = 2 << 20;

/// Bytes at the end of the history that contain the last run: a run with a hundred record errors is smaller.
const TAIL: u64 = 64 << 10;

const HISTORY: &str = "sessions.jsonl";
const RUNNING: &str = "running.json";

impl RunDir {
    /// The runs, oldest first. A run in progress is the last one and has no result. A run whose process died is
    /// reported as failed.
    ///
    /// # Errors
    /// `Kind::Storage` if the file system reports an error.
    pub fn sessions(&self) -> Result<Vec<SyncSession>, Problem> {
        let mut sessions = self.ended()?;
        if let Some(mut running) = self.running()? {
            if !self.is_running() {
                died(&mut running);
            }
            sessions.push(running);
        }
        Ok(sessions)
    }

    /// The newest run, which is the last one of [`sessions`](Self::sessions). Reads only the end of the history.
    ///
    /// # Errors
    /// `Kind::Storage` if the file system reports an error.
    pub fn last_session(&self) -> Result<Option<SyncSession>, Problem> {
        if let Some(mut running) = self.running()? {
            if !self.is_running() {
                died(&mut running);
            }
            return Ok(Some(running));
        }
        let end = self.read_end(HISTORY, TAIL)?.unwrap_or_default();
        let whole = end.split(|byte| *byte == b'\n').skip(1);
        match whole.filter_map(|line| serde_json::from_slice(line).ok()).last() {
            Some(last) => Ok(Some(last)),
            // The last run is the only line of the history, or its line is longer than [`TAIL`].
            None => Ok(self.ended()?.pop()),
        }
    }

    /// The number of the next run. First moves a run whose process died into the history. Needs the run lock.
    ///
    /// # Errors
    /// `Kind::Storage` if the file system reports an error.
    pub(crate) fn next_number(&self) -> Result<u64, Problem> {
        if let Some(mut dead) = self.running()? {
            died(&mut dead);
            self.end(&dead)?;
        }
        Ok(self.ended()?.last().map_or(1, |last| last.number + 1))
    }

    /// Saves the progress of a run.
    ///
    /// # Errors
    /// `Kind::Storage` if the file system reports an error.
    pub fn note_running(&self, session: &SyncSession) -> Result<(), Problem> {
        self.replace(RUNNING, &json(session)?)
    }

    /// Adds a run that has ended to the history.
    ///
    /// # Errors
    /// `Kind::Storage` if the file system reports an error.
    pub fn end(&self, session: &SyncSession) -> Result<(), Problem> {
        let mut sessions = self.ended()?;
        sessions.retain(|known| known.number != session.number);
        sessions.push(session.clone());
        let lines = sessions.iter().map(json).collect::<Result<Vec<_>, _>>()?;
        let mut kept = 0;
        let newest = lines.iter().rev().take(MAX_SESSIONS).take_while(|line| {
            kept += line.len() + 1;
            kept <= MAX_BYTES
        });
        let count = newest.count();
        let text = lines.iter().skip(lines.len() - count).flat_map(|line| line.iter().chain(b"\n")).copied();
        self.replace(HISTORY, &text.collect::<Vec<u8>>())?;
        self.remove(RUNNING);
        Ok(())
    }

    fn ended(&self) -> Result<Vec<SyncSession>, Problem> {
        let bytes = self.read(HISTORY)?.unwrap_or_default();
        // A line that is not a session was written by a later version or is damaged: it is skipped, and dropped by the
        // next rewrite.
        Ok(bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect())
    }

    fn running(&self) -> Result<Option<SyncSession>, Problem> {
        Ok(self.read(RUNNING)?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }
}

fn died(session: &mut SyncSession) {
    let problem = Problem::new(Kind::Temporary, "The run ended unexpectedly.")
        .why("Its process was killed, or the machine was shut down.")
        .try_this("Run it again to resume where it stopped.");
    session.problem = Some(StoredProblem::from(&problem));
    session.result = Some(SyncResult::Failed);
}

fn json(session: &SyncSession) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(session).map_err(|_| Problem::internal("A session is not JSON."))
}
