//! The result of verifying the log.

use super::fault::{Fault, RecordedFault};

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Lines that are whole.
    pub lines: u64,
    /// Number of the first one that is kept, or that a person has accepted.
    pub first: Option<u64>,
    /// Where a crash left half a line: file and line.
    pub torn: Vec<String>,
    /// The first thing that is not as it was written; nothing after it was looked at.
    pub bad: Option<Fault>,
    /// Whether the pin of the vault was found in it, or is older than what is kept.
    pub pinned: bool,
    /// Up to this line versions without a key wrote it: it proves less, since anybody could chain such lines again.
    pub unkeyed_until: Option<u64>,
    /// Up to this line a person has acknowledged the log as it is.
    pub acknowledged: Option<u64>,
    /// A fault found by a save, until a person acknowledges it.
    pub broken: Option<RecordedFault>,
}

impl Verdict {
    /// The fault, in a sentence.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        match (&self.bad, &self.broken) {
            (Some(bad), Some(broken)) => Some(format!("{bad} {broken}")),
            (Some(bad), None) => Some(bad.to_string()),
            (None, broken) => broken.as_ref().map(RecordedFault::to_string),
        }
    }
}
