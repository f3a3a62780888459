//! The audit log: who did what with which credential, one JSON line each in `audit.jsonl` of the state folder.
//!
//! ```json
//! {"seq":7,"at":"2026-11-24T10:00:00Z","uid":1000,"pid":4711,"program":"backup.sh","action":"token",
//!  "credential":"2f0c…","name":"Zoho EU","result":"ok","prev":"hex SHA-256 of the line before"}
//! ```
//!
//! **I-fields**: a line has these fields and no other; none can hold a secret. **I-chain**: each line names the hash of
//! the one before, across the files; every save of the vault pins the newest one, so that what was cut off is missed.

mod file;
mod verify;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::credential::CredentialId;

pub use file::{append, head, lines};
pub use verify::{Verdict, verify};

/// The hash before the first line.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

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

/// What can be done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(missing_docs, reason = "the words say it")]
pub enum Action {
    Add,
    Authenticate,
    Copy,
    Delete,
    Duplicate,
    Edit,
    Export,
    Import,
    Passphrase,
    Purge,
    Recipients,
    Recovery,
    Refresh,
    Rename,
    Restore,
    Reveal,
    Revoke,
    Run,
    Sync,
    Test,
    Token,
    Undo,
    Unlock,
}

impl Action {
    /// Its word in the log.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Authenticate => "authenticate",
            Self::Copy => "copy",
            Self::Delete => "delete",
            Self::Duplicate => "duplicate",
            Self::Edit => "edit",
            Self::Export => "export",
            Self::Import => "import",
            Self::Passphrase => "passphrase",
            Self::Purge => "purge",
            Self::Recipients => "recipients",
            Self::Recovery => "recovery",
            Self::Refresh => "refresh",
            Self::Rename => "rename",
            Self::Restore => "restore",
            Self::Reveal => "reveal",
            Self::Revoke => "revoke",
            Self::Run => "run",
            Self::Sync => "sync",
            Self::Test => "test",
            Self::Token => "token",
            Self::Undo => "undo",
            Self::Unlock => "unlock",
        }
    }
}
