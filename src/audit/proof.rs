//! The vault's knowledge of this machine's log: the keys, the line pinned by the last save, and the faults found.

use serde::{Deserialize, Serialize};

use super::fault::RecordedFault;
use super::key::Key;
use super::line::Head;

/// What a log is verified against.
#[derive(Clone, Debug, Default)]
pub struct Proof {
    /// The active key, then former ones, newest first; empty for a store that has no key.
    pub keys: Vec<Key>,
    /// The pin of the log on this machine.
    pub pin: Pin,
}

/// What the vault stores about the log of one machine.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Pin {
    /// The newest line at the last save.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<Head>,
    /// The user has acknowledged everything before this line; the verification begins with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Head>,
    /// Set if the log was found to be broken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken: Option<RecordedFault>,
}
