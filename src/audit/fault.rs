//! A fault in the log: kind, place, and description.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How a log differs from what was written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FaultKind {
    /// A line was changed or inserted.
    Rewritten,
    /// Lines are missing before an existing one.
    Removed,
    /// The end is missing: it was cut off, or an older copy was put back.
    Cut,
    /// There is no log, or it was restarted.
    Deleted,
    /// Another file has replaced it.
    Replaced,
}

impl FaultKind {
    const ALL: [Self; 5] = [Self::Rewritten, Self::Removed, Self::Cut, Self::Deleted, Self::Replaced];

    /// The word in JSON and in the vault.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Rewritten => "rewritten",
            Self::Removed => "removed",
            Self::Cut => "cut",
            Self::Deleted => "deleted",
            Self::Replaced => "replaced",
        }
    }

    /// What the fault means for line number `seq`.
    fn sentence(self, seq: u64) -> String {
        match self {
            Self::Rewritten => format!("entry {seq} was rewritten or inserted"),
            Self::Removed => format!("entry {seq} was removed"),
            Self::Cut => format!("it was truncated at entry {seq}, or replaced by an older copy"),
            Self::Deleted => "the log was deleted".to_owned(),
            Self::Replaced => "another file has replaced the log".to_owned(),
        }
    }
}

/// The first fault of a log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    pub kind: FaultKind,
    /// The number of the first line that is affected.
    pub seq: u64,
    /// File and line, or what is known of them.
    pub place: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}.", self.place, self.kind.sentence(self.seq))
    }
}

/// A fault found by a save, kept in the vault until the user acknowledges it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RecordedFault {
    /// When it was found.
    pub since: Timestamp,
    /// As [`Fault::seq`].
    pub seq: u64,
    /// The word of a [`FaultKind`].
    pub kind: String,
}

impl RecordedFault {
    pub(super) fn by(fault: &Fault, since: Timestamp) -> Self {
        Self { since, seq: fault.seq, kind: fault.kind.word().to_owned() }
    }
}

impl fmt::Display for RecordedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = FaultKind::ALL.into_iter().find(|kind| kind.word() == self.kind);
        let what = kind.map_or_else(
            || format!("entry {} was changed after it was written", self.seq),
            |kind| kind.sentence(self.seq),
        );
        write!(f, "A save at {} found that {what}.", self.since.strftime("%Y-%m-%d %H:%M:%S UTC"))
    }
}
