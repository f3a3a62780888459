//! A line of the log, what it is made from, and how it is parsed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::action::Action;
use crate::model::credential::CredentialId;

/// The hash before the first line.
pub(super) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Precedes the value of the last field of a line.
const MAC: &str = ",\"mac\":\"";

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// 1, 2, 3, ...
    pub seq: u64,
    pub at: Timestamp,
    /// The user ID.
    pub uid: u32,
    /// The user's name in `/etc/passwd`; empty if the user is not listed there.
    #[serde(default)]
    pub user: String,
    /// The process ID; if the agent answered, that of its client.
    pub pid: u32,
    /// What started it, as the system names it; may be forged by its user.
    pub program: String,
    /// A word of [`Action`].
    pub action: String,
    /// The credential's id.
    pub credential: Option<CredentialId>,
    /// Its name at the time, or that of the integration that used it; escaped.
    pub name: String,
    /// `ok`, `begun`, or the word of a problem's kind.
    pub result: String,
    /// Number of the oldest line that is kept, if this line is the first under a key or the last before a new file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<u64>,
    /// Hex SHA-256 of the previous line.
    pub prev: String,
    /// Hex HMAC-SHA256 of all of the line before this field; empty if the vault was locked. Versions that had no key
    /// yet wrote none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mac: Option<String>,
}

impl Line {
    /// The text without its MAC, to be completed by [`with_mac`].
    pub(super) fn text(&self) -> serde_json::Result<String> {
        let mut text = serde_json::to_string(&Self { mac: None, ..self.clone() })?;
        text.pop();
        Ok(text)
    }

    /// The result as shown to the user.
    #[must_use]
    pub fn outcome(&self) -> String {
        match (self.action.as_str(), self.result.as_str()) {
            ("unlock", "locked") => "refused".to_owned(),
            (_, result) => result.replace('_', " "),
        }
    }

    /// The user's name, or the user ID if the name is unknown.
    #[must_use]
    pub(crate) fn actor(&self) -> String {
        if self.user.is_empty() { self.uid.to_string() } else { self.user.clone() }
    }
}

pub(super) fn with_mac(text: &str, mac: &str) -> String {
    format!("{text}{MAC}{mac}\"}}")
}

/// The part of a line that its MAC covers.
pub(super) fn covered(line: &str) -> Option<&str> {
    line.rsplit_once(MAC).map(|(text, _)| text)
}

/// What is to be logged.
#[derive(Clone, Debug)]
pub struct Entry {
    pub at: Timestamp,
    pub action: Action,
    /// The credential that was used: its id and name.
    pub about: Option<(CredentialId, String)>,
    /// The name of the integration it is about; it replaces the credential's.
    pub name: Option<String>,
    pub result: &'static str,
    /// The process that made the request; `None` for this one.
    pub asker: Option<u32>,
    /// What started that process, if it may have ended by the time its line is written.
    pub program: Option<String>,
}

/// A line that the vault has seen.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Head {
    pub seq: u64,
    /// Its hex SHA-256.
    pub hash: String,
    /// When it was written; versions that had no key yet did not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}
