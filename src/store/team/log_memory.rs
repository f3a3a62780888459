//! The high-water mark of each member's log on this machine: `logs-<member>.json` in the state folder, without secrets.
//! A log that is older than this is a rollback.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::handle::Team;
use super::state_file;
use crate::audit::Head;
use crate::problem::Problem;

/// Keyed by member id.
pub(super) type Memory = BTreeMap<String, Seen>;

/// What this machine has seen of one member's log.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Seen {
    /// The newest object that passed verification: its number, revision and hash.
    pub(super) number: u64,
    pub(super) revision: u64,
    pub(super) hash: String,
    /// The last entry of each log at that time.
    #[serde(default)]
    pub(super) positions: BTreeMap<String, Head>,
    /// The part that a person has acknowledged despite its faults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) accepted: Option<Accepted>,
    /// The version of the newest object in the store that was looked at, and when that object was written.
    #[serde(default)]
    pub(super) version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<Timestamp>,
}

/// A log up to here was acknowledged by a person, whatever its faults.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Accepted {
    pub(super) number: u64,
    pub(super) positions: BTreeMap<String, Head>,
}

impl Accepted {
    /// Whether an entry was acknowledged.
    pub(super) fn covers(&self, log: &str, seq: u64) -> bool {
        self.positions.get(log).is_some_and(|head| head.seq >= seq)
    }
}

impl Team {
    fn memory_file(&self) -> PathBuf {
        self.0.at.paths.state().join(format!("logs-{}.json", self.0.own.member))
    }

    pub(super) fn log_memory(&self) -> Memory {
        state_file::read(&self.memory_file()).unwrap_or_default()
    }

    pub(super) fn keep_memory(&self, memory: &Memory) -> Result<(), Problem> {
        state_file::write(&self.memory_file(), memory)
    }
}
