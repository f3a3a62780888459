//! The result of verifying the log.

use super::fault::{Fault, RecordedFault};

/// The result of verifying a log.
#[derive(Clone, Debug, Default)]
pub struct LogVerification {
    /// Number of valid lines.
    pub lines: u64,
    /// Number of the first line that is kept, or that the user has accepted.
    pub first: Option<u64>,
    /// Where a crash left an incomplete line: file and line.
    pub torn: Vec<String>,
    /// The first line that is not as it was written; nothing after it was checked.
    pub bad: Option<Fault>,
    /// Whether the vault's pinned line was found in the log, or is older than what is kept.
    pub pinned: bool,
    /// Up to this line, versions without a key wrote the log. That part proves less, since anybody could forge such a
    /// chain.
    pub unkeyed_until: Option<u64>,
    /// Up to this line, the user has acknowledged the log as it is.
    pub acknowledged: Option<u64>,
    /// A fault found by a save, until the user acknowledges it.
    pub broken: Option<RecordedFault>,
}

impl LogVerification {
    /// The fault, as a sentence.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        match (&self.bad, &self.broken) {
            (Some(bad), Some(broken)) => Some(format!("{bad} {broken}")),
            (Some(bad), None) => Some(bad.to_string()),
            (None, broken) => broken.as_ref().map(RecordedFault::to_string),
        }
    }
}
