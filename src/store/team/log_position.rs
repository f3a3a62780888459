//! How much of its audit log this machine has sent: `sent-<member>.json` in the state folder, without secrets.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::handle::Team;
use super::log::Part;
use super::state_file;
use crate::audit::{self, Head, Pin};
use crate::problem::Problem;

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Position {
    /// The random id of this machine's log.
    pub(super) log: String,
    /// When entries were last sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<Timestamp>,
    /// The newest object that this machine wrote: its number, revision and hash. 0 if there is none.
    pub(super) number: u64,
    pub(super) revision: u64,
    pub(super) hash: String,
    /// The last entry that was sent of a lost log, until a part with this information is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) replaced: Option<Head>,
    /// The latest acceptance of a restored store that this machine knows of; see [`View::accepted`](super::view::View).
    #[serde(default)]
    pub(super) accepted: u64,
    /// What the local log is verified against; `head` is the last entry that was sent.
    #[serde(default)]
    pub(super) pin: Pin,
}

impl Team {
    fn position_file(&self) -> PathBuf {
        self.0.at.paths.state().join(format!("sent-{}.json", self.0.own.member))
    }

    pub(super) fn log_position(&self) -> Position {
        state_file::read(&self.position_file()).unwrap_or_else(|| Position { log: new_log(), ..Position::default() })
    }

    pub(super) fn keep_position(&self, position: &Position) -> Result<(), Problem> {
        state_file::write(&self.position_file(), position)
    }
}

impl Position {
    /// Sends again what the store has lost. `revision` is kept, because others may have seen it: the next object
    /// continues from it.
    pub(super) fn resend_from_start(&mut self) {
        (self.number, self.hash) = (0, String::new());
    }

    /// Starts a new log, because the local log does not contain the entry that was sent last.
    pub(super) fn start_new_log(&mut self, known: Head) {
        (self.log, self.replaced) = (new_log(), Some(known));
    }

    pub(super) fn part(&self) -> Part {
        let (log, replaced) = (self.log.clone(), self.replaced.clone());
        Part { log, machine: audit::machine(), replaced, lines: Vec::new() }
    }
}

fn new_log() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}
