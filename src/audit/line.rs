//! A line of the log, what it is made from, and the one that a save of the vault pins.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::action::Action;
use crate::model::credential::CredentialId;

/// The hash before the first line.
pub(super) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One line.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// 1, 2, 3, ...
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// The user.
    pub uid: u32,
    /// The process: of who asked the agent, where one answered.
    pub pid: u32,
    /// What started it, as the system names it; may be forged by its user.
    pub program: String,
    /// A word of [`Action`].
    pub action: String,
    /// The credential's id.
    pub credential: Option<CredentialId>,
    /// Its name then, or that of the integration that used it; escaped.
    pub name: String,
    /// `ok`, `begun`, or the word of a problem's kind.
    pub result: String,
    /// Hex SHA-256 of the line before.
    pub prev: String,
}

/// What is to be written.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What.
    pub action: Action,
    /// With what: its id and name.
    pub about: Option<(CredentialId, String)>,
    /// The name of the integration it is about; it takes the place of the credential's.
    pub name: Option<String>,
    /// What came of it.
    pub result: &'static str,
    /// The process that asked; `None` for this one.
    pub asker: Option<u32>,
}

/// The newest line, as a save of the vault pins it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Head {
    /// Its number.
    pub seq: u64,
    /// Its hex SHA-256.
    pub hash: String,
}
