//! The history of an integration's runs: those that ended, and the one under way.

use super::run_dir::RunDir;
use crate::model::integration::{StoredProblem, SyncResult, SyncSession};
use crate::problem::{Kind, Problem};

/// Runs that are kept.
pub(crate) const MAX_SESSIONS: usize = 200;

/// Bytes of the history; the oldest runs go first.
const MAX_BYTES: usize = 2 << 20;

/// Bytes of the history that hold its last run: one with errors of a hundred records is smaller.
const TAIL: u64 = 64 << 10;

const HISTORY: &str = "sessions.jsonl";
const RUNNING: &str = "running.json";

impl RunDir {
    /// The runs, oldest first; one under way is the last and has no result. One that died is told as failed.
    ///
    /// # Errors
    /// Storage.
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

    /// The newest run, as [`sessions`](Self::sessions) has it last; reads the end of the history only.
    ///
    /// # Errors
    /// Storage.
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
            // The first line of all, or one longer than the tail.
            None => Ok(self.ended()?.pop()),
        }
    }

    /// The number of the next run, once what a dead process left is in the history. Needs the run lock.
    ///
    /// # Errors
    /// Storage.
    pub(crate) fn next_number(&self) -> Result<u64, Problem> {
        if let Some(mut dead) = self.running()? {
            died(&mut dead);
            self.end(&dead)?;
        }
        Ok(self.ended()?.last().map_or(1, |last| last.number + 1))
    }

    /// Writes down the progress of a running sync.
    ///
    /// # Errors
    /// Storage.
    pub fn note_running(&self, session: &SyncSession) -> Result<(), Problem> {
        self.replace(RUNNING, &json(session)?)
    }

    /// Puts a run that ended into the history.
    ///
    /// # Errors
    /// Storage.
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
