//! The contract of the audit log that a team's machines share, and its findings.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::error::StoreError;
use super::members::Progress;
use crate::audit::Line;

/// The audit log of a team's machines. Each machine writes its own part.
pub trait MemberLogs: fmt::Debug {
    /// Sends the lines of this machine that were not sent yet, unless some were sent less than `pause` ago or another
    /// process is sending; returns how many. No line is sent twice, and what could not be sent is sent by the next
    /// call.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`]; [`StoreError::Tampered`] if the store does not have what this machine wrote last.
    fn send(&self, pause: SignedDuration) -> Result<usize, StoreError>;

    /// Reads the lines of the machines: all of them for an admin, their own part for others. Reads at most `most` lines
    /// of each machine, or everything without `most`. `progress` receives the number of members whose part was read.
    ///
    /// # Errors
    /// As [`Store::snapshot`](super::Store::snapshot), and [`StoreError::Unreachable`].
    fn collect(&self, most: Option<usize>, progress: Progress<'_>) -> Result<Collected, StoreError>;

    /// Accepts the parts of all machines in their current state, after the user has acknowledged their faults.
    ///
    /// # Errors
    /// As [`collect`](Self::collect).
    fn accept(&self) -> Result<(), StoreError>;
}

/// The result of reading the log.
#[derive(Clone, Debug, Default)]
pub struct Collected {
    /// The lines of each machine in order, without those that are in the log on this machine.
    pub lines: Vec<MachineLine>,
    /// The state of each member's part.
    pub logs: Vec<MachineLog>,
    /// The name of the member who is reading.
    pub own_name: String,
    /// Whether the result covers all members; only an admin can read the parts of others.
    pub is_of_all: bool,
}

/// A line, and the machine that wrote it.
#[derive(Clone, Debug)]
pub struct MachineLine {
    /// The member or host, even if it was removed since.
    pub member: String,
    /// Distinguishes the machines of one member.
    pub machine: String,
    /// What happened; texts are escaped.
    pub line: Line,
}

/// The state of one member's part of the log.
#[derive(Clone, Debug)]
pub struct MachineLog {
    /// The member or host.
    pub member: String,
    /// Number of objects in the store.
    pub objects: usize,
    /// Number of lines that were read.
    pub lines: u64,
    /// Number of objects encrypted to others: to those who were admins when the objects were written.
    pub hidden: usize,
    /// Number of older objects that the member has removed to free space, according to a newer one.
    pub dropped: u64,
    /// When the newest object was written, by the member's clock.
    pub newest: Option<Timestamp>,
    pub faults: Vec<LogFault>,
}

/// A fault in a part of the log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogFault {
    pub kind: LogFaultKind,
    /// The object, or the machine and line.
    pub place: String,
    /// What was found.
    pub why: String,
}

/// How a part of the log differs from what was written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LogFaultKind {
    /// The part was not written by its member.
    Forged,
    /// An object is missing.
    Missing,
    /// The part is older than what was seen on this machine.
    RolledBack,
    /// There are two versions of the part.
    Forked,
    /// Lines are missing.
    Gap,
    /// A line was changed.
    Rewritten,
    /// The log on that machine was deleted or replaced before its lines were sent.
    Replaced,
}

impl LogFaultKind {
    /// The name in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Forged => "forged",
            Self::Missing => "missing",
            Self::RolledBack => "rolled_back",
            Self::Forked => "forked",
            Self::Gap => "gap",
            Self::Rewritten => "rewritten",
            Self::Replaced => "replaced",
        }
    }
}
