//! How far this machine has sent its log: `sent-<member>.json` in the state folder, without secrets.

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
    /// The random id of the log on this machine.
    pub(super) log: String,
    /// When it was sent last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<Timestamp>,
    /// The newest object this machine wrote: number, revision, hash. 0 where there is none.
    pub(super) number: u64,
    pub(super) revision: u64,
    pub(super) hash: String,
    /// The last line that was sent of a log that is gone, until the next part says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) replaced: Option<Head>,
    /// The last acceptance of a restored store that this machine knows of, see [`View::accepted`](super::view::View).
    #[serde(default)]
    pub(super) accepted: u64,
    /// What the log on this machine is held against; `head` is the last line that was sent.
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
    /// What the store has lost is sent again: the next object counts on from the highest revision that others may have seen.
    pub(super) fn send_again(&mut self) {
        (self.number, self.hash) = (0, String::new());
    }

    /// Where the log on this machine has not the line that was sent last, another one is begun.
    pub(super) fn begin_anew(&mut self, known: Head) {
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
