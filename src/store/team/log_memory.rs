//! What this machine has seen of the logs of all members: `logs-<member>.json` in the state folder, without secrets. What
//! is older is refused.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::handle::Team;
use super::state_file;
use crate::audit::Head;
use crate::problem::Problem;

/// By member.
pub(super) type Memory = BTreeMap<String, Seen>;

/// Of one member.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Seen {
    /// The newest object that was found good: number, revision, hash.
    pub(super) number: u64,
    pub(super) revision: u64,
    pub(super) hash: String,
    /// The last line of each log then.
    #[serde(default)]
    pub(super) positions: BTreeMap<String, Head>,
    /// What a person has acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) accepted: Option<Accepted>,
    /// The state of the store's newest object that was looked at, and when it was written.
    #[serde(default)]
    pub(super) version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<Timestamp>,
}

/// Up to where a log was acknowledged as it is.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Accepted {
    pub(super) number: u64,
    pub(super) positions: BTreeMap<String, Head>,
}

impl Accepted {
    /// Whether a line was acknowledged.
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
